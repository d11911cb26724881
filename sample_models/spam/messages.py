"""The messages that the spam model learns from, and their split."""

import csv
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer

from attnviz.errors import InputError
from attnviz.sequences.text import lookup_form, split_words
from attnviz.training.splits import Split, grouped_split

COLUMNS = ("label", "text")
CLASSES = ("ham", "spam")
SPLIT_SEED = 2015
"""Fixed, whatever seed the training has: every model is measured on the same messages."""

SHARED_WORDS = 0.5
"""From which share of the words of both messages on they count as copies of each other."""

WORD = r"[^\W\d_]+"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One labelled text message.

    Attributes:
        label: Index into `CLASSES`.
        text: As sent; character references of the data's HTML ("&lt;") are the characters that they stand for.
    """

    label: int
    text: str


def read_messages(path: Path) -> tuple[Message, ...]:
    """The messages of a tab-separated file with the columns of `COLUMNS`.

    Raises:
        InputError: If the file cannot be read, has other columns, or a label is none of `CLASSES`.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}. Received: {reader.fieldnames}.")
            return tuple(_message(path, number, row) for number, row in enumerate(reader, start=2))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text. Received: {error}.") from error


def split_messages(messages: Sequence[Message]) -> Split:
    """A fifth for the test and a tenth for validation, by label; copies of a message stay on one side.

    Spam is sent again and again, with other numbers and some words changed: a model that was trained on one copy would
    be tested on the next. So messages of one of the `alike` groups stay together.
    """
    return grouped_split([one.label for one in messages], alike([one.text for one in messages]), seed=SPLIT_SEED)


def alike(texts: Sequence[str]) -> np.ndarray:
    """The group of each text: two that share `SHARED_WORDS` of all their words are in one, and so on from text to text.

    Words are runs of letters, in lower case; numbers and punctuation do not count, nor does how often a word occurs.

    Returns:
        int `[texts]`, a number for each group. A text without letters is in a group of its own.
    """
    having = CountVectorizer(token_pattern=WORD, binary=True, dtype=np.int64).fit_transform(texts)
    sizes = np.asarray(having.sum(axis=1)).ravel()
    shared = (having @ having.T).tocoo()
    similarity = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)  # Jaccard's
    linked = similarity >= SHARED_WORDS
    links = coo_matrix((linked[linked], (shared.row[linked], shared.col[linked])), shape=shared.shape)
    return connected_components(links, directed=False)[1]


def frequent_words(messages: Iterable[Message], *, least: int, lowercase: bool) -> tuple[str, ...]:
    """The words that occur `least` times or more, most frequent first, equals by alphabet; digits are 0."""
    counts = Counter(
        lookup_form(token, lowercase=lowercase, digits_alike=True)
        for message in messages
        for token in split_words(message.text)
    )
    frequent = (word for word, count in counts.items() if count >= least)
    return tuple(sorted(frequent, key=lambda word: (-counts[word], word)))


def _message(path: Path, number: int, row: dict[str, str]) -> Message:
    if row["label"] not in CLASSES or not row["text"]:
        raise InputError(f"Line {number} of {path} must have a label of ham or spam and a text. Received: {row}.")
    return Message(label=CLASSES.index(row["label"]), text=html.unescape(row["text"]))
