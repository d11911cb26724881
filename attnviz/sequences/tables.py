"""`.csv` and `.tsv` files: rows under a header, strictly read, with the line of every mistake.

The rows come from the standard library's reader, one at a time: pandas' fills rows that are too short without a word,
knows no line numbers, and holds every number of a large file as text before it becomes one.
"""

import csv
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TextIO

from attnviz.errors import InputError
from attnviz.sequences.file_content import TextFile
from attnviz.sequences.messages import counted, listed
from attnviz.sequences.numeric import is_number

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
"""What may separate the cells of a row; the most common first."""

MAXIMUM_COLUMNS = 10_000

MAXIMUM_LINES = 5_000_000
"""Lines, empty ones included: a file of nothing else would keep the reader busy for long."""

Skip = Callable[[int, str], None]

_LONGEST_CELL = 2**31 - 1
_MOST_DELIMITERS = 5_000_000
_SAMPLE_CHARACTERS = 2**16
_SAMPLE_ROWS = 20
_LONGEST_NAME = 80


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """A CSV or TSV file whose shape is known; iterating reads it from the start.

    Attributes:
        file: The file.
        delimiter: What separates the cells of a row.
        has_quotes: Whether cells may stand in quotation marks.
        header: Names of the columns.
        has_header: Whether the first line holds the names; else it holds numbers only and the names are made up.
        notices: What was assumed.
    """

    file: TextFile
    delimiter: str
    has_quotes: bool
    header: tuple[str, ...]
    has_header: bool
    notices: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Every row under the header, with the number of its first line; an empty one has no cells.

        Raises:
            InputError: If a row has more or fewer cells than the header, or its quotation marks do not fit together.
        """
        return self.rows(_refuse)

    def rows(self, skip: Skip) -> Iterator[tuple[int, list[str]]]:
        """The same, but rows that cannot be read are left out.

        Args:
            skip: Is called with the line and the reason of each row that is left out, and may raise.
        """
        with self.file.open(newline="") as text:
            awaits_header = self.has_header
            for line, cells in _rows(text, self.delimiter, has_quotes=self.has_quotes, skip=skip):
                if _is_empty(cells):
                    yield line, []
                elif awaits_header:
                    awaits_header = False
                elif len(cells) == len(self.header):
                    yield line, cells
                else:
                    separator = DELIMITERS[self.delimiter]
                    skip(
                        line,
                        f"Line {line} must have {counted(len(self.header), 'cell')} like the first line. Received: "
                        f"{len(cells)}. A {separator} ends a cell, unless the cell stands in quotation marks.",
                    )

    def without_header(self) -> "Table":
        """The same file, its first line read as data."""
        notices = tuple(one for one in self.notices if "column names" not in one)
        return replace(
            self,
            header=_numbered(len(self.header)),
            has_header=False,
            notices=(*notices, "The first line was read as data: its words stand in the rows below too."),
        )


def _refuse(line: int, reason: str) -> None:
    raise InputError(reason)


def open_table(file: TextFile, *, delimiter: str | None = None) -> Table:
    """The table in a file. The first line is the header, unless all of its cells are numbers.

    Args:
        file: The text of the file.
        delimiter: What separates cells; None finds out which of `DELIMITERS` does.

    Raises:
        InputError: If there is no row, or two columns have the same name.
    """
    if delimiter is None:
        delimiter = _delimiter_of(file)
    has_quotes = delimiter != "\t" or _quotes_fit(file, delimiter)
    with file.open(newline="") as text:
        rows = (cells for _, cells in _rows(text, delimiter, has_quotes=has_quotes))
        cells = next((cells for cells in rows if not _is_empty(cells)), None)
    if cells is None:
        raise InputError("All rows of the file are empty.")
    if len(cells) > MAXIMUM_COLUMNS:
        raise InputError(f"The file may have at most {MAXIMUM_COLUMNS:,} columns. Received: {len(cells):,}.")
    has_header = not all(is_number(cell) for cell in cells)
    header, notices = _header(cells) if has_header else (_numbered(len(cells)), (_NO_HEADER,))
    if not has_quotes:
        notices = (*notices, "Quotation marks were read as part of the text.")
    return Table(
        file=file,
        delimiter=delimiter,
        has_quotes=has_quotes,
        header=header,
        has_header=has_header,
        notices=(*file.notices, *notices),
    )


_NO_HEADER = "The first line holds only numbers, so it was read as data and not as column names."


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"column {position}" for position in range(1, count + 1))


def _header(cells: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(cell.strip() or made_up for cell, made_up in zip(cells, _numbered(len(cells)), strict=True))
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise InputError(f"Each column must have a name of its own. Received more than once: {listed(repeated)}.")
    if any(len(name) > _LONGEST_NAME for name in names):
        return names, (
            f"The first line was read as column names: {listed(names, most=3)}. "
            "If it is data, put a line of names above it.",
        )
    return names, ()


def _is_empty(cells: list[str]) -> bool:
    return len(cells) <= 1 and not "".join(cells).strip()


def _rows(text: TextIO, delimiter: str, *, has_quotes: bool, skip: Skip = _refuse) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line that each starts on.

    Where quotation marks do not fit together, only the line that the row starts on is handed to `skip`: what a mark
    without a partner swallowed is read again.
    """
    csv.field_size_limit(_LONGEST_CELL)  # of the whole process; the file's size is bounded already
    lines = _bounded(text, delimiter)
    swallowed: deque[str] = deque()
    taken: list[str] = []

    def remembered() -> Iterator[str]:
        while True:
            line = swallowed.popleft() if swallowed else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line

    line, again = 1, 0
    reader = None
    while True:
        reader = reader or csv.reader(
            remembered(),
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE,
            strict=True,
        )
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            skip(line, _quote_problem(line, error))
            swallowed.extendleft(reversed(taken[1:]))
            again += len(taken)
            if again > MAXIMUM_LINES:
                raise InputError("The quotation marks of too many rows do not fit together.") from None
            reader = None
            line += 1
            continue
        yield line, cells
        line += len(taken)


