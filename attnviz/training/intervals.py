"""How sure a measured figure is."""

from collections.abc import Sequence

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

from attnviz.errors import ShapeError


def mean_interval(values: Sequence[float], *, confidence: float = 0.95) -> tuple[float, float]:
    """Student's t interval of the mean of repeated measurements, such as one figure of several training seeds.

    It covers what differs between the repetitions and nothing else: seeds that share a test split say nothing about
    another test split, see `share_interval`.

    Args:
        values: Two measurements or more.
        confidence: From 0 to 1.

    Returns:
        Lower and upper end.

    Raises:
        ShapeError: If there are fewer than two values.
    """
    if len(values) < 2:
        raise ShapeError(f"The interval of a mean needs two values or more. Received: {len(values)}.")
    error = float(stats.sem(values))
    mean = float(np.mean(values))
    if error == 0:  # SciPy gives NaN for a distribution without width
        return mean, mean
    lower, upper = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=error)
    return float(lower), float(upper)


def share_interval(hits: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson, 1927) of a share, such as an accuracy on `total` test examples.

    Args:
        hits: How many were right.
        total: Out of how many, at least 1.
        confidence: From 0 to 1.

    Returns:
        Lower and upper end, from 0 to 1.

    Raises:
        ShapeError: If there is no example, or there are more hits than examples.
    """
    if not 0 <= hits <= total or total == 0:
        raise ShapeError(f"`hits` must be from 0 to `total`, and `total` at least 1. Received: {hits} of {total}.")
    interval = stats.binomtest(hits, total).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
