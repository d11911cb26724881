"""Which examples of an evaluation are shown, in which order, and the links that lead on from them."""

import numpy as np
import pandas as pd
import pytest

from attnviz.app.evaluate_filter import FILE, MISTAKES, RIGHT, WRONG, Filter, filtered, ordered, orders_of
from attnviz.app.evaluate_links import compare_link, explore_link
from attnviz.evaluation.examples import LabelledData
from attnviz.evaluation.results import EXAMPLE_COLUMNS, Evaluation
from attnviz.models.card import Card
from attnviz.sequences.numeric import parse_numbers
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXTS = ["A good soup", "Cold soup \ud800 and\n worse", "GOOD bread", "no bread"]
CARD = Card(
    name="toy",
    title="Toy",
    description="",
    task="classification",
    input=TextSpecification(name="tokens", vocabulary=("good", "soup"), maximum_length=8),
    classes=("bad", "good"),
)
SERIES = Card(
    name="series",
    title="Series",
    description="",
    task="regression",
    input=NumericSpecification(name="steps", features=("a", "b"), length=2),
    target="c",
)


@pytest.fixture
def evaluation() -> Evaluation:
    """The second of five rows was skipped; the fourth and the fifth are wrong."""
    evaluated = np.array([True, False, True, True, True])
    probabilities = np.array([[0.1, 0.9], [np.nan, np.nan], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]], np.float32)
    rows = {
        "line": [2, 4, 5, 6],
        "input": ["A good soup", "Cold soup", "GOOD bread", "no bread"],
        "truth": ["good", "bad", "good", "bad"],
        "prediction": ["good", "bad", "bad", "good"],
        "right": [True, True, False, False],
        "confidence": [0.9, 0.6, 0.7, 0.8],
        "loss": [0.1, 0.5, 1.2, 1.6],
        "attention entropy": [1.0, np.nan, 0.5, 2.0],
        "most attended token": ["good", "soup", "good", "no"],
        "length": [3, 4, 2, 2],
    }
    return Evaluation(
        model="toy",
        card=CARD,
        data=LabelledData(
            name="toy.csv",
            sequences=[TEXTS[0], "skipped soup", *TEXTS[1:]],
            targets=np.array([1, 0, 0, 1, 0]),
            lines=np.arange(2, 7),
            task="classification",
            classes=CARD.classes,
        ),
        evaluated=evaluated,
        outputs=probabilities,
        examples=pd.DataFrame(rows, index=[0, 2, 3, 4])[list(EXAMPLE_COLUMNS)],
    )


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (Filter(order=FILE), [2, 4, 5, 6]),
        (Filter(order=MISTAKES), [6, 5, 4, 2]),
        (Filter(order="largest loss"), [6, 5, 4, 2]),
        (Filter(order="least confident"), [4, 5, 6, 2]),
        (Filter(order="most even attention"), [6, 2, 5, 4]),  # what has no number comes last
        (Filter(order="most narrow attention"), [5, 2, 6, 4]),
        (Filter(order="longest"), [4, 2, 5, 6]),
        (Filter(order=FILE, truth="bad"), [4, 6]),
        (Filter(order=FILE, truth="bad", prediction="good"), [6]),
        (Filter(order=FILE, prediction="bad"), [4, 5]),
        (Filter(order=FILE, outcome=WRONG), [5, 6]),
        (Filter(order=FILE, outcome=RIGHT, truth="good"), [2]),
        (Filter(order=FILE, words=" good "), [2, 5]),
        (Filter(order=FILE, words="worse"), [4]),  # in what the table has shortened away
        (Filter(order=FILE, words="soup", outcome=WRONG), []),
    ],
)
def test_what_was_asked_for_is_left_in_its_order(evaluation, asked, lines):
    assert list(filtered(evaluation, asked)["line"]) == lines


def test_every_order_is_one_that_the_table_can_have(evaluation):
    for order in orders_of("classification"):
        assert sorted(ordered(evaluation.examples, order)["line"]) == [2, 4, 5, 6]
    assert "least confident" not in orders_of("regression")
    assert MISTAKES not in orders_of("regression")


def test_a_link_holds_the_example_as_it_is_typed():
    link = explore_link(CARD, TEXTS[1])
    assert link == {"model": "toy", "text": "Cold soup ? and worse"}
    series = np.array([[1.0, 2.5], [0.125, -3.0]])
    link = explore_link(SERIES, series)
    np.testing.assert_array_equal(parse_numbers(link["values"], SERIES.input), series)
    assert compare_link(CARD, TEXTS[0], TEXTS[2]) == {
        "compare": "two inputs",
        "a_model": "toy",
        "a_text": "A good soup",
        "b_text": "GOOD bread",
    }
