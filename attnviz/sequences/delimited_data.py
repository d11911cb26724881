"""`.csv` and `.tsv` files as tables of examples."""

from typing import Any

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
from attnviz.sequences.tables import open_table
from attnviz.sequences.upload import UploadLimits

_BLOCK = 4096
"""Rows that stand in memory as Python's texts at a time."""


def read_delimited(name: str, data: bytes, limits: UploadLimits, *, delimiter: str | None = None) -> DataSet:
    """The rows of a `.csv` or `.tsv` file; the first line names the columns, unless it holds nothing but numbers.

    A row with another number of cells, or whose quotation marks do not fit together, is skipped.

    Args:
        name: The file's name.
        data: Its bytes.
        limits: What the file may have at most.
        delimiter: What separates cells; None finds out.

    Raises:
        InputError: If it is no table, has too many rows or cells, or none that can be read.
    """
    table = open_table(text_file(data), delimiter=delimiter)
    skipped = Skipped(limits.maximum_sequences)
    blocks: list[list[pa.Array]] = [[] for _ in table.header]
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
    columns: dict[str, Any] = {}
    notices = [*table.notices, *empty_notice(empty)]
    for column, arrays in zip(table.header, blocks, strict=True):
        columns[column] = column_of_cells(pa.chunked_array(arrays))
        arrays.clear()
        if columns[column].dtype == "str" and (notice := change_of_kind(column, columns[column], lines)):
            notices.append(f"{notice} It was read as text.")
    return DataSet(
        name=name,
        table=pd.DataFrame(columns),
        lines=np.array(lines),
        skipped=skipped.rows,
        notices=tuple(notices),
    )
