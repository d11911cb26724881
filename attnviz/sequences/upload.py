"""What a person uploaded: a table to pick from, and the sequence behind each of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from attnviz.errors import InputError, ShapeError
from attnviz.sequences.messages import listed, quoted
from attnviz.sequences.numeric import grid_from, parse_numbers
from attnviz.sequences.numeric_checks import checked_numbers, numeric_array
from attnviz.sequences.pictures import rows_of_pixels
from attnviz.sequences.specification import InputSpecification, NumericSpecification

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    """What an upload may have at most.

    Attributes:
        maximum_bytes: Size of the file.
        maximum_sequences: Rows of its table.
    """

    maximum_bytes: int = 100 * 2**20
    maximum_sequences: int = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Upload:
    """An uploaded file, read but not yet encoded.

    Attributes:
        name: The file's name, as the browser gave it.
        columns: Columns of `table` that a sequence can be taken from; at least one.
        suggested_column: The one of them that most likely holds the sequences.
        table: One row a sequence, indexed from 0: what a person picks from. For a numeric model the row's number and
            a short preview, for text the file's own columns.
        notices: What was assumed or left out, a sentence each.
        values: For each of `columns` what the rows hold: texts, numbers in arrays or lists, or numbers as text.
        specification: What the model takes.

    Raises:
        ShapeError: If the fields do not fit together.
    """

    name: str
    columns: tuple[str, ...]
    suggested_column: str
    table: "pd.DataFrame"
    values: Mapping[str, Sequence[Any] | np.ndarray]
    specification: InputSpecification
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        missing = [column for column in self.columns if column not in self.table or column not in self.values]
        if missing or self.suggested_column not in self.columns:
            raise ShapeError(
                f"`columns` must be in `table` and in `values`, and `suggested_column` among them. Received: "
                f"columns={self.columns}, suggested_column={self.suggested_column!r}."
            )

    def sequence(self, row: int, column: str) -> str | np.ndarray:
        """One sequence of the file.

        Args:
            row: Index into `table`, from 0.
            column: One of `columns`.

        Returns:
            Text for a model that takes text, else numbers `[steps, features]`, float64, that the model can take.

        Raises:
            InputError: If there is no such row or column, or what stands there cannot be used; the message names the
                row, counted from 1.
        """
        if column not in self.columns:
            if column in self.table:
                raise InputError(
                    f"Column {quoted(column)} cannot be used: the model takes {_kind(self.specification)}. "
                    f"Columns with {_kind(self.specification)}: {listed(self.columns)}."
                )
            raise InputError(f"There is no column {quoted(column)}. The columns are: {listed(self.columns)}.")
        if not 0 <= row < len(self.table):
            raise InputError(f"There is no row {row + 1}. The file has {len(self.table):,}.")
        value = self.values[column][row]
        where = f"Row {row + 1}: "
        if isinstance(self.specification, NumericSpecification):
            return numbers_of(value, self.specification, where)
        if not isinstance(value, str):
            raise InputError(f"{where}column {quoted(column)} must hold text. Received: {value!r:.60}.")
        if not value.strip():
            raise InputError(f"{where}column {quoted(column)} is empty. Pick another row.")
        return value


def numbers_of(value: Any, specification: NumericSpecification, where: str) -> np.ndarray:
    """One sequence of numbers `[steps, features]`, float64, that the model can take.

    Args:
        value: Numbers in an array or nested lists, or as text that `parse_numbers` reads.
        specification: What the model takes.
        where: What a message starts with.

    Raises:
        InputError: If the model cannot take it.
    """
    if isinstance(value, str):
        try:
            array = parse_numbers(value, specification)
        except InputError as error:
            raise InputError(f"{where}{error}") from None
    else:
        array = rows_of_pixels(numeric_array(value, where), specification)
        array = grid_from(array[0] if array.ndim == 3 and len(array) == 1 else array, specification)
    return checked_numbers(array, specification, where=where)


def _kind(specification: InputSpecification) -> str:
    return "numbers" if isinstance(specification, NumericSpecification) else "text"
