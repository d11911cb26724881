"""Texts for models that were not made with attnviz: their ids, special tokens, padding and further inputs."""

import re

import keras
import numpy as np
import pytest

from attnviz.errors import CardError, InputError
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import RawTextSpecification, TextSpecification

IMDB = {
    "name": "ids",
    "vocabulary": ("the", "film", "good"),
    "maximum_length": 6,
    "splitting": "words",
    "first_id": 4,
    "unknown_id": 2,
    "before": {"[start]": 1},
}
BERT = {
    "name": "token_ids",
    "vocabulary": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "film", "##s"),
    "maximum_length": 8,
    "splitting": "wordpiece",
    "first_id": 0,
    "before": {"[CLS]": 2},
    "after": {"[SEP]": 3},
    "companions": {"padding_mask": "mask", "segment_ids": "zeros", "places": "positions"},
}


def _encoded(fields, *texts, **changes):
    return encode(TextSpecification(**{**fields, **changes}), texts)


def test_ids_as_those_of_imdb():
    encoded = _encoded(IMDB, "The film, good!", "zorp film")
    np.testing.assert_array_equal(encoded.inputs, [[1, 4, 5, 6], [1, 2, 5, 0]])
    assert encoded.labels == (("[start]", "The", "film", "good"), ("[start]", "zorp", "film", ""))
    (notice,) = encoded.notices
    assert (notice.sample, notice.kind, notice.words) == (1, "unknown_words", ("zorp",))


def test_padding_in_front_is_what_pad_sequences_does():
    texts = ["film", "the good film"]
    encoded = _encoded(IMDB, *texts, padding_side="left", fixed_length=True)
    expected = keras.utils.pad_sequences([[1, 5], [1, 4, 6, 5]], maxlen=6, padding="pre")
    np.testing.assert_array_equal(encoded.inputs, expected)
    np.testing.assert_array_equal(encoded.valid, expected > 0)
    assert encoded.labels[0] == ("", "", "", "", "[start]", "film")


def test_padding_behind_to_a_fixed_length_with_an_id_of_its_own():
    encoded = _encoded(IMDB, "film", fixed_length=True, padding_id=9)
    np.testing.assert_array_equal(encoded.inputs, [[1, 5, 9, 9, 9, 9]])
    np.testing.assert_array_equal(encoded.valid, [[True, True, False, False, False, False]])


def test_special_tokens_count_for_the_length():
    encoded = _encoded(BERT, "film film film film film film film film")
    assert encoded.inputs.tolist() == [[2, 4, 4, 4, 4, 4, 4, 3]]
    (notice,) = encoded.notices
    assert "The text has 8 tokens and the model takes 6" in notice.message


def test_companions():
    encoded = _encoded(BERT, "films", "film")
    assert encoded.inputs.tolist() == [[2, 4, 5, 3], [2, 4, 3, 0]]
    assert encoded.labels == (("[CLS]", "film", "##s", "[SEP]"), ("[CLS]", "film", "[SEP]", ""))
    assert encoded.companions["padding_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert encoded.companions["segment_ids"].tolist() == [[0] * 4] * 2
    assert encoded.companions["places"].tolist() == [[0, 1, 2, 3]] * 2
    assert list(encoded.companions) == ["padding_mask", "segment_ids", "places"]


def test_an_unknown_word_in_pieces_is_named_as_typed():
    (notice,) = _encoded(BERT, "Zorps film").notices
    assert notice.words == ("Zorps",)
    assert "does not know “Zorps”" in notice.message


def test_words_are_left_out_where_nothing_stands_for_unknown_ones():
    encoded = _encoded(IMDB, "zorp film", unknown_id=None, before={})
    assert encoded.inputs.tolist() == [[5]]
    assert encoded.labels == (("film",),)
    (notice,) = encoded.notices
    assert notice.message == "The model does not know “zorp”, and leaves it out."
    with pytest.raises(InputError, match="knows none of the words, and leaves unknown words out"):
        _encoded(IMDB, "zorp", unknown_id=None)


def test_a_model_of_characters_is_spoken_of_in_characters():
    letters = {"name": "letters", "vocabulary": (" ", "a", "b"), "maximum_length": 9, "splitting": "characters"}
    (notice,) = _encoded(letters, "ab z").notices
    assert notice.message == "The model does not know “z”, and reads an unknown character in its place."
    (notice,) = _encoded(letters, "zy").notices
    assert "knows none of the characters: “z”, “y”" in notice.message
    assert _encoded(letters, " a").labels == ((" ", "a"),)
    with pytest.raises(InputError, match="The text is empty"):
        _encoded(letters, " \n ")  # each of which is a token, and there is nothing to see


def test_strings_for_a_model_that_looks_them_up():
    specification = RawTextSpecification(name="words", splitting="words", lowercase=True, padding="[pad]")
    encoded = encode(specification, ["Good, FILM", "Bad"])
    assert encoded.inputs.tolist() == [["good", "film"], ["bad", "[pad]"]]
    assert encoded.labels == (("Good", "FILM"), ("Bad", ""))
    assert encoded.valid.tolist() == [[True, True], [True, False]]
    fixed = RawTextSpecification(name="w", splitting="words", maximum_length=3, fixed_length=True)
    assert encode(fixed, ["a b"]).inputs.tolist() == [["a", "b", ""]]
    with pytest.raises(CardError, match="`maximum_length` of input 'w' must be given where `fixed_length` is true"):
        RawTextSpecification(name="w", splitting="words", fixed_length=True)
    (notice,) = encode(RawTextSpecification(name="w", splitting="words", maximum_length=1), ["a b"]).notices
    assert notice.kind == "cut"
    with pytest.raises(TypeError, match="Only the model can encode its text"):
        encode(RawTextSpecification(name="text"), ["good"])


@pytest.mark.parametrize("texts", [[], "text", [5], [" "], ["a" * 1_000_001]])
@pytest.mark.parametrize(
    "specification",
    [TextSpecification(**IMDB), RawTextSpecification(name="words", splitting="whitespace")],
    ids=["ids", "strings"],
)
def test_what_is_no_text_is_refused(specification, texts):
    with pytest.raises(InputError):
        encode(specification, texts)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"splitting": "by magic"}, "`splitting` of input 'ids' must be one of words_and_punctuation, english_words,"),
        ({"padding_side": "top"}, "`padding_side` of input 'ids' must be one of right, left. Received: 'top'"),
        ({"companions": {"mask": "ones"}}, "`companions.mask` of input 'ids' must be one of mask, zeros, positions"),
        ({"companions": {"ids": "mask"}}, "`companions` of input 'ids' must be other inputs than itself"),
        ({"companions": {"mask": 1}}, "`companions` of input 'ids' must be an object of text"),
        ({"before": {"[CLS]": -1}}, "`before.[CLS]` of input 'ids' must not be negative. Received: -1"),
        ({"first_id": -1}, "`first_id` of input 'ids' must not be negative"),
        ({"unknown_id": 1.5}, "`unknown_id` of input 'ids' must be a whole number or null. Received: 1.5"),
        ({"maximum_length": 1}, "`maximum_length` of input 'ids' must leave room for a token beside the 1"),
    ],
)
def test_impossible_fields(fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        TextSpecification(**{**IMDB, **fields})
