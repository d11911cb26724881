"""Attention inside functions, branches, loops and rematerialised blocks: got out where it can be, else warned of."""

import warnings

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


def _attend(x):
    return tf.matmul(tf.nn.softmax(tf.matmul(x, x, transpose_b=True)), x)


def _expected(features):
    raised = np.exp(features @ features.transpose(0, 2, 1))
    return raised / raised.sum(-1, keepdims=True)


def _captured(layer, features):
    inputs = keras.Input((None, WIDTH))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return capture_attention(keras.Model(inputs, layer(inputs)), features, compare=True)


class _Calling(layers.Layer):
    def __init__(self, function):
        super().__init__(name="look")
        self.function = function

    def call(self, inputs):
        return self.function(inputs)

    def compute_output_shape(self, shape):
        return shape


class _Decorated(layers.Layer):
    @tf.function
    def call(self, inputs):
        return _attend(inputs)


class _Rematerialised(layers.Layer):
    def __init__(self):
        super().__init__(name="look")
        self.attend = keras.remat(_attend)

    def call(self, inputs):
        return self.attend(inputs)


OPEN = {
    "tf.function": lambda: _Calling(tf.function(_attend)),
    "compiled by XLA": lambda: _Calling(tf.function(_attend, jit_compile=True)),
    "function in a function": lambda: _Calling(tf.function(lambda x: tf.function(_attend)(x) * 1.0)),
    "decorated call": lambda: _Decorated(name="look"),
    "with a signature": lambda: _Calling(
        tf.function(_attend, input_signature=[tf.TensorSpec((None, None, WIDTH), "float32")])
    ),
    "remat": _Rematerialised,
    "recompute_grad": lambda: _Calling(tf.recompute_grad(_attend)),
    "custom gradient": lambda: _Calling(tf.custom_gradient(lambda x: (_attend(x), lambda upstream: upstream))),
    "branch that is known": lambda: _Calling(lambda x: ops.cond(True, lambda: _attend(x), lambda: x)),
}


@pytest.mark.parametrize("kind", OPEN)
def test_weights_are_got_out(features, kind):
    capture = _captured(OPEN[kind](), features)
    assert [one.name for one in capture.maps] == ["look"]
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], _expected(features), atol=1e-5)
    assert capture.prediction_difference < 1e-5


def test_rematerialised_layers_of_keras(features):
    with keras.RematScope(mode="full"):
        layer = layers.MultiHeadAttention(2, 3, name="look")
    inputs = keras.Input((None, WIDTH))
    capture = capture_attention(keras.Model(inputs, layer(inputs, inputs)), features)
    query, key = (layer.query_dense(features), layer.key_dense(features))
    scores = np.einsum("bqhd,bkhd->bhqk", query, key) / np.sqrt(3)
    raised = np.exp(scores)
    np.testing.assert_allclose(capture.maps[0].weights, raised / raised.sum(-1, keepdims=True), atol=1e-5)


def _decides(x):
    if tf.reduce_sum(x) > -1e9:  # AutoGraph makes a branch of this
        x = x * 1.0
    return _attend(x)


def _loops(x):
    for _ in tf.range(2):
        x = _attend(x)
    return x


CLOSED = {
    "function that decides by a value": lambda: _Calling(tf.function(_decides)),
    "branch": lambda: _Calling(lambda x: ops.cond(ops.sum(x) > -1e9, lambda: _attend(x), lambda: x)),
    "loop": lambda: _Calling(lambda x: ops.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, _attend(y)), (0, x))[1]),
    "loop in a function": lambda: _Calling(tf.function(_loops)),
    "fori_loop": lambda: _Calling(lambda x: ops.fori_loop(0, 2, lambda i, y: _attend(y), x)),
    "scan": lambda: _Calling(lambda x: ops.scan(lambda carry, _: (_attend(carry), carry), x, length=2)[0]),
    "map": lambda: _Calling(lambda x: ops.map(lambda one: _attend(one[None])[0], x)),
    "switch": lambda: _Calling(
        lambda x: ops.switch(ops.cast(ops.sum(x) * 0.0, "int32"), [_attend, lambda y: y * 1.0], x)
    ),
}


@pytest.mark.parametrize("kind", CLOSED)
def test_weights_that_cannot_leave_are_said_to_be_there(features, kind):
    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, layers.Attention(name="outside")([CLOSED[kind]()(inputs), inputs]))
    with pytest.warns(UserWarning, match=r"Layer 'look' computes a softmax inside a loop, a branch or a function"):
        capture = capture_attention(model, features)
    assert [one.name for one in capture.maps] == ["outside"]
    np.testing.assert_allclose(capture.outputs, model.predict(features, verbose=0), atol=1e-5)


class _Pointing(layers.Layer):
    """A recurrent cell that looks at its own state; recurrent layers run it in a loop."""

    state_size, output_size = WIDTH, WIDTH

    def call(self, inputs, states):
        looked = layers.Attention(name="inner")([inputs[:, None], ops.stack([inputs, states[0]], axis=1)])[:, 0]
        return looked, [looked]


