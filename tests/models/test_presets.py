"""Folders that KerasHub's `save_to_preset` writes, against KerasHub itself."""

import inspect
import json
import re
import subprocess
import sys

import keras
import keras_hub
import numpy as np
import pytest

import attnviz
from attnviz import CardError, InputError
from attnviz.models.card import write_card
from attnviz.models.presets import SEVERAL_INPUTS, card_of_preset, is_preset
from attnviz.models.registry import OPERATOR_DIRECTORY, cards, load_model, model_names, unusable

PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "quick", "fox", "jump", "##ed", "good", "film", ".",
]  # fmt: skip
BYTE_PIECES = {"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3, "Ġ": 4, "Ġab": 5, "Ã": 6, "©": 7, "Ã©": 8}


def _bert(length=12):
    tokenizer = keras_hub.models.BertTokenizer(vocabulary=PIECES, lowercase=True)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(PIECES), num_layers=2, num_heads=2, hidden_dim=8, intermediate_dim=16,
        max_sequence_length=length,
    )  # fmt: skip
    return tokenizer, backbone


def _classifier(**options):
    keras.utils.set_random_seed(2)
    tokenizer, backbone = _bert()
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=10)
    model = keras_hub.models.BertTextClassifier(backbone, num_classes=3, preprocessor=preprocessor, **options)
    for weight in model.weights:  # as they are made, all classes are all but equal
        weight.assign(keras.random.normal(weight.shape, stddev=0.5))
    return model


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """An operator's directory: a classifier, the same with a softmax, a backbone, a causal model, one without text."""
    root = tmp_path_factory.mktemp("presets")
    _classifier().save_to_preset(root / "tales")
    _classifier(activation="softmax").save_to_preset(root / "certain")
    tokenizer, backbone = _bert()
    backbone.save_to_preset(root / "plain")
    tokenizer.save_to_preset(root / "plain")
    backbone.save_to_preset(root / "mute")
    causal = keras_hub.models.GPT2CausalLM(
        keras_hub.models.GPT2Backbone(
            vocabulary_size=9, num_layers=1, num_heads=2, hidden_dim=8, intermediate_dim=16, max_sequence_length=6
        ),
        preprocessor=keras_hub.models.GPT2CausalLMPreprocessor(
            keras_hub.models.GPT2Tokenizer(vocabulary=BYTE_PIECES, merges=["a b", "Ġ ab", "Ã ©"]), sequence_length=6
        ),
    )
    causal.save_to_preset(root / "next_word")
    return root


@pytest.fixture
def operator(presets, monkeypatch):
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(presets))
    return presets


def test_presets_are_listed_with_their_cards(operator):
    assert {"tales", "certain", "plain", "next_word", "mute"} <= set(model_names())
    found = cards()
    assert (found["tales"].task, found["tales"].outputs) == ("classification", "logits")
    assert found["tales"].classes == ("class 0", "class 1", "class 2")
    assert found["tales"].input.maximum_length == 10
    assert found["tales"].parameters == _bert()[1].count_params()
    assert (found["certain"].task, found["certain"].outputs) == ("classification", "probabilities")
    assert (found["plain"].task, found["plain"].classes) == ("features", ())
    assert found["plain"].input.maximum_length == 12
    assert set(unusable()) == {"mute"}
    assert "mute has no tokenizer.json: only presets that take text can be opened" in unusable()["mute"]


