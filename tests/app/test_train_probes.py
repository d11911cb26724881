"""The sentences to watch: suggested from the data, and refused where they cannot be watched."""

import numpy as np
import pytest

from attnviz.app.train_probes import problem_of, suggested_probes
from attnviz.training.training_data import TrainingData, training_data


def learned(sequences: list[object], targets: list[object]) -> TrainingData:
    return training_data(sequences, targets)


def test_suggested_sentences_are_of_each_class_and_read_at_a_glance():
    long, short = "many words " * 20, "two words"
    sequences = [
        long,
        short,
        *(f"the {word} soup was good today" for word in "abcdef"),
        *(f"no {w} at all" for w in "ghijkl"),
    ]
    targets = ["good"] * 8 + ["bad"] * 6
    assert suggested_probes(learned(sequences, targets)).sequences == (
        "no g at all",
        "the a soup was good today",
        "the b soup was good today",
    )


def test_suggested_sentences_of_a_regression_are_small_middle_and_large():
    sequences = [f"a house with {row} rooms" for row in range(11)]
    targets = [row * 10.5 for row in reversed(range(11))]
    assert suggested_probes(learned(sequences, targets)).sequences == tuple(
        f"a house with {row} rooms" for row in (10, 5, 0)
    )


def test_series_are_called_by_what_they_should_be():
    series = [np.full((3, 1), row, np.float32) for row in range(12)]
    classes = suggested_probes(training_data(series, ["up", "down"] * 6))
    assert classes.names == ("series 1, down", "series 2, up", "series 3, up")
    np.testing.assert_array_equal(classes.sequences[0], series[1])
    numbers = suggested_probes(training_data(series, [row * 1.5 for row in range(12)], target="price"))
    assert numbers.names == ("series 1, price 0", "series 2, price 9", "series 3, price 16.5")


@pytest.mark.parametrize(
    ("probes", "said"),
    [
        ((), "Type at least one sentence"),
        (tuple(f"sentence {number}" for number in range(9)), "At most 8 sentences"),
        (("fine", "word " * 65), "Sentence 2 has 65 words and signs, and at most 64"),
        (("one", "two"), ""),
    ],
)
def test_sentences_that_cannot_be_watched_are_said(probes: tuple[str, ...], said: str):
    assert problem_of(probes).startswith(said)
    assert bool(problem_of(probes)) == bool(said)
