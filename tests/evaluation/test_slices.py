"""Scores of parts of the data by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attnviz.evaluation.running import evaluate
from attnviz.evaluation.slices import slices, word_slices


@pytest.fixture(scope="module")
def evaluation(classifier, data_of):
    texts = ["good", "Good film", "bad film .", "very very good film", "goodness", "film"]
    return evaluate(classifier, data_of(classifier, texts, [0, 1, 0, 1, 0, 1]))


def test_words_are_whole_and_in_any_case(evaluation):
    table = slices(evaluation, ["good", "very"]).set_index("slice")
    assert table.loc["with good", "examples"] == 3
    assert table.loc["without good", "examples"] == 3
    assert table.loc["with very", "examples"] == 1
    right = evaluation.examples["right"].astype(float)
    assert table.loc["with good", "score"] == pytest.approx(right.iloc[[0, 1, 3]].mean())


def test_every_example_is_in_one_length_and_in_one_class(evaluation):
    table = slices(evaluation)
    assert list(table["by"].drop_duplicates()) == ["all", "length", "class"]
    assert table[table["by"] == "length"]["examples"].sum() == 6
    assert table[table["by"] == "class"]["examples"].sum() == 6
    assert list(table[table["by"] == "class"]["slice"]) == ["no", "yes"]
    assert table["loss"].iloc[0] == pytest.approx(evaluation.examples["loss"].mean())
    assert table["attention entropy"].iloc[0] == pytest.approx(evaluation.examples["attention entropy"].mean())


def test_a_slice_that_is_all_right_has_wilsons_interval(classified):
    table = slices(classified([0, 1, 1], np.eye(2)[[0, 1, 1]]))
    low = stats.binomtest(3, 3).proportion_ci(method="wilson").low
    assert (table["score"].iloc[0], table["lower"].iloc[0]) == (1, pytest.approx(low))


def test_of_a_regression_the_score_is_the_mean_absolute_error(regressed):
    table = slices(regressed([1.0, 2.0], [2.0, 5.0]), ["word"])
    assert table["score"].iloc[0] == pytest.approx(2.0)
    assert "word" not in set(table["by"])


def test_words_alone_are_the_same_rows(evaluation):
    every = slices(evaluation, ["good", "very"])
    of_words = every[every["by"] == "word"].reset_index(drop=True)
    pd.testing.assert_frame_equal(word_slices(evaluation, ["good", "very"]), of_words)


def test_the_interval_of_a_share_is_that_of_scipys_bootstrap(classified):
    truth = np.zeros(100, int)
    row = slices(classified(truth, np.eye(2)[(np.arange(100) % 5 == 0).astype(int)])).iloc[0]
    right = np.arange(100) % 5 != 0
    drawn = stats.bootstrap((right,), np.mean, method="percentile", rng=np.random.default_rng(1)).confidence_interval
    assert row["score"] == pytest.approx(0.8)
    assert (row["lower"], row["upper"]) == (pytest.approx(drawn.low, abs=0.011), pytest.approx(drawn.high, abs=0.011))
