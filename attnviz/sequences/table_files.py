"""`.csv` and `.tsv` files as uploads."""

from array import array
from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.columns import VALUES, numeric_upload, text_upload
from attnviz.sequences.file_content import text_file
from attnviz.sequences.layout import Layout, layout_notice, layout_of
from attnviz.sequences.lines import empty_notice, too_many_rows
from attnviz.sequences.messages import listed, quoted
from attnviz.sequences.numeric import is_number, parse_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.tables import Table, open_table
from attnviz.sequences.upload import Upload, UploadLimits

MAXIMUM_CELLS = 10_000_000
"""Cells that are held as text; numbers are converted row by row and not bound by it."""

_ROWS_LOOKED_AT = 5
_NO_INPUT = ("label", "class", "target", "id", "index", "row", "split", "y", "column 1")


def read_table(
    name: str, data: bytes, specification: InputSpecification, limits: UploadLimits, *, delimiter: str | None = None
) -> Upload:
    """A `.csv` or `.tsv` file. The first line names the columns, unless it holds nothing but numbers.

    For a model that takes text every row is a sequence, and a person picks the column. For a numeric model the first
    of these that applies is taken, and a notice says so:

    1. A column whose cells hold whole sequences as text (`"0,0,5;1,2,3"`) is one to pick.
    2. Columns with the names of the model's features are these, in that order: each row is one step.
    3. Else all columns of numbers together, as `layout_of` decides by their count: each row is one step of a single
       sequence, or one whole sequence. If the count does not fit, columns called label, class, target, id, index, row,
       split or y are left out, and so is a first column without a name.

    Args:
        name: The file's name.
        data: Its bytes.
        specification: What the model takes.
        limits: What the file may have at most.
        delimiter: What separates cells; None finds out.

    Raises:
        InputError: If the file is no table of equal rows, or holds nothing that the model takes.
    """
    table = open_table(text_file(data), delimiter=delimiter)
    if not isinstance(specification, NumericSpecification):
        columns, empty = _text_columns(table, table.header, limits.maximum_sequences)
        return text_upload(name, columns, specification, (*table.notices, *empty_notice(empty)))
    return _numeric_table(name, table, specification, limits)


def _text_columns(table: Table, names: Sequence[str], maximum: int) -> tuple[dict[str, list[str]], int]:
    """The values of some columns, and how many lines are empty."""
    positions = [table.header.index(name) for name in names]
    columns: list[list[str]] = [[] for _ in positions]
    empty = rows = 0
    for _, cells in table:
        if not cells:
            empty += 1
            continue
        rows += 1
        if rows > maximum:
            raise too_many_rows(maximum)
        if rows * len(positions) > MAXIMUM_CELLS:
            raise InputError(f"The file has more than {MAXIMUM_CELLS:,} cells. Leave out columns or split it.")
        for column, position in zip(columns, positions, strict=True):
            column.append(cells[position])
    if not rows:
        raise InputError("The file has column names and no rows under them.")
    return dict(zip(names, columns, strict=True)), empty


def _numeric_table(name: str, table: Table, specification: NumericSpecification, limits: UploadLimits) -> Upload:
    first_rows = list(islice((cells for _, cells in table if cells), _ROWS_LOOKED_AT))
    if not first_rows:
        raise InputError("The file has column names and no rows under them.")
    by_column = list(zip(*first_rows, strict=True))
    whole = [
        column
        for column, cells in zip(table.header, by_column, strict=True)
        if any(map(partial(_is_sequence, specification), cells))
    ]
    if whole:
        columns, empty = _text_columns(table, whole, limits.maximum_sequences)
        return numeric_upload(name, columns, specification, (*table.notices, *empty_notice(empty)))
    numeric = [
        column for column, cells in zip(table.header, by_column, strict=True) if any(is_number(cell) for cell in cells)
    ]
    if not numeric:
        raise InputError(f"The model takes numbers, and the file holds none. Columns: {listed(table.header)}.")
    used, layout = chosen_columns(numeric, specification)
    matrix, empty = _matrix(table, used, None if layout is Layout.STEPS else limits.maximum_sequences)
    left_out = [column for column in table.header if column not in set(used)]
    notices = (
        *table.notices,
        layout_notice(layout, len(matrix), specification),
        *([f"Columns left out: {listed(left_out)}."] if left_out else []),
        *empty_notice(empty),
    )
    return numeric_upload(name, {VALUES: [matrix] if layout is Layout.STEPS else matrix}, specification, notices)


def _is_sequence(specification: NumericSpecification, cell: str) -> bool:
    """Whether the cell holds several numbers in a form that the model takes."""
    if is_number(cell):
        return False
    try:
        parse_numbers(cell, specification)
    except InputError:
        return False
    return True


def chosen_columns(numeric: list[str], specification: NumericSpecification) -> tuple[list[str], Layout]:
    """Which columns of numbers are the input, and what a row of them is; `read_table` says by which rule.

    Raises:
        InputError: If they do not fit the model.
    """
    if set(specification.features) <= set(numeric):
        return list(specification.features), layout_of(len(specification.features), specification)
    try:
        return numeric, layout_of(len(numeric), specification)
    except InputError:
        inputs = [column for column in numeric if column.lower() not in _NO_INPUT]
        try:
            return inputs, layout_of(len(inputs), specification)
        except InputError:
            pass
        raise  # about the columns that there are


def _matrix(table: Table, columns: list[str], maximum: int | None) -> tuple[np.ndarray, int]:
    """The numbers of some columns `[rows, columns]`, float64, and how many lines are empty."""
    positions = [table.header.index(column) for column in columns]
    numbers = array("d")
    empty = rows = 0
    for line, cells in table:
        if not cells:
            empty += 1
            continue
        rows += 1
        if maximum is not None and rows > maximum:
            raise too_many_rows(maximum)
        chosen = [cells[position] for position in positions]
        for column, cell in zip(columns, chosen, strict=True):
            if not is_number(cell):
                received = quoted(cell) if cell.strip() else "nothing"
                raise InputError(f"Line {line}, column {quoted(column)} must be a number. Received: {received}.")
        numbers.extend(map(float, chosen))
    return np.frombuffer(numbers, dtype=np.float64).reshape(-1, len(columns)), empty
