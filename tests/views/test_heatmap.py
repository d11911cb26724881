import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.views.heatmap import HeatmapView, heatmap_view
from attnviz.views.matrix import MatrixView
from tests.views.captures import HEADS, capture_of, padded, two_heads


def test_the_view_holds_the_head_its_colours_and_what_is_pinned():
    view = heatmap_view(two_heads(), layer="attention", head=1, query=2, key=3)
    np.testing.assert_array_equal(view.matrix.values, HEADS[1])
    np.testing.assert_allclose(view.shades, HEADS[1] / HEADS[1].max())
    assert (view.query, view.key) == (2, 3)
    assert view.matrix.title == "Attention weights of layer attention, head 2, query 'saw' and key 'the' marked"
    assert view.scale_note == "up to the largest here"


def test_shared_colours_run_to_one():
    view = heatmap_view(two_heads(), layer="attention", head=1, shared_scale=True)
    np.testing.assert_array_equal(view.shades, HEADS[1])
    assert view.ticks[-1] == (1.0, "1")


def test_positions_count_what_is_shown():
    view = heatmap_view(padded(2, 1), layer="attention", head=0, query=1)
    assert view.matrix.query_labels[view.query] == "cat"
    view = heatmap_view(padded(2, 1), layer="attention", head=0, query=3, hide_padding=False)
    assert view.matrix.query_labels[view.query] == "cat"


def test_a_pin_falls_into_its_group_where_neighbours_are_pooled():
    weights = np.random.default_rng(0).dirichlet(np.ones(10), size=(1, 10))
    view = heatmap_view(capture_of(weights), layer="attention", head=0, query=7, maximum_cells=(4, 4))
    assert view.matrix.query_positions[view.query] == "8 to 10"
    assert "each cell is the largest of several" in view.scale_note


@pytest.mark.parametrize("pins", [{"query": 4}, {"key": -1}])
def test_what_is_not_there_cannot_be_pinned(pins):
    with pytest.raises(ShapeError, match="must be None or from 0 to 3"):
        heatmap_view(two_heads(), layer="attention", head=0, **pins)


def test_colours_must_fit_the_matrix():
    matrix = MatrixView(values=np.eye(2), query_labels=("a", "b"), key_labels=("a", "b"))
    with pytest.raises(ShapeError, match="shape of the matrix"):
        HeatmapView(matrix=matrix, shades=np.eye(3), ticks=(), scale_note="")
    with pytest.raises(ShapeError, match="`key` must be None"):
        HeatmapView(matrix=matrix, shades=np.eye(2), ticks=(), scale_note="", key=2)
