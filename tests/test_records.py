"""What the records promise: frozen, checked once, nothing copied without need, no peak lost when shown smaller."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.records import ROW_SUM_TOLERANCE, AttentionCapture, AttentionMap, read_only

TWO_HEADS = np.array([[[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.6, 0.4]]]], np.float32)


def self_attention(weights: np.ndarray, **changes) -> AttentionMap:
    return AttentionMap(
        **{"layer": "attention", "weights": weights, "query_axis": "text", "key_axis": "text"} | changes
    )


def random_weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.ones(shape[-1]), size=shape[:-1]).astype(np.float32)


def capture_of(*maps: AttentionMap, **changes) -> AttentionCapture:
    fields = {
        "model": "toy",
        "maps": maps,
        "sequences": {"text": (("good", "film"),)},
        "valid": {"text": np.array([[True, True]])},
        "outputs": np.array([[0.25, 0.75]], np.float32),
    }
    return AttentionCapture(**fields | changes)


# Nobody can write to what a record holds


def test_records_are_frozen():
    one = self_attention(TWO_HEADS)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.layer = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        capture_of(one).model = "other"


def test_arrays_are_read_only_and_apart_from_the_callers():
    weights, mask, valid = TWO_HEADS.copy(), np.ones((1, 2, 2), bool), np.ones((1, 2), bool)
    capture = capture_of(self_attention(weights, mask=mask), valid={"text": valid})
    weights[:], mask[:], valid[:] = 0, False, False
    one = capture.maps[0]
    np.testing.assert_array_equal(one.weights, TWO_HEADS)
    assert one.mask.all()
    assert capture.valid["text"].all()
    for array in (one.weights, one.mask, capture.valid["text"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError, match="does not support item assignment"):
        capture.valid["text"] = valid
    with pytest.raises(TypeError, match="does not support item assignment"):
        capture.sequences["text"] = ()


def test_outputs_are_read_only_whatever_their_nesting():
    scores, classes = np.zeros((1, 2), np.float32), np.ones(1, np.int64)
    outputs = {"scores": scores, "rest": [classes, (classes,)]}
    held = capture_of(self_attention(TWO_HEADS), outputs=outputs).outputs
    scores[:], classes[:] = 5, 5
    outputs["rest"].append("more")
    assert list(held) == ["scores", "rest"]
    assert isinstance(held["rest"], list)
    assert isinstance(held["rest"][1], tuple)
    assert held["scores"].dtype == np.float32
    for array, value in ((held["scores"], 0), (held["rest"][0], 1), (held["rest"][1][0], 1)):
        assert (array == value).all()
        assert not array.flags.writeable


def test_what_nobody_can_write_to_is_not_copied():
    weights = TWO_HEADS.copy()
    weights.flags.writeable = False
    mask = np.broadcast_to(True, (1, 2, 2))
    one = self_attention(weights, mask=mask)
    assert one.weights is weights
    assert one.mask is mask
    assert read_only(weights, dtype=np.float32) is weights


def test_writable_arrays_are_copied():
    weights = TWO_HEADS.copy()
    assert not np.shares_memory(read_only(weights, dtype=np.float32), weights)
    assert weights.flags.writeable


def test_other_types_become_float32():
    one = self_attention(TWO_HEADS.astype(np.float64).tolist())
    assert one.weights.dtype == np.float32
    np.testing.assert_array_equal(one.weights, TWO_HEADS)
    assert self_attention(TWO_HEADS.astype(np.float16)).weights.dtype == np.float32


# What is no attention is refused


@pytest.mark.parametrize("shape", [(), (2,), (2, 2), (1, 2, 2), (1, 1, 1, 2, 2)])
def test_weights_have_four_axes(shape):
    with pytest.raises(ShapeError, match=r"'attention' must have shape \[batch, heads, query, key\].*Received: shape="):
        self_attention(np.zeros(shape, np.float32))


def test_weights_whose_range_is_known_are_not_looked_at_again():
    weights = np.full((1, 1, 2, 2), 0.7, np.float32)  # sums to 1.4: whoever says that it was looked at is believed
    one = AttentionMap(layer="a", weights=weights, query_axis="x", key_axis="x", range_known=True)
    np.testing.assert_array_equal(one.weights, weights)
    with pytest.raises(ShapeError, match="largest sum 1.4"):
        dataclasses.replace(one, layer="b")  # what is known of one record is not known of another


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.001, 1.1])
def test_values_that_are_no_weights_are_refused(value):
    weights = np.zeros((1, 1, 2, 2), np.float32)
    weights[0, 0, 1, 0] = value
    with pytest.raises(ShapeError, match="'attention' must be finite, at least 0, and sum to at most 1 over the keys"):
        self_attention(weights)


def test_the_message_shows_the_range_that_was_received():
    with pytest.raises(ShapeError, match=r"smallest weight -0.5, largest sum 1.25\."):
        self_attention(np.array([[[[-0.5, 0.5], [0.75, 0.5]]]], np.float32))


@pytest.mark.parametrize("row", [[0.0, 0.0], [0.25, 0.25], [0.5, 0.5]])
def test_fully_masked_rows_and_cut_off_sinks_are_attention(row):
    np.testing.assert_array_equal(self_attention(np.array([[[row]]])).weights[0, 0, 0], row)


def test_rows_of_half_precision_sum_to_slightly_more_than_one():
    sevenths = np.full((1, 1, 1, 7), np.float16(1 / 7) + np.float16(1e-4), np.float16)
    assert 1 < sevenths.astype(np.float32).sum() <= 1 + ROW_SUM_TOLERANCE
    assert self_attention(sevenths).weights.shape == (1, 1, 1, 7)
    with pytest.raises(ShapeError, match=r"largest sum 1\.03"):
        self_attention(np.full((1, 1, 1, 2), 0.515))


@pytest.mark.parametrize("shape", [(1, 1, 0, 0), (0, 2, 3, 3), (1, 1, 2, 0)])
def test_empty_weights_are_accepted(shape):
    assert self_attention(np.zeros(shape)).weights.shape == shape


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 3), (1, 2, 2, 2), (2, 2, 2)])
def test_a_mask_has_the_shape_of_a_head(shape):
    with pytest.raises(ShapeError, match=r"`mask` of layer 'attention' must have shape .* = \(1, 2, 2\)\. Received"):
        self_attention(TWO_HEADS, mask=np.ones(shape, bool))


def test_names_tell_calls_of_one_layer_apart():
    assert self_attention(TWO_HEADS).name == "attention"
    assert self_attention(TWO_HEADS, call_index=1).name == "attention (call 2)"
    assert self_attention(TWO_HEADS).heads == 2


# Reading a region


def test_read_gives_one_head_or_a_reduction():
    one = self_attention(TWO_HEADS)
    np.testing.assert_array_equal(one.read(0, 1), TWO_HEADS[0, 1])
    np.testing.assert_allclose(one.read(0, "mean"), [[0.6, 0.4], [0.4, 0.6]], rtol=1e-6)
    np.testing.assert_array_equal(one.read(0, "max"), np.array([[0.9, 0.7], [0.6, 0.8]], np.float32))
    assert one.read(0, "mean").dtype == np.float32


def test_read_gives_a_region_of_one_sample():
    weights = random_weights(3, 2, 5, 7)
    cells = self_attention(weights, key_axis="other").read(2, 1, slice(1, 4), slice(2, 6, 2))
    np.testing.assert_array_equal(cells, weights[2, 1, 1:4, 2:6:2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample": 1}, "has samples 0 to 0. Received: sample=1"),
        ({"sample": -1}, "has samples 0 to 0. Received: sample=-1"),
        ({"head": 2}, "has heads 0 to 1. Received: head=2"),
        ({"head": -1}, "has heads 0 to 1. Received: head=-1"),
        ({"head": "median"}, 'must be an index, "mean" or "max". Received: head=\'median\''),
        ({"reduce": "median", "shape": (1, 1)}, 'must be "max" or "mean". Received: reduce=\'median\''),
        ({"shape": (0, 4)}, r"at least one row and one column. Received: shape=\(0, 4\)"),
    ],
)
def test_reading_what_does_not_exist_says_what_does(arguments, message):
    with pytest.raises(ShapeError, match=message):
        self_attention(TWO_HEADS).read(**{"sample": 0, "head": 0} | arguments)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 12), st.integers(1, 12), st.data())
def test_no_peak_vanishes_when_a_region_is_shown_smaller(queries, keys, rows, columns, data):
    peak = data.draw(st.tuples(st.integers(0, queries - 1), st.integers(0, keys - 1)))
    weights = np.zeros((1, 1, queries, keys), np.float32)
    weights[(0, 0, *peak)] = 0.7
    cells = self_attention(weights, key_axis="other").read(0, 0, shape=(rows, columns))
    assert cells.shape == (min(queries, rows), min(keys, columns))
    assert np.count_nonzero(cells) == 1
    assert cells.max() == np.float32(0.7)
    shown = np.unravel_index(cells.argmax(), cells.shape)
    for place, block, length, target in zip(peak, shown, (queries, keys), (rows, columns), strict=True):
        expected = place if length <= target else max(one for one in range(target) if one * length // target <= place)
        assert block == expected


def test_mean_pooling_is_the_plain_mean_of_equal_blocks():
    weights = random_weights(1, 1, 6, 8)
    cells = self_attention(weights, key_axis="other").read(0, 0, shape=(3, 2), reduce="mean")
    np.testing.assert_allclose(cells, weights[0, 0].reshape(3, 2, 2, 4).mean(axis=(1, 3)), rtol=1e-6)
    assert cells.dtype == np.float32


def test_mean_pooling_of_unequal_blocks_weighs_every_cell_of_a_block_alike():
    weights = random_weights(1, 1, 5, 7)
    cells = self_attention(weights, key_axis="other").read(0, 0, shape=(2, 3), reduce="mean")
    rows, columns = [slice(0, 2), slice(2, 5)], [slice(0, 2), slice(2, 4), slice(4, 7)]
    expected = [[weights[0, 0, row, column].mean() for column in columns] for row in rows]
    np.testing.assert_allclose(cells, expected, rtol=1e-6)


def test_a_region_that_fits_is_not_pooled():
    weights = random_weights(1, 1, 4, 4)
    np.testing.assert_array_equal(self_attention(weights).read(0, 0, shape=(4, 9), reduce="mean"), weights[0, 0])


# Captures


def test_a_capture_finds_its_maps_by_name():
    first, second = self_attention(TWO_HEADS), self_attention(TWO_HEADS, call_index=1)
    capture = capture_of(first, second)
    assert capture.map_of("attention") is first
    assert capture.map_of("attention (call 2)") is second
    assert capture.samples == 1
    with pytest.raises(
        ShapeError, match=r"no attention layer 'nowhere'. It has: 'attention', 'attention \(call 2\)'\."
    ):
        capture.map_of("nowhere")


def test_labels_become_text():
    capture = capture_of(self_attention(TWO_HEADS), sequences={"text": [[3, np.str_("b")]]})
    assert capture.sequences["text"] == (("3", "b"),)
    assert {type(label) for label in capture.sequences["text"][0]} == {str}


def test_a_map_needs_labels_for_its_axes():
    crossed = AttentionMap(layer="cross", weights=TWO_HEADS, query_axis="text", key_axis="source")
    with pytest.raises(ShapeError, match=r"Axis 'source' of layer 'cross' must have labels of shape .* = \(1, 2\)"):
        capture_of(crossed)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valid": {}}, r"same axes. Received: labels of \['text'\], valid of \[\]"),
        ({"sequences": {}}, r"same axes. Received: labels of \[\], valid of \['text'\]"),
        ({"sequences": {"text": (("a", "b", "c"),)}}, r"`valid` of axis 'text'.* = \(1, 3\). Received: shape=\(1, 2\)"),
        ({"sequences": {"text": (("a", "b"), ("c", "d"))}}, r"= \(2, 2\). Received: shape=\(1, 2\)"),
        ({"sequences": {"text": (("a", "b"), ("c",))}}, r"as many labels of axis 'text'.*Received: lengths \[1, 2\]"),
        ({"valid": {"text": np.ones(2, bool)}}, r"Received: shape=\(2,\)"),
        (
            {"sequences": {"text": (("a",),)}, "valid": {"text": np.ones((1, 1), bool)}},
            r"Axis 'text' of layer 'attention' must have labels of shape .* = \(1, 2\). Received: \(1, 1\)",
        ),
    ],
)
def test_labels_fit_the_weights(changes, message):
    with pytest.raises(ShapeError, match=message):
        capture_of(self_attention(TWO_HEADS), **changes)


def test_a_capture_without_samples_is_a_capture():
    empty = self_attention(np.zeros((0, 1, 2, 2)))
    capture = capture_of(
        empty, sequences={"text": ()}, valid={"text": np.zeros((0, 2), bool)}, outputs=np.zeros((0, 2))
    )
    assert capture.samples == 0
