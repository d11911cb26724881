"""Pieces into words, against the words that real tokenizers were given."""

import re

import pytest
import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from attnviz.views.labels import displayed
from attnviz.views.subwords import word_labels, words_of

TEXT = "The players don't play well (unbelievably), they're replaying 3.14 games: 'no' wellness!"
WORDS = re.findall(r"\w+(?:['.]\w+)*|[^\w\s]", TEXT)  # punctuation on its own, but not within a word


def joined(labels):
    words = words_of(labels)
    return list(labels) if words is None else list(word_labels(labels, words))


def apart(words):
    """A piece may hold several marks, as `),` does: each by itself."""
    return [mark for word in words for mark in (word if re.fullmatch(r"[^\w\s]+", word) else [word])]


def word_piece() -> list[str]:
    tokenizer = Tokenizer(models.WordPiece())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(vocab_size=60, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer.encode(TEXT).tokens


def byte_level() -> list[str]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=275, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer.encode(TEXT).tokens


def sentence_piece(tmp_path) -> list[str]:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join([TEXT, *TEXT.split()]), encoding="utf-8")
    prefix = str(tmp_path / "model")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=prefix, vocab_size=45, model_type="unigram", minloglevel=2, num_threads=1
    )
    return sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model").encode(TEXT, out_type=str)


def test_word_piece_splits_at_spaces_as_it_was_trained_to():
    labels = word_piece()
    assert any(label.startswith("##") for label in labels)
    assert joined(labels) == TEXT.split()


def test_byte_level_pieces_as_their_vocabulary_writes_them():
    labels = byte_level()
    assert len(labels) > len(WORDS)
    assert any(label.startswith("Ġ") for label in labels)
    assert apart(joined(labels)) == WORDS


def test_byte_level_pieces_as_the_text_that_they_stand_for():
    decode = decoders.ByteLevel().decode
    labels = [decode([label]) for label in byte_level()]
    assert any(label.startswith(" ") and len(label) > 1 for label in labels)
    assert apart(joined(labels)) == WORDS
    assert apart(joined([displayed(label) for label in labels])) == WORDS


def test_sentence_piece(tmp_path):
    labels = sentence_piece(tmp_path)
    assert len(labels) > len(WORDS)
    assert apart(joined(labels)) == WORDS


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (("[CLS]", "un", "##believ", "##able", "film", "[SEP]"), (0, 1, 4, 5)),
        (("<s>", "▁the", "▁", "ing", "</s>"), (0, 1, 2, 4)),
        (("▁caf", "<0xC3>", "<0xA9>", "▁au", "<pad>"), (0, 3, 4)),
        (("play</w>", "ing", "ness</w>", "now</w>"), (0, 1, 3)),
        (("play@@", "ing", "now"), (0, 2)),
        (("4", " ", "M", "a", "y"), (0, 1, 2)),
        (("4", "␣", "M", "a", "y"), (0, 1, 2)),
        (("def", " f", "oo", "\n", "x"), (0, 1, 3, 4)),
        (("▁今日は", "天気", "がいい", "▁to", "day"), (0, 1, 2, 3)),
        (("##ing", "##s", "[padding]"), (0, 2)),
    ],
)
def test_words_worked_by_hand(labels, words):
    assert words_of(labels) == words


@pytest.mark.parametrize(
    "labels",
    [(), ("the", "cat", "."), ("▁the", "▁cat"), ("2", "0", "2", "4", "-"), ("##", "#", "title"), ("year 1", "year 2")],
)
def test_tokens_that_are_words_already(labels):
    assert words_of(labels) is None


def test_a_word_of_nothing_but_marks_keeps_them():
    assert word_labels(("▁", "▁a"), (0, 1)) == ("▁", "a")
