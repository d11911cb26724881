"""Who made an axis: read off small graphs whose answer is plain to see."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from attnviz.capture.axis_origins import AxisOrigins, Maker
from attnviz.capture.dataflow import TracedGraph


def _makers(function, axis, *, shape=(None, None, 8)):
    """What made `axis` of the result of `function`, traced as a model is."""
    function(np.ones([3 if size is None else size for size in shape], "float32"))  # builds its layers
    found = {}

    def traced(x):
        result = function(x)
        graph = TracedGraph(tf.compat.v1.get_default_graph())
        found["makers"] = {one.maker for one in AxisOrigins(graph).of(result, axis)}
        return result

    tf.function(traced, autograph=False).get_concrete_function(tf.TensorSpec(shape))
    return found["makers"]


DENSE = layers.Dense(6)
SMALL = layers.Dense(1)
TABLE = layers.Embedding(9, 4)
RECURRENT = layers.LSTM(4, return_sequences=True, unroll=True)
EXPERTS = [layers.Dense(4) for _ in range(3)]
CONVOLUTION = layers.Conv1D(6, 3, padding="same")
KERNELS = keras.Variable(np.ones((3, 8, 4), "float32"))


@pytest.mark.parametrize(
    ("function", "axis", "expected"),
    [
        (lambda x: x, 1, {Maker.INPUT}),
        (lambda x: DENSE(x), 1, {Maker.INPUT}),
        (lambda x: DENSE(x), 2, {Maker.KERNEL}),
        (lambda x: ops.softmax(SMALL(x), axis=1)[..., 0], 1, {Maker.INPUT}),
        (lambda x: ops.reshape(DENSE(x), (-1, ops.shape(x)[1], 2, 3)), 2, {Maker.KERNEL}),
        (lambda x: ops.transpose(DENSE(x), (2, 0, 1)), 2, {Maker.INPUT}),
        (lambda x: ops.stack([expert(x) for expert in EXPERTS], axis=1), 1, {Maker.STACK}),
        (lambda x: ops.stack([expert(x) for expert in EXPERTS], axis=1), 2, {Maker.INPUT}),
        (lambda x: ops.concatenate([expert(x)[:, None] for expert in EXPERTS], axis=1), 1, {Maker.STACK}),
        (lambda x: ops.stack([EXPERTS[0](x * one) for one in (1.0, 2.0)], axis=1), 1, {Maker.INPUT}),
        (lambda x: ops.einsum("btd,edf->btef", x, KERNELS), 2, {Maker.KERNEL}),
        (lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))), 2, {Maker.INPUT}),
        (lambda x: CONVOLUTION(x), 1, {Maker.INPUT}),
        (lambda x: CONVOLUTION(x), 2, {Maker.KERNEL}),
        (lambda x: TABLE(ops.cast(x[..., 0], "int32")), 1, {Maker.INPUT}),
        (lambda x: TABLE(ops.cast(x[..., 0], "int32")), 2, {Maker.KERNEL}),
        (lambda x: ops.mean(DENSE(x), axis=1), 1, {Maker.KERNEL}),
        (lambda x: ops.concatenate([x[:, :1], x], axis=1), 1, {Maker.INPUT}),
        (lambda x: ops.sum(x, axis=1, keepdims=True), 1, set()),
    ],
)
def test_who_made_an_axis(function, axis, expected):
    assert _makers(function, axis) == expected


def test_an_unrolled_recurrent_layer_makes_a_sequence():
    """Its steps are stacked, but the same weights computed all of them."""
    assert _makers(RECURRENT, 1, shape=(None, 3, 8)) == {Maker.INPUT}
