"""The values of a column of a labelled file, in the narrowest type that holds all of them as they are."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from attnviz.sequences.json_files import json_kind, whole_characters
from attnviz.sequences.messages import quoted
from attnviz.sequences.numeric import is_number

_NOT_ONLY_A_NUMBER = r"^\s*[-+]?(0\d|\d{16})"
"""Leading zeros (a code, not a quantity), and more digits than a float holds exactly."""


def column_of_cells(cells: pa.ChunkedArray) -> pd.Series:
    """A column of a CSV file: numbers if every cell that is not empty is one, else texts as they stand there.

    Args:
        cells: Text, `""` where a cell is empty.

    Returns:
        int64; float64 (NaN where a cell is empty); or text.
    """
    trimmed = pc.utf8_trim_whitespace(cells)
    blank = pc.equal(trimmed, "")
    if pc.all(blank).as_py() is not False or pc.any(pc.match_substring_regex(trimmed, _NOT_ONLY_A_NUMBER)).as_py():
        return cells.to_pandas()
    filled = pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
    try:
        numbers = pc.cast(filled, pa.float64())
    except pa.ArrowInvalid:
        return cells.to_pandas()
    if not filled.null_count:
        try:
            return pc.cast(filled, pa.int64()).to_pandas()
        except pa.ArrowInvalid:
            pass
    return numbers.to_pandas()


def column_of_values(values: Sequence[Any]) -> pd.Series:
    """A column of values as JSON has them.

    Returns:
        Text, int64, float64 or truth values where all values are of that kind (None is a missing text, and NaN among
        numbers); else objects, in which lists of numbers are arrays.
    """
    kinds = {json_kind(value) for value in values} - {"null"}
    if kinds == {"text"}:
        return pd.Series([None if value is None else whole_characters(value) for value in values], dtype="str")
    if kinds == {"true or false"} and None not in values:
        return pd.Series(values, dtype=bool)
    if kinds == {"number"}:
        try:
            filled = [math.nan if value is None else value for value in values]
            return pd.Series(np.array(filled, dtype=_width(values)))
        except OverflowError:  # a whole number beyond any float
            pass
    return pd.Series([_held(value) for value in values], dtype=object)


def change_of_kind(column: str, values: Iterable[Any], lines: Iterable[int]) -> str | None:
    """What a person should know of a column that changes its kind half-way; None if it does not.

    Args:
        column: Its name.
        values: Texts (of which some are numbers), or values as JSON has them.
        lines: The line of each.
    """
    first = None
    for value, line in zip(values, lines, strict=True):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        kind = _kind(value)
        if first is None:
            first = kind
        elif kind != first:
            shown = quoted(str(value)) if kind in ("text", "number") else kind
            return (
                f"Column {quoted(column)} changes at line {line}: it begins with {_many(first)}, and there stands "
                f"{shown}."
            )
    return None


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "number" if is_number(value) else "text"
    return json_kind(value)


def _many(kind: str) -> str:
    return {"number": "numbers", "object": "objects", "list": "lists"}.get(kind, kind)


def _width(values: Sequence[Any]) -> type:
    whole = all(type(value) is int and -(2**63) <= value < 2**63 for value in values)
    return np.int64 if whole else np.float64


def _held(value: Any) -> Any:
    """A value as a column of objects holds it."""
    if isinstance(value, str):
        return whole_characters(value)
    return array_or_list(value) if isinstance(value, list) else value


def array_or_list(value: list[Any]) -> Any:
    """A list as a column of objects holds it: numbers as an array, which takes a fourth of the memory."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths: whoever uses them says what is wrong
        return value
    if array.dtype.kind in "iuf" and array.size:
        return array
    return [whole_characters(one) if isinstance(one, str) else one for one in value]
