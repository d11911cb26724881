"""The ways of splitting against the layers and tokenizers that they stand for."""

import keras
import keras_hub
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz.sequences.specification import TextSpecification
from attnviz.sequences.splitting import SPLITTINGS
from attnviz.sequences.tokens import tokens_of

TEXTS = [
    "Don't stop, well-made film!  It's 3.5/5...",
    "tabs\tand\nlines",
    "{curly} [square] (round) <angle> @ # $ % ^ & * _ + = ~ ` | \\",
    "naïve Café ÉCLAIR",
]


@pytest.mark.parametrize("text", TEXTS)
def test_stripped_words_are_what_text_vectorization_makes(text):
    layer = keras.layers.TextVectorization()
    words = SPLITTINGS["stripped_words"](text)
    # Keras lowers ASCII only.
    lowered = ["".join(one.lower() if one.isascii() else one for one in word) for word in words]
    layer.set_vocabulary(sorted(set(lowered)))
    known = layer.get_vocabulary()
    assert [known[one] for one in np.asarray(layer([text]))[0]] == lowered


def test_words_are_what_keras_tokenizer_made():
    # `keras.preprocessing.text.text_to_word_sequence` of Keras 2.15, run by hand; Keras 3 has no such function.
    assert SPLITTINGS["words"]("Don't stop, well-made film! It's 3.5/5...") == [
        "Don't", "stop", "well", "made", "film", "It's", "3", "5", "5",
    ]  # fmt: skip


def test_characters_and_white_space():
    assert SPLITTINGS["characters"]("a b.") == ["a", " ", "b", "."]
    assert SPLITTINGS["whitespace"](" a  b.\n") == ["a", "b."]


PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "un", "##aff", "##able", "film", "##s", ".", ",", "don", "'",
    "t", "-", "cafe", "3", "5", "日", "##a", "a", "b", "##b",
]  # fmt: skip


def _bert(text, *, lowercase=True):
    tokenizer = keras_hub.models.BertTokenizer(vocabulary=PIECES, lowercase=lowercase, strip_accents=lowercase)
    return [int(one) for one in np.asarray(tokenizer(text)).reshape(-1)]


def _ours(text, *, lowercase=True):
    specification = TextSpecification(
        name="ids", vocabulary=PIECES, maximum_length=99, splitting="wordpiece", first_id=0, lowercase=lowercase
    )
    return [1 if token.id is None else token.id for token in tokens_of(specification, text)]


@pytest.mark.parametrize(
    "text", ["The unaffable films.", "don't", "Café, 3.5", "日本 film", "well-made", "zorp", "a" * 150, "ab abb aab"]
)
@pytest.mark.parametrize("lowercase", [True, False])
def test_word_pieces_are_those_of_kerashub(text, lowercase):
    assert _ours(text, lowercase=lowercase) == _bert(text, lowercase=lowercase)


@settings(max_examples=60, deadline=None)
@given(st.text("ab .,'-é3TH", max_size=12))
def test_any_text_has_the_word_pieces_of_kerashub(text):
    assert _ours(text) == _bert(text)


def test_pieces_know_the_word_that_they_were_cut_from():
    specification = TextSpecification(
        name="ids", vocabulary=PIECES, maximum_length=99, splitting="wordpiece", first_id=0
    )
    tokens = tokens_of(specification, "Unaffable zorp")
    assert [(token.label, token.word) for token in tokens] == [
        ("un", "Unaffable"), ("##aff", "Unaffable"), ("##able", "Unaffable"), ("zorp", "zorp"),
    ]  # fmt: skip
