"""Confusion, the examples of its cells, and mistakes."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from attnviz.errors import DataError
from attnviz.evaluation.class_predictions import class_predictions as predictions_of
from attnviz.evaluation.class_predictions import confusion, examples_of_cell, mistakes, resampled_counts

TRUTH = [0, 1, 1, 2, 0]
CHANCES = [[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.9, 0.05, 0.05], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]]


def test_counts_are_those_of_scikit_learn(classified):
    table = confusion(classified(TRUTH, CHANCES))
    np.testing.assert_array_equal(table, confusion_matrix(TRUTH, np.argmax(CHANCES, axis=1)))
    assert list(table.index) == list(table.columns) == ["a", "b", "c"]


def test_a_cell_leads_to_its_examples_the_most_confident_first(classified):
    evaluation = classified(TRUTH, CHANCES)
    assert list(examples_of_cell(evaluation, "b", "a")["line"]) == [4, 3]
    assert examples_of_cell(evaluation, "c", "a").empty


def test_mistakes_begin_with_the_most_confident(classified):
    assert list(mistakes(classified(TRUTH, CHANCES))["line"]) == [4, 3, 6]


def test_rows_that_were_not_evaluated_do_not_count(classified):
    evaluation = classified(TRUTH, CHANCES, evaluated=np.array([True, False, True, True, False]))
    assert confusion(evaluation).to_numpy().sum() == 3
    assert list(mistakes(evaluation)["line"]) == [4]


def test_resampled_counts_add_up(classified):
    counts = resampled_counts(predictions_of(classified(TRUTH, CHANCES)), resamples=50)
    np.testing.assert_array_equal(counts.support.sum(axis=1), np.full(50, 5))
    np.testing.assert_array_equal(counts.called.sum(axis=1), np.full(50, 5))
    assert (counts.hits <= np.minimum(counts.support, counts.called)).all()
    np.testing.assert_allclose(counts.support.mean(axis=0), [2, 2, 1], atol=0.7)


def test_a_regression_has_no_classes(regressed):
    with pytest.raises(DataError, match="is for regression; classes are predicted by models for classification"):
        confusion(regressed([1.0], [2.0]))
