"""docs/data.md says what the code does."""

import re
from pathlib import Path

from attnviz.evaluation import problems, text_problems
from attnviz.evaluation.problems import FEW_ROWS
from attnviz.evaluation.text_problems import LARGE_SHARE
from attnviz.sequences.array_archives import MAXIMUM_ARRAYS, UNPACKED_TIMES
from attnviz.sequences.data_files import DATA_EXTENSIONS, read_data_set
from attnviz.sequences.json_files import MAXIMUM_CONTAINERS
from attnviz.sequences.table_files import MAXIMUM_CELLS
from attnviz.sequences.tables import MAXIMUM_COLUMNS
from attnviz.sequences.upload import UploadLimits

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def section(heading):
    return re.split(r"\n## ", PAGE.split(f"## {heading}\n")[1])[0]


def test_the_formats_are_those_that_are_read():
    assert sorted(re.findall(r"^\| `(\.\w+)` \|", section("Formats"), re.MULTILINE)) == sorted(DATA_EXTENSIONS)


def test_the_examples_can_be_read():
    csv, jsonl = re.findall(r"```text\n(.*?)```", section("Formats"), re.DOTALL)
    first, second = read_data_set("a.csv", csv.encode()), read_data_set("a.jsonl", jsonl.encode())
    assert first.table.equals(second.table)
    assert first.table["label"].tolist() == ["ham", "spam"]


def test_the_limits_are_those_that_hold():
    table = section("Limits")
    limits = UploadLimits()
    for number in (limits.maximum_sequences, MAXIMUM_COLUMNS, MAXIMUM_CELLS, MAXIMUM_CONTAINERS):
        assert f"| {number:,}" in table
    assert f"| {limits.maximum_bytes // 2**20} MB" in table
    assert f"| {UNPACKED_TIMES} times" in table
    assert f"| {MAXIMUM_ARRAYS} |" in table


def test_every_kind_of_problem_is_told():
    code = Path(problems.__file__).read_text(encoding="utf-8") + Path(text_problems.__file__).read_text(
        encoding="utf-8"
    )
    kinds = set(re.findall(r'kind="([\w ]+)"', code)) | set(
        re.findall(r'^        "([\w ]+)": lambda', code, re.MULTILINE)
    )
    told = section("What is found in a data set")
    assert kinds == set(re.findall(r"`([\w ]+)`", told))
    assert f"fewer than {FEW_ROWS} " in told
    assert f"{LARGE_SHARE:.0%}".replace("%", " %") in told


def test_the_python_of_the_page_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", section("From Python"), re.DOTALL)
    names = {}
    exec(code, names)
    assert names["columns"].inputs == ("message",)
    assert names["names"] == {"junk": "spam", "legit": "ham"}
    assert names["examples"].targets.tolist() == [0, 1]
    assert "1 row cannot be read. The first: Line 4 must have 2 cells" in capsys.readouterr().out
