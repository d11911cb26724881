"""How a table becomes what a new model learns from: columns, kinds and goals are guessed, and can be said."""

import io
import json

import numpy as np
import pytest

from attnviz.app.train_data import Reading, guess_columns_of, guess_reading, prepare, task_of
from attnviz.errors import AttnVizError, DataError
from attnviz.evaluation.labelled import Columns
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.data_sets import DataSet


def table(text: str, name: str = "data.csv") -> DataSet:
    return read_data_set(name, text.encode())


def reviews(rows: int = 20) -> DataSet:
    lines = [f"{row},the soup was {'very good' if row % 2 else 'quite cold'} {row},{row % 2}" for row in range(rows)]
    return table("\n".join(["id,review,stars", *lines]))


def test_a_text_column_and_few_whole_numbers_are_text_and_classes():
    reading = guess_reading(reviews())
    assert reading == Reading(kind="text", task="classification", columns=Columns(inputs=("review",), label="stars"))
    prepared = prepare(reviews(), reading)
    assert prepared.training.classes == ("0", "1")
    assert prepared.training.sequences[1] == "the soup was very good 1"


def test_decimals_are_a_number_to_predict_and_it_has_the_name_of_its_column():
    data = table("\n".join(["text,price", *(f"a nice flat with {row} rooms,{100.5 + row}" for row in range(15))]))
    reading = guess_reading(data)
    assert (reading.task, reading.columns.label) == ("regression", "price")
    training = prepare(data, reading).training
    assert (training.task, training.target) == ("regression", "price")
    np.testing.assert_array_equal(training.targets, 100.5 + np.arange(15))


def test_columns_of_numbers_are_one_series_a_row():
    rows = [f"{row},{row + 0.5},{row + 1},{'up' if row % 2 else 'down'}" for row in range(12)]
    data = table("\n".join(["t1,t2,t3,direction", *rows]))
    reading = guess_reading(data)
    assert reading == Reading(
        kind="series", task="classification", columns=Columns(inputs=("t1", "t2", "t3"), label="direction")
    )
    training = prepare(data, reading).training
    assert training.features == ("value",)
    np.testing.assert_array_equal(np.asarray(training.sequences[3])[:, 0], [3, 3.5, 4])


def test_a_column_of_lists_holds_steps_of_several_numbers():
    rows = [{"x": [[row, 1], [2, 3], [4, 5]], "y": "ab"[row % 2]} for row in range(12)]
    data = read_data_set("data.json", json.dumps(rows).encode())
    reading = guess_reading(data)
    assert (reading.kind, reading.columns) == ("series", Columns(inputs=("x",), label="y"))
    training = prepare(data, reading).training
    assert training.features == ("feature 1", "feature 2")
    np.testing.assert_array_equal(training.sequences[5], [[5, 1], [2, 3], [4, 5]])


def test_arrays_of_numbers_are_series():
    stream = io.BytesIO()
    np.savez(stream, x=np.arange(48.0).reshape(12, 4), y=np.arange(12) % 3)
    data = read_data_set("data.npz", stream.getvalue())
    reading = guess_reading(data)
    assert (reading.kind, reading.task) == ("series", "classification")
    training = prepare(data, reading).training
    np.testing.assert_array_equal(np.asarray(training.sequences[2])[:, 0], [8, 9, 10, 11])


def test_a_single_number_is_no_series():
    data = table("\n".join(["x,y", *(f"{row},{row % 2}" for row in range(12))]))
    reading = Reading(kind="series", task="classification", columns=Columns(inputs=("x",), label="y"))
    with pytest.raises(DataError, match="Column .x. holds one number a row.*several columns of numbers"):
        prepare(data, reading)


def test_another_label_column_may_be_another_goal():
    data = table("\n".join(["text,stars,price", *(f"words and {row},{row % 2},{row + 0.25}" for row in range(12))]))
    assert (task_of(data, "stars"), task_of(data, "price")) == ("classification", "regression")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,label\n" + "good soup {row},yes\n" * 12, "only .?yes"),
        ("text,label\n" + "a,yes\nb,no\n" * 2, "needs 10 labelled examples"),
    ],
)
def test_what_cannot_be_learned_is_said(text: str, said: str):
    data = table(text)
    with pytest.raises(AttnVizError, match=said):
        prepare(data, guess_reading(data))


def test_text_labels_are_no_numbers_to_predict():
    data = reviews()
    columns = Columns(inputs=("id",), label="review")
    with pytest.raises(AttnVizError, match="number"):
        prepare(data, Reading(kind="text", task="regression", columns=columns))


def test_columns_are_guessed_anew_for_another_kind():
    data = table("\n".join(["note,t1,t2,label", *(f"some words {row},{row},{row},{row % 2}" for row in range(12))]))
    assert guess_columns_of(data, "text", "classification").inputs == ("note",)
    assert guess_columns_of(data, "series", "classification").inputs == ("t1", "t2")
