"""The four layers: each through the contract, against NumPy, against Keras' own attention and the known answer."""

from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.layers import AttentionLayer, AttentionLayerWithWeights, AttentionPooling, SelfAttention
from tests.layer_contract import LayerCase, as_float32, check_layer

QUERY_KEY_VALUE = (("query", 4), ("key", 4), ("key", 2))
CASES = {
    "attention": LayerCase(
        make=AttentionLayer,
        registered_name="attnviz>AttentionLayer",
        inputs=QUERY_KEY_VALUE,
        outputs=(("query", 2),),
        mask="query",
        key_axis="key",
    ),
    "attention, scaled": LayerCase(
        make=partial(AttentionLayer, scale=True),
        registered_name="attnviz>AttentionLayer",
        inputs=QUERY_KEY_VALUE,
        outputs=(("query", 2),),
        mask="query",
        key_axis="key",
    ),
    "attention with weights": LayerCase(
        make=AttentionLayerWithWeights,
        registered_name="attnviz>AttentionLayerWithWeights",
        inputs=QUERY_KEY_VALUE,
        outputs=(("query", 2), ("query", "key")),
        mask="query",
        key_axis="key",
    ),
    "self-attention": LayerCase(
        make=SelfAttention,
        registered_name="attnviz>SelfAttention",
        inputs=(("time", 3),),
        outputs=(("time", 3),),
        mask="time",
        key_axis="time",
    ),
    "self-attention with weights": LayerCase(
        make=partial(SelfAttention, 6, scale=True, return_weights=True),
        registered_name="attnviz>SelfAttention",
        inputs=(("time", 3),),
        outputs=(("time", 6), ("time", "time")),
        mask="time",
        key_axis="time",
    ),
    "pooling": LayerCase(
        make=AttentionPooling,
        registered_name="attnviz>AttentionPooling",
        inputs=(("time", 3),),
        outputs=((3,),),
        mask=None,
        key_axis="time",
    ),
    "pooling with weights": LayerCase(
        make=partial(AttentionPooling, 5, return_weights=True),
        registered_name="attnviz>AttentionPooling",
        inputs=(("time", 3),),
        outputs=((3,), ("time",)),
        mask=None,
        key_axis="time",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_layer_keeps_the_contract(name: str, tmp_path: Path):
    check_layer(CASES[name], tmp_path)


# References


def softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def attention(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, *, scale: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Dot-product attention in float64, written with explicit sums over the named axes."""
    query, key, value = (array.astype(np.float64) for array in (query, key, value))
    scores = np.einsum("bqd,bkd->bqk", query, key)
    weights = softmax(scores / np.sqrt(key.shape[-1]) if scale else scores)
    return np.einsum("bqk,bkf->bqf", weights, value), weights


def random_inputs(*shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize(
    ("queries", "keys", "depth", "features"), [(3, 5, 4, 2), (4, 4, 4, 4), (3, 4, 4, 2), (1, 7, 2, 7), (6, 1, 3, 1)]
)
def test_attention_equals_numpy(queries, keys, depth, features, dtype, tolerance, scale):
    inputs = random_inputs((2, queries, depth), (2, keys, depth), (2, keys, features))
    expected_output, expected_weights = attention(*inputs, scale=scale)
    output, weights = AttentionLayerWithWeights(scale=scale, dtype=dtype)(inputs)
    np.testing.assert_allclose(weights, expected_weights, rtol=0, atol=tolerance)
    np.testing.assert_allclose(output, expected_output, rtol=0, atol=tolerance)
    np.testing.assert_array_equal(AttentionLayer(scale=scale, dtype=dtype)(inputs), output)


def test_the_weights_are_contracted_with_the_keys():
    """The tutorial's code sums over the queries instead, which goes unnoticed where both are equally many."""
    inputs = random_inputs((2, 4, 4), (2, 4, 4), (2, 4, 4))
    expected, weights = attention(*inputs)
    wrong = np.einsum("bqk,bqf->bkf", weights, inputs[2])
    assert wrong.shape == expected.shape
    assert np.abs(wrong - expected).max() > 0.1
    np.testing.assert_allclose(AttentionLayer()(inputs), expected, rtol=0, atol=1e-5)


KNOWN_QUERY = np.array([[[1, 0, 1], [0, 2, 1]]], np.float32)
KNOWN_KEY = np.array([[[1, 0, 1], [0, 1, 2]]], np.float32)
KNOWN_VALUE = np.array([[[1, 2], [3, 4]]], np.float32)


def test_the_known_answer():
    np.testing.assert_array_equal(KNOWN_QUERY @ KNOWN_KEY.transpose(0, 2, 1), [[[2, 2], [1, 4]]])
    output, weights = AttentionLayerWithWeights()([KNOWN_QUERY, KNOWN_KEY, KNOWN_VALUE])
    np.testing.assert_allclose(weights, [[[0.5, 0.5], [0.04742587, 0.95257413]]], rtol=0, atol=1e-7)
    np.testing.assert_allclose(output, [[[2, 3], [2.90514825, 3.90514825]]], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(AttentionLayer()([KNOWN_QUERY, KNOWN_KEY, KNOWN_VALUE]), output)


def test_scale_divides_by_the_root_of_the_depth():
    _, weights = AttentionLayerWithWeights(scale=True)([KNOWN_QUERY, KNOWN_KEY, KNOWN_VALUE])
    # Scores 1 and 4, divided by √3: the weights' ratio is e^(3/√3) = e^√3.
    first, second = np.array(weights)[0, 1]
    assert second / first == pytest.approx(np.exp(np.sqrt(3)), rel=1e-5)


@pytest.mark.parametrize("score", [1e4, 1e30])
@pytest.mark.parametrize("masked", [False, True])
def test_large_scores_give_no_nan(score: float, masked: bool):
    root = np.sqrt(score)
    query, key = np.array([[[root], [-root]]], np.float32), np.array([[[root], [-root], [root]]], np.float32)
    value = np.array([[[1.0], [2.0], [3.0]]], np.float32)
    mask = [None, np.array([[True, True, False]]), None] if masked else None
    output, weights = AttentionLayerWithWeights()([query, key, value], mask=mask)
    expected = [[[1, 0, 0], [0, 1, 0]]] if masked else [[[0.5, 0, 0.5], [0, 1, 0]]]
    np.testing.assert_array_equal(weights, expected)
    np.testing.assert_array_equal(output, [[[1], [2]]] if masked else [[[2], [2]]])


@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "mixed_bfloat16"])
def test_scores_beyond_half_precision_give_no_nan(policy: str):
    """Scores of 1e6, which float16 holds as infinity; two of them are equal."""
    inputs = np.array([[[1e3], [1e3], [-1e3]]], np.float32)
    output, weights = AttentionLayerWithWeights(dtype=policy)([inputs, inputs, inputs])
    np.testing.assert_array_equal(as_float32(weights), [[[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]])
    np.testing.assert_array_equal(as_float32(output), [[[1000], [1000], [-1000]]])


# Keras' own attention


@pytest.mark.parametrize("masked", [False, True])
def test_weights_equal_those_of_keras(masked: bool):
    query, key, value = random_inputs((3, 3, 4), (3, 5, 4), (3, 5, 2))
    query_mask = np.array([[True] * 3, [True, True, False], [True, False, False]])
    key_mask = np.array([[True] * 5, [True, True, True, False, False], [True, False, True, False, True]])
    ours = AttentionLayerWithWeights()([query, key, value], mask=[query_mask, key_mask, key_mask] if masked else None)
    theirs = keras.layers.Attention(score_mode="dot")(
        [query, value, key], mask=[query_mask, key_mask] if masked else None, return_attention_scores=True
    )
    np.testing.assert_allclose(ours[1], theirs[1], rtol=0, atol=1e-6)
    real = query_mask if masked else np.ones_like(query_mask)  # Keras zeroes the outputs of padded queries
    np.testing.assert_allclose(np.array(ours[0])[real], np.array(theirs[0])[real], rtol=0, atol=1e-6)


@pytest.mark.parametrize("masks", [("key",), ("value",), ("key", "value")])
def test_a_key_is_masked_by_its_own_mask_or_its_values(masks: tuple[str, ...]):
    inputs = random_inputs((1, 2, 3), (1, 3, 3), (1, 3, 2))
    given: dict[str, Any] = {"key": np.array([[True, True, False]]), "value": np.array([[False, True, True]])}
    allowed = np.logical_and.reduce([given[name] for name in masks])
    _, weights = AttentionLayerWithWeights()(
        inputs, mask=[None, *(given[n] if n in masks else None for n in ("key", "value"))]
    )
    scores = np.where(allowed[:, None], np.einsum("bqd,bkd->bqk", inputs[0], inputs[1]), -np.inf)
    np.testing.assert_allclose(weights, softmax(scores.astype(np.float64)), rtol=0, atol=1e-6)


def test_a_fully_masked_row_has_weight_0_and_output_0():
    inputs = random_inputs((2, 3, 4), (2, 5, 4), (2, 5, 2))
    mask = np.array([[True] * 5, [False] * 5])
    output, weights = AttentionLayerWithWeights()(inputs, mask=[None, mask, mask])
    assert (np.array(weights)[1] == 0).all()
    assert (np.array(output)[1] == 0).all()
    np.testing.assert_allclose(np.array(output)[0], attention(*inputs)[0][0], rtol=0, atol=1e-5)


# The layers with weights of their own


@pytest.mark.parametrize("scale", [False, True])
def test_self_attention_equals_numpy(scale: bool):
    (sequence,) = random_inputs((2, 5, 3))
    layer = SelfAttention(4, scale=scale, return_weights=True)
    output, weights = layer(sequence)
    kernels = {one.name: one.numpy().astype(np.float64) for one in layer.weights}
    assert sorted(kernels) == ["key_kernel", "query_kernel", "value_kernel"]
    query, key, value = (sequence @ kernels[f"{name}_kernel"] for name in ("query", "key", "value"))
    expected_output, expected_weights = attention(query, key, value, scale=scale)
    np.testing.assert_allclose(weights, expected_weights, rtol=0, atol=1e-5)
    np.testing.assert_allclose(output, expected_output, rtol=0, atol=1e-5)


def test_pooling_equals_yang_et_al():
    """Equations 5 to 7: u_t = tanh(W h_t + b), α_t = exp(u_tᵀ u_w) / Σ exp(u_tᵀ u_w), s = Σ α_t h_t."""
    (sequence,) = random_inputs((2, 5, 3))
    layer = AttentionPooling(4, return_weights=True)
    layer.build(sequence.shape)
    random = np.random.default_rng(3)
    layer.set_weights([random.normal(size=one.shape) for one in layer.weights])  # a bias of 0 would hide a mistake
    kernel, bias, context = (one.numpy().astype(np.float64) for one in layer.weights)
    vector, weights = layer(sequence)
    for sample in range(2):
        hidden = [np.tanh(kernel.T @ step + bias) for step in sequence[sample]]
        exponentials = [np.exp(one @ context[:, 0]) for one in hidden]
        expected = [one / sum(exponentials) for one in exponentials]
        np.testing.assert_allclose(weights[sample], expected, rtol=0, atol=1e-5)
        summed = sum(weight * step for weight, step in zip(expected, sequence[sample], strict=True))
        np.testing.assert_allclose(vector[sample], summed, rtol=0, atol=1e-5)


# Messages


@pytest.mark.parametrize("layer", [AttentionLayer, AttentionLayerWithWeights])
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(2, 3, 4), (2, 5, 4)], r"'here' must be called with \[query, key, value\].*Received: shapes=.*\(2, 5, 4\)"),
        ([(2, 3, 4)] * 4, r"must be called with \[query, key, value\], three tensors"),
        ([(3, 4), (5, 4), (5, 2)], r"three tensors of shapes \[batch, query, depth\]"),
        ([(2, 3, 4), (2, 5, 3), (2, 5, 2)], "'here' must have the same depth. Received: query depth 4, key depth 3"),
        ([(2, 3, 4), (2, 5, 4), (2, 6, 2)], "'here' must have the same length. Received: key length 5, value length 6"),
    ],
)
def test_inputs_that_do_not_fit_are_named(layer, shapes, message):
    with pytest.raises(ShapeError, match=message):
        layer(name="here")(random_inputs(*shapes))


@pytest.mark.parametrize("layer", [AttentionLayer, AttentionLayerWithWeights])
def test_a_single_tensor_is_no_query_key_and_value(layer):
    with pytest.raises(ShapeError, match=r"'here' must be called with \[query, key, value\].*\(2, 3, 4\)"):
        layer(name="here")(np.zeros((2, 3, 4)))


@pytest.mark.parametrize("layer", [SelfAttention, AttentionPooling])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 5)])
def test_a_sequence_has_three_axes(layer, shape):
    with pytest.raises(ShapeError, match=r"'here' must be called with a tensor of shape \[batch, time, features\]"):
        layer(name="here")(np.zeros(shape))


@pytest.mark.parametrize("layer", [SelfAttention, AttentionPooling])
def test_features_must_be_known(layer):
    with pytest.raises(ShapeError, match=r"whose features are known. Received: shape=\(None, None, None\)"):
        layer(name="here")(keras.Input((None, None)))
