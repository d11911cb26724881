"""The yearly sunspot numbers that the forecast model learns from, cut into windows."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from attnviz.training.recipe import Part

LENGTH = 33
"""Years of a window: three of the cycles of about 11 years."""

FIRST_VALIDATION_YEAR, FIRST_TEST_YEAR = 1909, 1949
"""The test is the last 60 years, validation the 40 before them; training never sees a year that comes after."""

STRENGTHS = (1.0, 0.6, 0.8, 1.25, 1.6)
"""Factors that training windows are multiplied by: cycles are alike, but some are several times as strong as others."""

FILE = Path(__file__).parent / "sunspots.csv"


def read_sunspots(path: Path = FILE) -> Mapping[int, float]:
    """Mean sunspot number of each year, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["year"]): float(row["sunspots"]) for row in csv.DictReader(file)}


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
