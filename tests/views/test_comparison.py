"""Two maps on common axes, against cases that can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.comparison import Side, comparison_view
from tests.views.captures import TOKENS, capture_of, padded, pooled, two_heads

NAN = np.nan
SHORT = capture_of([[[0.75, 0.25], [0.5, 0.5]]], labels=("good", "film"))
LONG = capture_of([[[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.5, 0.25]]], labels=("good", "old", "film"))


def _side(capture, head=0, layer="attention", **more):
    return Side(capture=capture, layer=layer, head=head, **more)


def test_two_inputs_are_laid_out_on_the_tokens_of_both():
    view = comparison_view(_side(SHORT), _side(LONG))
    assert view.queries.labels == view.keys.labels == ("good", "old", "film")
    np.testing.assert_array_equal(view.first, [[0.75, NAN, 0.25], [NAN, NAN, NAN], [0.5, NAN, 0.5]])
    np.testing.assert_array_equal(view.second, LONG.maps[0].weights[0, 0])
    np.testing.assert_array_equal(view.difference, [[-0.25, NAN, 0.0], [NAN] * 3, [-0.25, NAN, -0.25]])
    assert view.largest == 0.25
    assert view.limits == (0.0, 0.75)
    assert view.same_axis


def test_a_gap_is_told_from_a_cell_that_may_not_be_attended_to():
    mask = [[True, False], [True, True]]
    causal = capture_of([[[1.0, 0.0], [0.5, 0.5]]], labels=("good", "film"), mask=mask)
    view = comparison_view(_side(causal), _side(LONG))
    first, second, either = view.gaps
    np.testing.assert_array_equal(np.isnan(view.first) & ~first, [[False, False, True], [False] * 3, [False] * 3])
    np.testing.assert_array_equal(first, [[False, True, False], [True, True, True], [False, True, False]])
    assert not second.any()
    np.testing.assert_array_equal(either, first)
    assert np.isnan(view.difference[0, 2])  # A may not attend there: nothing to compare


def test_two_heads_of_one_run_need_no_alignment():
    view = comparison_view(_side(two_heads(), 0), _side(two_heads(), 1))
    assert view.queries.labels == TOKENS
    np.testing.assert_allclose(view.difference[0], [0.2, -0.4, 0.2, 0.0], atol=1e-7)
    assert view.largest == pytest.approx(0.8)
    assert view.titles == ("toy, layer attention, head 1", "toy, layer attention, head 2")
    assert view.description.startswith(
        "A and B have 4 of 4 queries and 4 of 4 keys in common. B attends less from 'saw' to"
    )
    assert "less from 'saw' to 'cat' (−0.80)" in view.description
    assert "more from 'cat' to 'the' (+0.45)" in view.description
    assert view.description.endswith("than A.")


def test_gaps_can_be_left_out():
    view = comparison_view(_side(SHORT), _side(LONG), hide_gaps=True)
    assert view.queries.labels == ("good", "film")
    assert view.same_axis
    np.testing.assert_array_equal(view.second, [[0.5, 0.25], [0.25, 0.25]])
    assert not view.gaps[2].any()
    assert view.description.startswith("A and B have 2 of 3 queries and 2 of 3 keys in common.")


def test_gaps_stay_where_nothing_else_would_be_left():
    first = _cross(("a", "b"), ("x",), [[1.0], [1.0]])
    second = _cross(("c",), ("x",), [[1.0]])
    view = comparison_view(_side(first, layer="cross"), _side(second, layer="cross"), hide_gaps=True)
    assert view.queries.labels == ("a", "b", "c")


def test_padding_plays_no_part():
    view = comparison_view(_side(padded(2, 1)), _side(two_heads()))
    np.testing.assert_array_equal(view.difference, np.zeros((4, 4)))
    assert view.description.endswith("Their attention is the same there.")


def test_pooling_has_one_query_on_both_sides():
    other = replace(
        pooled(),
        sequences={**pooled().sequences, "text": (("the", "dog", "saw", ""),)},
        maps=(
            AttentionMap(
                layer="pooling", weights=np.array([[[[0.1, 0.8, 0.1, 0.0]]]]), query_axis="pooled", key_axis="text"
            ),
        ),
    )
    view = comparison_view(_side(pooled(), layer="pooling"), _side(other, layer="pooling"))
    assert view.first.shape == (1, 3)
    assert view.keys.labels[1].endswith(" → dog")
    np.testing.assert_allclose(view.difference, [[-0.1, 0.3, -0.2]], atol=1e-7)


def _cross(queries, keys, weights) -> AttentionCapture:
    return AttentionCapture(
        model="toy",
        maps=(AttentionMap(layer="cross", weights=np.array([[weights]]), query_axis="written", key_axis="read"),),
        sequences={"written": (queries,), "read": (keys,)},
        valid={"written": np.ones((1, len(queries)), bool), "read": np.ones((1, len(keys)), bool)},
        outputs=None,
    )


def test_cross_attention_aligns_each_axis_by_itself():
    first = _cross(("le", "chat"), ("the", "cat"), [[0.9, 0.1], [0.2, 0.8]])
    second = _cross(("chat",), ("the", "black", "cat"), [[0.1, 0.3, 0.6]])
    view = comparison_view(_side(first, layer="cross"), _side(second, layer="cross"))
    assert view.queries.labels == ("le", "chat")
    assert view.keys.labels == ("the", "black", "cat")
    np.testing.assert_allclose(view.difference, [[NAN] * 3, [-0.1, NAN, -0.2]], atol=1e-7)
    assert (view.query_axis, view.key_axis, view.same_axis) == ("written", "read", False)
    assert view.description == (
        "A and B have 1 of 2 queries and 2 of 3 keys in common. B attends less from 'chat' to 'cat' (−0.20) and less "
        "from 'chat' to 'the' (−0.10) than A."
    )


def test_nothing_in_common_is_said():
    first = _cross(("a", "b"), ("x",), [[1.0], [1.0]])
    second = _cross(("c",), ("x",), [[1.0]])
    view = comparison_view(_side(first, layer="cross"), _side(second, layer="cross"))
    assert not np.isfinite(view.difference).any()
    assert view.largest == 0.0
    assert view.description.endswith("There is nothing to compare.")


def test_longer_maps_are_pooled_so_that_no_peak_vanishes():
    weights = np.full((1, 5, 5), 0.1)
    weights[0, 3, 4] = 0.6
    first = capture_of(weights, labels=("a", "b", "c", "d", "e"))
    second = capture_of(np.full((1, 4, 4), 0.25), labels=("a", "b", "d", "e"))
    view = comparison_view(_side(first), _side(second), most_places=3)
    assert view.queries.labels == ("a", "b … c", "d … e")  # B has no c: its second row is that of b
    np.testing.assert_allclose(view.first, [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1], [0.1, 0.1, 0.6]])
    np.testing.assert_allclose(view.second, np.full((3, 3), 0.25))
    assert view.pooled
    assert view.description.endswith(
        "Each cell is the largest of several weights, and B − A the difference of the two largest."
    )
    assert not comparison_view(_side(first), _side(second)).pooled


def test_places_that_one_side_alone_has_stay_a_gap():
    first = capture_of(np.full((1, 6, 6), 1 / 6), labels=("a", "x", "y", "z", "w", "b"))
    second = capture_of(np.full((1, 2, 2), 0.5), labels=("a", "b"))
    view = comparison_view(_side(first), _side(second), most_places=3)
    assert view.queries.labels == ("a … x", "y … z", "w … b")
    np.testing.assert_array_equal(view.gaps[1], [[False, True, False], [True, True, True], [False, True, False]])
    assert np.isnan(view.second[1]).all()


def test_both_sides_have_one_scale_of_colours():
    view = comparison_view(_side(two_heads(), head=0), _side(two_heads(), head=1), scale="log")
    first, second = view.colours
    both = np.stack([view.first, view.second])
    expected = np.clip(1 + np.log10(np.maximum(both, 1e-30) / both.max()) / 4, 0, 1)
    np.testing.assert_allclose(np.stack([first.shades, second.shades]), expected, atol=1e-6)
