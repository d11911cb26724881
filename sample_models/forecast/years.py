"""The yearly sunspot numbers that the forecast model learns from, cut into windows."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from attnviz.errors import InputError
from attnviz.training.recipe import Part

LENGTH = 33
"""Years of a window: three of the cycles of about 11 years."""

FIRST_VALIDATION_YEAR, FIRST_TEST_YEAR = 1909, 1949
"""The test is the last 60 years, validation the 40 before them; training never sees a year that comes after."""

LAST_YEAR = 2008
"""The data that ship end here, and so do the examples."""

STRENGTHS = (1.0, 0.6, 0.8, 1.25, 1.6)
"""Factors that training windows are multiplied by: cycles are alike, but some are several times as strong as others."""

COLUMNS = ("year", "sunspots")
FILE = Path(__file__).parent / "sunspots.csv"


def read_sunspots(path: Path = FILE) -> Mapping[int, float]:
    """Mean sunspot number of each year, in order.

    Raises:
        InputError: If the file cannot be read, has other columns, a line has no number, a year is left out, or the
            years do not reach from a window of training to the examples of the test.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}. Received: {reader.fieldnames}.")
            numbers = dict(_year(path, line, row) for line, row in enumerate(reader, start=2))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text. Received: {error}.") from error
    years = list(numbers)
    first = FIRST_VALIDATION_YEAR - LENGTH - 1
    if not years or years[0] > first or years[-1] < LAST_YEAR or years != list(range(years[0], years[-1] + 1)):
        raise InputError(
            f"{path} must have every year in order, from {first} or before to {LAST_YEAR} or after. "
            f"Received: {len(years)} years{f' from {years[0]} to {years[-1]}' if years else ''}."
        )
    return numbers


def windows(sunspots: Mapping[int, float]) -> dict[str, Part]:
    """Windows of `LENGTH` years with the number of the year that follows, by the part that this year belongs to."""
    years, values = np.array(list(sunspots)), np.array(list(sunspots.values()))
    following = np.arange(LENGTH, len(values))
    series = np.stack([values[end - LENGTH : end] for end in following])[:, :, np.newaxis]
    asked = years[LENGTH:]
    sides = {
        "training": asked < FIRST_VALIDATION_YEAR,
        "validation": (asked >= FIRST_VALIDATION_YEAR) & (asked < FIRST_TEST_YEAR),
        "test": asked >= FIRST_TEST_YEAR,
    }
    return {name: Part(sequences=series[side], targets=values[following[side]]) for name, side in sides.items()}


def with_strengths(part: Part) -> Part:
    """The windows as they are, and each weaker and stronger: later cycles may go beyond all that training has."""
    series = np.concatenate([factor * np.asarray(part.sequences) for factor in STRENGTHS])
    return Part(sequences=series, targets=np.concatenate([factor * part.targets for factor in STRENGTHS]))


def window_before(sunspots: Mapping[int, float], year: int) -> np.ndarray:
    """The `LENGTH` years before `year`, `[LENGTH, 1]`."""
    return np.array([[sunspots[past]] for past in range(year - LENGTH, year)])


def _year(path: Path, line: int, row: Mapping[str, str | None]) -> tuple[int, float]:
    try:
        year, number = int(row["year"] or ""), float(row["sunspots"] or "")
    except ValueError as error:
        raise InputError(f"Line {line} of {path} must have a year and its number. Received: {row}.") from error
    if not 0 <= number < math.inf:
        raise InputError(f"Line {line} of {path} must have a number from 0. Received: {row['sunspots']}.")
    return year, number
