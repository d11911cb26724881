"""Expected calibration error by hand."""

import numpy as np
import pytest

from attnviz.evaluation.calibration import BINS, calibration
from attnviz.evaluation.classification import metrics_of


def test_error_by_hand(classified):
    """Three examples in the bin (13/15, 14/15], two right: |2/3 - 0.9|; one in (9/15, 10/15], right: |1 - 0.65|."""
    chances = [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.35, 0.65]]
    found = calibration(classified([0, 1, 1, 1], chances))
    expected = 3 / 4 * abs(2 / 3 - 0.9) + 1 / 4 * abs(1 - 0.65)
    assert found.error == pytest.approx(expected, abs=1e-6)
    figures = {one.name: one.value for one in metrics_of(classified([0, 1, 1, 1], chances))}
    assert figures["expected calibration error"] == pytest.approx(expected, abs=1e-6)
    bins = found.bins[found.bins["examples"] > 0]
    assert list(bins["examples"]) == [1, 3]
    np.testing.assert_allclose(bins["accuracy"], [1, 2 / 3])
    np.testing.assert_allclose(bins["confidence"], [0.65, 0.9], atol=1e-6)
    np.testing.assert_allclose(bins["upper"], [10 / 15, 14 / 15])


def test_the_last_bin_holds_certainty(classified):
    found = calibration(classified([0, 0], [[0.999, 0.001], [1.0, 0.0]])).bins
    assert found["examples"].iloc[-1] == 2


def test_sure_and_right_is_calibrated(classified):
    found = calibration(classified([0, 1, 1], np.eye(2)[[0, 1, 1]]))
    assert found.error == 0
    assert len(found.bins) == BINS
    assert np.isnan(found.bins["accuracy"].iloc[0])
