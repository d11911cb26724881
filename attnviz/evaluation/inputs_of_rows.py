"""The input columns of a data set into one sequence a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import DataError, InputError
from attnviz.evaluation.label_text import label_text
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.layout import Layout, layout_of
from attnviz.sequences.messages import counted, quoted
from attnviz.sequences.numeric import is_number
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import numbers_of


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """Why a row has no input or no label.

    Attributes:
        kind: As in `Problem`.
        reason: A sentence about this row alone, or `""` where the kind says it all.
    """

    kind: str
    reason: str = ""


EMPTY = RowProblem(kind="empty input")


def inputs_of_rows(
    data: DataSet, names: Sequence[str], specification: InputSpecification | None
) -> list[str | np.ndarray | RowProblem]:
    """What each row gives a model, or why it gives nothing.

    Args:
        data: The rows.
        names: The input columns.
        specification: What the model takes; None for any text.

    Raises:
        DataError: If the columns cannot be the input of such a model, whatever stands in them.
    """
    if isinstance(specification, NumericSpecification):
        if _are_cells(data, names):
            return _series_of_cells(data, names, specification)
        if len(names) > 1:
            raise DataError(
                "Several columns can be the input only where each holds one number a row. Received: "
                f"{counted(len(names), 'column')}, of which some hold whole series. Choose one of them."
            )
        return [_series(value, specification) for value in data.table[names[0]]]
    columns = [list(map(_text, data.table[name])) for name in names]
    if len(columns) == 1:
        return [_text_or_problem([value]) for value in columns[0]]
    return [_text_or_problem(values) for values in zip(*columns, strict=True)]


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN or blank text."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and value != value)


def _text(value: Any) -> str | None:
    """A cell as text; `""` where it holds nothing, None where it can be no text."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return label_text(value) if np.isscalar(value) else None


def _text_or_problem(values: Sequence[str | None]) -> str | RowProblem:
    if any(value is None for value in values):
        return RowProblem(kind="unusable input", reason="The input must be text.")
    text = " ".join(value for value in values if value)
    return text if text.strip() else EMPTY


def _are_cells(data: DataSet, names: Sequence[str]) -> bool:
    """Whether every column holds single numbers, but for a few cells that are none."""
    return all(_is_cell_column(data.table[name]) for name in names)


def _is_cell_column(column: pd.Series) -> bool:
    if column.dtype.kind in "iuf":
        return True
    if column.dtype != "str":
        return False
    filled = [value for value in column if not is_missing(value)]
    return sum(map(is_number, filled)) > len(filled) / 2


def _series_of_cells(
    data: DataSet, names: Sequence[str], specification: NumericSpecification
) -> list[str | np.ndarray | RowProblem]:
    try:
        layout = layout_of(len(names), specification)
    except InputError as error:
        raise DataError(f"The columns that were chosen do not fit the model. {error}") from None
    if layout is Layout.STEPS and specification.length != 1:
        features = len(specification.features)
        raise DataError(
            f"{counted(len(names), 'column')} of numbers hold one {specification.step} a row, and a labelled example "
            f"needs a whole series in each row. Choose a column of series, or as many columns as a series has numbers"
            f"{'' if specification.length is None else f' ({specification.length * features})'}."
        )
    matrix = np.empty((len(data.table), len(names)))
    wrong: dict[int, RowProblem] = {}
    filled = np.zeros(len(data.table), dtype=bool)
    for position, name in enumerate(names):
        column = data.table[name]
        matrix[:, position] = numbers = pd.to_numeric(column, errors="coerce")
        filled |= (
            column.map(lambda value: not is_missing(value)).to_numpy() if column.dtype == "str" else column.notna()
        )
        for row in np.flatnonzero(np.isnan(numbers)) if column.dtype == "str" else ():
            value = column.iloc[row]
            shown = "nothing" if is_missing(value) else quoted(value)
            wrong.setdefault(
                int(row),
                RowProblem(kind="unusable input", reason=f"Column {quoted(name)} must be a number. Received: {shown}."),
            )
    return [
        (wrong.get(row) or _series(values, specification)) if filled[row] else EMPTY
        for row, values in enumerate(matrix)
    ]


def _series(value: Any, specification: NumericSpecification) -> np.ndarray | RowProblem:
    if is_missing(value):
        return EMPTY
    try:
        return numbers_of(value, specification, "")
    except InputError as error:
        return RowProblem(kind="unusable input", reason=str(error))
