"""The sentences that the sentiment model learns from, and their split."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.text import lookup_form, split_words
from attnviz.training.splits import Split, grouped_split

COLUMNS = ("domain", "label", "text")
SPLIT_SEED = 2015
"""Fixed, whatever seed the training has: every model is measured on the same sentences."""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One labelled sentence.

    Attributes:
        domain: Where it was written ("amazon").
        label: 0 negative, 1 positive.
        text: As written.
        words: Its word tokens in the form in which they stand in the vocabulary.
    """

    domain: str
    label: int
    text: str
    words: tuple[str, ...]


def read_sentences(path: Path) -> tuple[Sentence, ...]:
    """The sentences of a tab-separated file with the columns of `COLUMNS`.

    Raises:
        InputError: If the file cannot be read, has other columns, or a label is neither 0 nor 1.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}. Received: {reader.fieldnames}.")
            return tuple(_sentence(path, number, row) for number, row in enumerate(reader, start=2))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text. Received: {error}.") from error


def split_sentences(sentences: Sequence[Sentence]) -> Split:
    """A fifth for the test and a tenth for validation, by domain and label; equal sentences stay on one side.

    Two sentences are equal if they differ only in case and punctuation.
    """
    keys = [" ".join(word for word in one.words if any(map(str.isalnum, word))) for one in sentences]
    _, groups = np.unique(keys, return_inverse=True)
    return grouped_split([f"{one.domain} {one.label}" for one in sentences], groups, seed=SPLIT_SEED)


def words_of(text: str) -> tuple[str, ...]:
    """The word tokens of a text in the form in which they stand in the vocabulary."""
    return tuple(lookup_form(token, lowercase=True) for token in split_words(text))


def count_words(sentences: Iterable[Sentence]) -> Counter[str]:
    """How often the sentences have each word."""
    return Counter(word for one in sentences for word in one.words)


def frequent_words(sentences: Iterable[Sentence], *, least: int) -> tuple[str, ...]:
    """The words that occur `least` times or more, most frequent first, equals in alphabetical order."""
    counts = count_words(sentences)
    frequent = (word for word, count in counts.items() if count >= least)
    return tuple(sorted(frequent, key=lambda word: (-counts[word], word)))


def _sentence(path: Path, number: int, row: dict[str, str]) -> Sentence:
    if row["label"] not in ("0", "1") or not row["text"]:
        raise InputError(f"Line {number} of {path} must have a label of 0 or 1 and a text. Received: {row}.")
    return Sentence(domain=row["domain"], label=int(row["label"]), text=row["text"], words=words_of(row["text"]))
