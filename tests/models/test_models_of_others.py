"""From a model file that knows nothing of attnviz to its predictions and attention, against the model used by hand."""

import json
import re

import keras
import numpy as np
import pytest
from keras import layers

from attnviz.models.card import read_card, write_card
from attnviz.models.guessing import finished_card, guess_card
from attnviz.models.registry import load_model
from attnviz.sequences.vocabulary_files import number_vocabulary, read_vocabulary

WORD_INDEX = {"the": 1, "film": 2, "good": 3, "bad": 4, "don't": 5, "rare": 6}
IDS = 9


def _transformer(ids, length, units, activation):
    """A transformer block of the examples on keras.io, of Keras' own layers."""
    keras.utils.set_random_seed(9)
    inputs = keras.Input((length,))
    hidden = layers.Embedding(ids, 8)(inputs)
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=4, name="attention")(hidden, hidden)
    hidden = layers.LayerNormalization()(hidden + attended)
    return keras.Model(inputs, layers.Dense(units, activation=activation)(layers.GlobalAveragePooling1D()(hidden)))


def _folder(model, path, answers):
    """What the Models page does: guess, ask, write the card beside the model."""
    path.mkdir()
    model.save(path / "model.keras")
    opened = keras.models.load_model(path / "model.keras")
    card = finished_card(guess_card(opened, path.name), answers)
    write_card(card, path)
    assert read_card(path) == card
    return load_model(path)


def _as_in_load_data(text):
    """Ids as `keras.datasets.imdb.load_data(num_words=IDS)` gives them."""
    words = re.findall(r"[\w']+", text.lower())
    found = [WORD_INDEX.get(word, 10**6) + 3 for word in words]
    return [1, *(one if one < IDS else 2 for one in found)]


@pytest.mark.parametrize(("units", "activation"), [(2, "softmax"), (1, "sigmoid"), (2, None)])
def test_a_transformer_trained_on_imdb(tmp_path, units, activation):
    keras_model = _transformer(IDS, 10, units, activation)
    vocabulary = read_vocabulary("imdb_word_index.json", json.dumps(WORD_INDEX).encode(), ids=IDS)
    model = _folder(
        keras_model,
        tmp_path / "reviews",
        {"input.vocabulary": vocabulary, "input.padding_side": "left", "classes": ["negative", "positive"]},
    )
    texts = ["The film: don't!", "A rare, GOOD film."]
    ids = keras.utils.pad_sequences([_as_in_load_data(text) for text in texts], maxlen=10)
    expected = np.asarray(keras_model(ids))
    if activation is None:
        expected = np.asarray(keras.ops.softmax(expected))
    capture = model.capture(texts)
    table = model.predictions(capture)
    np.testing.assert_allclose(table["positive"], expected[:, -1], atol=1e-6)
    assert capture.sequences["tokens"][0] == ("",) * 6 + ("[start]", "The", "film", "don't")
    (one,) = capture.maps
    hidden = keras_model.layers[1](ids)
    _, scores = keras_model.get_layer("attention")(hidden, hidden, return_attention_scores=True)
    np.testing.assert_allclose(one.weights, scores, atol=1e-6)


def test_ids_that_stand_for_nothing_with_a_name(tmp_path):
    keras_model = _transformer(7, None, 3, "softmax")
    model = _folder(keras_model, tmp_path / "events", {"input.vocabulary": number_vocabulary(7)})
    expected = np.asarray(keras_model(np.array([[6, 2, 2, 5]])))
    np.testing.assert_allclose(model.predict("6 2 2 5")[["class 0", "class 1", "class 2"]], expected, atol=1e-6)
