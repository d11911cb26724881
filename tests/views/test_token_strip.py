import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.views.text import text_view
from attnviz.views.token_strip import TokenStripView
from tests.views.captures import HEADS, TOKENS, capture_of, padded, pooled, two_heads


def test_a_query_shades_the_keys_by_its_own_row():
    view = text_view(two_heads(), layer="attention", head=0, query=3)
    np.testing.assert_array_equal(view.values, HEADS[0, 3])
    assert view.tokens == TOKENS
    assert view.selected == 3
    assert view.title == "Attention from 'the', layer attention, head 1"
    assert "Most goes to 'the' (0.50), 'the' (0.30) and 'cat' (0.10)." in view.description


def test_without_a_query_it_is_the_mean_over_all():
    view = text_view(two_heads(), layer="attention", head=0)
    np.testing.assert_allclose(view.values, [0.2125, 0.4875, 0.1375, 0.1625], atol=1e-7)
    assert view.selected is None
    assert view.title == "Mean attention over all queries, layer attention, head 1"


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 0), (1, 1)])
@pytest.mark.parametrize("query", [None, 0, 2])
def test_padding_changes_nothing(before, after, query):
    plain = text_view(two_heads(), layer="attention", head=1, query=query)
    view = text_view(padded(before, after), layer="attention", head=1, query=query)
    np.testing.assert_array_equal(view.values, plain.values)
    assert (view.tokens, view.selected, view.description) == (plain.tokens, plain.selected, plain.description)


def test_a_fully_masked_query_has_no_part_in_the_mean():
    weights = np.array([[[0.5, 0.5], [0.0, 0.0]]])
    view = text_view(capture_of(weights), layer="attention", head=0)
    np.testing.assert_array_equal(view.values, [0.5, 0.5])


def test_weights_that_the_mask_forbids_do_not_count():
    # Some layers give a fully masked query uniform weights.
    capture = capture_of(np.array([[[1.0, 0.0], [0.5, 0.5]]]), mask=[[True, True], [False, False]])
    np.testing.assert_array_equal(text_view(capture, layer="attention", head=0).values, [1.0, 0.0])
    np.testing.assert_array_equal(text_view(capture, layer="attention", head=0, query=1).values, [0.0, 0.0])


def test_nothing_at_all_is_zero_and_said():
    view = text_view(capture_of(np.zeros((1, 2, 2))), layer="attention", head=0)
    np.testing.assert_array_equal(view.values, [0.0, 0.0])
    assert view.description.endswith("no token receives any.")


def test_keys_that_are_no_queries_cannot_be_chosen():
    view = text_view(pooled(), layer="pooling", head="mean", query=0)
    np.testing.assert_allclose(view.values, [0.2, 0.5, 0.3])
    assert (view.selectable, view.selected) == (False, None)
    assert view.title == "Attention from 'pooled', layer pooling"


def test_scale():
    own = text_view(two_heads(), layer="attention", head=0, query=0)
    shared = text_view(two_heads(), layer="attention", head=0, query=0, shared_scale=True)
    assert (own.limits, own.scale_note) == ((0.0, pytest.approx(0.6)), "colours per map")
    assert (shared.limits, shared.scale_note) == ((0.0, 1.0), "colours shared 0 to 1")


@pytest.mark.parametrize("query", [-1, 4])
def test_a_query_that_does_not_exist_is_said(query):
    with pytest.raises(
        ShapeError, match=rf"4 places for `query` in this sample, counted from 0. Received: query={query}"
    ):
        text_view(two_heads(), layer="attention", head=0, query=query)


def test_values_must_fit_the_tokens():
    with pytest.raises(ShapeError, match="one entry for each of its 2 tokens"):
        TokenStripView(tokens=("a", "b"), values=np.zeros(3))
    with pytest.raises(ShapeError, match=r"position from 0 to 1\. Received: 2"):
        TokenStripView(tokens=("a", "b"), values=np.zeros(2), selected=2)
