import numpy as np
import pytest

import attnviz
from attnviz.models.loaded import open_model
from attnviz.sequences.sentences import split_sentences
from attnviz.training.command_line import training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import carry_out
from sample_models.reviews_hierarchical.documents import draw_documents, single_sentence
from sample_models.reviews_hierarchical.train import recipe_for
from sample_models.sentiment.sentences import Sentence, words_of
from sample_models.sentiment.sentences import split_sentences as sides_of


def _sentence(number, label):
    text = f"Thing {chr(97 + number % 26)}{chr(97 + number // 26)} is {'good' if label else 'bad'}"
    return Sentence(domain="shop", label=label, text=text, words=words_of(text))


SENTENCES = [_sentence(number, label) for number in range(60) for label in (0, 1)]


def test_a_document_has_the_label_of_most_of_its_sentences():
    drawn = draw_documents(SENTENCES, 300, np.random.default_rng(0))
    lengths = set()
    for text, label in zip(drawn.sequences, drawn.targets, strict=True):
        sentences = split_sentences(text)
        good = sum(sentence.endswith("good.") for sentence in sentences)
        assert 0 < good < len(sentences)
        assert good != len(sentences) - good
        assert label == int(good > len(sentences) - good)
        assert len(set(sentences)) == len(sentences)
        lengths.add(len(sentences))
    assert lengths == {3, 4, 5, 6, 7}
    assert 0.4 < drawn.targets.mean() < 0.6


def test_single_sentences_have_their_own_label():
    drawn = draw_documents(SENTENCES, 50, np.random.default_rng(0), single_share=1.0)
    for text, label in zip(drawn.sequences, drawn.targets, strict=True):
        assert split_sentences(text) == [text]
        assert text.endswith("good.") == bool(label)


@pytest.mark.parametrize(
    ("text", "ended"), [("Fine", "Fine."), (" Fine! ", "Fine!"), ("Good. Bad.", None), ("It was 3 a. m. then", None)]
)
def test_only_what_stays_one_sentence_is_used(text, ended):
    assert single_sentence(text) == ended


@pytest.fixture(scope="module")
def recipe():
    sizes = {"training": 64, "validation": 20, "test": 40}
    return recipe_for(SENTENCES, FitSettings(epochs=1, patience=1, learning_rate=0.001), sizes=sizes)


def test_no_sentence_stands_in_documents_of_two_parts(recipe):
    split = sides_of(SENTENCES)
    for name in ("test", "validation"):
        own = {single_sentence(SENTENCES[index].text) for index in getattr(split, name)}
        used = {sentence for text in recipe.measured[name].sequences for sentence in split_sentences(text)}
        assert used <= own


def test_the_script_writes_a_folder_that_opens_and_predicts(recipe, tmp_path, capsys):
    parser = training_parser("Train.", folder=tmp_path / "reviews", epochs=1)
    carry_out(recipe, parser.parse_args(["--seeds", "1"]), print)
    loaded = open_model(tmp_path / "reviews")
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    carry_out(recipe, parser.parse_args(["--evaluate"]), print)
    assert "the card says the same" in capsys.readouterr().out


def test_both_weights_are_captured_with_words_and_sentences_as_labels():
    loaded = attnviz.load_model("reviews_hierarchical")
    capture = loaded.capture("The food was excellent. The room was dirty! I loved the view.")
    words, sentences = capture.maps
    assert (words.layer, sentences.layer) == ("word_attention", "sentence_attention")
    assert capture.sequences[words.key_axis][1][:5] == ("The", "room", "was", "dirty", "!")
    assert capture.sequences[sentences.key_axis][0][:3] == (
        "The food was excellent.", "The room was dirty!", "I loved the view.",
    )  # fmt: skip
    np.testing.assert_allclose(words.weights[:3].sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(sentences.weights.sum(axis=-1), 1, atol=1e-5)
    assert sentences.weights[0, 0, 0, 3:].sum() == 0


def test_it_is_at_least_as_good_as_a_bag_of_words():
    card = attnviz.load_model("reviews_hierarchical").card
    accuracy = next(one.value for one in card.metrics if (one.name, one.split) == ("accuracy", "test"))
    mean = next(one.value for one in card.metrics if one.name == "mean accuracy over training seeds")
    baseline = next(one.value for one in card.baselines if one.name == "accuracy")
    assert min(accuracy, mean) >= baseline
    assert "no ties" in card.data
