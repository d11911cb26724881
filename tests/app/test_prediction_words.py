"""A prediction in a line is told as the page shows it."""

import math

import pandas as pd
import pytest

from attnviz.app.prediction_words import MOST_TOKENS_TOLD, prediction_in_words
from attnviz.models.card import Card
from attnviz.sequences.specification import TextSpecification


def card(task, **fields):
    reads = TextSpecification(name="words", vocabulary=("good",), maximum_length=4)
    return Card(name="toy", title="Toy", description="", task=task, input=reads, **fields)


@pytest.mark.parametrize(
    ("chances", "told"),
    [((0.25, 0.75), "yes (75.0%)"), ((math.nan, math.nan), "none: the model gave NaN, which is no number")],
)
def test_a_class_is_told_with_its_probability_if_it_has_one(chances, told):
    predictions = pd.DataFrame([["yes", *chances]], columns=["prediction", "no", "yes"])
    assert prediction_in_words(card("classification", classes=("no", "yes")), predictions) == told


def test_a_number_is_told_with_its_name():
    predictions = pd.DataFrame({"prediction": [12.34567]})
    assert prediction_in_words(card("regression", target="passengers"), predictions) == "passengers: 12.35"


def test_of_many_tokens_the_first_are_told():
    predictions = pd.DataFrame({"token": ["the", "cat"] * 150, "prediction": ["other", "animal"] * 150})
    told = prediction_in_words(card("token_classification", classes=("other", "animal")), predictions)
    assert told.startswith("the: other, cat: animal, the: other, ")
    assert told.count(": ") == MOST_TOKENS_TOLD
    assert told.endswith(" …")
