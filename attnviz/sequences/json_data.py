"""`.json` and `.jsonl` files as tables of examples."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import InputError
from attnviz.sequences.data_columns import array_or_list, change_of_kind, column_of_values
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.file_content import text_file
from attnviz.sequences.json_files import check_json_size, json_kind, parsed_json, whole_characters, with_article
from attnviz.sequences.lines import empty_notice, too_many_rows
from attnviz.sequences.skipping import Skipped
from attnviz.sequences.table_files import MAXIMUM_CELLS
from attnviz.sequences.tables import MAXIMUM_COLUMNS
from attnviz.sequences.upload import UploadLimits

_FORMS = "a list of objects (one a row), or an object whose values are lists of one length (the columns)"


def read_json_data(name: str, data: bytes, limits: UploadLimits) -> DataSet:
    """The rows of a `.json` file: a list of objects, whose keys are the columns, or an object of columns; also either
    of them as the only value of an object. Items of the list that are no objects are skipped.

    `DataSet.lines` counts the items.

    Raises:
        InputError: If it is no JSON, nested too deeply or too large, or none of these forms.
    """
    file = text_file(data)
    content = _unwrapped(parsed_json(file))
    if isinstance(content, dict):
        return _from_columns(name, content, limits, file.notices)
    if not isinstance(content, list):
        raise InputError(f"The JSON must be {_FORMS}. Received: {with_article(json_kind(content))}.")
    rows = _Rows(limits)
    for number, item in enumerate(content, start=1):
        rows.add(number, item, where=f"Item {number} of the list")
    return rows.data_set(name, file.notices)


def read_json_lines(name: str, data: bytes, limits: UploadLimits) -> DataSet:
    """The rows of a `.jsonl` file: an object a line. Lines that hold anything else are skipped.

    Raises:
        InputError: If it is no text, too large, or no line can be read.
    """
    file = text_file(data)
    check_json_size(file)
    rows = _Rows(limits)
    empty = 0
    with file.open() as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                empty += 1
                continue
            try:
                item = json.loads(line.rstrip())
            except json.JSONDecodeError as error:
                rows.skipped(number, f"Line {number} is not valid JSON: {error.msg} at column {error.colno}.")
            except (RecursionError, ValueError):  # ValueError: Python's limit on the digits of a whole number
                rows.skipped(number, f"Line {number} is nested too deeply, or a number in it has too many digits.")
            else:
                rows.add(number, item, where=f"Line {number}")
    return rows.data_set(name, (*file.notices, *empty_notice(empty)))


class _Rows:
    """Objects on their way into columns."""

    def __init__(self, limits: UploadLimits) -> None:
        self.skipped = Skipped(limits.maximum_sequences)
        self._limits = limits
        self._lines: list[int] = []
        self._columns: dict[str, list[Any]] = {}

    def add(self, line: int, item: Any, *, where: str) -> None:
        if not isinstance(item, dict):
            self.skipped(line, f"{where} must be an object. Received: {with_article(json_kind(item))}.")
            return
        row = len(self._lines)
        if row == self._limits.maximum_sequences:
            raise too_many_rows(self._limits.maximum_sequences)
        for key, value in item.items():
            values = self._columns.setdefault(whole_characters(key), [])
            values.extend([None] * (row - len(values)))
            if len(values) == row:
                values.append(array_or_list(value) if isinstance(value, list) else value)
        self._lines.append(line)
        if len(self._columns) > MAXIMUM_COLUMNS or len(self._columns) * len(self._lines) > MAXIMUM_CELLS:
            raise InputError(
                f"{where}: the objects have {len(self._columns):,} different keys so far, too many for a table."
            )

    def data_set(self, name: str, notices: Sequence[str]) -> DataSet:
        self.skipped.check_some_are_left(len(self._lines))
        for values in self._columns.values():
            values.extend([None] * (len(self._lines) - len(values)))
        if not self._columns:
            raise InputError("The file holds no rows.")
        return _data_set(name, self._columns, self._lines, self.skipped, notices)


def _unwrapped(content: Any) -> Any:
    """What is inside an object of one key, such as `{"data": [...]}`, if that is a list of objects or an object."""
    if isinstance(content, dict) and len(content) == 1:
        (inner,) = content.values()
        if isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(one, dict) for one in inner)):
            return inner
    return content


def _from_columns(name: str, content: Mapping[str, Any], limits: UploadLimits, notices: Sequence[str]) -> DataSet:
    sizes = {len(values) if isinstance(values, list) else None for values in content.values()}
    if len(sizes) != 1 or None in sizes:
        raise InputError(f"The JSON must be {_FORMS}. Received: an object of other values.")
    (size,) = sizes
    if not size:
        raise InputError("The file holds no rows.")
    if size > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    columns = {whole_characters(key): values for key, values in content.items()}
    return _data_set(name, columns, range(1, size + 1), Skipped(0), notices)


def _data_set(
    name: str, columns: dict[str, list[Any]], lines: Iterable[int], skipped: Skipped, notices: Sequence[str]
) -> DataSet:
    every = list(lines)
    found: dict[str, pd.Series] = {}
    changes: list[str] = []
    for column in list(columns):
        values = columns.pop(column)  # so that what is converted need not stay
        found[column] = column_of_values(values)
        if found[column].dtype == object and (change := change_of_kind(column, values, every)):
            changes.append(change)
    return DataSet(
        name=name,
        table=pd.DataFrame(found),
        lines=np.array(every),
        skipped=skipped.rows,
        notices=(*notices, *changes),
    )
