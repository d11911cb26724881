"""Models whose inputs have names, numbers or shapes of their own, against the model called by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import AttentionPooling, CardError, SelfAttention
from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel
from attnviz.models.model_inputs import maps_on, on_one_axis
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.sequences.specification import NumericSpecification, TextSpecification

BERT = TextSpecification(
    name="token_ids",
    vocabulary=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "film"),
    maximum_length=8,
    splitting="wordpiece",
    first_id=0,
    before={"[CLS]": 2},
    after={"[SEP]": 3},
    companions={"padding_mask": "mask", "segment_ids": "zeros", "position_ids": "positions"},
)


def _loaded(model, specification, **card):
    fields = {"name": "toy", "title": "", "description": "", "task": "classification", "classes": ("a", "b"), **card}
    return LoadedModel(card=Card(**fields, input=specification), keras_model=model)


def _bert(names=("padding_mask", "segment_ids", "token_ids", "position_ids")):
    keras.utils.set_random_seed(6)
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    hidden = layers.Embedding(6, 4)(inputs["token_ids"])
    for name, size in (("segment_ids", 2), ("position_ids", 8)):
        if name in inputs:
            hidden = hidden + layers.Embedding(size, 4)(inputs[name])
    mask = ops.expand_dims(inputs["padding_mask"], 1)
    hidden = layers.MultiHeadAttention(2, 4, name="look")(hidden, hidden, attention_mask=mask)
    hidden = layers.Lambda(lambda one: one[:, 0])(hidden)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))


def test_a_model_with_masks_segments_and_positions():
    model = _loaded(_bert(), BERT)
    capture = model.capture(["good film", "zorp"])
    given = {
        "token_ids": np.array([[2, 4, 5, 3], [2, 1, 3, 0]]),
        "padding_mask": np.array([[1, 1, 1, 1], [1, 1, 1, 0]]),
        "segment_ids": np.zeros((2, 4), int),
        "position_ids": np.array([[0, 1, 2, 3]] * 2),
    }
    np.testing.assert_allclose(model.predictions(capture)[["a", "b"]], np.asarray(model.keras_model(given)), atol=1e-6)
    assert dict(capture.sequences) == {
        "token_ids": (("[CLS]", "good", "film", "[SEP]"), ("[CLS]", "zorp", "[SEP]", ""))
    }
    (one,) = capture.maps
    assert (one.query_axis, one.key_axis) == ("token_ids", "token_ids")
    np.testing.assert_array_equal(capture.valid["token_ids"], given["padding_mask"] > 0)
    np.testing.assert_allclose(one.weights[1, :, :, 3], 0, atol=1e-6)


def test_inputs_that_the_card_does_not_fill_are_named():
    specification = TextSpecification(name="token_ids", vocabulary=("a",), maximum_length=8)
    with pytest.raises(CardError, match="Name the input of the text `input.name`, and say in `input.companions`"):
        _loaded(_bert(), specification).capture("a")


def test_only_one_of_several_inputs_needs_its_name():
    inputs = keras.Input((None,), dtype="int32")
    pooled = AttentionPooling(name="pool")(layers.Embedding(4, 4, mask_zero=True)(inputs))
    specification = TextSpecification(name="words", vocabulary=("a", "b"), maximum_length=8)
    capture = _loaded(keras.Model(inputs, pooled), specification, task="features", classes=()).capture(["a b", "a"])
    assert dict(capture.sequences)["words"] == (("a", "b"), ("a", ""))
    assert capture.maps[0].key_axis == "words"


def test_padding_in_front_is_marked_where_the_model_computes_no_mask():
    inputs = keras.Input((4,), dtype="int32", name="ids")
    look = SelfAttention(name="look")(layers.Embedding(4, 4)(inputs))
    specification = TextSpecification(
        name="ids", vocabulary=("a", "b"), maximum_length=4, fixed_length=True, padding_side="left"
    )
    capture = _loaded(keras.Model(inputs, look), specification, task="features", classes=()).capture("a b")
    assert capture.sequences["ids"] == (("", "", "a", "b"),)
    assert capture.valid["ids"].tolist() == [[False, False, True, True]]


@pytest.mark.parametrize(
    ("shape", "features"), [((None,), 1), ((4,), 1), ((4, 2), 2), ((4, 2, 1), 2), ((4, 2, 3), 6), ((None, 2, 3), 6)]
)
def test_numbers_take_the_shape_that_the_model_declares(shape, features):
    inputs = keras.Input(shape, name="signal")
    flat = layers.Reshape((-1, features))(inputs)
    model = keras.Model(inputs, layers.Dense(1)(AttentionPooling(name="pool")(flat)))
    specification = NumericSpecification(name="signal", features=tuple("abcdef"[:features]))
    numbers = np.random.default_rng(1).normal(size=(4, features)).astype("float32")
    loaded = _loaded(model, specification, task="regression", classes=(), target="x")
    expected = float(model(numbers.reshape(1, *(4 if size is None else size for size in shape)))[0, 0])
    assert loaded.predict(numbers)["prediction"].tolist() == [pytest.approx(expected, abs=1e-6)]


def test_layers_and_comparison_are_passed_on():
    loaded = _loaded(_bert(), BERT)
    assert [one.name for one in loaded.capture("good", layers="look", compare=True).maps] == ["look"]
    assert loaded.capture("good", compare=True).prediction_difference < 1e-5
    assert loaded.capture("good").prediction_difference is None


def test_renamed_maps_share_their_weights_and_are_not_looked_at_again():
    # Twos are no attention weights: a second look at them would refuse them, and cost a tenth of a forward pass.
    twos = np.full((1, 2, 3, 3), 2.0, np.float32)
    mask = np.ones((1, 3, 3), bool)
    one = AttentionMap(layer="look", weights=twos, query_axis="a", key_axis="a", mask=mask, range_known=True)
    capture = AttentionCapture(
        model="toy", maps=(one,), sequences={"a": (("x", "y", "z"),)}, valid={"a": np.ones((1, 3), bool)}, outputs=None
    )
    (renamed,) = maps_on({"a": "words"}, capture)
    assert (renamed.layer, renamed.query_axis, renamed.key_axis) == ("look", "words", "words")
    assert renamed.weights is one.weights
    assert renamed.mask is one.mask
    assert on_one_axis(capture, "a", (), "words").maps[0].weights is one.weights
