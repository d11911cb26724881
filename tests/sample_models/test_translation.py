"""The translation model that ships."""

import keras
import numpy as np
import pytest

import attnviz
import sample_models
from attnviz.models.decodings import Beam, Greedy

FOLDER = next(iter(sample_models.__path__))

RIGHT = {
    "I am hungry.": {"J'ai faim."},
    "Where are you?": {"Où es-tu ?", "Où êtes-vous ?"},
    "She is very happy.": {"Elle est très heureuse.", "Elle est très contente."},
    "We are tired.": {"Nous sommes fatigués.", "Nous sommes fatiguées."},
    "I don't understand.": {"Je ne comprends pas."},
    "He has a dog.": {"Il a un chien."},
    "What is your name?": {
        "Quel est votre nom ?",
        "Quel est ton nom ?",
        "Comment t'appelles-tu ?",
        "Comment vous appelez-vous ?",
    },
    "I love you.": {"Je t'aime.", "Je vous aime."},
    "They speak French.": {"Ils parlent français.", "Elles parlent français.", "Ils parlent le français."},
    "It's raining.": {"Il pleut."},
    "Thank you very much.": {"Merci beaucoup."},
    "Close the door.": {"Ferme la porte.", "Fermez la porte.", "Ferme la porte !", "Fermez la porte !"},
    "I have two brothers.": {"J'ai deux frères."},
    "Tom is my friend.": {"Tom est mon ami."},
    "Do you like music?": {"Aimes-tu la musique ?", "Aimez-vous la musique ?"},
    "He works in a hospital.": {"Il travaille dans un hôpital.", "Il travaille à l'hôpital."},
    "I want to sleep.": {"Je veux dormir."},
    "She doesn't eat meat.": {"Elle ne mange pas de viande."},
    "You are right.": {"Tu as raison.", "Vous avez raison."},
    "The house is big.": {"La maison est grande."},
}


@pytest.fixture(scope="module")
def model():
    return attnviz.load_model("translation")


def figure(model, name):
    return next(one for one in model.card.metrics if one.name == name and one.split == "test").value


def test_the_examples_come_out_as_the_card_says(model):
    table = model.predict([one.sequence for one in model.card.examples])
    assert len(table) == 12
    assert list(table["prediction"]) == [one.prediction for one in model.card.examples]
    np.testing.assert_allclose(table["probability"], [one.probabilities[0] for one in model.card.examples], atol=1e-4)


def test_everyday_sentences_come_out_as_right_french(model):
    for decoding in (Greedy(), Beam()):
        table = model.write(list(RIGHT), decoding=decoding)
        written = table[table["rank"] == 1]["prediction"]
        right = [text in known for text, known in zip(written, RIGHT.values(), strict=True)]
        assert sum(right) >= 17, [text for text, one in zip(written, right, strict=True) if not one]


def test_the_card_is_of_a_model_that_passes(model):
    assert figure(model, "BLEU, up to 7 words") >= 30
    assert figure(model, "chrF, up to 7 words") >= 50
    baseline = {one.name: one.value for one in model.card.baselines}
    assert baseline["BLEU, up to 7 words"] < figure(model, "BLEU, up to 7 words")
    assert model.card.parameters == model.keras_model.count_params()
    assert "Tatoeba" in model.card.data
    assert "CC BY 2.0 FR" in model.card.data
    assert model.card.splits["test"] > 3000
    assert 0 < model.card.training_seconds < 90 * 60


def test_a_worse_translation_is_less_probable(model):
    best = model.predict("I am cold.")
    for other in ("J'ai faim.", "Je suis un chat.", "Le chien dort."):
        given = model.predict("I am cold.", outputs=other)
        assert given["prediction"][0] == other
        assert given["log_probability"][0] < best["log_probability"][0] - 2


def test_the_prediction_has_the_probability_that_plain_keras_gives_it(model):
    """One plain run over the whole output, its logarithms added up with NumPy."""
    table = model.predict("She is reading a book.")
    output, source = model.card.output, model.encode("She is reading a book.").inputs
    ids = [*output.ids_of(table["prediction"][0]), output.end_id]
    plain = keras.models.load_model(f"{FOLDER}/translation/model.keras")
    logits = plain([source, np.array([[output.start_id, *ids[:-1]]])]).numpy()[0].astype(np.float64)
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    assert table["log_probability"][0] == pytest.approx(logs[np.arange(len(ids)), ids].sum(), abs=1e-3)


@pytest.mark.parametrize(
    ("english", "french", "pairs"),
    [
        ("Tom bought a red car.", "Tom a acheté une voiture rouge.", {"Tom": "Tom", "voiture": "car", "rouge": "red"}),
        ("The cat is under the table.", "Le chat est sous la table.", {"chat": "cat", "table": "table"}),
        ("I have two brothers.", "J'ai deux frères.", {"deux": "two", "frères": "brothers"}),
    ],
)
def test_a_word_is_looked_for_at_its_translation(model, english, french, pairs):
    capture = model.capture(english, outputs=french)
    (attention,) = capture.maps
    assert (attention.query_axis, attention.key_axis) == ("french", "english")
    written, read = capture.sequences["french"][0], capture.sequences["english"][0]
    for word, source in pairs.items():
        row = attention.weights[0, 0, written.index(word)]
        assert read[int(row.argmax())] == source, (word, dict(zip(read, row.round(2), strict=True)))


def test_the_file_is_small():
    from pathlib import Path

    assert (Path(FOLDER) / "translation" / "model.keras").stat().st_size < 20_000_000
