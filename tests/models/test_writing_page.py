"""docs/writing.md says what models that write give."""

import inspect
import re
from pathlib import Path

import pytest

from attnviz.models.decodings import Beam, Greedy, Sampled

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "writing.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names():
    """What the page's own lines leave behind."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found = {}
    exec(block, found)
    return found


def _rows(heading):
    """The rows of the table that begins with `heading`, as lists of cells."""
    body = PAGE.split(heading, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip().replace("\\", "") for cell in line.strip("|").split("|")] for line in body]


def test_the_table_of_the_page_is_what_its_code_gives(names):
    table = names["model"].token_probabilities(names["capture"])
    shown = _rows("| token | probability |")
    assert [row[0] for row in shown] == list(table["token"])
    for row, own in zip(shown, table.itertuples(), strict=True):
        assert [float(one) for one in row[1:3]] == pytest.approx([own.probability, own.log_probability], abs=6e-4)
        assert [row[3], row[4]] == [str(own.rank), own.most_probable]
        assert float(row[5]) == pytest.approx(own.most_probable_probability, abs=6e-4)
    assert f"that of the output, {table['probability'].prod():.3f};" in PAGE
    written = names["model"].predict("I am cold.")
    assert f"`{written['prediction'][0]}` has {written['probability'][0]:.3f}." in PAGE


@pytest.mark.parametrize("decoding", [Beam, Greedy, Sampled])
def test_the_page_gives_the_settings_with_their_defaults(decoding):
    (row,) = [row for row in _rows("| | What it does |") if row[0] == f"`{decoding.__name__}`"]
    given = {name: float(value) for name, value in re.findall(r"`(\w+)` \(([\d.]+)\)", row[2])}
    assert given == {name: one.default for name, one in inspect.signature(decoding).parameters.items()}
