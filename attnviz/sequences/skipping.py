"""Rows that cannot be read, on the way through a file."""

from attnviz.errors import InputError
from attnviz.sequences.data_sets import SkippedRow


class Skipped:
    """Collects what is left out; calling it with a line and a reason adds a row.

    Args:
        most: Rows that may be left out before the file counts as no table at all.

    Raises:
        InputError: When called once too often.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: list[SkippedRow] = []

    def __call__(self, line: int, reason: str) -> None:
        if len(self._rows) == self._most:
            raise InputError(
                f"More than {self._most:,} rows of the file cannot be read. The first: {self._rows[0].reason}"
            )
        self._rows.append(SkippedRow(line=line, reason=reason))

    @property
    def rows(self) -> tuple[SkippedRow, ...]:
        """What was left out so far, in the file's order."""
        return tuple(self._rows)

    def check_some_are_left(self, read: int) -> None:
        """Refuse a file of which no row could be read.

        Args:
            read: Rows that could.

        Raises:
            InputError: If rows were left out and none was read.
        """
        if self._rows and not read:
            raise InputError(f"No row of the file can be read. The first: {self._rows[0].reason}")
