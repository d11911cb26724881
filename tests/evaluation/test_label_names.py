import numpy as np
import pandas as pd
import pytest

from attnviz.evaluation.label_names import MOST_LABELS, guessed_names, labels_in
from attnviz.evaluation.label_text import label_text
from attnviz.sequences.data_sets import DataSet

SENTIMENT = ("negative", "positive")
SPAM = ("ham", "spam")
DIGITS = tuple("0123456789")


def data_set(**columns):
    table = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    return DataSet(name="a", table=table, lines=np.arange(1, len(table) + 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (np.int64(-3), "-3"),
        (1.0, "1"),
        ("1.0", "1"),
        ("1.50", "1.50"),
        (1.5, "1.5"),
        (" spam ", "spam"),
        (True, "true"),
        (np.False_, "false"),
        ("v1.0", "v1.0"),
        ("1.0.0", "1.0.0"),
        ("...", "..."),
        (1e300, "1e+300"),
    ],
)
def test_one_label_is_written_in_one_way(value, text):
    assert label_text(value) == text


@pytest.mark.parametrize(
    ("labels", "classes", "names"),
    [
        (["positive", "negative"], SENTIMENT, {"positive": "positive", "negative": "negative"}),
        (["Positive", " NEGATIVE"], SENTIMENT, {"Positive": "positive", " NEGATIVE": "negative"}),
        (["pos", "neg"], SENTIMENT, {"pos": "positive", "neg": "negative"}),
        (["good", "Bad"], SENTIMENT, {"good": "positive", "Bad": "negative"}),
        (["+", "-"], SENTIMENT, {"+": "positive", "-": "negative"}),
        (
            ["__label__positive", "__label__negative"],
            SENTIMENT,
            {"__label__positive": "positive", "__label__negative": "negative"},
        ),
        (["0", "1"], SENTIMENT, {"0": "negative", "1": "positive"}),
        (["1"], SENTIMENT, {"1": "positive"}),
        (["1", "2"], SENTIMENT, {"1": "negative", "2": "positive"}),
        (["-1", "1"], SENTIMENT, {"-1": "negative", "1": "positive"}),
        (["false", "true"], SPAM, {"false": "ham", "true": "spam"}),
        (["LABEL_0", "LABEL_1"], SPAM, {"LABEL_0": "ham", "LABEL_1": "spam"}),
        (["not spam", "Spam"], SPAM, {"not spam": "ham", "Spam": "spam"}),
        (["junk", "legit"], SPAM, {"junk": "spam", "legit": "ham"}),
        (["3", "0", "10"], DIGITS, {"3": "3", "0": "0"}),
        (["yes", "no"], ("no", "yes"), {"yes": "yes", "no": "no"}),
        (["World News", "sport"], ("world-news", "Sport"), {"World News": "world-news", "sport": "Sport"}),
        # What cannot be told is left to a person.
        (["positive", "neutral"], SENTIMENT, {"positive": "positive"}),
        (["0", "1", "2"], SENTIMENT, {}),
        (["2", "3"], SENTIMENT, {}),
        (["1", "2", "3", "4", "5"], SENTIMENT, {}),
        (["cat", "dog"], SENTIMENT, {}),
        (["A", "a"], ("A", "a"), {"A": "A", "a": "a"}),
        (["Á"], ("a", "A"), {}),
        (["1" * 400], SENTIMENT, {}),
        (["0", "cat"], SENTIMENT, {}),
        ([], SENTIMENT, {}),
    ],
)
def test_which_label_is_which_class(labels, classes, names):
    assert guessed_names(labels, classes) == names


def test_classes_that_only_case_tells_apart_are_not_mixed_up():
    assert guessed_names(["a"], ("A", "a")) == {"a": "a"}
    assert guessed_names(["pos"], ("positive", "POS itive")) == {}


def test_labels_with_their_numbers_the_most_frequent_first():
    data = data_set(label=["b", "a", None, " b ", "", "a", "b"])
    assert list(labels_in(data, "label").items()) == [("b", 3), ("a", 2)]
    assert labels_in(data_set(label=[1.0, 2.0, np.nan, 1.0]), "label") == {"1": 2, "2": 1}
    assert labels_in(data_set(label=[True, False, True]), "label") == {"true": 2, "false": 1}


def test_labels_of_tokens_are_counted_one_by_one():
    data = data_set(tags=["O O B", ["O", "B"], np.array([1, 2]), None])
    assert labels_in(data, "tags", task="token_classification") == {"O": 3, "B": 2, "1": 1, "2": 1}
    assert labels_in(data, "tags") == {"O O B": 1}


def test_a_column_of_texts_is_not_counted_without_end():
    counts = labels_in(data_set(text=[f"text {number}" for number in range(MOST_LABELS + 50)]), "text")
    assert len(counts) == MOST_LABELS
