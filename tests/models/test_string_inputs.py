"""Models that take text and look it up themselves, against the model called by hand."""

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from attnviz import AttentionPooling, CardError, InputError, SelfAttention
from attnviz.models.card import Card
from attnviz.models.guessing import finished_card, guess_card
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.specification import RawTextSpecification

WORDS = ["good", "bad", "film", "isnt"]


def _model(shape, specification, to_ids, *, task="classification"):
    keras.utils.set_random_seed(4)
    inputs = keras.Input(shape, dtype="string", name="review")
    hidden = SelfAttention(name="look")(layers.Embedding(7, 4, mask_zero=True)(to_ids(inputs)))
    hidden = AttentionPooling(name="pool")(hidden) if task == "classification" else hidden
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
    card = Card(name="toy", title="", description="", task=task, classes=("a", "b"), input=specification)
    return LoadedModel(card=card, keras_model=model)


def _of_texts(shape=(), *, task="classification", **options):
    layer = layers.TextVectorization(vocabulary=WORDS, **options)
    return _model(shape, RawTextSpecification(name="text"), layer, task=task), layer


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("length", [None, 6])
def test_texts_are_given_whole_and_labelled_as_the_model_reads_them(shape, length):
    model, layer = _of_texts(shape, output_sequence_length=length)
    texts = ["Good film, isn't it?", "BAD"]
    capture = model.capture(texts)
    ids = np.asarray(layer(texts))
    vocabulary = layer.get_vocabulary()
    assert capture.sequences["text"] == tuple(tuple(vocabulary[one] for one in row) for row in ids)
    assert capture.sequences["text"][0][:4] == ("good", "film", "isnt", "[UNK]")
    np.testing.assert_array_equal(capture.valid["text"], ids > 0)
    assert [(one.name, one.key_axis) for one in capture.maps] == [("look", "text"), ("pool", "text")]
    expected = np.asarray(model.keras_model(np.array(texts).reshape(2, *shape)))
    np.testing.assert_allclose(model.predictions(capture)[["a", "b"]], expected, atol=1e-6)
    assert model.capture(texts, compare=True).prediction_difference < 1e-5


def test_unknown_words_are_named_as_typed():
    model, _ = _of_texts()
    (notice,) = model.encode(["good film", "Zorp film"]).notices
    assert (notice.sample, notice.kind, notice.words) == (1, "unknown_words", ("Zorp",))
    (notice,) = model.encode("Zorp qux").notices
    assert (notice.kind, notice.words) == ("only_unknown_words", ("Zorp", "qux"))


def test_what_the_layer_cuts_off_is_said():
    model, _ = _of_texts(output_sequence_length=3)
    cut, unknown = model.encode("good film zorp bad qux").notices
    assert cut.kind == "cut"
    assert "The text has 5 tokens and the model takes 3" in cut.message
    assert cut.words == ("bad",)
    assert unknown.words == ("zorp",)


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_text_without_a_token_is_refused(text):
    model, _ = _of_texts()
    with pytest.raises(InputError, match="Type"):
        model.encode([text, "good"])


def test_characters():
    model, _ = _of_texts(split="character", standardize=None)
    assert model.capture("ab").sequences["text"] == (("[UNK]", "[UNK]"),)


def test_the_end_to_end_model_of_the_keras_tutorial(tmp_path):
    classifier = keras.Sequential(
        [layers.Embedding(7, 4), SelfAttention(name="look"), AttentionPooling(), layers.Dense(1)]
    )
    vectorize = layers.TextVectorization(vocabulary=WORDS)
    whole = keras.Sequential([keras.Input((1,), dtype="string"), vectorize, classifier, layers.Activation("sigmoid")])
    whole.save(tmp_path / "model.keras")
    keras_model = keras.models.load_model(tmp_path / "model.keras")
    card = finished_card(guess_card(keras_model, "toy"))
    assert (card.task, card.outputs, card.input.name) == ("classification", "probabilities", "tokens")
    model = LoadedModel(card=card, keras_model=keras_model)
    capture = model.capture(["good film", "bad"])
    assert capture.sequences["tokens"] == (("good", "film"), ("bad", ""))
    assert {one.key_axis for one in capture.maps} == {"tokens"}
    expected = np.asarray(keras_model(np.array([["good film"], ["bad"]])))[:, 0]
    np.testing.assert_allclose(model.predictions(capture)["class 1"], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ({"ragged": True}, (("good", "film"), ("bad", ""))),
        ({"split": None}, (("[UNK]",), ("bad",))),
        ({"ngrams": 2, "output_sequence_length": 4}, (("good", "film", "[UNK]", ""), ("bad", "", "", ""))),
    ],
)
def test_whatever_the_layer_makes_of_a_text_are_its_tokens(options, labels):
    layer = layers.TextVectorization(vocabulary=WORDS, **options)
    card = Card(name="toy", title="", description="", task="features", input=RawTextSpecification(name="text"))
    model = LoadedModel(card=card, keras_model=keras.Sequential([layer]))
    assert model.encode(["good film", "bad"]).labels == labels