def test_a_recurrent_cell_in_its_loop_and_unrolled(features):
    inputs = keras.Input((5, WIDTH))
    rolled = keras.Model(inputs, layers.RNN(_Pointing(name="cell"), name="recurrent")(inputs))
    with pytest.warns(UserWarning, match="give the recurrent layer `unroll=True`"):
        assert capture_attention(rolled, features).maps == ()
    unrolled = keras.Model(inputs, layers.RNN(_Pointing(name="cell"), unroll=True, name="recurrent")(inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        capture = capture_attention(unrolled, features)
    assert len(capture.maps) == 5
    np.testing.assert_allclose(capture.outputs, rolled.predict(features, verbose=0), atol=1e-5)
    np.testing.assert_allclose([one.weights.sum(-1) for one in capture.maps], 1.0, atol=1e-5)


def test_a_gate_or_a_classifier_in_a_loop_is_not_mentioned(features):
    def step(x):
        return layers.Dense(3, activation="softmax")(x)

    inputs = keras.Input((5, WIDTH))
    outputs = layers.TimeDistributed(layers.Dense(3, activation="softmax"))(inputs)
    dense = layers.Dense(3)
    dense.build((None, WIDTH))
    mapped = _Calling(lambda x: ops.map(lambda one: ops.softmax(dense(one)), x))(inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert capture_attention(keras.Model(inputs, [outputs, mapped]), features).maps == ()


def test_attention_in_a_vectorised_map(features):
    """Vectorised loops are laid out as operations of the model's own graph."""
    inputs = keras.Input((5, WIDTH))
    outputs = _Calling(lambda x: ops.vectorized_map(lambda one: _attend(one[None])[0], x))(inputs)
    capture = capture_attention(keras.Model(inputs, outputs), features)
    assert [one.name for one in capture.maps] == ["look"]
    np.testing.assert_allclose(capture.maps[0].weights, _expected(features)[:, None], atol=1e-5)


@pytest.mark.parametrize("steps", [3, None], ids=["known steps", "free steps"])
def test_attention_at_every_step_of_a_sequence(steps):
    """Keras counts samples for steps where these are free in the graph; the capture gives what `predict` gives."""
    given = np.random.default_rng(3).normal(size=(2, 3, 5, WIDTH)).astype("float32")
    inputs = keras.Input((steps, 5, WIDTH))
    model = keras.Model(inputs, layers.TimeDistributed(_Calling(_attend), name="each")(inputs))
    for length in (3, 2):
        capture = capture_attention(model, given[:, :length] if steps is None else given)
        assert [(one.layer, one.call_index) for one in capture.maps] == [
            ("each", step) for step in range(steps or length)
        ]
        for step, captured in enumerate(capture.maps):
            np.testing.assert_allclose(captured.weights[:, 0], _expected(given[:, step]), atol=1e-5)
        expected = model.predict(given[:, :length] if steps is None else given, verbose=0)
        np.testing.assert_allclose(capture.outputs, expected, atol=1e-5)


def test_a_model_at_every_step_is_part_of_the_path():
    given = np.random.default_rng(3).normal(size=(2, 3, 5, WIDTH)).astype("float32")
    words = keras.Input((5, WIDTH))
    look = layers.MultiHeadAttention(2, 4, name="look")
    sentence = keras.Model(words, look(words, words), name="sentence")
    sentences = keras.Input((3, 5, WIDTH))
    hidden = layers.TimeDistributed(sentence, name="each")(sentences)
    hidden = layers.Reshape((15, WIDTH))(hidden)
    last = layers.MultiHeadAttention(2, 4, name="last")
    capture = capture_attention(keras.Model(sentences, last(hidden, hidden)), given)
    assert [one.name for one in capture.maps] == [
        "each/sentence/look",
        "each/sentence/look (call 2)",
        "each/sentence/look (call 3)",
        "last",
    ]
    for step in range(3):
        _, expected = look(given[:, step], given[:, step], return_attention_scores=True)
        np.testing.assert_allclose(capture.maps[step].weights, expected, atol=1e-5)


def test_tensors_of_unknown_rank_do_not_stop_a_capture(features):
    def hidden(x):
        known_to_python_only = tf.numpy_function(lambda values: values, [x], tf.float32)
        weights = tf.nn.softmax(tf.matmul(known_to_python_only, known_to_python_only, transpose_b=True))
        return tf.ensure_shape(tf.matmul(weights, known_to_python_only), x.shape)

    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, layers.Attention(name="outside")([_Calling(hidden)(inputs), inputs]))
    capture = capture_attention(model, features)
    assert [one.name for one in capture.maps] == ["outside"]
    np.testing.assert_allclose(capture.outputs, model.predict(features, verbose=0), atol=1e-5)
