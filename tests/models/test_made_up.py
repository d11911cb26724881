"""Made-up inputs: what each model takes, and words that it knows."""

import keras
import keras_hub
import numpy as np
import pytest
from keras import layers

from attnviz.models.card import Card, Example
from attnviz.models.loaded import LoadedModel
from attnviz.models.made_up import MADE_UP_TEXT, made_up_sequence
from attnviz.sequences.specification import NumericSpecification, RawTextSpecification, TextSpecification

WORDS = TextSpecification(name="tokens", vocabulary=("good", "bad", "film", "."), maximum_length=6)


def _of_texts(layer):
    inputs = keras.Input((), dtype="string", name="text")
    card = Card(name="toy", title="", description="", task="features", input=RawTextSpecification(name="text"))
    return LoadedModel(card=card, keras_model=keras.Model(inputs, layer(inputs)))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"vocabulary": ["good", "bad", "film", "isn't"]}, "good bad film"),
        ({"vocabulary": ["Good", "bad", "film"]}, "bad film"),  # the layer looks up "good", and does not find it
        ({"vocabulary": ["good film", "bad"], "split": None}, "bad"),
        ({"vocabulary": ["a", "b", "c"], "split": "character"}, "abc"),
        ({"vocabulary": [f"word{one}" for one in range(99)]}, "word0 word1 word2 word3 word4 word5 word6 word7"),
        ({"vocabulary": ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog"]}, MADE_UP_TEXT),
        ({"vocabulary": ["!?"]}, MADE_UP_TEXT),  # nothing that a person would type
    ],
)
def test_made_up_texts_are_words_that_the_layer_of_the_model_knows(options, text):
    assert made_up_sequence(_of_texts(layers.TextVectorization(**options))) == text


def test_made_up_texts_are_words_that_the_tokenizer_of_the_model_knows():
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "##s"]
    tokenizer = keras_hub.models.BertTokenizer(vocabulary=pieces, lowercase=True, sequence_length=6)
    model = _of_texts(tokenizer)
    assert made_up_sequence(model) == "good film"
    assert model.encode("good film").notices == ()


@pytest.mark.parametrize(
    ("specification", "shape"),
    [
        (NumericSpecification(name="days", features=("a", "b"), length=3), (3, 2)),
        (NumericSpecification(name="days", features=("a",), maximum_length=4, minimum=2.0, maximum=5.0), (4, 1)),
        (NumericSpecification(name="days", features=("a",)), (8, 1)),
    ],
)
def test_made_up_numbers_are_what_the_model_takes(specification, shape):
    model = LoadedModel(
        card=Card(name="toy", title="", description="", task="features", input=specification),
        keras_model=keras.Sequential([keras.Input(shape), layers.Dense(1)]),
    )
    made_up = made_up_sequence(model)
    assert made_up.shape == shape
    assert model.encode(made_up).inputs.shape == (1, *shape)
    assert np.ptp(made_up, axis=0).min() > 0.3  # no flat line


def test_made_up_strings_are_words_that_the_model_knows():
    inputs = keras.Input((None,), dtype="string", name="words")
    ids = layers.StringLookup(vocabulary=["good", "film"], mask_token="")(inputs)
    specification = RawTextSpecification(name="words", splitting="whitespace")
    model = LoadedModel(
        card=Card(name="toy", title="", description="", task="features", input=specification),
        keras_model=keras.Model(inputs, layers.Embedding(4, 2)(ids)),
    )
    assert made_up_sequence(model) == "good film"


def test_examples_come_before_made_up_inputs():
    card = Card(
        name="toy",
        title="",
        description="",
        task="features",
        input=WORDS,
        examples=(Example(sequence="bad", prediction=""),),
    )
    assert made_up_sequence(LoadedModel(card=card, keras_model=keras.Sequential())) == "bad"
