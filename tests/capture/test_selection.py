"""`layers=`: what is kept is what was asked for, and what is not kept costs nothing."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from attnviz import CaptureError, SelfAttention, capture_attention
from attnviz.capture import compiled as compiled_module


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, 8)).astype("float32")


@pytest.fixture
def model():
    """`encoder/own`, `encoder/wide`, `shared`, `shared (call 2)`, `cross`."""
    inner = keras.Input((None, 8))
    wide = layers.MultiHeadAttention(2, 4, name="wide")
    first = SelfAttention(8, name="own")(inner)
    encoder = keras.Model(inner, wide(first, first), name="encoder")
    inputs = keras.Input((None, 8), name="steps")
    shared = SelfAttention(8, name="shared")
    hidden = shared(shared(encoder(inputs)))
    return keras.Model(inputs, layers.MultiHeadAttention(3, 2, name="cross")(hidden, inputs))


ALL = ["encoder/own", "encoder/wide", "shared", "shared (call 2)", "cross"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, ALL),
        ("*", ALL),
        ("shared", ["shared", "shared (call 2)"]),
        ("shared (call 2)", ["shared (call 2)"]),
        ("encoder", ["encoder/own", "encoder/wide"]),
        ("encoder/", ["encoder/own", "encoder/wide"]),
        ("encoder/*", ["encoder/own", "encoder/wide"]),
        ("*o*", ["encoder/own", "encoder/wide", "cross"]),
        (["cross", "encoder/own"], ["encoder/own", "cross"]),  # in call order
        ({"cross", "c*s"}, ["cross"]),
        (("enc??er/w*",), ["encoder/wide"]),
        ([], []),
    ],
)
def test_what_is_kept(model, features, asked, expected):
    everything = capture_attention(model, features)
    assert [one.name for one in everything.maps] == ALL
    capture = capture_attention(model, features, layers=asked)
    assert [one.name for one in capture.maps] == expected
    np.testing.assert_allclose(capture.outputs, everything.outputs, atol=1e-6)
    for one in capture.maps:
        same = everything.map_of(one.name)
        np.testing.assert_allclose(one.weights, same.weights, atol=1e-6)
        assert (one.layer, one.call_index) == (same.layer, same.call_index)
        assert (one.query_axis, one.key_axis) == (same.query_axis, same.key_axis)


@pytest.mark.parametrize("asked", ["own", "enc", ["cross", "wide*"], "Cross", ""])
def test_what_names_no_layer_is_refused_with_the_layers_that_there_are(model, features, asked):
    wrong = asked if isinstance(asked, str) else asked[1]
    message = f"`layers` must name attention layers of the model. Received: {wrong!r}. It has: 'encoder/own', "
    with pytest.raises(CaptureError, match=re.escape(message)):
        capture_attention(model, features, layers=asked)


def test_what_is_no_text_is_refused(model, features):
    with pytest.raises(CaptureError, match=r"`layers` must be a path, a pattern or several of them. Received: \[0\]"):
        capture_attention(model, features, layers=[0])


def test_a_model_without_attention_says_that_it_has_none(features):
    inputs = keras.Input((None, 8))
    plain = keras.Model(inputs, layers.Dense(2)(inputs))
    with pytest.raises(CaptureError, match=r"Received: 'attention'. It has none."):
        capture_attention(plain, features, layers="attention")


def test_what_is_padding_does_not_depend_on_what_is_kept():
    """The first layer masks its padding by itself, the second does not: both run over the same tokens."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    embedded = layers.Embedding(9, 4)(tokens)
    allowed = keras.ops.expand_dims(keras.ops.not_equal(tokens, 0), 1)
    first = layers.MultiHeadAttention(2, 2, name="first")(embedded, embedded, attention_mask=allowed)
    model = keras.Model(tokens, layers.MultiHeadAttention(2, 2, name="second")(first, first))
    ids = np.array([[4, 5, 6, 0, 0], [3, 3, 3, 3, 3]])
    for asked in (None, "first", "second", ()):
        np.testing.assert_array_equal(capture_attention(model, ids, layers=asked).valid["tokens"], ids != 0)


def test_selections_do_not_trace_the_model_again_and_do_not_pile_up(features, monkeypatch):
    monkeypatch.setattr(compiled_module, "MOST_SELECTIONS", 2)
    traces = []

    class Counted(layers.Layer):
        def call(self, inputs):
            traces.append(1)
            return inputs

    inputs = keras.Input((None, 8))
    hidden = Counted()(inputs)
    for number in range(4):
        hidden = SelfAttention(8, name=f"own_{number}")(hidden)
    model = keras.Model(inputs, hidden)
    capture_attention(model, features)
    before = len(traces)
    for number in range(4):
        capture = capture_attention(model, features, layers=f"own_{number}")
        assert [one.name for one in capture.maps] == [f"own_{number}"]
        assert [one.name for one in capture_attention(model, features, layers=f"own_{number}").maps] == [
            f"own_{number}"
        ]
    assert len(traces) == before
    (compiled,) = compiled_module._compiled[model].values()
    assert len(compiled._selections) == 2


def _peak_of(work):
    """By how many bytes the process grew while `work` ran, at most; Linux forgets the earlier peak when told so."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    work()
    return _memory("VmHWM") - before


def _memory(what):
    return int(re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024


def test_what_is_not_kept_is_not_held_in_memory():
    length, depth = 3000, 8  # weights of 36 MB, which the allocator always takes from and gives back to the system
    inputs = keras.Input((None, 4))
    hidden = inputs
    for number in range(depth):
        hidden = SelfAttention(4, name=f"own_{number}")(hidden)
    model = keras.Model(inputs, hidden)
    sequence = np.zeros((1, length, 4), "float32")
    one_map = 4 * length * length
    capture_attention(model, sequence, layers="own_1")  # what is loaded and compiled once is no part of it
    selected = _peak_of(lambda: capture_attention(model, sequence, layers="own_1"))
    everything = _peak_of(lambda: capture_attention(model, sequence))
    assert everything > 5 * one_map
    assert selected < 4 * one_map  # what is kept, and what one layer works with: scores, masks and weights
