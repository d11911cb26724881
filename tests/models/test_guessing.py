"""What is guessed about models that know nothing of attnviz, and the cards that come of it."""

import re

import keras
import keras_hub
import numpy as np
import pytest
from keras import layers

from attnviz.errors import CardError
from attnviz.models.card import card_from_dict, card_to_dict
from attnviz.models.guessing import finished_card, guess_card
from attnviz.sequences.specification import NumericSpecification, RawTextSpecification, TextSpecification
from attnviz.sequences.vocabulary_files import read_vocabulary, vocabulary_of_list

WORDS = ["good", "bad", "film"]


@keras.saving.register_keras_serializable("tests")
class TokenAndPosition(layers.Layer):
    """As in the examples of keras.io: two embeddings in one layer."""

    def __init__(self, length, ids, size, **options):
        super().__init__(**options)
        self.token_emb = layers.Embedding(ids, size)
        self.pos_emb = layers.Embedding(length, size)
        self.length = length

    def call(self, ids):
        return self.token_emb(ids) + self.pos_emb(keras.ops.arange(keras.ops.shape(ids)[1]))


def _head(hidden, units=2, activation="softmax"):
    attended = layers.MultiHeadAttention(2, 4)(hidden, hidden)
    return layers.Dense(units, activation=activation)(layers.GlobalAveragePooling1D()(attended))


def _of_ids(length=None, dtype="int32", name=None, ids=5, **head):
    inputs = keras.Input((length,), dtype=dtype, name=name)
    return keras.Model(inputs, _head(layers.Embedding(ids, 8, mask_zero=True)(inputs), **head))


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_ids_that_an_embedding_looks_up(dtype):
    guess = guess_card(_of_ids(20, dtype), "my_model")
    assert guess.card_fields["input"] == {
        "kind": "text", "name": "tokens", "maximum_length": 20, "fixed_length": True,
    }  # fmt: skip
    assert guess.card_fields["title"] == "My model"
    assert guess.card_fields["task"] == "classification"
    assert guess.card_fields["classes"] == ["class 0", "class 1"]
    assert (guess.vocabulary_size, guess.class_count) == (5, 2)
    assert list(guess.missing) == ["input.vocabulary"]
    assert "The model takes 5 ids, 0 to 4." in guess.missing["input.vocabulary"]
    card = finished_card(guess, {"input.vocabulary": vocabulary_of_list(WORDS, ids=5), "classes": ["no", "yes"]})
    assert card.input == TextSpecification(
        name="tokens", vocabulary=tuple(WORDS), maximum_length=20, fixed_length=True, splitting="stripped_words"
    )
    assert card.classes == ("no", "yes")
    assert card_from_dict(card_to_dict(card)).input == card.input


def test_the_token_embedding_of_a_layer_with_two():
    inputs = keras.Input((None,), name="words")
    model = keras.Model(inputs, _head(TokenAndPosition(30, 7, 8)(inputs)))
    guess = guess_card(model, "m")
    assert guess.card_fields["input"]["name"] == "words"
    assert guess.vocabulary_size == 7
    assert guess.card_fields["input"]["maximum_length"] == 30


def test_how_long_positions_reach():
    inputs = keras.Input((None,), dtype="int32")
    hidden = keras_hub.layers.TokenAndPositionEmbedding(vocabulary_size=9, sequence_length=17, embedding_dim=8)(inputs)
    guess = guess_card(keras.Model(inputs, _head(hidden)), "m")
    assert guess.card_fields["input"]["maximum_length"] == 17
    assert guess.vocabulary_size == 9
    assert "has positions for 17 tokens" in guess.reasons["input.maximum_length"]


@pytest.mark.parametrize(
    "names",
    [("token_ids", "padding_mask", "segment_ids"), ("input_ids", "attention_mask", "token_type_ids")],
)
def test_inputs_beside_the_tokens(names):
    tokens, mask, segments = (keras.Input((None,), dtype="int32", name=name) for name in names)
    hidden = layers.Embedding(5, 8)(tokens) + layers.Embedding(2, 8)(segments)
    hidden = hidden * keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    guess = guess_card(keras.Model([mask, segments, tokens], _head(hidden)), "m")
    assert guess.card_fields["input"]["name"] == names[0]
    assert guess.card_fields["input"]["companions"] == {names[1]: "mask", names[2]: "zeros"}


def test_a_second_text_must_be_explained():
    first, second = (keras.Input((None,), dtype="int32", name=name) for name in ("question", "answer"))
    embedding = layers.Embedding(5, 8)
    model = keras.Model([first, second], _head(embedding(first) + embedding(second)))
    guess = guess_card(model, "m")
    assert "input.companions.answer" in guess.missing
    with pytest.raises(CardError, match=re.escape("`input.companions.answer` must be given")):
        finished_card(guess, {"input.vocabulary": WORDS})
    card = finished_card(guess, {"input.vocabulary": WORDS, "input.companions.answer": "zeros"})
    assert dict(card.input.companions) == {"answer": "zeros"}


