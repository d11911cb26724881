"""`.csv` and `.tsv` files as tables of examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from attnviz.errors import InputError
from attnviz.sequences.data_columns import change_of_kind, column_of_cells
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.file_content import text_file
from attnviz.sequences.lines import empty_notice, too_many_rows
from attnviz.sequences.skipping import Skipped
from attnviz.sequences.table_files import MAXIMUM_CELLS
from attnviz.sequences.tables import Table, open_table
from attnviz.sequences.upload import UploadLimits

_BLOCK = 4096
"""Rows that stand in memory as Python's texts at a time."""

_TIMES_AGAIN = 2
"""How often a column holds its own name if that is no name."""


def read_delimited(name: str, data: bytes, limits: UploadLimits, *, delimiter: str | None = None) -> DataSet:
    """The rows of a `.csv` or `.tsv` file; the first line names the columns, unless it holds nothing but numbers.

    Where a word of the first line comes again and again in its own column (`ham`, `spam`, `ham` …), that line is data
    too. A row with another number of cells, or whose quotation marks do not fit together, is skipped, and so is one
    that repeats the names of the columns.

    Args:
        name: The file's name.
        data: Its bytes.
        limits: What the file may have at most.
        delimiter: What separates cells; None finds out.

    Raises:
        InputError: If it is no table, has too many rows or cells, or none that can be read.
    """
    table = open_table(text_file(data), delimiter=delimiter)
    read = _read(table, limits)
    if table.has_header and _is_data(table.header, read.columns):
        table = table.without_header()
        read = _read(table, limits)
    notices = [*table.notices, *empty_notice(read.empty)]
    for name_of_column, column in read.columns.items():
        if column.dtype == "str" and (notice := change_of_kind(name_of_column, column, read.lines)):
            notices.append(f"{notice} It was read as text.")
    return DataSet(
        name=name,
        table=pd.DataFrame(read.columns),
        lines=np.array(read.lines),
        skipped=read.skipped.rows,
        notices=tuple(notices),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Read:
    """What one pass through a file gives: columns by name, the line of each row, and what was left out."""

    columns: dict[str, pd.Series]
    lines: list[int]
    skipped: Skipped
    empty: int


def _read(table: Table, limits: UploadLimits) -> _Read:
    skipped = Skipped(limits.maximum_sequences)
    blocks: list[list[pa.Array]] = [[] for _ in table.header]
    names = list(table.header) if table.has_header else None
    lines: list[int] = []
    block: list[list[str]] = []
    empty = 0

    def finish_block() -> None:
        for arrays, cells in zip(blocks, zip(*block, strict=True), strict=True):
            arrays.append(pa.array(cells, pa.string()))
        block.clear()

    for line, cells in table.rows(skipped):
        if not cells:
            empty += 1
            continue
        if cells == names:  # files that were put together, each with its header
            skipped(line, f"Line {line} repeats the names of the columns.")
            continue
        lines.append(line)
        block.append(cells)
        if len(lines) > limits.maximum_sequences:
            raise too_many_rows(limits.maximum_sequences)
        if len(lines) * len(blocks) > MAXIMUM_CELLS:
            raise InputError(f"The file has more than {MAXIMUM_CELLS:,} cells. Leave out columns or split it.")
        if len(block) == _BLOCK:
            finish_block()
    if block:
        finish_block()
    skipped.check_some_are_left(len(lines))
    if not lines:
        raise InputError("The file has column names and no rows under them.")
    columns: dict[str, pd.Series] = {}
    for name, arrays in zip(table.header, blocks, strict=True):
        columns[name] = column_of_cells(pa.chunked_array(arrays))
        arrays.clear()  # so that what is converted need not stay
    return _Read(columns=columns, lines=lines, skipped=skipped, empty=empty)


def _is_data(header: Sequence[str], columns: Mapping[str, pd.Series]) -> bool:
    """Whether the first line is a row like the others: a word of it comes again and again in its own column."""
    return any(columns[name].dtype == "str" and int((columns[name] == name).sum()) >= _TIMES_AGAIN for name in header)
