"""The figures of a regression against scikit-learn and by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from attnviz.errors import DataError
from attnviz.evaluation.regression import metrics_of, residuals


def named(figures):
    return {one.name: one for one in figures}


def test_figures_are_those_of_scikit_learn(regressed):
    generator = np.random.default_rng(0)
    truth = generator.normal(50, 10, size=90)
    predicted = truth + generator.normal(1, 4, size=90)
    figures = named(metrics_of(regressed(truth, predicted)))
    expected = {
        "MSE": metrics.mean_squared_error,
        "RMSE": metrics.root_mean_squared_error,
        "MAE": metrics.mean_absolute_error,
        "R²": metrics.r2_score,
    }
    for name, score in expected.items():
        figure = figures[name]
        assert figure.value == pytest.approx(score(truth, predicted))
        assert figure.examples == 90
        drawn = stats.bootstrap(
            (truth, predicted), score, paired=True, vectorized=False, method="percentile", n_resamples=500,
            rng=np.random.default_rng(1),
        ).confidence_interval  # fmt: skip
        assert figure.lower == pytest.approx(drawn.low, abs=0.2 * (drawn.high - drawn.low))
        assert figure.upper == pytest.approx(drawn.high, abs=0.2 * (drawn.high - drawn.low))


def test_naive_guesses_by_hand(regressed):
    series = [np.array([[1.0], [2.0]]), np.array([[5.0], [4.0]])]
    figures = named(metrics_of(regressed([3.0, 5.0], [3.0, 4.0], series)))
    assert figures["MAE"].value == pytest.approx(0.5)
    assert figures["MAE of the mean"].value == pytest.approx(1.0)  # the mean is 4
    assert figures["MAE of persistence"].value == pytest.approx(1.0)  # last values 2 and 4
    assert figures["MSE of persistence"].value == pytest.approx(1.0)
    assert figures["R² of the mean"].value == pytest.approx(0.0)
    assert figures["MAE of persistence"].note.startswith("naive baseline: the last value of the series")


def test_equal_targets_have_no_r2(regressed):
    figures = named(metrics_of(regressed([2.0, 2.0, 2.0], [1.0, 2.0, 3.0])))
    assert np.isnan(figures["R²"].value)
    assert figures["R²"].note == "not defined: all targets are equal"
    assert figures["MAE"].value == pytest.approx(2 / 3)


def test_residuals_are_what_is_missing(regressed):
    table = residuals(regressed([3.0, 5.0], [2.0, 6.0]))
    assert list(table["residual"]) == [1.0, -1.0]


def test_a_classifier_has_no_residuals(classified):
    with pytest.raises(DataError, match="numbers are predicted by a regression"):
        residuals(classified([0, 1], np.eye(2)))
