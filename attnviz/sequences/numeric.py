"""Numbers as people paste them into arrays, and arrays as links hold them."""

import json
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from attnviz.errors import InputError
from attnviz.sequences.messages import counted, quoted
from attnviz.sequences.numeric_checks import numeric_array
from attnviz.sequences.specification import NumericSpecification

MAXIMUM_CHARACTERS = 2_000_000
"""Longest text that is parsed as one sequence; what is longer belongs into a `.npy` file."""

_MINUS_SIGNS = str.maketrans({"\u2212": "-", "\u2012": "-", "\u2013": "-", "\ufeff": None})
_BLANK = re.compile(r"[^\S\n\t]")
_SEPARATOR = re.compile(r" *[,;\t] *| +")
_GLUED_COMMA = re.compile(r"\d,\d")
_BARE_SPACE = re.compile(r"[^\s,;][ \t]+[^\s,;]")


def parse_numbers(text: str, specification: NumericSpecification) -> np.ndarray:
    """The numbers of one sequence that was typed or pasted.

    One step a line (or, on a single line, steps separated by `;`), its values separated by commas, semicolons, tabs or
    spaces; or a JSON list of lists. A first line without any number is taken as a header and skipped. Where the model
    takes one feature, a single line may hold all steps; where it takes exactly `length` steps, a single line may hold
    all of its numbers, step by step. Decimals are written with a point.

    Args:
        text: At most `MAXIMUM_CHARACTERS` characters.
        specification: What the model takes; says how many numbers a step has.

    Returns:
        `[steps, features]`, float64; may hold NaN or infinity if the text does. Number of steps and range of values
        are left to `encode`.

    Raises:
        InputError: If a value is no number, or a step has too few or too many; the message says line and column.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise InputError(
            f"The numbers are too long to be read as one sequence: at most {MAXIMUM_CHARACTERS:,} characters. "
            f"Received: {len(text):,}. Upload them as a .npy file."
        )
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_MINUS_SIGNS)
    if plain.lstrip().startswith("["):
        return _from_json(plain, specification)
    lines = [(number, line) for number, line in enumerate(_BLANK.sub(" ", plain).split("\n"), start=1) if line.strip()]
    rows = _rows(lines, specification)
    if not rows:
        raise InputError(
            f"There are no numbers. Give at least one {specification.step} of "
            f"{counted(len(specification.features), 'number')}."
        )
    hint = " Write decimals with a point, and thousands without a comma." if _GLUED_COMMA.search(plain) else ""
    return _grid([(where, _values(where, cells)) for where, cells in rows], specification, hint=hint)


def format_numbers(array: npt.ArrayLike) -> str:
    """The shortest text from which `parse_numbers` gives exactly the same numbers: `"0,0,5;1,2,3"`.

    Args:
        array: `[steps, features]`, or `[steps]` where a step has one feature.
    """
    values = np.asarray(array, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    return ";".join(",".join(repr(value).removesuffix(".0") for value in row) for row in values.tolist())


def number_cells(line: str) -> list[str]:
    """The values of a line that is a plain row of numbers; empty if it is anything else, such as several steps.

    Raises:
        InputError: If its commas can be read in two ways.
    """
    text = line.translate(_MINUS_SIGNS).strip()
    if not text or text.startswith("[") or (";" in text and len(_SEPARATOR.split(text)) != text.count(";") + 1):
        return []
    cells = _cells(1, text)
    return cells if all(is_number(cell) for cell in cells) else []


def grid_from(array: np.ndarray, specification: NumericSpecification) -> np.ndarray:
    """A single row of numbers as `[steps, features]`, where the model's input leaves only one way to read it so.

    A row of all steps of one feature becomes a column; a row of `length * features` numbers is cut into steps.
    Anything else is returned as it is.
    """
    features, length = len(specification.features), specification.length
    row = array.ndim == 1 or (array.ndim == 2 and len(array) == 1)
    if row and array.size and (features == 1 or (length is not None and array.size == length * features)):
        return array.reshape(-1, features)
    return array[np.newaxis] if array.ndim == 1 else array


def _from_json(text: str, specification: NumericSpecification) -> np.ndarray:
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"The list is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}. "
            "Write it as [[1, 2], [3, 4]], or the plain numbers without brackets."
        ) from None
    except (RecursionError, ValueError):
        raise InputError("The list is nested too deeply, or a number in it has too many digits.") from None
    array = numeric_array(content, where="")
    if array.size == 0 or array.ndim > 2:
        raise InputError(
            f"The list must hold {specification.step}s of {counted(len(specification.features), 'number')}, such as "
            f"[[1, 2], [3, 4]]. Received: shape={array.shape}."
        )
    array = grid_from(array, specification)
    return _grid([(f"List {row + 1}", values) for row, values in enumerate(array.tolist())], specification)


def _rows(lines: list[tuple[int, str]], specification: NumericSpecification) -> list[tuple[str, list[str]]]:
    """Each step's cells, with the name of its place in the text."""
    if len(lines) == 1:
        number, line = lines[0]
        parts = [_cells(number, part) for part in line.split(";") if part.strip()]
        if len(specification.features) > 1 and all(len(part) == 1 for part in parts):
            parts = [[cell for part in parts for cell in part]] if parts else []  # `1;2;3` cannot be steps
        if len(parts) == 1:
            return [(f"Line {number}", parts[0])]
        return [(f"{specification.step.capitalize()} {step}", cells) for step, cells in enumerate(parts, start=1)]
    for number, line in lines:
        _refuse_decimal_commas(number, line.strip().rstrip(";"), separators=";")
    rows = [(f"Line {number}", _cells(number, line.rstrip("; "))) for number, line in lines]
    has_header = bool(rows) and not any(is_number(cell) for cell in rows[0][1])
    return rows[1:] if has_header else rows


