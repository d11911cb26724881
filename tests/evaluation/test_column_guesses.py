from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from attnviz.errors import DataError
from attnviz.evaluation.column_guesses import columns_for, guess_columns
from attnviz.evaluation.examples import Columns
from attnviz.models.card import Card
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="tokens", vocabulary=("good", "bad"), maximum_length=5)
SENTIMENT = Card(
    name="a", title="", description="", task="classification", input=TEXT, classes=("negative", "positive")
)
SERIES = NumericSpecification(name="days", features=("x",), step="day", length=4)
FORECAST = Card(name="a", title="", description="", task="regression", input=SERIES, target="price")
SHAPES = replace(SENTIMENT, input=NumericSpecification(name="rows", features=("x", "y"), length=2))
TRANSLATION = Card(
    name="a",
    title="",
    description="",
    task="seq2seq",
    input=replace(TEXT, name="english"),
    output=OutputSpecification(name="french", vocabulary=("bon",), maximum_length=5),
)
TAGS = replace(SENTIMENT, task="token_classification")
GOOD, BAD = "a good film that I liked", "a bad one"


def data_set(**columns):
    table = pd.DataFrame({name.replace("_", " ").strip(): pd.Series(values) for name, values in columns.items()})
    return DataSet(name="a", table=table, lines=np.arange(1, len(table) + 1))


@pytest.mark.parametrize(
    ("columns", "inputs", "label"),
    [
        ({"text": [GOOD, BAD], "label": ["positive", "negative"]}, "text", "label"),
        ({"label": [1, 0], "text": [GOOD, BAD]}, "text", "label"),
        ({"Sentiment": ["pos", "neg"], "Review": [GOOD, BAD]}, "Review", "Sentiment"),
        ({"v1": ["neg", "pos"], "v2": [GOOD, BAD]}, "v2", "v1"),
        ({"id": [1, 2], "foo": [GOOD, BAD], "bar": ["pos", "neg"], "date": ["2020", "2021"]}, "foo", "bar"),
        ({"tokens": [GOOD, BAD], "text": ["x", "y"], "class": [0, 1]}, "tokens", "class"),
        ({"target": ["positive", "negative"], "sentence": [GOOD, BAD], "score": [0.5, 0.25]}, "sentence", "target"),
        ({"a": [GOOD, BAD, GOOD], "b": [0, 1, 1], "c": [17, 18, 19]}, "a", "b"),
        ({"input": [GOOD, BAD], "output": ["positive", "negative"]}, "input", "output"),
        ({"words": [["a", "b"], ["c"]], "label": [0, 1]}, "words", "label"),
    ],
)
def test_text_and_class(columns, inputs, label):
    assert guess_columns(data_set(**columns), SENTIMENT) == Columns(inputs=(inputs,), label=label)


def test_columns_of_one_series_are_found_by_their_numbers():
    numbers = {f"day_{day}": [1.0, 2.0] for day in range(1, 5)}
    expected = tuple(f"day {day}" for day in range(1, 5))
    for columns in (
        {"year": [1, 2], **numbers, "target": [3.0, 4.0]},
        {"target": [3.0, 4.0], **numbers, "month": [5, 6]},
    ):
        assert guess_columns(data_set(**columns), FORECAST) == Columns(inputs=expected, label="target")


def test_the_label_may_be_called_what_the_card_predicts():
    columns = {"a": [1], "b": [2], "price": [9], "c": [3], "d": [4]}
    assert guess_columns(data_set(**columns), FORECAST) == Columns(inputs=("a", "b", "c", "d"), label="price")


def test_numbers_that_are_no_steps_are_left_out_where_that_makes_them_fit():
    columns = {"id": [1], "a": [1], "b": [2], "c": [3], "d": [4], "value": [9]}
    assert guess_columns(data_set(**columns), FORECAST).inputs == ("a", "b", "c", "d")


@pytest.mark.parametrize("series", [np.ones((2, 2)), "1,2;3,4", [[1, 2], [3]]])
def test_a_column_of_series(series):
    column = pd.Series([series, series], dtype=object)
    assert guess_columns(data_set(name=["one 1", "two"], x=column, y=[0, 1]), SHAPES) == Columns(
        inputs=("x",), label="y"
    )


def test_a_regression_takes_a_column_of_numbers():
    columns = {"city": ["Bern", "Rome"], "note": ["1 a", "b"], "temperature": [3.5, 20.1]}
    found = columns_for(data_set(**columns), task="regression")
    assert found.label == "temperature"
    assert found.inputs == ("city",) or found.inputs == ("note",)


@pytest.mark.parametrize(
    ("columns", "inputs", "label"),
    [
        ({"english": ["a"], "french": ["b"]}, "english", "french"),
        ({"French": ["a"], "English": ["b"]}, "English", "French"),
        ({"source": ["a"], "target": ["b"]}, "source", "target"),
        ({"translation": ["a"], "sentence": ["b"], "id": [1]}, "sentence", "translation"),
        ({"one": ["a"], "two": ["b"]}, "one", "two"),
    ],
)
def test_source_and_expected_output(columns, inputs, label):
    assert guess_columns(data_set(**columns), TRANSLATION) == Columns(inputs=(inputs,), label=label)


def test_tokens_and_their_labels():
    columns = {"tokens": [["a", "b"], ["c"]], "tags": [["O", "B"], ["O"]], "n": [2, 1]}
    assert guess_columns(data_set(**columns), TAGS) == Columns(inputs=("tokens",), label="tags")


def test_a_single_column_is_refused():
    with pytest.raises(DataError, match=r"a column with the input and one with the label\. Received: “text”"):
        guess_columns(data_set(text=["a"]), SENTIMENT)


def test_a_numeric_model_without_numbers_is_refused():
    with pytest.raises(DataError, match=r"takes numbers, and the file holds no column of them\. Columns: “b”"):
        guess_columns(data_set(label=[1, 2], b=["x", "y"]), FORECAST)
