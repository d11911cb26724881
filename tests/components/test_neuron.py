"""What goes to the browser for a look inside one number: enough to compute it there, and no more than may be sent."""

import json
import math
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from attnviz import capture_attention
from attnviz.capture.queries_and_keys import QueriesAndKeys, weights_of
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.components.attention.neuron import VectorsWish, packed_problem, packed_vectors
from attnviz.components.attention.vectors_supply import vectors_wish
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import explorer_view

WIDTH = 8
AXES = {"query_axis": "text", "key_axis": "text"}


@pytest.fixture(scope="module")
def run() -> tuple[AttentionCapture, QueriesAndKeys]:
    keras.utils.set_random_seed(3)
    ids = keras.Input((None,), dtype="int32", name="ids")
    series = layers.Embedding(20, WIDTH, mask_zero=True)(ids)
    model = keras.Model(ids, layers.MultiHeadAttention(2, 4, name="look")(series, series, use_causal_mask=True))
    given = np.array([[7, 3, 9, 4, 0, 0]])
    return capture_attention(model, given), capture_queries_and_keys(model, given, layer="look")


def unpacked(packed: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(packed[:4], "little")
    return json.loads(packed[4 : 4 + length]), packed[4 + length :]


def floats(numbers: bytes, start: int, *shape: int) -> np.ndarray:
    return np.frombuffer(numbers, "<f4", count=math.prod(shape), offset=start).reshape(shape)


def packed(run: tuple[AttentionCapture, QueriesAndKeys], wish: VectorsWish, **options: Any) -> tuple[dict, bytes]:
    capture, parts = run
    return unpacked(packed_vectors(capture, parts, explorer_view(capture).maps[0], wish, {"told": 1}, **options))


def by_hand(parts: QueriesAndKeys) -> AttentionCapture:
    """A run of four tokens, of which the second and the last are padding that nothing masks."""
    one = AttentionMap(layer="look", weights=weights_of(parts.scores(0, 0), None)[None, None], **AXES)
    return AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"text": (("a", "", "b", ""),)},
        valid={"text": np.array([[True, False, True, False]])},
        outputs=None,
    )


def test_all_heads_of_what_is_shown_are_there(run):
    header, numbers = packed(run, VectorsWish(map=0))
    capture, parts = run
    assert (header["heads"], header["size"], header["formula"], header["told"]) == ([0, 1], 4, "dot", 1)
    queries, keys = (floats(numbers, header[name], 2, 4, 4) for name in ("queries", "keys"))
    np.testing.assert_array_equal(queries, parts.queries[0, :, :4])
    mask = np.frombuffer(numbers, np.uint8, 16, header["mask"]["start"]).reshape(4, 4)
    np.testing.assert_array_equal(mask, np.tril(np.ones((4, 4))))
    scores = np.where(mask, header["scale"] * queries[1] @ keys[1].T, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(weights, capture.maps[0].weights[0, 1, :4, :4], atol=1e-5)
    # Padding is masked, so that nothing of the sum is hidden.
    assert (floats(numbers, header["hidden"], 2, 4, 2) == -np.inf).all()


def test_padding_that_is_shown_hides_nothing(run):
    header, numbers = packed(run, VectorsWish(map=0), hide_padding=False)
    assert header["hidden"] is None
    np.testing.assert_array_equal(floats(numbers, header["keys"], 2, 6, 4), run[1].keys[0])


def test_of_a_large_layer_one_head_is_sent(run):
    nothing, _ = packed(run, VectorsWish(map=0), most_bytes=200)
    assert (nothing["heads"], nothing["row"]) == ([], None)
    header, numbers = packed(run, VectorsWish(map=0, head=1), most_bytes=200)
    assert header["heads"] == [1]
    np.testing.assert_array_equal(floats(numbers, header["queries"], 4, 4), run[1].queries[0, 1, :4])


def test_of_a_larger_one_the_scores_of_the_query_that_is_looked_at(run):
    header, numbers = packed(run, VectorsWish(map=0, head=1, query=2), most_bytes=50)
    row, weights = header["row"], run[0].maps[0].weights[0, 1, 2, :4]
    assert (header["heads"], row["query"], row["key"]) == ([], 2, int(weights.argmax()))
    scores = floats(numbers, row["scores"], 4)
    np.testing.assert_allclose(np.exp(scores) / np.exp(scores).sum(), weights, atol=1e-5)
    np.testing.assert_array_equal(floats(numbers, row["weights"], 4), weights)
    vector, key = floats(numbers, row["queryVector"], 4), floats(numbers, row["keyVector"], 4)
    assert scores[row["key"]] == pytest.approx(header["scale"] * vector @ key, abs=1e-5)


def test_padding_that_nothing_masks_takes_part_unseen():
    keys = np.array([[1, 0], [0, 5], [2, 2], [0, 4]], np.float32)  # the scores of a query of ones: 1, 5, 4, 4
    parts = QueriesAndKeys(layer="look", formula="dot", queries=np.ones((1, 1, 4, 2)), keys=keys[None, None])
    run = by_hand(parts), parts
    for options in ({}, {"most_bytes": 0}):
        header, numbers = packed(run, VectorsWish(map=0, head=0, query=0), **options)
        start = header["hidden"] if header["row"] is None else header["row"]["hidden"]
        together, largest = floats(numbers, start, 2)
        assert (together, largest) == (pytest.approx(np.log(np.exp(5) + np.exp(4))), 5)


def test_a_bias_of_minus_infinity_is_sent_too():
    bias = np.triu(np.full((1, 1, 4, 4), -np.inf), k=1)
    parts = QueriesAndKeys(
        layer="look", formula="dot", queries=np.ones((1, 1, 4, 2)), keys=np.ones((1, 1, 4, 2)), bias=bias
    )
    run = by_hand(parts), parts
    header, numbers = packed(run, VectorsWish(map=0, head=0, query=0, key=1), most_bytes=0)
    assert floats(numbers, header["row"]["bias"], 1) == -np.inf
    np.testing.assert_array_equal(floats(numbers, header["row"]["scores"], 2), [2, -np.inf])


def test_a_reason_goes_alone():
    assert unpacked(packed_problem("Layer 'x' says nothing.", {"told": 1})) == (
        {"told": 1, "problem": "Layer 'x' says nothing."},
        b"",
    )


@pytest.mark.parametrize(
    "message", [{}, {"map": -1, "head": "all", "query": 1.5, "key": True}, {"map": "0", "head": []}]
)
def test_what_is_no_wish_counts_as_the_first_map(message):
    assert vectors_wish(message) == VectorsWish(map=0)
