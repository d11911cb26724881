"""Capturing changes nothing that others see: not after errors, not in other threads, not while compiled graphs run."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from keras.src import backend as keras_backend

from attnviz import CaptureError, capture_attention

WIDTH = 8


def _patched():
    """Everything that is stood in for while a model is traced."""
    function = type(tf.function(lambda: None))
    return (
        tf.nn.softmax,
        keras_backend.set_keras_mask,
        keras.Layer.__call__,
        keras.Layer.rematerialized_call,
        function.__call__,
    )


ORIGINALS = _patched()


@pytest.fixture(autouse=True)
def _nothing_left_behind():
    keras.utils.set_random_seed(7)
    policy = keras.config.dtype_policy()
    yield
    assert _patched() == ORIGINALS
    assert keras.config.dtype_policy() == policy
    assert not tf.config.functions_run_eagerly()


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, WIDTH)).astype("float32")


class _Breaking(layers.Layer):
    """Raises while it is traced, after its softmax was seen; the layers around it have been entered by then."""

    def call(self, inputs):
        weights = ops.softmax(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1))))
        if isinstance(inputs, tf.Tensor) and isinstance(inputs.graph, tf.__internal__.FuncGraph):
            assert _patched() != ORIGINALS
            raise RuntimeError("this layer is broken")
        return ops.matmul(weights, inputs)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, inputs.dtype)


def test_after_success(features):
    inputs = keras.Input((None, WIDTH))
    capture_attention(keras.Model(inputs, layers.Attention()([inputs, inputs])), features)
    assert _patched() == ORIGINALS


def test_after_a_layer_that_raises(features):
    inputs = keras.Input((5, WIDTH))
    nested = keras.Sequential([_Breaking(name="broken")])
    model = keras.Model(inputs, nested(inputs))
    for _ in range(2):
        with pytest.raises(CaptureError, match="this layer is broken"):
            capture_attention(model, features)
        assert _patched() == ORIGINALS
    whole = keras.Model(inputs, layers.Attention(name="look")([inputs, inputs]))
    assert [one.name for one in capture_attention(whole, features).maps] == ["look"]


def test_after_a_function_that_raises(features):
    @tf.function
    def broken(x):
        raise RuntimeError("this function is broken")

    inputs = keras.Input((5, WIDTH))
    layer = layers.Lambda(lambda x: broken(x), output_shape=lambda shape: shape)
    with pytest.raises(CaptureError, match="this function is broken"):
        capture_attention(keras.Model(inputs, layer(inputs)), features)


def test_after_an_interruption(features):
    class Interrupting(layers.Layer):
        def call(self, inputs):
            raise KeyboardInterrupt

        def compute_output_spec(self, inputs):
            return keras.KerasTensor(inputs.shape, inputs.dtype)

    inputs = keras.Input((5, WIDTH))
    with pytest.raises(KeyboardInterrupt):
        capture_attention(keras.Model(inputs, Interrupting()(inputs)), features)


def _model(seed: int, length: int | None = None):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((length, WIDTH))
    attended = layers.MultiHeadAttention(2, 3, name=f"first_{seed}")(inputs, inputs)
    return keras.Model(inputs, layers.MultiHeadAttention(1, 3, name=f"second_{seed}")(attended, inputs))


def test_many_captures_of_many_models_at_once_never_mix(features):
    """Every thread traces models of its own and runs shared ones; each result is that of a quiet run."""
    shared = [_model(seed) for seed in range(3)]
    quiet = [capture_attention(model, features) for model in shared]
    own = [[_model(10 + 2 * worker + number) for number in range(2)] for worker in range(4)]
    start = threading.Barrier(4)
    problems: list[str] = []

    def work(worker: int) -> None:
        start.wait()
        for turn in range(9):
            number = (worker + turn) % 3
            capture = capture_attention(shared[number], features)
            if not all(
                np.array_equal(one.weights, other.weights)
                for one, other in zip(capture.maps, quiet[number].maps, strict=True)
            ):
                problems.append(f"weights of shared model {number} mixed")
            seed = 10 + 2 * worker + turn % 2
            names = [one.name for one in capture_attention(own[worker][turn % 2], features).maps]
            if names != [f"first_{seed}", f"second_{seed}"]:
                problems.append(f"model {seed} has maps {names}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_nothing_is_patched_while_a_compiled_capture_runs():
    """The running graph itself looks at what is patched, by way of a call back into Python."""
    seen = []

    def look(values):
        seen.append(_patched() == ORIGINALS)
        return values

    class Looking(layers.Layer):
        def call(self, inputs):
            looked = tf.numpy_function(look, [inputs], tf.float32)
            return tf.ensure_shape(looked, inputs.shape)

    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, layers.Attention()([Looking()(inputs), inputs]))
    for _ in range(3):
        capture_attention(model, np.ones((2, 5, WIDTH), "float32"))
    assert len(seen) >= 3
    assert all(seen[-3:])


def test_what_another_thread_traces_meanwhile_is_its_own(features):
    """While this thread traces, another calls layers, functions and softmax; nothing of it is recorded or changed."""
    results = {}

    def beside() -> None:
        function = tf.function(lambda x: tf.nn.softmax(x))
        results["graph"] = function.get_concrete_function(tf.TensorSpec((None, 2))).graph
        results["weights"] = function(tf.constant([[0.0, 0.0]])).numpy()
        dense = layers.Dense(2, activation="softmax", kernel_initializer="zeros")
        results["layer"] = tf.function(lambda x: dense(x))(tf.ones((1, 3))).numpy()

        @tf.function
        def outer(x):
            return inner(x)

        @tf.function
        def inner(x):
            return x * 2.0

        calls = outer.get_concrete_function(tf.TensorSpec((None,))).graph.get_operations()
        results["called"] = [one.type for one in calls if one.type.endswith("Call")]

    class Waiting(layers.Layer):
        def call(self, inputs):
            if isinstance(inputs, tf.Tensor) and _patched() != ORIGINALS:
                thread = threading.Thread(target=beside)
                thread.start()
                thread.join()
            return inputs

    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, layers.Attention(name="look")([Waiting()(inputs), inputs]))
    capture = capture_attention(model, features)
    assert [one.name for one in capture.maps] == ["look"]
    np.testing.assert_allclose(results["weights"], [[0.5, 0.5]])
    np.testing.assert_allclose(results["layer"], [[0.5, 0.5]])
    assert results["called"] == ["PartitionedCall"]  # and not traced in place, as the capturing thread does
