import json
import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import InputError
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import TextSpecification
from attnviz.sequences.vocabulary_files import number_vocabulary, read_vocabulary, vocabulary_of_list


def _json(content):
    return json.dumps(content).encode()


def test_what_text_vectorization_writes_has_its_ids():
    layer = keras.layers.TextVectorization()
    layer.adapt(["good film", "good bad film", "good"])
    words = layer.get_vocabulary()
    for name, data in (("words.txt", "\n".join(words).encode()), ("words.json", _json(words))):
        found = read_vocabulary(name, data)
        assert dict(zip(found.vocabulary, range(99), strict=False)) == {word: i for i, word in enumerate(words)}
        assert (found.first_id, found.padding_id, found.unknown_id) == (0, 0, 1)
        assert (found.splitting, found.lowercase) == ("stripped_words", True)


def test_a_vocabulary_of_text_vectorization_gives_the_ids_that_the_layer_gives():
    texts = ["École, GOOD film!", "It's a good naïve Émile", "zorp good"]
    layer = keras.layers.TextVectorization()
    layer.adapt(texts[:2])
    found = read_vocabulary("words.txt", "\n".join(layer.get_vocabulary()).encode())
    specification = TextSpecification(name="ids", maximum_length=9, **found.fields())
    assert encode(specification, texts).inputs.tolist() == np.asarray(layer(texts)).tolist()


def test_a_bert_vocabulary():
    lines = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "The", "##s", "."]
    found = read_vocabulary("vocab.txt", "\r\n".join(lines).encode() + b"\r\n", ids=9)
    assert found.vocabulary == tuple(lines)
    assert (found.first_id, found.padding_id, found.unknown_id) == (0, 0, 2)
    assert (dict(found.before), dict(found.after)) == ({"[CLS]": 3}, {"[SEP]": 4})
    assert (found.splitting, found.lowercase) == ("wordpiece", False)


@pytest.mark.parametrize(
    ("ids", "first", "unknown"), [(None, 2, 1), (5, 2, 1), (4, 1, None), (3, 0, None), (100, 2, 1)]
)
def test_where_the_ids_of_plain_words_start(ids, first, unknown):
    found = vocabulary_of_list(["good", "bad", "film"], ids=ids)
    assert (found.first_id, found.unknown_id) == (first, unknown)


def test_words_that_are_too_rare_for_the_model_are_left_out():
    found = vocabulary_of_list(["", "[UNK]", "a", "b", "c"], ids=4)
    assert found.vocabulary == ("", "[UNK]", "a", "b")
    assert found.notices[0] == "The model takes ids below 4: the vocabulary was cut by 1 token."


def test_a_word_index_as_keras_imdb_has_it():
    # load_data: 0 padding, 1 start, 2 unknown, words have their index plus 3; index 1 is the most frequent word.
    content = {"film": 2, "the": 1, "don't": 3}
    found = read_vocabulary("imdb_word_index.json", _json(content), ids=100)
    specification = TextSpecification(name="ids", maximum_length=9, **found.fields())
    assert specification.ids == {"the": 4, "film": 5, "don't": 6}
    assert (found.padding_id, found.unknown_id, dict(found.before)) == (0, 2, {"[start]": 1})
    assert found.splitting == "words"
    truncated = read_vocabulary("imdb_word_index.json", _json(content), ids=6)
    assert truncated.vocabulary == ("the", "film")


def test_an_index_of_a_keras_tokenizer():
    config = {"word_index": json.dumps({"<OOV>": 1, "good": 2, "film": 3}), "oov_token": "<OOV>"}
    found = read_vocabulary("tokenizer.json", _json({"class_name": "Tokenizer", "config": config}))
    assert (found.vocabulary, found.first_id, found.unknown_id) == (("<OOV>", "good", "film"), 1, 1)
    without = read_vocabulary("index.json", _json({"good": 1, "film": 2}))
    assert (without.first_id, without.unknown_id) == (1, None)
    assert "left out" in without.notices[-1]


def test_gaps_between_ids_stay_gaps():
    found = read_vocabulary("index.json", _json({"<pad>": 0, "<unk>": 1, "a": 2, "b": 5}))
    assert found.vocabulary == ("<pad>", "<unk>", "a", "[unused3]", "[unused4]", "b")
    assert found.notices[0] == "2 ids between 0 and 5 stand for no token of the file."


def test_characters_and_numbers():
    assert vocabulary_of_list(["a", "b", " "]).splitting == "characters"
    numbers = number_vocabulary(3)
    specification = TextSpecification(name="ids", maximum_length=9, **numbers.fields())
    assert specification.ids == {"0": 0, "1": 1, "2": 2}
    assert specification.splitting == "whitespace"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"good\nbad\ngood\n", "must hold each token once. It holds “good” twice"),
        ("a.txt", b"", "must hold 1 to 2,000,000 tokens. Received: 0"),
        ("a.json", b"{", "The vocabulary is not valid JSON"),
        ("a.json", b"[" * 100_000, "inside each other, thousands deep. It must be one list of tokens, or one object"),
        ("a.json", b"[1, 2]", "must be a list of tokens, or an object of tokens and their ids"),
        ("a.json", b"5", "must be a list of tokens"),
        ("a.json", _json({"a": 1, "b": 1}), "Tokens “a” and “b” have the same id 1"),
        ("a.json", _json({"a": 1.5}), "must give each token its id, a whole number. Received: “a” has “1.5”"),
        ("a.json", _json({"a": True}), "a whole number"),
        ("a.json", _json({"a": 1, "b": 10**9}), "must stand close together"),
        ("a.json", _json({"class_name": "Tokenizer", "config": {}}), "has no `word_index`"),
        ("a.bin", b"\x80\x04\x95\x00\x00", "holds a NUL byte"),
    ],
)
def test_what_is_no_vocabulary_is_refused(name, data, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_vocabulary(name, data)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, unique=True))
def test_any_list_gives_a_specification_that_finds_each_token(tokens):
    found = read_vocabulary("words.json", _json(tokens), ids=len(tokens) + 2)
    specification = TextSpecification(name="ids", maximum_length=9, **found.fields())
    assert [specification.ids[token] for token in tokens] == [found.first_id + i for i in range(len(tokens))]
