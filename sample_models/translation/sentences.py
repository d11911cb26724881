"""The sentence pairs that the translation model learns from, their split and their vocabularies."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from sklearn.model_selection import GroupShuffleSplit  # type: ignore[import-untyped]

from attnviz.errors import InputError
from attnviz.sequences.clitics import split_english, split_french
from attnviz.sequences.text import lookup_form
from attnviz.training.splits import Split

COLUMNS = ("english", "french")
SPLIT_SEED = 2015
"""Fixed, whatever seed the training has: every model is measured on the same sentences."""
TEST_SHARE, VALIDATION_SHARE = 0.05, 0.03

_WRITTEN_OUT = {"'m": "am", "'re": "are", "'s": "is", "'ve": "have", "'ll": "will", "'d": "would"}
_SENTENCE_ENDS = frozenset(".?!…")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A sentence and one of its translations.

    Attributes:
        english: As written.
        french: As written.
        source: English tokens in lower case.
        target: French tokens, case as written.
    """

    english: str
    french: str
    source: tuple[str, ...]
    target: tuple[str, ...]


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a tab-separated UTF-8 file with the columns of `COLUMNS`; one that ends in `.gz` is unpacked.

    Raises:
        InputError: If the file cannot be read, has other columns, or a line lacks one of the two sentences.
    """
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}. Received: {reader.fieldnames}.")
            return tuple(_pair(path, number, row) for number, row in enumerate(reader, start=2))
    except (OSError, EOFError) as error:  # gzip says in words of its own what is wrong with a packed file
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text. Received: {error}.") from error


def split_pairs(pairs: Sequence[Pair]) -> Split:
    """Part of the English sentences, with all their translations, for the test, and part for validation.

    Sentences that differ only in case, short forms (I'm, I am) or the sign at their end stay together. One of the test
    or of validation that differs from one of training in any punctuation alone is left out.
    """
    keys = [_key(pair) for pair in pairs]
    _, groups = np.unique(keys, return_inverse=True)
    everything = np.arange(len(pairs))
    rest, test = _take(everything, groups, TEST_SHARE)
    training, validation = _take(rest, groups, VALIDATION_SHARE / (1 - TEST_SHARE))
    known = {_without_spaces(keys[index]) for index in training}
    test, validation = (
        np.array([index for index in part if _without_spaces(keys[index]) not in known], dtype=np.int64)
        for part in (test, validation)
    )
    return Split(training=training, validation=validation, test=test)


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def english_vocabulary(pairs: Iterable[Pair], *, least: int) -> tuple[str, ...]:
    """The tokens in lower case that sources have `least` times or more, most frequent first."""
    return _frequent(Counter(token for pair in pairs for token in pair.source), least)


def french_vocabulary(pairs: Sequence[Pair], *, least: int) -> tuple[str, ...]:
    """The tokens that targets have `least` times or more, most frequent first.

    The first word of a sentence counts in lower case, unless it mostly has a capital inside sentences too: names.
    """
    inside = Counter(token for pair in pairs for token, first in _with_firsts(pair.target) if not first)
    counts = inside.copy()
    for pair in pairs:
        for token, first in _with_firsts(pair.target):
            if first:
                lower = token[:1].lower() + token[1:]
                counts[token if inside[token] > inside[lower] else lower] += 1
    return _frequent(counts, least)


def source_tokens(english: str) -> tuple[str, ...]:
    """The tokens of an English sentence as the vocabulary has them."""
    return tuple(lookup_form(token, lowercase=True) for token in split_english(english))


def _with_firsts(tokens: Sequence[str]) -> list[tuple[str, bool]]:
    return [(token, number == 0 or tokens[number - 1] in _SENTENCE_ENDS) for number, token in enumerate(tokens)]


def _frequent(counts: Counter[str], least: int) -> tuple[str, ...]:
    frequent = (token for token, count in counts.items() if count >= least)
    return tuple(sorted(frequent, key=lambda token: (-counts[token], token)))


def _key(pair: Pair) -> str:
    """The words of the English sentence written out, with a space where punctuation stood."""
    words = " ".join(_WRITTEN_OUT.get(word, _without_short_not(word)) for word in pair.source)
    return "".join(one for one in words if one.isalnum() or one == " ").strip()


def _without_spaces(key: str) -> str:
    return key.replace(" ", "")


def _without_short_not(word: str) -> str:
    return {"can't": "cannot", "won't": "will not", "shan't": "shall not"}.get(
        word, f"{word[:-3]} not" if word.endswith("n't") else word
    )


def _take(examples: np.ndarray, groups: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    splitter = GroupShuffleSplit(n_splits=1, test_size=share, random_state=SPLIT_SEED)
    kept, taken = next(splitter.split(examples, groups=groups[examples]))
    return examples[kept], examples[taken]


def _pair(path: Path, number: int, row: dict[str, str]) -> Pair:
    english, french = row["english"], row["french"]
    if not english or not french:
        raise InputError(f"Line {number} of {path} must have a sentence in both languages. Received: {row}.")
    return Pair(
        english=english,
        french=french,
        source=source_tokens(english),
        target=tuple(lookup_form(token, lowercase=False) for token in split_french(french)),
    )
