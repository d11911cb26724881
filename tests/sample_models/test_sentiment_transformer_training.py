import numpy as np
import pytest

import attnviz
from attnviz.models.loaded import open_model
from attnviz.training.command_line import training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import carry_out
from sample_models.sentiment.recipe import WarmUp
from sample_models.sentiment.sentences import Sentence, words_of
from sample_models.sentiment_transformer.train import recipe_for


def _sentence(number, label):
    text = f"Thing {number} is a {'good' if label else 'bad'} thing"
    return Sentence(domain="shop", label=label, text=text, words=words_of(text))


def test_the_script_writes_a_folder_that_opens_and_predicts(tmp_path, capsys):
    sentences = [_sentence(number, label) for number in range(30) for label in (0, 1)]
    settings = FitSettings(epochs=1, patience=1, learning_rate=0.001)
    recipe = recipe_for(sentences, settings, WarmUp(phrases=64, epochs=1))
    parser = training_parser("Train.", folder=tmp_path / "transformer", epochs=1)
    carry_out(recipe, parser.parse_args(["--seeds", "1"]), print)
    loaded = open_model(tmp_path / "transformer")
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    carry_out(recipe, parser.parse_args(["--evaluate"]), print)
    assert "the card says the same" in capsys.readouterr().out


@pytest.fixture(scope="module")
def loaded():
    return attnviz.load_model("sentiment_transformer")


def test_it_is_measured_beside_sentiment_on_the_same_split(loaded):
    sibling = attnviz.load_model("sentiment").card
    assert loaded.card.splits == sibling.splits
    assert [one.value for one in loaded.card.baselines] == [one.value for one in sibling.baselines]


def test_two_layers_of_four_heads_attend_among_real_words_only(loaded):
    capture = loaded.capture(["The soup was not good.", "Great!"])
    assert [(one.layer, one.weights.shape) for one in capture.maps] == [
        ("attention_1", (2, 4, 6, 6)), ("attention_2", (2, 4, 6, 6)),
    ]  # fmt: skip
    real = capture.valid["tokens"]
    for one in capture.maps:
        for weights, own in zip(one.weights, real, strict=True):
            assert weights[:, own][:, :, ~own].sum() == 0
            np.testing.assert_allclose(weights[:, own].sum(axis=-1), 1, atol=1e-5)


def test_not_turns_a_sentence_round(loaded):
    table = loaded.predict(["The soup was good.", "The soup was not good."])
    assert list(table["prediction"]) == ["positive", "negative"]
