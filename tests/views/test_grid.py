import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.grid import GridRow, grid_row, grid_view
from attnviz.views.tables import head_table
from tests.views.captures import HEADS, capture_of, padded, two_heads
from tests.views.captures import pooled as pooling_capture


def test_small_maps_are_sent_as_they_are():
    row = grid_view(two_heads()).rows[0]
    np.testing.assert_array_equal(row.largest, HEADS)
    np.testing.assert_array_equal(row.mean, HEADS)
    assert (row.name, row.title, row.heads, row.queries, row.keys) == ("attention", "attention", 2, 4, 4)
    assert row.query_starts.tolist() == row.key_starts.tolist() == [0, 1, 2, 3]


def test_pooled_thumbnails_by_hand():
    row = grid_row(two_heads(), layer="attention", side=2)
    # Quarters of the first head: 0.1 0.6 0.25 0.25, then 0.2 0.1 0.25 0.25, then 0 1 0.5 0.1, then 0 0 0.1 0.3.
    np.testing.assert_array_equal(row.largest[0], np.float32([[0.6, 0.25], [1.0, 0.3]]))
    np.testing.assert_allclose(row.mean[0], [[0.3, 0.2], [0.4, 0.1]], rtol=1e-6)
    assert row.query_starts.tolist() == [0, 2]


def test_what_may_not_attend_is_blank_and_no_part_of_a_mean():
    causal = np.tril(np.ones((4, 4), bool))
    weights = (causal / causal.sum(axis=-1, keepdims=True))[None]
    row = grid_row(capture_of(weights, mask=causal), layer="attention", side=2)
    np.testing.assert_array_equal(row.largest[0], np.float32([[1.0, np.nan], [1 / 3, 1 / 3]]))
    # Three cells of the first quarter count (1, ½, ½) and three of the last (⅓, ¼, ¼).
    np.testing.assert_allclose(row.mean[0], [[2 / 3, np.nan], [7 / 24, 5 / 18]], rtol=1e-6)


def test_padding_is_left_out_before_anything_is_pooled():
    plain, surrounded = (grid_row(one, layer="attention", side=3) for one in (two_heads(), padded(2, 3)))
    np.testing.assert_array_equal(surrounded.largest, plain.largest)
    np.testing.assert_array_equal(surrounded.mean, plain.mean)
    np.testing.assert_allclose(surrounded.statistics, plain.statistics)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**16))
def test_cells_are_those_of_a_slow_loop(length, side, seed):
    random = np.random.default_rng(seed)
    mask = random.random((length, length)) < 0.6
    weights = np.where(mask, random.dirichlet(np.ones(length), size=length), 0.0).astype(np.float32)
    row = grid_row(capture_of(weights[None], mask=mask), layer="attention", side=side)
    ends = [*row.query_starts[1:], length]
    assert row.largest.shape == row.mean.shape == (1, min(length, side), min(length, side))
    for down, (top, bottom) in enumerate(zip(row.query_starts, ends, strict=True)):
        for across, (left, right) in enumerate(zip(row.key_starts, ends, strict=True)):
            counted = weights[top:bottom, left:right][mask[top:bottom, left:right]].tolist()
            assert row.largest[0, down, across] == pytest.approx(max(counted) if counted else np.nan, nan_ok=True)
            expected = sum(counted) / len(counted) if counted else np.nan
            assert row.mean[0, down, across] == pytest.approx(expected, rel=1e-5, nan_ok=True)


@given(st.integers(2, 90), st.integers(1, 40), st.integers(0, 2**16))
def test_groups_are_those_that_a_map_pools_itself(length, side, seed):
    weights = np.random.default_rng(seed).dirichlet(np.ones(length), size=(1, length)).astype(np.float32)
    capture = capture_of(weights)
    expected = capture.maps[0].read(0, 0, shape=(side, side))
    np.testing.assert_array_equal(grid_row(capture, layer="attention", side=side).largest[0], expected)