def test_listing_presets_starts_no_tensorflow(operator):
    code = (
        "import sys; from attnviz.models.registry import cards; "
        "print('tales' in cards(), [m for m in ('tensorflow', 'keras', 'keras_hub') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "True []"


@pytest.mark.parametrize("name", ["tales", "certain"])
def test_a_classifier_predicts_what_kerashub_predicts(operator, name):
    texts = ["The quick fox jumped.", "good film"]
    classifier = keras_hub.models.TextClassifier.from_preset(str(operator / name))
    expected = np.asarray(classifier(classifier.preprocessor(texts)))
    if name == "tales":
        expected = np.asarray(keras.ops.softmax(expected))
    model = load_model(name)
    table = model.predict(texts)
    np.testing.assert_allclose(table[list(model.card.classes)], expected, atol=1e-5)
    assert list(table["prediction"]) == [f"class {one}" for one in expected.argmax(-1)]


def test_attention_of_a_classifier_lies_on_its_pieces(operator):
    model = load_model("tales")
    capture = model.capture(["The quick fox jumped.", "good film"])
    assert capture.sequences == {
        "token_ids": (
            ("[CLS]", "the", "quick", "fox", "jump", "##ed", ".", "[SEP]"),
            ("[CLS]", "good", "film", "[SEP]", "", "", "", ""),
        )
    }
    tokenizer = keras_hub.models.Tokenizer.from_preset(str(operator / "tales"))
    ids = [int(one) for one in np.asarray(tokenizer("The quick fox jumped."))]
    assert [tokenizer.id_to_token(one) for one in ids] == list(capture.sequences["token_ids"][0][1:-1])
    assert {(one.query_axis, one.key_axis, one.weights.shape) for one in capture.maps} == {
        ("token_ids", "token_ids", (2, 2, 8, 8))
    }
    for one in capture.maps:
        np.testing.assert_array_equal(one.weights[1, :, :, 4:], 0)
        np.testing.assert_allclose(one.weights.sum(-1), 1, atol=1e-5)


def test_what_a_person_is_told(operator):
    model = load_model("tales")
    long, unknown = model.encode(["good " * 20, "zorp film"]).notices
    assert (long.sample, long.kind) == (0, "cut")
    assert "The text has 20 tokens and the model takes 8" in long.message
    assert (unknown.sample, unknown.words) == (1, ("zorp",))
    assert model.encode("good film.").notices == ()
    with pytest.raises(InputError, match="The text is empty"):
        model.encode("  ")


def test_a_backbone_shows_its_attention_and_predicts_nothing(operator):
    model = load_model("plain")
    capture = model.capture("good film")
    assert capture.sequences["token_ids"] == (("[CLS]", "good", "film", "[SEP]"),)
    assert len(capture.maps) == 2
    assert model.predictions(capture).shape == (1, 0)


def test_a_causal_model_looks_back_only(operator):
    model = load_model("next_word")
    capture = model.capture("ab ab é")
    assert capture.sequences["token_ids"] == (("<|endoftext|>", "ab", " ab", " ", "é"),)
    (one,) = capture.maps
    np.testing.assert_array_equal(np.triu(one.weights[0, 0], 1), 0)
    assert model.predict("ab").shape == (1, 0)


def test_a_card_beside_a_preset_is_the_one_that_counts(presets, tmp_path, monkeypatch):
    folder = tmp_path / "named"
    _classifier().save_to_preset(folder)
    assert is_preset(folder)
    content = card_of_preset(folder)
    write_card(type(content)(**{**vars(content), "classes": ("drama", "comedy", "news")}), folder)
    model = attnviz.load_model(folder)
    assert model.card.classes == ("drama", "comedy", "news")
    assert set(model.predict("good film").columns) == {"prediction", "drama", "comedy", "news"}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", "{", "config.json is not valid JSON"),
        ("config.json", "[]", "must hold a JSON object. Received: a list"),
        ("config.json", "{}", "is no KerasHub preset that can be read: KeyError('class_name')"),
        ("config.json", json.dumps({"class_name": "BartBackbone"}), "is a Bart, which takes several sequences at once"),
        ("tokenizer.json", "[" * 100_000, "tokenizer.json holds lists or objects inside each other, thousands deep"),
        ("task.json", json.dumps({"class_name": "BertTextClassifier", "config": {"num_classes": "many"}}), "many"),
        ("metadata.json", json.dumps({"parameter_count": None}), "is no KerasHub preset that can be read"),
    ],
)
def test_a_damaged_preset_is_left_out(presets, tmp_path, monkeypatch, file, content, message):
    folder = tmp_path / "broken"
    folder.mkdir()
    for own in (presets / "tales").glob("*.json"):
        (folder / own.name).write_bytes(own.read_bytes())
    (folder / file).write_text(content)
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    assert "broken" not in cards()
    assert message in unusable()["broken"]
    with pytest.raises(CardError, match=re.escape(message)):
        load_model("broken")


def test_every_backbone_that_takes_several_sequences_is_known():
    several = {
        name.removesuffix("Backbone")
        for name, cls in vars(keras_hub.models).items()
        if name.endswith("Backbone") and "decoder_token_ids" in inspect.getsource(inspect.getmodule(cls))
    }
    assert several == set(SEVERAL_INPUTS)


def test_weights_that_are_missing_are_said(presets, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    for own in (presets / "plain").glob("*.json"):
        (folder / own.name).write_bytes(own.read_bytes())
    with pytest.raises(CardError, match="KerasHub cannot load the preset .*empty"):
        load_model(folder)


def test_without_kerashub_the_message_says_what_to_install(presets, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)  # as Python does where a package is not there
    with pytest.raises(CardError, match=re.escape("pip install 'attnviz[hub]'")):
        load_model(presets / "plain")
    with pytest.raises(CardError, match=re.escape("pip install 'attnviz[hub]'")):
        load_model("hf://somebody/model")
    with pytest.raises(CardError, match="There is no model 'bert_tiny_en_uncased'"):
        load_model("bert_tiny_en_uncased")


def test_a_handle_that_is_none_is_said():
    with pytest.raises(CardError, match="KerasHub cannot read config.json of the preset 'kaggle://bert'.*network"):
        load_model("kaggle://bert")