def test_numbers_beside_ids_are_refused():
    ids, numbers = keras.Input((None,), dtype="int32", name="words"), keras.Input((3,), name="measured")
    hidden = layers.Embedding(5, 8)(ids) + keras.ops.expand_dims(layers.Dense(8)(numbers), 1)
    guess = guess_card(keras.Model([ids, numbers], _head(hidden)), "m")
    assert guess.problem.startswith("Beside ids the model takes 'measured', numbers of shape [3]")


def test_several_inputs_of_numbers_are_refused():
    first, second = (keras.Input((None, 2), name=name) for name in ("low", "high"))
    guess = guess_card(keras.Model([first, second], _head(first + second)), "m")
    assert "takes several inputs of numbers, 'low', 'high'" in guess.problem
    with pytest.raises(CardError, match="`attnviz.capture_attention` takes them all"):
        finished_card(guess, {"task": "features"})


def test_a_task_of_kerashub_brings_its_tokenizer():
    tokenizer = keras_hub.models.BertTokenizer(vocabulary=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=8, num_layers=1, num_heads=2, hidden_dim=4, intermediate_dim=4, max_sequence_length=16
    )
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=16)
    classifier = keras_hub.models.BertTextClassifier(backbone, num_classes=4, preprocessor=preprocessor)
    guess = guess_card(classifier, "m")
    assert finished_card(guess).input == RawTextSpecification(name="token_ids", maximum_length=16)
    assert (guess.card_fields["outputs"], guess.class_count) == ("logits", 4)
    assert guess_card(backbone, "m").card_fields["task"] == "features"
    assert guess_card(backbone, "m").card_fields["input"]["companions"] == {
        "padding_mask": "mask", "segment_ids": "zeros",
    }  # fmt: skip
    masked = keras_hub.models.BertMaskedLM(backbone, preprocessor=None)
    assert guess_card(masked, "m").card_fields["task"] == "features"


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_model_that_splits_text_itself(shape):
    inputs = keras.Input(shape, dtype="string", name="review")
    ids = layers.TextVectorization(vocabulary=WORDS)(inputs)
    guess = guess_card(keras.Model(inputs, _head(layers.Embedding(5, 8)(ids))), "m")
    assert not guess.missing
    assert finished_card(guess).input == RawTextSpecification(name="review")


def test_a_model_that_looks_strings_up_itself():
    inputs = keras.Input((None,), dtype="string", name="words")
    ids = layers.StringLookup(vocabulary=WORDS, mask_token="[pad]")(inputs)  # noqa: S106
    guess = guess_card(keras.Model(inputs, _head(layers.Embedding(5, 8)(ids))), "m")
    assert finished_card(guess).input == RawTextSpecification(
        name="words", splitting="whitespace", lowercase=True, padding="[pad]"
    )


def test_models_that_say_little_are_guessed_at_all_the_same():
    empty = guess_card(keras.Sequential(), "m")
    assert "input.features" in empty.missing
    waiting = keras.Sequential([layers.Embedding(5, 8), layers.Dense(2)])
    guess = guess_card(waiting, "m")
    assert (guess.vocabulary_size, guess.card_fields["task"], waiting.built) == (5, "features", False)
    fixed = keras.Input((3,), dtype="string", name="words")
    guess = guess_card(keras.Model(fixed, layers.StringLookup(vocabulary=WORDS)(fixed)), "m")
    assert finished_card(guess).input == RawTextSpecification(
        name="words", splitting="whitespace", lowercase=True, maximum_length=3, fixed_length=True
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, 3), {"features": ("feature 1", "feature 2", "feature 3")}),
        ((7, 1), {"features": ("value",), "length": 7}),
        ((7,), {"features": ("value",), "length": 7}),
        ((4, 2, 1), {"features": ("feature 1", "feature 2"), "length": 4, "step": "row"}),
    ],
)
def test_numbers(shape, expected):
    inputs = keras.Input(shape, name="signal")
    model = keras.Model(inputs, keras.ops.mean(inputs, axis=1))
    guess = guess_card(model, "m")
    assert finished_card(guess, {"task": "features"}).input == NumericSpecification(name="signal", **expected)


@pytest.mark.parametrize(
    ("units", "activation", "fields", "count"),
    [
        (3, "softmax", {"task": "classification", "classes": ["class 0", "class 1", "class 2"]}, 3),
        (3, None, {"task": "classification", "classes": ["class 0", "class 1", "class 2"], "outputs": "logits"}, 3),
        (1, "sigmoid", {"task": "classification", "classes": ["class 0", "class 1"]}, 2),
        (1, None, {"task": "regression"}, None),
        (3, "sigmoid", {"task": "features"}, None),
        (2000, None, {"task": "features"}, None),
    ],
)
def test_what_the_last_layer_says(units, activation, fields, count):
    guess = guess_card(_of_ids(units=units, activation=activation), "m")
    assert {name: guess.card_fields[name] for name in fields} == fields
    assert ("outputs" in guess.card_fields) == ("outputs" in fields)
    assert guess.class_count == count
    assert ("target" in guess.missing) == (fields["task"] == "regression")


def _several_labels():
    return _of_ids(units=3, activation="sigmoid")