def _grid(rows: list[tuple[str, list[float]]], specification: NumericSpecification, *, hint: str = "") -> np.ndarray:
    features = len(specification.features)
    if len(rows) == 1:
        rows = [(rows[0][0], values) for values in grid_from(np.array([rows[0][1]]), specification).tolist()]
    for where, values in rows:
        if len(values) != features:
            advice = hint if len(values) == 2 * features else ""
            raise InputError(f"{where} must have {counted(features, 'number')}. Received: {len(values)}.{advice}")
    return np.array([values for _, values in rows], dtype=np.float64)


def _cells(number: int, line: str) -> list[str]:
    _refuse_decimal_commas(number, line)
    inner = line.strip(" ") if "\t" in line.strip() else line.strip()
    return [cell.strip("\"' ") for cell in _SEPARATOR.split(inner)]


def _refuse_decimal_commas(number: int, line: str, *, separators: str = "") -> None:
    """`1,5 2,5` may be two numbers or four; only a person knows."""
    if _GLUED_COMMA.search(line) and (_BARE_SPACE.search(line) or any(one in line for one in separators)):
        raise InputError(
            f"Line {number} can be read in two ways: a comma stands inside numbers and other separators stand between "
            "them. Write decimals with a point (1.5) and separate the values with commas."
        )


def _values(where: str, cells: list[str]) -> list[float]:
    values = []
    for column, cell in enumerate(cells, start=1):
        if not is_number(cell):
            received = quoted(cell) if cell else "nothing"
            raise InputError(f"{where}, column {column} must be a number. Received: {received}.")
        value = float(cell)
        if np.isinf(value) and "inf" not in cell.lower():
            raise InputError(f"{where}, column {column} is too large a number. Received: {quoted(cell)}.")
        values.append(value)
    return values


def is_number(cell: str) -> bool:
    """Whether the text is one number, as `parse_numbers` reads it (`nan` and `inf` are)."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python reads 1_000 as a number; nobody else does
