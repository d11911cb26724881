"""The label column of a data set into what a model should say of each row."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from attnviz.evaluation.inputs_of_rows import RowProblem, is_missing
from attnviz.evaluation.label_text import label_text
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.numeric import is_number

MISSING = RowProblem(kind="missing label")
LARGEST = float(np.finfo(np.float32).max)
"""No model predicts more, and the square of an error must be a number too."""


def classes_of_rows(data: DataSet, label: str, index: Mapping[str, int]) -> list[int | RowProblem]:
    """Index of each row's class.

    Args:
        data: The rows.
        label: The label column.
        index: Class by label text.
    """
    return [_class(value, index) for value in data.table[label]]


def numbers_of_rows(data: DataSet, label: str) -> list[float | RowProblem]:
    """Each row's number, finite and at most `LARGEST` in size."""
    return [_number(value) for value in data.table[label]]


def texts_of_rows(data: DataSet, label: str) -> list[str | RowProblem]:
    """Each row's expected text."""
    return [MISSING if is_missing(value) else label_text(value) for value in data.table[label]]


def token_classes_of_rows(data: DataSet, label: str, index: Mapping[str, int]) -> list[np.ndarray | RowProblem]:
    """Classes of the tokens of each row, from a list of labels or from labels with blanks between them."""
    return [_token_classes(value, index) for value in data.table[label]]


def token_labels(value: Any) -> list[str]:
    """The labels of one row's tokens as texts; none where the row has none."""
    if isinstance(value, (list, np.ndarray)):
        return [label_text(one) for one in value]
    return [] if is_missing(value) else label_text(value).split()


def _class(value: Any, index: Mapping[str, int]) -> int | RowProblem:
    if is_missing(value):
        return MISSING
    text = label_text(value)
    found = index.get(text)
    return RowProblem(kind="unknown label", reason=text) if found is None else found


def _number(value: Any) -> float | RowProblem:
    if is_missing(value):
        return MISSING
    text = str(value)
    if isinstance(value, (bool, np.bool_)) or not is_number(text):
        return RowProblem(kind="unknown label", reason=text)
    number = float(text)
    if np.isnan(number):
        return MISSING
    return number if abs(number) <= LARGEST else RowProblem(kind="unknown label", reason=text)


def _token_classes(value: Any, index: Mapping[str, int]) -> np.ndarray | RowProblem:
    labels = token_labels(value)
    if not labels:
        return MISSING
    unknown = next((one for one in labels if one not in index), None)
    if unknown is not None:
        return RowProblem(kind="unknown label", reason=unknown)
    return np.array([index[one] for one in labels], dtype=np.int64)