def _bounded(text: TextIO, delimiter: str) -> Iterator[str]:
    for number, line in enumerate(text, start=1):
        if line.count(delimiter) > _MOST_DELIMITERS:
            raise InputError(f"Line {number} has more than {_MOST_DELIMITERS:,} cells.")
        if number > MAXIMUM_LINES:
            raise InputError(f"The file has more than {MAXIMUM_LINES:,} lines. Split it.")
        yield line


def _quote_problem(line: int, error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return (
            f'The quotation mark that opens in the row at line {line} is never closed. Write one inside a text as "".'
        )
    return f'The quotation marks in the row at line {line} do not fit together. Write one inside a text as "".'


def _quotes_fit(file: TextFile, delimiter: str) -> bool:
    """Whether a TSV file puts cells in quotation marks: many hold them as plain text."""
    with file.open(newline="") as text:
        try:
            for _ in _rows(text, delimiter, has_quotes=True):
                pass
        except InputError as error:
            return "quotation" not in str(error)
    return True


def _delimiter_of(file: TextFile) -> str:
    """The delimiter that cuts the first rows into equally many cells; else the one most frequent in the first row."""
    with file.open(newline="") as text:
        sample = text.read(_SAMPLE_CHARACTERS)
    whole = len(sample) < _SAMPLE_CHARACTERS
    lines = sample.splitlines(keepends=True)
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    widths = {delimiter: _widths(lines, delimiter) for delimiter in DELIMITERS}
    return max(
        DELIMITERS,
        key=lambda delimiter: (
            bool(widths[delimiter]) and min(widths[delimiter]) == max(widths[delimiter]) > 1,
            widths[delimiter][0] if widths[delimiter] else 0,
        ),
    )


def _widths(lines: list[str], delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return widths
