import math

import pytest

from attnviz.errors import ShapeError
from attnviz.training.intervals import mean_interval, share_interval


def test_mean_interval_by_hand():
    # Mean 3, deviation sqrt(2.5), five values; 2.776445 is the 97.5 % point of t with 4 degrees of freedom (any table).
    half = 2.776445 * math.sqrt(2.5) / math.sqrt(5)
    assert mean_interval([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx((3 - half, 3 + half), abs=1e-5)


def test_equal_values_leave_no_doubt():
    assert mean_interval([0.8, 0.8, 0.8]) == pytest.approx((0.8, 0.8))


def test_share_interval_by_hand():
    # Wilson (1927): centre (p + z²/2n) / (1 + z²/n), half width z/(1 + z²/n) sqrt(p(1-p)/n + z²/4n²).
    z, n, p = 1.959964, 50, 0.8
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert share_interval(40, 50) == pytest.approx((centre - half, centre + half), abs=1e-5)


@pytest.mark.parametrize("hits", [0, 20])
def test_share_interval_stays_within_0_and_1(hits):
    lower, upper = share_interval(hits, 20)
    assert 0 <= lower < upper <= 1


def test_a_single_value_has_no_interval():
    with pytest.raises(ShapeError, match="needs two values or more. Received: 1"):
        mean_interval([0.8])


@pytest.mark.parametrize(("hits", "total"), [(3, 2), (-1, 2), (0, 0)])
def test_impossible_counts_are_refused(hits, total):
    with pytest.raises(ShapeError, match=f"Received: {hits} of {total}"):
        share_interval(hits, total)
