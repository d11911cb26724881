"""Attention without a softmax is said to be there; gates that are no attention are not mentioned."""

import warnings

import keras
import numpy as np
import pytest
from keras import activations, layers, ops

from attnviz import capture_attention

WIDTH = 8


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, WIDTH)).astype("float32")


class _Attends(layers.Layer):
    def __init__(self, weights, **named):
        super().__init__(**named)
        self.weights_of = weights
        self.query, self.key, self.value = layers.Dense(4), layers.Dense(4), layers.Dense(4)

    def call(self, inputs):
        scores = ops.matmul(self.query(inputs), ops.transpose(self.key(inputs), (0, 2, 1))) / 2.0
        return ops.matmul(self.weights_of(scores), self.value(inputs))


class _ManyHeads(layers.Layer):
    def __init__(self, **named):
        super().__init__(**named)
        self.projections = [layers.EinsumDense("btd,dhk->bthk", (None, 2, 4)) for _ in range(3)]

    def call(self, inputs):
        query, key, value = (project(inputs) for project in self.projections)
        scores = ops.einsum("bqhd,bkhd->bhqk", query, key) - 1.0
        return ops.einsum("bhqk,bkhd->bqhd", ops.sigmoid(scores), value)


@pytest.mark.parametrize(
    ("weights", "kind"),
    [
        (ops.sigmoid, "sigmoid"),
        (lambda scores: ops.where(np.tril(np.ones((5, 5), bool)), ops.sigmoid(scores), 0.0), "sigmoid"),
        (lambda scores: ops.sigmoid(scores) / 5.0, "sigmoid"),
        (activations.sparsemax, "sparsemax"),
        (ops.sparsemax, "sparsemax"),
        (ops.relu, "relu"),
        (lambda scores: ops.square(ops.relu(scores)), "relu"),
        (lambda scores: ops.elu(scores) + 1.0, "elu"),
        (lambda scores: scores / ops.sum(scores, axis=-1, keepdims=True), "scores over their sum"),
    ],
    ids=[
        *("sigmoid", "causal sigmoid", "scaled sigmoid", "sparsemax", "ops.sparsemax", "relu", "squared relu", "elu"),
        "over their sum",
    ],
)
def test_attention_without_softmax_is_reported(features, weights, kind):
    inputs = keras.Input((5, WIDTH))
    look, plain = layers.MultiHeadAttention(1, 4, name="plain")(inputs, inputs), _Attends(weights, name="look")
    model = keras.Model(inputs, plain(look))
    with pytest.warns(UserWarning, match=rf"Layer 'look' attends without a softmax \({kind}\)"):
        capture = capture_attention(model, features)
    assert [one.name for one in capture.maps] == ["plain"]


def test_several_heads_of_sigmoid_attention_are_reported_once(features):
    inputs = keras.Input((None, WIDTH))
    model = keras.Model(inputs, _ManyHeads(name="look")(inputs))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert capture_attention(model, features).maps == ()
    assert ["sigmoid" in str(one.message) for one in heard] == [True]


def test_sparsemax_pooling_is_reported(features):
    inputs = keras.Input((None, WIDTH))
    weights = ops.sparsemax(layers.Dense(1)(inputs)[..., 0])
    model = keras.Model(inputs, ops.sum(weights[..., None] * inputs, axis=1))
    with pytest.warns(UserWarning, match="sparsemax"):
        assert capture_attention(model, features).maps == ()


def _squeeze_and_excitation(x):
    gate = layers.Dense(WIDTH, activation="sigmoid")(layers.GlobalAveragePooling1D()(x))
    return layers.Multiply()([x, layers.Reshape((1, WIDTH))(gate)])


def _linear_attention(x):
    """Scores are never computed: keys and values are summed first."""
    query, key = (ops.elu(layers.Dense(4)(x)) + 1.0 for _ in range(2))
    return ops.matmul(query, ops.matmul(ops.transpose(key, (0, 2, 1)), layers.Dense(4)(x)))


def _relu_between_attention_layers(x):
    first = layers.Attention()([x, x])
    second = ops.relu(first)
    return layers.Attention()([second, second])


GATES = {
    "LSTM": lambda x: layers.LSTM(4, return_sequences=True, unroll=True)(x),
    "GRU": lambda x: layers.GRU(4)(x),
    "gated linear unit": lambda x: layers.Dense(4)(x) * layers.Dense(4, activation="sigmoid")(x),
    "squeeze and excitation": _squeeze_and_excitation,
    "SiLU": lambda x: layers.Dense(4, activation="silu")(layers.Dense(4, activation="silu")(x)),
    "sigmoid classifier": lambda x: layers.Dense(3, activation="sigmoid")(layers.GlobalMaxPooling1D()(x)),
    "router with sigmoid": lambda x: ops.sum(
        layers.Dense(2, activation="sigmoid")(x)[..., None] * ops.stack([layers.Dense(3)(x) for _ in range(2)], 2), 2
    ),
    "sparsemax classifier": lambda x: ops.sparsemax(layers.Dense(3)(x)),
    "linear attention": _linear_attention,
    "relu between attention layers": _relu_between_attention_layers,
    "transformer block": lambda x: layers.Dense(WIDTH, activation="gelu")(
        layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(x, x) + x)
    ),
    "soft cap": lambda x: ops.matmul(ops.softmax(ops.tanh(ops.matmul(x, ops.transpose(x, (0, 2, 1))) / 5.0) * 5.0), x),
}


@pytest.mark.parametrize("gate", GATES)
def test_gates_and_ordinary_layers_are_not_mentioned(features, gate):
    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, GATES[gate](inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        capture_attention(model, features)
