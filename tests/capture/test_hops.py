"""Structured self-attention (Lin et al., 2017): several distributions over the tokens, each a column of a kernel.

Its equation 6, A = softmax(W2 tanh(W1 H^T)), is worked in plain NumPy beside each model.
"""

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import capture_attention

HOPS, LENGTH = 3, 5
IDS = np.random.default_rng(2).integers(1, 9, size=(2, LENGTH))


def _softmax(scores):
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


@keras.saving.register_keras_serializable("tests")
class Structured(layers.Layer):
    """As the paper has it, with weights that have no names."""

    def __init__(self, hops=HOPS, **options):
        super().__init__(**options)
        self.hops = hops

    def build(self, shape):
        self.first = self.add_weight(shape=(shape[-1], 6))
        self.second = self.add_weight(shape=(6, self.hops))

    def call(self, hidden):
        scores = ops.tanh(hidden @ self.first) @ self.second
        return ops.softmax(ops.transpose(scores, (0, 2, 1))) @ hidden


def _permuted(hidden, kernels):
    weights = layers.Softmax()(layers.Permute((2, 1))(kernels(hidden)))
    return layers.Dot(axes=(2, 1))([weights, hidden])


def _over_first_axis(hidden, kernels):
    weights = layers.Softmax(axis=1)(kernels(hidden))
    return layers.Dot(axes=(1, 1))([weights, hidden])


def _with_einsum(hidden, kernels):
    return ops.einsum("btr,btd->brd", ops.softmax(kernels(hidden), axis=1), hidden)


def _captured(attend, length=None):
    keras.utils.set_random_seed(5)
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    hidden = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(layers.Embedding(9, 8)(tokens))
    model = keras.Model(tokens, [attend(hidden), hidden])
    capture = capture_attention(model, IDS)
    assert len(capture.maps) == 1
    return capture, capture.outputs[1]


def _check_hops(capture, expected):
    (one,) = capture.maps
    assert (one.query_axis, one.key_axis) == (f"hops: {len(expected[0])} learned", "tokens")
    assert capture.sequences[one.query_axis][0] == tuple(f"hop {hop + 1}" for hop in range(len(expected[0])))
    assert capture.valid[one.query_axis].all()
    np.testing.assert_allclose(one.weights[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize("write", [_permuted, _over_first_axis, _with_einsum])
def test_hops_made_of_dense_layers(write):
    first, second = layers.Dense(6, activation="tanh", use_bias=False), layers.Dense(HOPS, use_bias=False)
    capture, hidden = _captured(lambda hidden: write(hidden, lambda one: second(first(one))))
    scores = np.tanh(hidden @ first.kernel.numpy()) @ second.kernel.numpy()
    _check_hops(capture, _softmax(scores.swapaxes(1, 2)))


@pytest.mark.parametrize("hops", [HOPS, LENGTH], ids=["fewer than tokens", "as many as tokens"])
@pytest.mark.parametrize("length", [None, LENGTH], ids=["free length", "fixed length"])
def test_as_many_hops_as_tokens_are_no_tokens(hops, length):
    layer = Structured(hops, name="structured")
    capture, hidden = _captured(layer, length)
    scores = np.tanh(hidden @ layer.first.numpy()) @ layer.second.numpy()
    _check_hops(capture, _softmax(scores.swapaxes(1, 2)))


def test_one_hop_is_pooling():
    capture, _ = _captured(Structured(1))
    assert capture.maps[0].query_axis == "pooled"


def test_a_score_for_each_key_from_the_query_alone_leaves_the_queries_tokens():
    """A dense synthesizer (Tay et al., 2021): the kernel's columns are the keys, its rows the queries."""
    kernel = layers.Dense(LENGTH, name="synthesizer", activation="softmax")
    capture, hidden = _captured(lambda hidden: ops.matmul(kernel(hidden), hidden), LENGTH)
    (one,) = capture.maps
    assert (one.query_axis, one.key_axis) == ("tokens", "tokens")
    np.testing.assert_allclose(one.weights[:, 0], _softmax(hidden @ kernel.kernel.numpy()), atol=1e-5)
