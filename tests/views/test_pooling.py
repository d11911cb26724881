"""Pooling against cells counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.pooling import groups, pooled_cells
from attnviz.views.region import Region, region_of


def region(weights, *, mask=None, valid=None) -> Region:
    weights = np.asarray(weights, np.float32)[None, None]
    length = weights.shape[-1]
    one = AttentionMap(layer="attention", weights=weights, query_axis="text", key_axis="text", mask=mask)
    valid = np.ones((1, length), bool) if valid is None else np.asarray([valid])
    labels = (tuple("abcdefgh"[:length]),)
    capture = AttentionCapture(
        model="hand", maps=(one,), sequences={"text": labels}, valid={"text": valid}, outputs=np.zeros(1)
    )
    return region_of(capture, layer="attention", head=0)


CAUSAL = [[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.5, 0.25, 0], [0.1, 0.2, 0.3, 0.4]]


def test_groups_are_neighbours_of_equal_size():
    assert groups(8, 4).tolist() == [0, 2, 4, 6]
    assert groups(5, 2).tolist() == [0, 2]
    assert groups(3, 8).tolist() == [0, 1, 2]


def test_the_largest_of_each_group_stays():
    pooled = pooled_cells(region(CAUSAL), np.array([0, 2]), np.array([0, 2]))
    assert_array_equal(pooled, np.float32([[1.0, 0.0], [0.5, 0.4]]))


def test_the_mean_is_over_the_cells_that_may_attend_and_nothing_else():
    allowed = np.tril(np.ones((1, 4, 4), bool))
    pooled = pooled_cells(region(CAUSAL, mask=allowed), np.array([0, 2]), np.array([0, 2]), reduce="mean")
    # Above left three of four cells: (1 + 0.5 + 0.5) / 3. Below right three: (0.25 + 0.3 + 0.4) / 3.
    assert pooled == pytest.approx(np.float32([[2 / 3, np.nan], [(0.25 + 0.5 + 0.1 + 0.2) / 4, 0.95 / 3]]), nan_ok=True)


def test_groups_in_which_nothing_may_attend_are_no_numbers():
    allowed = np.tril(np.ones((1, 4, 4), bool))
    pooled = pooled_cells(region(CAUSAL, mask=allowed), np.array([0, 2]), np.array([0, 2]))
    assert np.isnan(pooled[0, 1])
    assert np.isfinite(pooled[1]).all()


def test_what_may_not_attend_is_no_peak():
    weights = [[0.25] * 4, [0.1, 0.9, 0.0, 0.0], [0.3, 0.3, 0.2, 0.2], [0.3, 0.3, 0.2, 0.2]]
    allowed = np.array([[[False] * 4, [True, True, False, False], [True] * 4, [True] * 4]])
    pooled = pooled_cells(region(weights, mask=allowed), np.array([0, 2]), np.array([0, 1, 2]))
    assert_array_equal(pooled, np.float32([[0.1, 0.9, np.nan], [0.3, 0.3, 0.2]]))


def test_padding_between_tokens_is_gone_before_neighbours_are_pooled():
    weights = [[0.2, 0.0, 0.8, 0.0], [0.25] * 4, [0.5, 0.0, 0.4, 0.1], [0.3, 0.0, 0.3, 0.4]]
    shown = region(weights, valid=[True, False, True, True])
    pooled = pooled_cells(shown, groups(3, 3), groups(3, 1))
    assert_array_equal(pooled, np.float32([[0.8], [0.5], [0.4]]))
