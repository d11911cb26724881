"""Models that lose their padding mask as Keras 3 lets them, and the ways to keep it that the audit and docs name."""

import re

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import capture_attention, padding_audit, padding_findings

IDS = np.array([[4, 5, 6, 0, 0, 0], [3, 4, 5, 6, 7, 8]])


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(1)


def _model(block):
    """Three blocks over an embedding with `mask_zero`: `block(attention, hidden, mask)` gives what comes out."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = layers.Embedding(9, 8, mask_zero=True)(tokens)
    mask = ops.not_equal(tokens, 0)
    for number in (1, 2, 3):
        hidden = block(layers.MultiHeadAttention(2, 4, name=f"attention_{number}"), hidden, mask)
    return keras.Model(tokens, layers.Dense(2)(hidden[:, 0]))


def _plus(attention, hidden, mask):
    return hidden + attention(hidden, hidden)


def _add_layer(attention, hidden, mask):
    return layers.Add()([hidden, attention(hidden, hidden)])


def _norm_after(attention, hidden, mask):
    return layers.LayerNormalization()(layers.Add()([hidden, attention(hidden, hidden)]))


def _norm_before_and_plus(attention, hidden, mask):
    normed = layers.LayerNormalization()(hidden)
    return hidden + attention(normed, normed)


@pytest.mark.parametrize("block", [_plus, _add_layer, _norm_after, _norm_before_and_plus])
def test_masks_that_are_lost_are_found(block):
    """The share is measured again here, from the weights alone."""
    capture = capture_attention(_model(block), IDS)
    np.testing.assert_array_equal(capture.valid["tokens"], IDS != 0)
    audit = padding_audit(capture)
    assert audit["masked"].to_list() == [True, False, False]
    for one, share in zip(capture.maps, audit["share on padding"], strict=True):
        assert share == pytest.approx(one.weights[0, :, :3, 3:].sum(axis=-1).mean(), abs=1e-6)
    assert audit["share on padding"][0] == 0
    assert audit["share on padding"][1] > 0.2
    (finding,) = padding_findings(capture)
    assert re.match(r"Real tokens spend \d\d % of their attention in layer 'attention_2' on padding", finding)
    assert "Layer 'attention_1' before it got the padding mask; between the two it was lost" in finding


def test_a_lost_mask_makes_the_prediction_depend_on_padding():
    """As the finding says."""
    model = _model(_plus)
    longer = capture_attention(model, IDS[:1]).outputs
    shorter = capture_attention(model, IDS[:1, :3]).outputs
    assert np.abs(longer - shorter).max() > 1e-3


def _told(attention, hidden, mask):
    return hidden + attention(hidden, hidden, attention_mask=mask[:, None, :])


def _norm_before(attention, hidden, mask):
    normed = layers.LayerNormalization()(hidden)
    return layers.Add()([hidden, attention(normed, normed)])


@pytest.mark.parametrize("block", [_told, _norm_before])
def test_ways_that_keep_the_mask(block):
    model = _model(block)
    capture = capture_attention(model, IDS)
    assert padding_audit(capture)["share on padding"].to_list() == [0, 0, 0]
    assert padding_audit(capture)["masked"].to_list() == [True, True, True]
    assert padding_findings(capture) == ()
    np.testing.assert_allclose(
        capture_attention(model, IDS[:1, :3]).outputs, capture_attention(model, IDS[:1]).outputs, atol=1e-5
    )


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("kind", [layers.Attention, layers.AdditiveAttention])
def test_other_attention_layers_take_the_mask_in_a_list(kind, told):
    def block(attention, hidden, mask):
        return hidden + kind(name=attention.name)([hidden, hidden], mask=[mask, mask] if told else None)

    assert padding_audit(capture_attention(_model(block), IDS))["masked"].to_list() == [True, told, told]


@pytest.mark.parametrize("told", [False, True])
def test_grouped_queries(told):
    def block(attention, hidden, mask):
        grouped = layers.GroupQueryAttention(4, 2, 1, name=attention.name)
        return hidden + grouped(hidden, hidden, attention_mask=mask[:, None, :] if told else None)

    assert padding_audit(capture_attention(_model(block), IDS))["masked"].to_list() == [True, told, told]


def test_labels_say_what_is_padding_where_the_model_does_not_know():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = layers.Embedding(9, 8)(tokens)
    model = keras.Model(tokens, layers.MultiHeadAttention(2, 4, name="look")(hidden, hidden))
    assert padding_findings(capture_attention(model, IDS)) == ()  # nobody knows of any padding
    capture = capture_attention(model, IDS, sequences=[list("abc"), list("abcdef")])
    (finding,) = padding_findings(capture)
    assert "No layer before it got a padding mask." in finding
    assert padding_audit(capture)["share on padding"][0] == pytest.approx(0.5, abs=0.1)
