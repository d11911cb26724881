"""The stand-in sees every route to softmax, only while tracing, only in its own thread, and leaves nothing behind."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src import backend as keras_backend

from attnviz.capture.stand_in import TRACING, path_of, recording


def _traced(function, *shapes):
    with TRACING, recording() as recorder:
        tf.function(function, autograph=False).get_concrete_function(*(tf.TensorSpec(shape) for shape in shapes))
    return recorder


def _attending(layer, call):
    """`layer`, built, as a function of one tensor."""
    call(layer, np.zeros((2, 5, 4), "float32"))
    return lambda x: call(layer, x)


@pytest.mark.parametrize(
    "softmax",
    [
        keras.ops.softmax,
        keras.activations.softmax,
        keras.layers.Softmax(),
        keras.layers.Activation("softmax"),
        lambda x: tf.nn.softmax(x),
        lambda x: keras.ops.dot_product_attention(x[:, :, None], x[:, :, None], x[:, :, None]),
        _attending(keras.layers.MultiHeadAttention(2, 3), lambda layer, x: layer(x, x)),
        _attending(keras.layers.MultiHeadAttention(2, 3, dropout=0.1), lambda layer, x: layer(x, x)),
        _attending(keras.layers.GroupQueryAttention(3, 4, 2), lambda layer, x: layer(x, x)),
        _attending(keras.layers.Attention(), lambda layer, x: layer([x, x])),
        _attending(keras.layers.AdditiveAttention(), lambda layer, x: layer([x, x])),
    ],
    ids=[
        *("ops", "activations", "Softmax", "Activation", "tf", "fused", "MultiHeadAttention", "with dropout"),
        *("GroupQueryAttention", "Attention", "AdditiveAttention"),
    ],
)
def test_every_public_route_of_keras_is_seen(softmax):
    """Fails loudly when a Keras release takes a route that does not end in `tf.nn.softmax`."""
    recorder = _traced(softmax, (2, 5, 4))
    own = [seen for seen in recorder.softmaxes if isinstance(seen.weights.graph, tf.__internal__.FuncGraph)]
    assert own, "softmax was not seen"
    assert own[-1].axes == (len(own[-1].weights.shape) - 1,)


def test_the_private_place_is_where_the_stand_in_expects_it():
    assert callable(keras_backend.set_keras_mask)


def test_masks_that_layers_compute_are_seen():
    embedding = keras.layers.Embedding(5, 2, mask_zero=True)
    embedding.build((None, None))
    recorder = _traced(embedding, (None, None))
    assert [len(mask.shape) for mask in recorder.masks] == [2]


def test_the_layer_that_computes_is_named_not_its_softmax():
    attention = keras.layers.MultiHeadAttention(2, 3, dropout=0.1, name="heads")
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, attention(inputs, inputs))
    recorder = _traced(lambda x: model(x, training=False), (None, None, 4))
    assert [seen.layer for seen in recorder.softmaxes] == ["heads"]


def test_paths_are_below_the_model():
    model, block = keras.Sequential(name="model"), keras.Sequential(name="block")
    heads, softmax = keras.layers.MultiHeadAttention(1, 1, name="heads"), keras.layers.Softmax(name="softmax")
    assert path_of([]) == path_of([model]) == ""
    assert path_of([model, block, heads]) == "block/heads"
    assert path_of([model, block, heads, softmax]) == "block/heads"
    assert path_of([model, softmax]) == "softmax"
    assert path_of([model, block, softmax]) == "block/softmax"


def test_keras_may_be_reset_beside_a_trace():
    """Streamlit calls `keras.backend.clear_session` before every run of a script, whatever other threads do."""

    class Resetting(keras.layers.Layer):
        def call(self, inputs):
            beside = threading.Thread(target=keras.backend.clear_session)
            beside.start()
            beside.join()
            return inputs

    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, keras.layers.Attention(name="look")([Resetting()(inputs), inputs]))
    recorder = _traced(lambda x: model(x, training=False), (None, None, 4))
    assert [seen.layer for seen in recorder.softmaxes] == ["look"]


def test_patches_are_undone_after_an_error():
    softmax, set_mask, call = tf.nn.softmax, keras_backend.set_keras_mask, keras.Layer.__call__

    def broken_trace() -> None:
        with TRACING, recording():
            assert tf.nn.softmax is not softmax
            raise RuntimeError("broken model")

    with pytest.raises(RuntimeError, match="broken model"):
        broken_trace()
    assert tf.nn.softmax is softmax
    assert keras_backend.set_keras_mask is set_mask
    assert keras.Layer.__call__ is call


def test_another_thread_is_not_recorded_while_this_one_traces():
    results = []

    def trace_beside() -> None:
        function = tf.function(lambda x: tf.nn.softmax(x), autograph=False)
        results.append(function(tf.constant([[0.0, 0.0]])).numpy())

    with TRACING, recording() as recorder:
        beside = threading.Thread(target=trace_beside)
        beside.start()
        beside.join()
    assert recorder.softmaxes == []
    np.testing.assert_allclose(results[0], [[0.5, 0.5]])


def test_eager_softmax_is_left_alone():
    with TRACING, recording() as recorder:
        keras.ops.softmax(np.zeros((1, 2), "float32"))
    assert recorder.softmaxes == []