def test_a_prediction_for_every_token():
    model, _ = _of_texts(task="token_classification")
    table = model.predict(["good film", "bad"])
    assert list(table["token"]) == ["good", "film", "bad"]
    expected = np.asarray(model.keras_model(np.array(["good film", "bad"])))
    np.testing.assert_allclose(table[["a", "b"]], expected[[0, 0, 1], [0, 1, 0]], atol=1e-6)


@pytest.mark.parametrize("length", [None, 2])
def test_strings_that_the_model_looks_up(length):
    layer = layers.StringLookup(vocabulary=WORDS, mask_token="")
    specification = RawTextSpecification(
        name="text", splitting="words", lowercase=True, maximum_length=length, fixed_length=length is not None
    )
    model = _model((length,), specification, layer)
    capture = model.capture(["Good film!", "zorp"])
    assert capture.sequences["text"] == (("Good", "film"), ("zorp", ""))
    assert [one.key_axis for one in capture.maps] == ["text", "text"]
    expected = np.asarray(model.keras_model(np.array([["good", "film"], ["zorp", ""]])))
    np.testing.assert_allclose(model.predictions(capture)[["a", "b"]], expected, atol=1e-6)
    (notice,) = model.encode(["Good film!", "zorp"]).notices
    assert (notice.sample, notice.words) == (1, ("zorp",))


PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "##s"]


@pytest.mark.parametrize("packs", [False, True], ids=["tokenizer", "preprocessor"])
def test_a_tokenizer_among_the_layers(packs):
    keras.utils.set_random_seed(4)
    tokenizer = keras_hub.models.BertTokenizer(vocabulary=PIECES, lowercase=True, sequence_length=None if packs else 6)
    inputs = keras.Input((), dtype="string", name="review")
    if packs:
        ids = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=6)(inputs)["token_ids"]
    else:
        ids = tokenizer(inputs)
    hidden = SelfAttention(name="look")(layers.Embedding(8, 4, mask_zero=True)(ids))
    keras_model = keras.Model(inputs, layers.Dense(2, activation="softmax")(AttentionPooling(name="pool")(hidden)))
    model = LoadedModel(card=finished_card(guess_card(keras_model, "toy")), keras_model=keras_model)
    assert model.card.input == RawTextSpecification(name="review")
    capture = model.capture(["Films zorp", "good"])
    first, second = ("film", "##s", "[UNK]"), ("good",)
    if packs:
        first, second = ("[CLS]", *first, "[SEP]"), ("[CLS]", *second, "[SEP]")
    assert capture.sequences["review"] == tuple((*own, *[""] * (6 - len(own))) for own in (first, second))
    assert [one.key_axis for one in capture.maps] == ["review", "review"]
    expected = np.asarray(keras_model(tf.constant(["Films zorp", "good"])))
    np.testing.assert_allclose(model.predictions(capture)[["class 0", "class 1"]], expected, atol=1e-6)
    (notice,) = model.encode(["Films zorp", "good"]).notices
    assert notice.words == ("zorp",)


def test_a_model_that_cannot_encode_text_is_said_to_be_so():
    lookup = layers.StringLookup(vocabulary=WORDS)
    model = _model((None,), RawTextSpecification(name="text"), lookup)
    with pytest.raises(CardError, match="neither a `TextVectorization` layer that gives ids nor a tokenizer"):
        model.encode("good")


def test_a_saved_model_keeps_its_vocabulary(tmp_path):
    model, _ = _of_texts()
    model.keras_model.save(tmp_path / "model.keras")
    again = LoadedModel(card=model.card, keras_model=keras.models.load_model(tmp_path / "model.keras"))
    np.testing.assert_allclose(again.predict("good film")[["a", "b"]], model.predict("good film")[["a", "b"]])