def _several_labels_undeclared():
    model = Subclassed("sigmoid")
    model(np.zeros((1, 4), "int32"))
    return model


@pytest.mark.parametrize("make", [_several_labels, _several_labels_undeclared])
def test_several_labels_at_once_are_said_to_have_no_task(make):
    guess = guess_card(make(), "m")
    assert guess.card_fields["task"] == "features"
    assert guess.reasons["task"] == (
        "The last layer gives 3 numbers a sequence, each through a sigmoid of its own: several may be true at once "
        "(classification with several labels), which attnviz has no task for. As features, its numbers are shown as no "
        "prediction; its attention can be seen all the same."
    )


def test_a_class_for_every_token_and_a_softmax_of_its_own():
    inputs = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(5, 8)(inputs)
    model = keras.Model(inputs, layers.Softmax()(layers.Dense(4)(layers.Attention()([hidden, hidden]))))
    guess = guess_card(model, "m")
    assert guess.card_fields["task"] == "token_classification"
    assert guess.class_count == 4
    assert "outputs" not in guess.card_fields


def test_the_prediction_among_attention_weights_and_features():
    inputs = keras.Input((None,), dtype="int32")
    hidden, weights = layers.MultiHeadAttention(2, 4)(
        *[layers.Embedding(5, 8)(inputs)] * 2, return_attention_scores=True
    )
    prediction = layers.Dense(2, activation="softmax", name="prediction")(layers.GlobalAveragePooling1D()(hidden))
    guess = guess_card(keras.Model(inputs, [weights, hidden, prediction]), "m")
    assert guess.card_fields["prediction_output"] == 2
    assert guess.card_fields["task"] == "classification"


def test_a_nested_model_is_asked_for_its_last_layer():
    inner = _of_ids(activation="sigmoid", units=1)
    inputs = keras.Input((None,), dtype="int32", name="ids")
    guess = guess_card(keras.Model(inputs, inner(inputs)), "m")
    assert guess.card_fields["task"] == "classification"
    assert guess.vocabulary_size == 5


@keras.saving.register_keras_serializable("tests")
class Subclassed(keras.Model):
    def __init__(self, activation="softmax", **options):
        super().__init__(**options)
        self.embedding = layers.Embedding(5, 8)
        self.look = layers.Attention()
        self.last = layers.Dense(3, activation=activation)

    def call(self, ids):
        hidden = self.embedding(ids)
        return self.last(keras.ops.mean(self.look([hidden, hidden]), axis=1))


def test_a_subclassed_model_is_run_once():
    model = Subclassed()
    model(np.zeros((1, 4), "int32"))
    guess = guess_card(model, "m")
    assert guess.card_fields["input"]["kind"] == "text"
    assert guess.card_fields["task"] == "classification"
    assert (guess.vocabulary_size, guess.class_count) == (5, 3)


def test_a_sequential_model_saved_and_opened_again(tmp_path):
    model = keras.Sequential([layers.Embedding(5, 8), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    model(np.zeros((1, 4), "int32"))
    model.save(tmp_path / "model.keras")
    guess = guess_card(keras.models.load_model(tmp_path / "model.keras"), "m")
    assert guess.card_fields["input"]["kind"] == "text"
    assert guess.card_fields["outputs"] == "logits"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({}, "`input.vocabulary` must be given. Which token does each id stand for?"),
        (
            {"input.vocabulary": WORDS, "classes": ["a", "b", "c"]},
            "must name each of the model's 2 classes. Received: 3",
        ),
        ({"input.vocabulary": WORDS, "classes": ["a", "a"]}, "`classes` of card 'm' must name each class once"),
        ({"input.vocabulary": [*WORDS, "d", "e"]}, "must give ids below 5, which is what the model takes"),
        ({"input.vocabulary": WORDS, "input.maximum_length": 0}, "`maximum_length` of input 'tokens'"),
        ({"input.vocabulary": "good"}, "`vocabulary` of input 'tokens' must be a list of text. Received: 'good'"),
        ({"input.vocabulary": WORDS, "task": "magic"}, "`task` of card 'm' must be one of"),
        ({"input.vocabulary": WORDS, "surprise": 1}, "surprise"),
        ({"input.vocabulary": WORDS, "input.surprise": 1}, "surprise"),
    ],
)
def test_answers_that_cannot_be_used(answers, message):
    with pytest.raises(CardError, match=re.escape(message)):
        finished_card(guess_card(_of_ids(), "m"), answers)


def test_a_person_may_know_better():
    guess = guess_card(_of_ids(), "m")
    numbers = finished_card(guess, {"input.kind": "numeric", "input.features": ["a"], "task": "features"})
    assert numbers.input == NumericSpecification(name="tokens", features=("a",))
    assert numbers.classes == ()
    vocabulary = read_vocabulary("imdb_word_index.json", b'{"the": 1}', ids=5)
    text = finished_card(guess, {"input.vocabulary": vocabulary, "input.maximum_length": 9, "title": "Mine"})
    assert (text.title, text.input.maximum_length, text.input.unknown_id) == ("Mine", 9, 2)
    assert dict(text.input.before) == {"[start]": 1}
