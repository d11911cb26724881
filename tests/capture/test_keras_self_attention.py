"""The layers of `keras-self-attention`, which were never written for us, against the weights that they return."""

import keras
import numpy as np
import pytest
from keras_self_attention import (
    ResidualScaledDotProductAttention,
    ScaledDotProductAttention,
    SeqSelfAttention,
    SeqWeightedAttention,
)

from attnviz import capture_attention
from attnviz.records import POOLED_AXIS

TOKENS = np.array([[3, 1, 4, 1, 5], [2, 7, 0, 0, 0]])
REAL = TOKENS != 0


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


def _model(layer, *, mask):
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    embedded = keras.layers.Embedding(9, 6, mask_zero=mask)(tokens)
    return keras.Model(tokens, layer(embedded))


@pytest.mark.parametrize("mask", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("where", [{}, {"attention_width": 3}, {"history_only": True}], ids=["all", "local", "history"])
@pytest.mark.parametrize("activation", [None, "sigmoid"])
@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_seq_self_attention(kind, activation, where, mask):
    layer = SeqSelfAttention(
        units=4, attention_type=kind, attention_activation=activation, return_attention=True, name="look", **where
    )
    capture = capture_attention(_model(layer, mask=mask), TOKENS, compare=True)
    assert [(one.name, one.query_axis, one.key_axis) for one in capture.maps] == [("look", "tokens", "tokens")]
    captured = capture.maps[0]
    np.testing.assert_allclose(captured.weights[:, 0], capture.outputs[1], atol=1e-6)
    assert capture.prediction_difference < 1e-6
    near = np.ones((5, 5), bool)
    distance = np.arange(5)[None, :] - np.arange(5)[:, None]
    if "attention_width" in where:
        near = np.abs(distance) <= 1
    if "history_only" in where:
        near = distance <= 0
    # The layer keeps padding from looking at padding only; the README says so of this layer's own mask.
    allowed = near & (REAL[:, :, None] | REAL[:, None, :]) if mask else np.broadcast_to(near, (2, 5, 5))
    if mask or where:
        np.testing.assert_array_equal(captured.mask, allowed)
    else:
        assert captured.mask is None


@pytest.mark.parametrize("mask", [False, True], ids=["unmasked", "masked"])
def test_seq_weighted_attention(mask):
    layer = SeqWeightedAttention(return_attention=True, name="pool")
    capture = capture_attention(_model(layer, mask=mask), TOKENS)
    assert [(one.name, one.query_axis, one.key_axis) for one in capture.maps] == [("pool", POOLED_AXIS, "tokens")]
    np.testing.assert_allclose(capture.maps[0].weights[:, 0, 0], capture.outputs[1], atol=1e-6)
    if mask:
        np.testing.assert_array_equal(capture.maps[0].mask[:, 0], REAL)


@pytest.mark.parametrize("mask", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("history", [False, True])
def test_scaled_dot_product_attention(history, mask):
    layer = ScaledDotProductAttention(return_attention=True, history_only=history, name="look")
    capture = capture_attention(_model(layer, mask=mask), TOKENS)
    assert [one.name for one in capture.maps] == ["look"]
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], capture.outputs[1], atol=1e-6)
    allowed = np.tril(np.ones((5, 5), bool)) if history else np.ones((5, 5), bool)
    allowed = np.broadcast_to(allowed & REAL[:, None, :] if mask else allowed, (2, 5, 5))
    if mask or history:
        np.testing.assert_array_equal(capture.maps[0].mask, allowed)


def test_scaled_dot_product_attention_between_two_sequences():
    query, key = keras.Input((None, 4), name="query"), keras.Input((None, 4), name="key")
    outputs = ScaledDotProductAttention(return_attention=True)([query, key, key])
    random = np.random.default_rng(7)
    arrays = [random.normal(size=(2, 3, 4)).astype("float32"), random.normal(size=(2, 5, 4)).astype("float32")]
    capture = capture_attention(keras.Model([query, key], outputs), arrays)
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("query", "key")
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], capture.outputs[1], atol=1e-6)


def test_residual_scaled_dot_product_attention():
    """RealFormer adds the scores of the layer before to its own."""
    features = keras.Input((5, 4), name="steps")
    scores = keras.Input((5, 5), name="scores")
    masked = keras.layers.Masking()(features)
    first = ResidualScaledDotProductAttention(return_attention=True, history_only=True, name="first")
    second = ResidualScaledDotProductAttention(return_attention=True, name="second")
    output, passed, weights = first([masked, scores])
    output, _, more = second([keras.layers.Masking()(output), passed])
    random = np.random.default_rng(7)
    arrays = [random.normal(size=(2, 5, 4)).astype("float32"), random.normal(size=(2, 5, 5)).astype("float32")]
    capture = capture_attention(keras.Model([features, scores], [output, weights, more]), arrays)
    assert [one.name for one in capture.maps] == ["first", "second"]
    for captured, expected in zip(capture.maps, capture.outputs[1:], strict=True):
        np.testing.assert_allclose(captured.weights[:, 0], expected, atol=1e-6)


def test_inside_a_trained_classifier():
    """As its README uses it: between a recurrent layer and a classifier."""
    model = keras.Sequential(
        [
            keras.layers.Embedding(9, 6, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True)),
            SeqSelfAttention(attention_activation="sigmoid", name="look"),
            SeqWeightedAttention(name="pool"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.build((None, 5))
    capture = capture_attention(model, TOKENS)
    assert [one.name for one in capture.maps] == ["look", "pool"]
    np.testing.assert_allclose(capture.maps[0].weights.sum(-1), 1.0, atol=1e-5)
    np.testing.assert_allclose(capture.outputs, model.predict(TOKENS, verbose=0), atol=1e-6)
