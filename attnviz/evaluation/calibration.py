"""Whether a classifier is right as often as it is sure: reliability diagram and expected calibration error."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.evaluation.class_predictions import ClassPredictions, class_predictions
from attnviz.evaluation.results import Evaluation

BINS = 15
"""Guo et al. (2017) use as many."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """Confidence beside accuracy (Guo et al., 2017).

    Attributes:
        bins: One row a bin of confidence, from `lower` (not in it) to `upper` (in it): `examples` in it, their mean
            `confidence` and their `accuracy`, 0 to 1 each, NaN in an empty bin.
        error: Expected calibration error, Σ_m |B_m|/n |acc(B_m) - conf(B_m)|, from 0 (calibrated) to 1.
    """

    bins: pd.DataFrame
    error: float


def calibration(evaluation: Evaluation) -> Calibration:
    """Confidence beside accuracy, in `BINS` bins of equal width.

    Raises:
        DataError: As for `class_predictions`.
    """
    given = class_predictions(evaluation)
    inside = _bin_of(given.confidence)
    right = (given.truth == given.predicted).astype(float)
    count = np.bincount(inside, minlength=BINS)
    edges = np.arange(BINS + 1) / BINS
    bins = pd.DataFrame(
        {
            "lower": edges[:-1],
            "upper": edges[1:],
            "examples": count,
            "confidence": _means(inside, given.confidence, count),
            "accuracy": _means(inside, right, count),
        }
    )
    return Calibration(bins=bins, error=calibration_error(gaps_by_bin(given)))


def gaps_by_bin(given: ClassPredictions) -> np.ndarray:
    """`[rows, bins]`: right (1 or 0) minus confidence, in the column of the row's bin.

    n times the error is the sum over the bins of the absolute value of the sum over the rows.
    """
    gaps = np.zeros((len(given.truth), BINS))
    confidence = given.confidence
    gaps[np.arange(len(gaps)), _bin_of(confidence)] = (given.truth == given.predicted) - confidence
    return gaps


def calibration_error(gaps: np.ndarray) -> float:
    """The expected calibration error of `gaps_by_bin`."""
    return float(np.abs(gaps.sum(axis=0)).sum() / len(gaps))


def _bin_of(confidence: np.ndarray) -> np.ndarray:
    """Bin m (from 0) holds confidences in (m / BINS, (m + 1) / BINS]."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def _means(inside: np.ndarray, values: np.ndarray, count: np.ndarray) -> np.ndarray:
    total = np.bincount(inside, values, BINS)
    return np.divide(total, count, out=np.full(BINS, np.nan), where=count > 0)
