"""A table of examples as a file holds them, before anybody says which column is the input and which the label."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.errors import ShapeError


@dataclass(frozen=True, kw_only=True)
class SkippedRow:
    """A row of a file that could not be read.

    Attributes:
        line: As in `DataSet.lines`.
        reason: Why, in a sentence.
    """

    line: int
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class DataSet:
    """The rows of a file.

    Attributes:
        name: The file's name.
        table: One row an example, under the file's own column names, indexed from 0. A column holds texts, numbers
            (NaN where there is none), truth values or, in a column of objects, arrays of numbers, lists of texts,
            dictionaries, and a mixture where the file has one (None where there is nothing). Treat it as read-only.
        lines: `[rows]` int64: the line of the file on which each row begins, counted from 1; the row's number where
            the format has no lines.
        skipped: Rows that could not be read and are not in `table`.
        notices: What was assumed or left out, a sentence each.

    Raises:
        ShapeError: If `lines` is not one line a row.
    """

    name: str
    table: pd.DataFrame
    lines: np.ndarray
    skipped: tuple[SkippedRow, ...] = ()
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = np.array(self.lines, dtype=np.int64)
        lines.flags.writeable = False
        object.__setattr__(self, "lines", lines)
        if lines.shape != (len(self.table),):
            raise ShapeError(
                f"`lines` must have shape [rows], one for each row of `table`. Received: shape={lines.shape} for "
                f"{len(self.table)} rows."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the file's order."""
        return tuple(self.table.columns)
