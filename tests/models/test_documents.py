import keras
import numpy as np
import pytest

from attnviz.models.card import Card, card_from_dict, card_to_dict
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.training.architectures import document_classifier

TEXTS = ["Good. Bad bad good bad good.", "Good bad."]


@pytest.fixture(scope="module")
def loaded():
    keras.utils.set_random_seed(0)
    specification = DocumentSpecification(
        name="sentences", vocabulary=("good", "bad", "."), maximum_sentences=3, maximum_length=5
    )
    card = Card(name="moods", title="", description="", task="classification", input=specification, classes=("a", "b"))
    model = document_classifier(words=5, classes=2, sentences=3, length=5, embedding=4, units=3)
    return LoadedModel(card=card, keras_model=model)


def test_the_card_of_documents_is_read_as_it_was_written(loaded):
    described = card_to_dict(loaded.card)
    assert described["input"]["kind"] == "document"
    assert card_from_dict(described).input == loaded.card.input


def test_words_label_the_keys_of_every_sentence(loaded):
    capture = loaded.capture(TEXTS, compare=True)
    words, sentences = capture.maps
    assert (words.query_axis, words.key_axis) == ("pooled words", "words")
    assert (sentences.query_axis, sentences.key_axis) == ("pooled", "sentences")
    assert capture.sequences["words"][0] == ("Good", ".", "", "", "")
    assert capture.sequences["words"][3] == ("Good", "bad", ".", "", "")  # three places of the first document before
    assert capture.sequences["pooled words"][1] == ("Bad bad good bad good.",)
    assert capture.sequences["sentences"] == (("Good.", "Bad bad good bad good.", ""), ("Good bad.", "", ""))
    np.testing.assert_array_equal(capture.valid["pooled words"].ravel(), [True, True, False, True, False, False])
    assert capture.prediction_difference < 1e-6


def test_weights_are_those_of_yang_et_al_and_nothing_falls_on_padding(loaded):
    words, sentences = loaded.capture(TEXTS).maps
    valid = loaded.encode(TEXTS).valid_words.reshape(6, 5)
    np.testing.assert_array_equal(words.weights[:, 0, 0] > 0, valid)
    np.testing.assert_allclose(words.weights.sum(axis=-1).ravel(), valid.any(axis=1), atol=1e-6)
    # Equations 5 and 6 in plain NumPy, on the states that the model gives to the words.
    model = loaded.keras_model
    layer = model.get_layer("word_attention")
    states = np.asarray(keras.Model(model.inputs, model.get_layer("word_states").output)(loaded.encode(TEXTS).inputs))
    scores = (np.tanh(states @ layer.kernel.numpy() + layer.bias.numpy()) @ layer.context.numpy())[..., 0]
    exponents = np.exp(scores) * valid
    expected = exponents / np.maximum(exponents.sum(axis=1, keepdims=True), 1e-9)
    np.testing.assert_allclose(words.weights[:, 0, 0], expected, atol=1e-5)
    assert sentences.weights[0, 0, 0, 2] == sentences.weights[1, 0, 0, 1] == 0


def test_a_document_is_read_the_same_alone(loaded):
    together = loaded.predict(TEXTS)["b"]
    alone = [loaded.predict(text)["b"][0] for text in TEXTS]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_order_of_sentences_keeps_their_words(loaded):
    first, second = (loaded.capture(text) for text in ("Good. Bad bad.", "Bad bad. Good."))
    np.testing.assert_allclose(first.maps[0].weights[[1, 0, 2]], second.maps[0].weights, atol=1e-6)
