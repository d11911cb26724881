"""Softmax that layers write out themselves is recognised, with the weights that they compute."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from attnviz import capture_attention

WIDTH = 8


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, WIDTH)).astype("float32")


def _raised(x):
    return ops.exp(x - ops.max(x, axis=-1, keepdims=True))


WAYS = {
    "exp over its sum": lambda x: ops.exp(x) / ops.sum(ops.exp(x), -1, keepdims=True),
    "without the maximum": lambda x: _raised(x) / ops.sum(_raised(x), -1, keepdims=True),
    "epsilon in the divisor": lambda x: (lambda e: e / (ops.sum(e, -1, keepdims=True) + 1e-7))(_raised(x)),
    "divisor at least something": lambda x: (lambda e: e / ops.maximum(ops.sum(e, -1, keepdims=True), 1e-9))(
        _raised(x)
    ),
    "axis kept by hand": lambda x: (lambda e: e / ops.expand_dims(ops.sum(e, -1), -1))(_raised(x)),
    "times one over the sum": lambda x: (lambda e: e * (1.0 / ops.sum(e, -1, keepdims=True)))(_raised(x)),
    "divide_no_nan": lambda x: (lambda e: ops.divide_no_nan(e, ops.sum(e, -1, keepdims=True)))(_raised(x)),
    "reciprocal": lambda x: (lambda e: e * ops.reciprocal(ops.sum(e, -1, keepdims=True)))(_raised(x)),
    "log-sum-exp": lambda x: ops.exp(x - ops.logsumexp(x, axis=-1, keepdims=True)),
    "log-sum-exp, axis kept by hand": lambda x: ops.exp(x - ops.logsumexp(x, axis=-1)[..., None]),
    "log-softmax": lambda x: ops.exp(ops.log_softmax(x, axis=-1)),
    "in TensorFlow": lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, keepdims=True),
}


def _attends(softmax, inputs):
    scores = ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1))) / np.sqrt(WIDTH)
    weights = softmax(scores)
    return keras.Model(inputs, [ops.matmul(weights, inputs), weights])


class _Written(layers.Layer):
    def __init__(self, softmax, **named):
        super().__init__(**named)
        self.softmax = softmax

    def call(self, inputs):
        weights = self.softmax(tf.matmul(inputs, inputs, transpose_b=True) / np.sqrt(WIDTH))
        return tf.matmul(weights, inputs), weights


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_softmax(features, way):
    inputs = keras.Input((None, WIDTH), name="steps")
    model = keras.Model(inputs, _Written(WAYS[way], name="written")(inputs))
    capture = capture_attention(model, features, compare=True)
    assert [(one.name, one.query_axis, one.key_axis) for one in capture.maps] == [("written", "steps", "steps")]
    scores = features @ features.transpose(0, 2, 1) / np.sqrt(WIDTH)
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], expected, atol=1e-5)
    assert capture.prediction_difference < 1e-6


def test_over_an_axis_that_is_not_the_last(features):
    """Keys in front, as some layers lay them: the weights still come out with keys last."""
    inputs = keras.Input((None, WIDTH))
    scores = ops.matmul(inputs, ops.transpose(layers.Dense(WIDTH)(inputs), (0, 2, 1)))  # keys, queries
    raised = ops.exp(scores)
    weights = raised / ops.sum(raised, axis=1, keepdims=True)
    again = ops.exp(ops.log_softmax(scores, axis=1))
    outputs = [ops.einsum("bkq,bkd->bqd", one, inputs) for one in (weights, again)]
    capture = capture_attention(keras.Model(inputs, [*outputs, weights]), features)
    assert len(capture.maps) == 2
    for captured in capture.maps:
        np.testing.assert_allclose(captured.weights[:, 0], capture.outputs[2].transpose(0, 2, 1), atol=1e-5)


@pytest.mark.parametrize(
    "mask",
    [
        lambda raised, allowed: raised * ops.cast(allowed, "float32"),
        lambda raised, allowed: ops.where(allowed, raised, 0.0),
    ],
    ids=["multiplied", "where"],
)
def test_a_mask_on_exp_is_read(features, mask):
    inputs = keras.Input((5, WIDTH), name="steps")
    padding = keras.Input((5,), dtype="bool", name="padding")
    raised = mask(ops.exp(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1)))), padding[:, None, :])
    weights = raised / (ops.sum(raised, -1, keepdims=True) + 1e-9)
    model = keras.Model([inputs, padding], ops.matmul(weights, inputs))
    real = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]], bool)
    capture = capture_attention(model, [features, real])
    scores = np.exp(features @ features.transpose(0, 2, 1)) * real[:, None, :]
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], scores / scores.sum(-1, keepdims=True), atol=1e-5)
    np.testing.assert_array_equal(capture.maps[0].mask, np.broadcast_to(real[:, None, :], (2, 5, 5)))


def test_renormalised_after_masking(features):
    """Softmax, mask, and over its sum again: what is captured is what mixes the values."""
    inputs = keras.Input((5, WIDTH))
    weights = ops.softmax(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1))))
    weights *= ops.cast(np.array([True, True, True, False, True]), "float32")
    weights /= ops.sum(weights, axis=-1, keepdims=True) + 1e-13
    model = keras.Model(inputs, [ops.matmul(weights, inputs), weights])
    capture = capture_attention(model, features)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], capture.outputs[1], atol=1e-6)
    np.testing.assert_allclose(capture.maps[0].weights.sum(-1), 1.0, atol=1e-6)


def test_pooling_by_hand(features):
    inputs = keras.Input((None, WIDTH))
    raised = ops.exp(layers.Dense(1)(inputs))
    weights = raised / ops.sum(raised, axis=1, keepdims=True)
    capture = capture_attention(keras.Model(inputs, [ops.sum(weights * inputs, axis=1), weights]), features)
    assert capture.maps[0].weights.shape == (2, 1, 1, 5)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0, 0], capture.outputs[1][..., 0], atol=1e-6)


@pytest.mark.parametrize(
    "looks_like",
    [
        lambda x: ops.exp(x) / ops.sum(x, axis=-1, keepdims=True),
        lambda x: x / ops.sum(ops.exp(x), axis=-1, keepdims=True),
        lambda x: ops.exp(-ops.square(x)),
        lambda x: ops.exp(x) / (1.0 + ops.exp(x)),
    ],
    ids=["sum of something else", "not raised", "Gaussian", "sigmoid"],
)
def test_what_only_looks_like_softmax_is_not(features, looks_like):
    inputs = keras.Input((None, WIDTH))
    assert capture_attention(_attends(looks_like, inputs), features).maps == ()


def test_a_classifier_written_by_hand_is_not_listed(features):
    inputs = keras.Input((None, WIDTH))
    raised = ops.exp(layers.Dense(3)(inputs))
    model = keras.Model(inputs, raised / ops.sum(raised, axis=-1, keepdims=True))
    assert capture_attention(model, features).maps == ()
