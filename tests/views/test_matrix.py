import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.views.matrix import MatrixView, matrix_view
from tests.views.captures import HEADS, TOKENS, capture_of, padded, pooled, two_heads


@pytest.mark.parametrize(
    ("head", "expected"),
    [(0, HEADS[0]), (1, HEADS[1]), ("mean", HEADS.mean(axis=0)), ("max", HEADS.max(axis=0))],
)
def test_values_are_those_of_the_chosen_head(head, expected):
    view = matrix_view(two_heads(), layer="attention", head=head)
    np.testing.assert_allclose(view.values, expected, atol=1e-7)
    assert view.query_labels == view.key_labels == TOKENS
    assert view.query_positions == view.key_positions == ("1", "2", "3", "4")


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 3), (3, 0), (2, 1)])
def test_padding_at_either_end_is_left_out(before, after):
    view = matrix_view(padded(before, after), layer="attention", head=1)
    np.testing.assert_array_equal(view.values, HEADS[1])
    assert view.query_labels == view.key_labels == TOKENS


def test_padding_between_tokens_is_left_out():
    weights = np.zeros((1, 3, 3), np.float32)
    weights[0, :, 0], weights[0, :, 2] = 0.25, 0.75
    view = matrix_view(capture_of(weights, labels=("a", "", "b"), valid=[1, 0, 1]), layer="attention", head=0)
    np.testing.assert_array_equal(view.values, [[0.25, 0.75], [0.25, 0.75]])
    assert view.key_labels == ("a", "b")


def test_padding_can_be_shown_and_is_named():
    view = matrix_view(padded(1, 2), layer="attention", head=0, hide_padding=False)
    assert view.values.shape == (7, 7)
    assert view.key_labels == ("[padding]", *TOKENS, "[padding]", "[padding]")


def test_colours_run_to_the_maximum_of_the_map_and_say_so():
    view = matrix_view(two_heads(), layer="attention", head=1)
    assert view.limits == (0.0, pytest.approx(0.7))
    assert view.scale_note == "colours per map"


def test_shared_colours_run_to_one_and_say_so():
    view = matrix_view(two_heads(), layer="attention", head=1, shared_scale=True)
    assert view.limits == (0.0, 1.0)
    assert view.scale_note == "colours shared 0 to 1"


def test_a_map_without_any_attention_still_has_limits():
    view = matrix_view(capture_of(np.zeros((1, 2, 2))), layer="attention", head=0)
    assert view.limits == (0.0, 1.0)
    assert view.description.endswith("no query attends to any key.")


def test_cells_that_may_not_be_attended_to_are_blank():
    mask = np.tril(np.ones((3, 3), bool))
    weights = np.array([[[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.0, 0.8]]], np.float32)
    view = matrix_view(capture_of(weights, mask=mask), layer="attention", head=0)
    np.testing.assert_array_equal(np.isnan(view.values), ~mask)
    assert view.values[2, 1] == 0.0  # a weight of 0 is a value, not a blank


def test_the_description_names_the_strongest_pairs():
    view = matrix_view(two_heads(), layer="attention", head=0)
    assert view.title == "Attention weights of layer attention, head 1"
    assert view.description == (
        "Attention weights of layer attention, head 1, 4 queries by 4 keys. Strongest: 'saw' attends most to 'cat' "
        "(1.00), 'the' attends most to 'cat' (0.60) and 'the' attends most to 'the' (0.50)."
    )


def test_pooling_attention_has_one_row_and_names_both_axes():
    view = matrix_view(pooled(), layer="pooling", head=0)
    np.testing.assert_allclose(view.values, [[0.2, 0.5, 0.3]])
    assert (view.query_title, view.key_title) == ("Query (pooled)", "Key (text)")
    assert (view.query_labels, view.key_labels) == (("pooled",), ("a", "b", "c"))
    assert "1 query by 3 keys" in view.description


def test_a_large_matrix_is_pooled_without_losing_its_peak():
    weights = np.full((1, 10, 10), 0.01, np.float32)
    weights[0, 7, 3] = 0.9
    view = matrix_view(capture_of(weights), layer="attention", head=0, maximum_cells=(3, 5))
    assert view.values.shape == (3, 5)
    assert np.argwhere(view.values == np.float32(0.9)).tolist() == [[2, 1]]
    assert view.query_positions == ("1 to 3", "4 to 6", "7 to 10")
    assert view.key_labels == ("0 … 1", "2 … 3", "4 … 5", "6 … 7", "8 … 9")


@given(st.integers(1, 30), st.integers(1, 30), st.booleans(), st.integers(0, 2**16))
def test_pooled_cells_hold_the_largest_weight_of_the_positions_they_name(length, most, gap, seed):
    weights = np.random.default_rng(seed).dirichlet(np.ones(length), size=(1, length)).astype(np.float32)
    valid = np.ones(length, bool)
    if gap and length > 2:
        valid[length // 2] = False
    view = matrix_view(capture_of(weights, valid=valid), layer="attention", head=0, maximum_cells=(most, most))
    real = weights[0][np.ix_(valid, valid)]

    def places(position):
        first, _, last = position.partition(" to ")
        return slice(int(first) - 1, int(last or first))

    expected = [
        [real[places(row), places(column)].max() for column in view.key_positions] for row in view.query_positions
    ]
    np.testing.assert_array_equal(view.values, expected)


def test_a_pooled_cell_is_blank_only_if_none_of_its_cells_is_allowed():
    mask = np.tril(np.ones((4, 4), bool))
    weights = mask / mask.sum(axis=-1, keepdims=True)
    view = matrix_view(capture_of(weights[None], mask=mask), layer="attention", head=0, maximum_cells=(2, 2))
    np.testing.assert_array_equal(view.values, np.array([[1.0, np.nan], [1 / 3, 1 / 3]], np.float32))


def test_a_view_cannot_be_written_to():
    view = matrix_view(two_heads(), layer="attention", head=0)
    with pytest.raises(ValueError, match="read-only"):
        view.values[0, 0] = 1
    with pytest.raises(AttributeError):
        view.title = "other"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"layer": "other", "head": 0}, r"no attention layer 'other'. It has: 'attention'"),
        ({"layer": "attention", "head": 2}, r"heads 0 to 1. Received: head=2"),
        ({"layer": "attention", "head": 0, "sample": 1}, r"samples 0 to 0. Received: sample=1"),
    ],
)
def test_what_does_not_exist_is_said(choice, message):
    with pytest.raises(ShapeError, match=message):
        matrix_view(two_heads(), **choice)


def test_nothing_but_padding_is_said():
    with pytest.raises(ShapeError, match="'text' of sample 0 holds no tokens to show, only padding"):
        matrix_view(capture_of(np.zeros((1, 2, 2)), valid=[0, 0]), layer="attention", head=0)


def test_labels_must_fit_the_values():
    with pytest.raises(ShapeError, match=r"`key_labels` must have one entry for each of the 3 key positions.*\(2, 3\)"):
        MatrixView(values=np.zeros((2, 3)), query_labels=("a", "b"), key_labels=("a", "b"))


def test_limits_must_ascend():
    with pytest.raises(ShapeError, match=r"low < high. Received: \(1.0, 1.0\)"):
        MatrixView(values=np.zeros((1, 1)), query_labels=("a",), key_labels=("a",), limits=(1.0, 1.0))
