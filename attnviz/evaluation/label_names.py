"""Which label of a file is which class of a model."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from attnviz.evaluation.inputs_of_rows import is_missing
from attnviz.evaluation.label_text import label_text
from attnviz.evaluation.targets_of_rows import token_labels
from attnviz.sequences.data_sets import DataSet

MOST_LABELS = 1_000
"""Different labels of a file that are counted; a column with more of them holds no classes."""

_SYNONYMS = (
    ("positive", "pos", "good", "+", "favourable", "favorable", "happy", "like"),
    ("negative", "neg", "bad", "-", "unfavourable", "unfavorable", "unhappy", "dislike"),
    ("neutral", "neu", "mixed", "none"),
    ("spam", "junk", "unwanted", "phishing"),
    ("ham", "nospam", "notspam", "nonspam", "legit", "legitimate", "normal", "wanted"),
    ("true", "yes", "y", "t"),
    ("false", "no", "n", "f"),
)
_PREFIX = re.compile(r"^(__label__|label[ _-]|class[ _-])", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\s_\-]+")


def labels_in(data: DataSet, column: str, *, task: str = "classification") -> dict[str, int]:
    """The labels of a column as texts, each with its number of rows (of tokens, for `token_classification`).

    Args:
        data: The rows.
        column: The label column.
        task: As in a card.

    Returns:
        The most frequent first, and in the order of the alphabet where equally many; at most `MOST_LABELS`.
    """
    counts: dict[str, int] = {}
    for value, rows in _values_with_rows(data.table[column]):
        if task == "token_classification":
            found = token_labels(value)
        else:
            found = [] if is_missing(value) or isinstance(value, (list, np.ndarray)) else [label_text(value)]
        for one in found:
            if one in counts or len(counts) < MOST_LABELS:
                counts[one] = counts.get(one, 0) + rows
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _values_with_rows(column: pd.Series) -> Iterable[tuple[Any, int]]:
    """The values of a column in the order in which they come, each with its number of rows."""
    if column.dtype == object:  # lists, which cannot be counted
        return ((value, 1) for value in column)
    return column.value_counts(sort=False).items()


def guessed_names(labels: Sequence[str], classes: Sequence[str]) -> Mapping[str, str]:
    """The class of each label, where one can be told.

    The first of these that fits: the same text; the same but for case, blanks, hyphens and what comes before (as in
    `__label__positive` or `LABEL_1`); a synonym, such as pos, or junk for spam; and where no label fits so far and all
    are whole numbers (or truth values), the class at that index, from 0, or from 1 if the last class needs it.

    Args:
        labels: As `labels_in` gives them.
        classes: Of the model, in the order of its outputs.

    Returns:
        Class by label; labels that fit no class are not in it.
    """
    plain = _unambiguous({one: _plain(one) for one in classes})
    found: dict[str, str] = {one: one for one in labels if one in classes}
    for label in labels:
        if label not in found and (fitting := plain.get(_plain(label)) or _by_synonym(label, classes)):
            found[label] = fitting
    return found or _by_index(labels, classes)


def _plain(name: str) -> str:
    return _NO_LETTER.sub("", _PREFIX.sub("", name.strip())).casefold() or name.strip()


def _unambiguous(forms: Mapping[str, str]) -> dict[str, str]:
    """Name by form, for the forms that only one name has."""
    every = list(forms.values())
    return {form: name for name, form in forms.items() if every.count(form) == 1}


def _by_synonym(label: str, classes: Sequence[str]) -> str | None:
    for words in _SYNONYMS:
        if _plain(label) in words:
            fitting = [one for one in classes if _plain(one) in words]
            return fitting[0] if len(fitting) == 1 else None
    return None


def _by_index(labels: Sequence[str], classes: Sequence[str]) -> dict[str, str]:
    numbers: dict[str, int] = {}
    for label in labels:
        text = {"false": "0", "true": "1"}.get(label.casefold(), _PREFIX.sub("", label))
        if not re.fullmatch(r"-?\d{1,6}", text):
            return {}
        numbers[label] = int(text)
    if not numbers:
        return {}
    lowest, highest, count = min(numbers.values()), max(numbers.values()), len(classes)
    if count == 2 and set(numbers.values()) == {-1, 1}:
        return {label: classes[number > 0] for label, number in numbers.items()}
    first = 1 if lowest >= 1 and highest == count else 0
    if lowest < first or highest >= first + count:
        return {}
    return {label: classes[number - first] for label, number in numbers.items()}
