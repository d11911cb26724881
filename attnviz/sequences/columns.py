"""Columns of values into an upload: which of them hold sequences, and what a person picks from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import InputError
from attnviz.sequences.messages import counted, listed
from attnviz.sequences.numeric import is_number
from attnviz.sequences.specification import NumericSpecification, RawTextSpecification, TextSpecification
from attnviz.sequences.upload import Upload

VALUES = "values"
"""Column of an upload whose sequences have no name of their own."""

PREVIEWED_NUMBERS = 8
"""Numbers that a preview shows."""

PREVIEWED_CHARACTERS = 60
"""Characters that a preview shows of numbers that are still text."""

MOST_EXACT = 2**53
"""Whole numbers from here on are shown as text: a browser would round them."""

_TEXT_NAMES = ("text", "sentence", "review", "sequence", "content", "comment", "message", "body", "input")
_NUMERIC_NAMES = ("sequence", "values", "series", "numbers", "input", "data")


def text_upload(
    name: str,
    columns: Mapping[str, Sequence[Any]],
    specification: TextSpecification | RawTextSpecification,
    notices: tuple[str, ...] = (),
    *,
    numbers_are_text: bool = False,
) -> Upload:
    """An upload for a model that takes text.

    Args:
        name: The file's name.
        columns: Values by column, all of one length.
        specification: What the model takes.
        notices: What was assumed or left out so far.
        numbers_are_text: Whether a column of numbers may be picked all the same (each line of a `.txt` may).

    Raises:
        InputError: If no column holds text.
    """

    def is_text(value: Any) -> bool:
        return isinstance(value, str) and not _is_blank(value) and (numbers_are_text or not is_number(value))

    texts = {column: values for column, values in columns.items() if any(map(is_text, values))}
    if not texts:
        if all(_is_blank(one) for values in columns.values() for one in values):
            raise InputError("All rows of the file are empty.")
        raise InputError(f"The model takes text, and the file holds none. Columns: {listed(columns)}.")
    return Upload(
        name=name,
        columns=tuple(texts),
        suggested_column=_named(texts, _TEXT_NAMES) or max(texts, key=lambda column: _average_length(texts[column])),
        table=pd.DataFrame({column: _shown(values) for column, values in columns.items()}),
        values=texts,
        specification=specification,
        notices=notices,
    )


def numeric_upload(
    name: str,
    columns: Mapping[str, Sequence[Any] | np.ndarray],
    specification: NumericSpecification,
    notices: tuple[str, ...] = (),
) -> Upload:
    """An upload for a model that takes numbers: the table has the row's number, and a preview of each column.

    Args:
        name: The file's name.
        columns: Sequences by column, all of one length: numbers as text, in lists or in arrays.
        specification: What the model takes.
        notices: What was assumed or left out so far.
    """
    table = {column: [_preview(value) for value in values] for column, values in columns.items()}
    rows = len(next(iter(table.values())))
    numbers = {} if "row" in columns else {"row": range(1, rows + 1)}
    return Upload(
        name=name,
        columns=tuple(columns),
        suggested_column=_named(columns, _NUMERIC_NAMES) or next(iter(columns)),
        table=pd.DataFrame({**numbers, **table}),
        values=columns,
        specification=specification,
        notices=notices,
    )


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def _shown(values: Sequence[Any]) -> pd.Series:
    """A column of one type, as tables need it; as objects, so that texts are shared and not copied."""
    if all(type(value) in (int, float) and abs(value) < MOST_EXACT for value in values):
        return pd.Series(values)
    return pd.Series([value if isinstance(value, str) else _in_words(value) for value in values], dtype=object)


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    return counted(len(value), "value") if isinstance(value, (list, dict)) else str(value)[:PREVIEWED_CHARACTERS]


def _named(columns: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(column.strip().lower(), column)
    return next((plain[name] for name in names if name in plain), None)


def _average_length(values: Sequence[Any]) -> float:
    lengths = [len(value) for value in values if isinstance(value, str)]
    return sum(lengths) / max(1, len(lengths))


def _preview(value: Any) -> str:
    if isinstance(value, str):
        short = value[:PREVIEWED_CHARACTERS].replace("\n", "; ")
        return short if len(value) <= PREVIEWED_CHARACTERS else f"{short}…"
    if isinstance(value, np.ndarray):
        first = value.ravel()[:PREVIEWED_NUMBERS].tolist()
        size = " × ".join(map(str, value.shape))
        more = value.size > len(first)
    else:
        first, more = _first_numbers(value)
        size = f"{len(value)}" if isinstance(value, Sequence) else "1"
    shown = ", ".join(f"{one:g}" if isinstance(one, (int, float)) and abs(one) < 1e300 else str(one) for one in first)
    return f"{shown}, … ({size})" if more else shown


def _first_numbers(value: Any) -> tuple[list[Any], bool]:
    """The first values of a nested list, and whether there are more."""
    found: list[Any] = []
    stack = [value]
    while stack and len(found) <= PREVIEWED_NUMBERS:
        one = stack.pop()
        if isinstance(one, list):
            stack.extend(reversed(one[: PREVIEWED_NUMBERS + 1]))
        else:
            found.append(one if isinstance(one, (int, float)) else str(one)[:PREVIEWED_CHARACTERS])
    return found[:PREVIEWED_NUMBERS], len(found) > PREVIEWED_NUMBERS