def test_one_hot_cell_in_a_large_map_is_in_the_thumbnail():
    weights = np.full((1, 1000, 1000), 1e-4, np.float32)
    weights[0, 777, 123] = 0.9
    row = grid_row(capture_of(weights), layer="attention")
    place = np.unravel_index(np.nanargmax(row.largest[0]), row.largest[0].shape)
    assert row.largest[0][place] == np.float32(0.9)
    assert row.query_starts[place[0]] <= 777 < row.query_starts[place[0] + 1]
    assert row.key_starts[place[1]] <= 123 < row.key_starts[place[1] + 1]


def test_statistics_of_each_head():
    statistics = grid_view(two_heads()).rows[0].statistics
    assert statistics.index.tolist() == [0, 1]
    assert statistics["diagonal"].tolist() == pytest.approx([(0.1 + 0.25 + 0 + 0.3) / 4, (0.3 + 0.1 + 0.3 + 0.4) / 4])
    assert statistics["previous"].tolist() == pytest.approx([(0.25 + 1.0 + 0.1) / 3, (0.7 + 0.2 + 0.3) / 3])
    assert statistics["received"].tolist() == pytest.approx(HEADS.mean(axis=1).max(axis=1).tolist())


def test_statistics_of_heads_that_are_computed_one_after_another():
    """Three heads of 700 tokens: more cells than are computed at once."""
    weights = np.random.default_rng(0).dirichlet(np.full(700, 0.1), size=(3, 700)).astype(np.float32)
    capture = capture_of(weights)
    expected = head_table(capture, layer="attention").drop(columns="head")
    np.testing.assert_allclose(grid_row(capture, layer="attention").statistics, expected)


def test_maps_of_different_shapes_make_a_ragged_grid():
    """Two heads over text, then one query that pools it: another number of heads, and no positions to compare."""
    first, second = two_heads(), pooling_capture()
    capture = AttentionCapture(
        model="toy",
        maps=(
            first.maps[0],
            AttentionMap(layer="pooling", weights=second.maps[0].weights, query_axis="pooled", key_axis="text"),
        ),
        sequences={"text": first.sequences["text"], "pooled": (("pooled",),)},
        valid={"text": first.valid["text"], "pooled": np.ones((1, 1), bool)},
        outputs=None,
    )
    view = grid_view(capture)
    assert [(row.name, row.largest.shape) for row in view.rows] == [("attention", (2, 4, 4)), ("pooling", (1, 1, 4))]
    assert list(view.rows[1].statistics) == ["entropy", "normalised entropy", "effective keys", "first", "received"]
    assert view.description.startswith("3 heads in 2 attention maps. Most focused, by normalised entropy: layer ")


def test_one_head_has_nothing_to_be_compared_with():
    assert grid_view(pooling_capture()).description == "1 head in 1 attention map."


def test_a_view_cannot_be_written_to():
    row = grid_view(two_heads()).rows[0]
    with pytest.raises(ValueError, match="read-only"):
        row.largest[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"sample": 1}, r"samples 0 to 0. Received: sample=1"),
        ({"side": 0}, r"`side` must be at least one cell. Received: side=0"),
    ],
)
def test_what_does_not_exist_is_said(choice, message):
    with pytest.raises(ShapeError, match=message):
        grid_view(two_heads(), **choice)


def test_thumbnails_must_fit_their_statistics():
    row = grid_view(two_heads()).rows[0]
    with pytest.raises(ShapeError, match=r"`mean` of map 'a' must have shape .* = \(2, 4, 4\).*shape=\(1, 4, 4\)"):
        GridRow(
            name="a", title="a", queries=4, keys=4, query_starts=row.query_starts, key_starts=row.key_starts,
            largest=row.largest, mean=row.mean[:1], statistics=row.statistics,
        )  # fmt: skip


def test_of_some_heads_the_mean_may_be_one():
    row = grid_row(two_heads(), layer="attention", heads=["mean", 1])
    np.testing.assert_allclose(row.largest, [HEADS.mean(axis=0), HEADS[1]], rtol=1e-6)
    every = grid_row(two_heads(), layer="attention")
    assert row.statistics.iloc[1].to_dict() == every.statistics.iloc[1].to_dict()
