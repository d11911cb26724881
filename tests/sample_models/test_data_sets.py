"""The labelled data that ships with every model: small, usable as it is, and made as it says."""

import io
import re
from pathlib import Path

import numpy as np
import pytest

import attnviz
import sample_models
from attnviz.evaluation.labelled import guess_columns, guess_label_names, labelled_data, preview
from attnviz.evaluation.shipped_data import shipped_data_note, shipped_data_set
from attnviz.models.registry import cards
from sample_models.data_sets import GENERATED

FOLDER = Path(next(iter(sample_models.__path__)))
LARGEST = 300_000
NAMES = attnviz.model_names()


def labelled(name):
    card, data = cards()[name], shipped_data_set(name)
    columns = guess_columns(data, card)
    return labelled_data(data, card, columns, guess_label_names(data, columns, card))


@pytest.mark.parametrize("name", NAMES)
def test_every_model_ships_data_that_can_be_used_as_it_is(name):
    data, examples = shipped_data_set(name), labelled(name)
    assert 50 <= len(examples) <= 500
    assert len(examples) == len(data.table), [one.message for one in examples.problems]
    assert not data.skipped
    assert not data.notices
    assert {one.kind for one in examples.problems} <= {"unknown words"}
    file = next(one for one in (FOLDER / name).glob("data.*") if one.suffix != ".md")
    assert file.stat().st_size < LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_the_note_gives_the_number_of_rows_and_the_licence(name):
    note = " ".join(shipped_data_note(name).split())
    assert int(re.match(r"\d+", note).group()) == len(shipped_data_set(name).table)
    assert re.search(r"MIT licence|CC BY 4\.0|public domain", note)


def test_the_note_counts_the_kinds_of_sentences():
    kinds = shipped_data_set("sentiment").table["kind"].value_counts()
    note = " ".join(shipped_data_note("sentiment").split())
    for kind, count in kinds.items():
        assert re.search(rf"{count}\b[^,.]*`{kind}`", note), kind


@pytest.mark.parametrize("name", [name for name in NAMES if cards()[name].classes])
def test_every_class_has_examples(name):
    assert (preview(labelled(name)).class_balance["examples"] >= 20).all()


@pytest.mark.parametrize("path", GENERATED)
def test_what_is_generated_is_made_again_exactly(path):
    written, made = (FOLDER / path).read_bytes(), GENERATED[path]()
    if not path.endswith(".npz"):
        assert made == written
        return
    with np.load(FOLDER / path) as before, np.load(io.BytesIO(made)) as after:  # compression differs between zlibs
        assert before.files == after.files
        for key in before.files:
            assert before[key].dtype == after[key].dtype
            np.testing.assert_array_equal(before[key], after[key])


def test_a_model_without_data_has_none(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text("{}")
    monkeypatch.setenv("ATTNVIZ_MODELS", str(tmp_path))
    assert shipped_data_set("mine") is None
    assert shipped_data_note("mine") is None
    assert shipped_data_set("no such model") is None


def test_an_operator_puts_data_beside_a_model(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text("{}")
    (tmp_path / "mine" / "data.jsonl").write_text('{"text": "a", "label": "b"}\n')
    monkeypatch.setenv("ATTNVIZ_MODELS", str(tmp_path))
    assert shipped_data_set("mine").table.to_dict("records") == [{"text": "a", "label": "b"}]
