"""Whatever a file holds, a person gets examples or a message: never another error, and never a row that is lost."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz.errors import InputError
from attnviz.evaluation.labelled import (
    columns_for,
    data_for_training,
    guess_columns,
    guess_label_names,
    labelled_data,
    labels_in,
    preview,
)
from attnviz.models.card import Card
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good", "bad"), maximum_length=5)
CLASSES = Card(name="a", title="", description="", task="classification", input=TEXT, classes=("0", "1"))
CARDS = (
    CLASSES,
    replace(CLASSES, task="token_classification"),
    replace(CLASSES, task="regression", classes=(), target="label"),
    replace(CLASSES, input=NumericSpecification(name="x", features=("a", "b"), length=2)),
    replace(CLASSES, task="regression", classes=(), input=NumericSpecification(name="x", features=("a",))),
    replace(
        CLASSES,
        task="seq2seq",
        classes=(),
        output=OutputSpecification(name="label", vocabulary=("bon",), maximum_length=5),
    ),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats()
    | st.sampled_from(["0", "1", "", " ", "good bad", "1,2;3,4", "nan", "[1, 2]", "[", "\ud800"])
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["text", "label", "x", "y 1", "y 2", "id", ""]), VALUES, max_size=5),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(rows=ROWS, card=st.sampled_from(CARDS))
def test_any_json_gives_examples_or_a_message(rows, card):
    content = "\n".join(map(json.dumps, rows)).encode()
    with suppress(InputError):
        data = read_data_set("a.jsonl", content)
        columns = guess_columns(data, card)
        examples = labelled_data(data, card, columns, guess_label_names(data, columns, card))
        assert len(examples) + preview(examples).left_out == len(rows)
        assert set(examples.lines.tolist()) <= set(range(1, len(rows) + 1))


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, task=st.sampled_from(["classification", "regression"]))
def test_any_json_can_be_learned_from_or_is_refused(rows, task):
    with suppress(InputError):
        data = read_data_set("a.jsonl", "\n".join(map(json.dumps, rows)).encode())
        columns = columns_for(data, task=task)
        labels_in(data, columns.label)
        examples = data_for_training(data, task, columns)
        if task == "classification":
            assert set(examples.targets.tolist()) <= set(range(len(examples.classes)))


@settings(max_examples=200, deadline=None)
@given(
    header=st.lists(st.sampled_from(["text", "label", "a", "y 1", "y 2"]), min_size=2, max_size=4, unique=True),
    rows=st.lists(
        st.lists(
            st.sampled_from(["good", "0", "1", "-1.5", "nan", "inf", "", " ", "1e999", "1 2 3", '"a,b"']), max_size=4
        ),
        min_size=1,
        max_size=10,
    ),
    card=st.sampled_from(CARDS),
)
def test_any_csv_gives_examples_or_a_message(header, rows, card):
    content = "\n".join(",".join(row) for row in [header, *rows])
    with suppress(InputError):
        data = read_data_set("a.csv", content.encode())
        columns = guess_columns(data, card)
        examples = labelled_data(data, card, columns, guess_label_names(data, columns, card))
        empty = sum(not any(cell.strip() for cell in row) and len(row) <= 1 for row in rows)
        assert len(examples) + preview(examples).left_out == len(rows) - empty


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.task)
def test_a_data_set_of_one_row(card):
    with suppress(InputError):
        data = read_data_set("a.csv", b"text,label\ngood,1\n")
        columns = guess_columns(data, card)
        preview(labelled_data(data, card, columns, guess_label_names(data, columns, card)))
