"""Ways in which weights go on to mix values: whatever lies between, and however the sum is written."""

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


def _scores(x):
    return ops.matmul(x, ops.transpose(x, (0, 2, 1))) / np.sqrt(WIDTH)


def _ellipsis(x):
    weights = ops.softmax(ops.einsum("...qd,...kd->...qk", x, x))
    return ops.einsum("...qk,...kd->...qd", weights, x), weights[:, None]


def _values_first(x):
    weights = ops.softmax(_scores(x))
    return ops.matmul(ops.transpose(x, (0, 2, 1)), ops.transpose(weights, (0, 2, 1))), weights[:, None]


def _summed_by_hand(x):
    weights = ops.softmax(_scores(x))
    return ops.sum(weights[..., None] * x[:, None], axis=-2), weights[:, None]


def _averaged(x):
    weights = ops.softmax(_scores(x))
    return ops.mean(ops.cast(weights[..., None] * x[:, None], "float64"), axis=2), weights[:, None]


def _softmax_and_one(x):
    """Softmax with one more in its divisor, so that a row may attend to nothing."""
    raised = ops.exp(_scores(x))
    weights = raised / (1.0 + ops.sum(raised, axis=-1, keepdims=True))
    return ops.matmul(weights, x), weights[:, None]


def _talking_heads(x):
    """Heads are mixed by a kernel after softmax (Shazeer et al., 2020); the weights of softmax are shown."""
    query, key, value = (layers.EinsumDense("btd,dhk->bhtk", (2, None, 3))(x) for _ in range(3))
    weights = ops.softmax(ops.einsum("bhqd,bhkd->bhqk", query, key))
    mixed = layers.EinsumDense("bhqk,hg->bgqk", (2, None, None))(weights)
    return ops.einsum("bhqk,bhkd->bqhd", mixed, value), weights


def _talking_heads_by_a_dense_layer(x):
    """As CaiT does it: heads last, a dense layer, heads back."""
    query, key, value = (layers.EinsumDense("btd,dhk->bhtk", (2, None, 3))(x) for _ in range(3))
    weights = ops.softmax(ops.einsum("bhqd,bhkd->bhqk", query, key))
    talked = layers.Dense(2)(ops.transpose(weights, (0, 2, 3, 1)))
    return ops.matmul(ops.transpose(talked, (0, 3, 1, 2)), value), weights


def _slots(x):
    """Keys choose among three slots, then every slot's row is normalised (Locatello et al., 2020)."""
    slots = layers.Dense(WIDTH)(x[:, :3])
    chosen = ops.softmax(ops.matmul(x, ops.transpose(slots, (0, 2, 1))), axis=-1) + 1e-8
    weights = chosen / ops.sum(chosen, axis=1, keepdims=True)
    return ops.einsum("bks,bkd->bsd", weights, x), ops.transpose(weights, (0, 2, 1))[:, None]


def _global_context(x):
    """Pooling over an image whose pixels were laid out flat for softmax only."""
    image = layers.Reshape((1, 5, WIDTH))(x)
    weights = ops.softmax(layers.Reshape((5, 1))(layers.Conv2D(1, 1)(image)), axis=1)
    pooled = ops.sum(layers.Reshape((1, 5, 1))(weights) * image, axis=(1, 2))
    return pooled, ops.transpose(weights, (0, 2, 1))[:, None]


def _heads_among_the_samples(x):
    """As many Transformers are written: heads are split off and joined along the batch."""
    heads = tf.concat(tf.split(x, 2, axis=-1), axis=0)
    weights = tf.nn.softmax(tf.matmul(heads, heads, transpose_b=True))
    mixed = tf.concat(tf.split(tf.matmul(weights, heads), 2, axis=0), axis=-1)
    return mixed, tf.stack(tf.split(weights, 2, axis=0), axis=1)


class _Trained(layers.Layer):
    """Scores that are trained and the same for every text (Tay et al., 2021)."""

    def __init__(self, shape):
        super().__init__()
        self.scores = self.add_weight(shape=shape, initializer="normal")

    def call(self, x):
        weights = ops.softmax(self.scores)
        mixed = ops.einsum("hqk,bkd->bhqd", weights, x) if len(weights.shape) == 3 else ops.matmul(weights, x)
        return mixed, ops.broadcast_to(weights, (2, *((2,) if len(weights.shape) == 3 else (1,)), 5, 5))


def _synthesizer(x):
    return _Trained((5, 5))(x)


def _synthesizer_with_heads(x):
    return _Trained((2, 5, 5))(x)


WAYS = [
    _synthesizer,
    _synthesizer_with_heads,
    _ellipsis,
    _values_first,
    _summed_by_hand,
    _averaged,
    _softmax_and_one,
    _talking_heads,
    _talking_heads_by_a_dense_layer,
    _slots,
    _global_context,
    _heads_among_the_samples,
]


class _Own(layers.Layer):
    def __init__(self, function):
        super().__init__(name="look")
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


@pytest.mark.parametrize("length", [None, 5], ids=["free length", "fixed length"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_every_way_to_mix(features, way, length):
    inputs = keras.Input((length, WIDTH))
    outputs = _Own(way)(inputs) if way is _heads_among_the_samples else way(inputs)
    capture = capture_attention(keras.Model(inputs, outputs), features, compare=True)
    assert len(capture.maps) == 1
    np.testing.assert_allclose(capture.maps[0].weights, capture.outputs[1], atol=1e-6)
    assert capture.prediction_difference < 1e-6
