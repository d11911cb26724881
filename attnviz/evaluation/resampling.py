"""How sure a figure is: the percentile bootstrap (Efron and Tibshirani, 1993), for figures that are made of sums.

An example that is drawn twice counts twice. So a resample is a row of weights, and any figure of sums over examples
(an accuracy, a confusion matrix, BLEU) is computed for all resamples with one product of matrices.
"""

from collections.abc import Iterator

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

RESAMPLES = 1000
CONFIDENCE = 0.95
SEED = 0
CELLS_TOGETHER = 2**21
"""Weights that are held at once."""
WILSON = "Wilson's interval, as resampling shows nothing where all are alike"
"""What a figure says whose interval `share_interval` did not take from resamples."""


def resampled_weights(examples: int, *, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """How often each example was drawn: parts of a matrix `[resamples, examples]`, float32.

    Each row sums to `examples`. The same seed gives the same draws, so that figures over the same examples are drawn
    together.
    """
    generator = np.random.default_rng(seed)
    together = max(1, CELLS_TOGETHER // max(1, examples))
    for start in range(0, resamples, together):
        rows = min(together, resamples - start)
        drawn = generator.integers(examples, size=(rows, examples), dtype=np.int64)
        drawn += np.arange(rows)[:, None] * examples
        yield np.bincount(drawn.ravel(), minlength=rows * examples).reshape(rows, examples).astype(np.float32)


def resampled_sums(values: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """Sums over each resample.

    Args:
        values: `[examples, sums]`, what each example adds to each sum.
        resamples: How many resamples.
        seed: Of the draws.

    Returns:
        float64 `[resamples, sums]`.
    """
    given = np.asarray(values)
    # Counts are exact in single precision, which is twice as fast; differences of squares would lose their digits.
    array = given.astype(np.float32 if given.dtype.kind in "bui" else np.float64)
    if not len(array):
        return np.full((resamples, array.shape[1]), np.nan)
    parts = [weights @ array for weights in resampled_weights(len(array), resamples=resamples, seed=seed)]
    return np.concatenate(parts).astype(np.float64, copy=False)


def resampled_shares(hits: int, total: int, *, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """The share of hits in each resample, `[resamples]`: how many of them are drawn is all there is to draw.

    Args:
        hits: Examples that are hits; the others are none.
        total: All examples.
        resamples: How many resamples.
        seed: Of the draws.
    """
    return np.random.default_rng(seed).binomial(total, hits / total, size=resamples) / total


def share_interval(hits: int, total: int, drawn: np.ndarray) -> np.ndarray:
    """`percentile_interval` of a share of examples; Wilson's (1927) where all are hits, or none.

    Every resample is alike then, and says nothing about the next example.

    Args:
        hits: Examples that are hits.
        total: All examples.
        drawn: `[resamples]`, the share in each resample.
    """
    if hits in (0, total):
        wilson = stats.binomtest(hits, total).proportion_ci(CONFIDENCE, method="wilson")
        return np.array([wilson.low, wilson.high])
    return percentile_interval(drawn)


def percentile_interval(figures: np.ndarray, *, confidence: float = CONFIDENCE) -> np.ndarray:
    """Lower and upper end for figures of all resamples.

    Args:
        figures: `[resamples]` or `[resamples, figures]`; resamples in which a figure is not defined (NaN) do not count.
        confidence: From 0 to 1.

    Returns:
        `[2]` or `[2, figures]`; NaN where more than half of the resamples have no figure.
    """
    array = np.asarray(figures, np.float64)
    flat = array.reshape(len(array), -1)
    known = ~np.isnan(flat)
    ends = np.full((2, flat.shape[1]), np.nan)
    share = (1 - confidence) / 2
    for column in np.flatnonzero(2 * known.sum(axis=0) > len(flat)):
        ends[:, column] = np.quantile(flat[known[:, column], column], [share, 1 - share])
    return ends.reshape(2, *array.shape[1:])


def row_means(values: np.ndarray) -> np.ndarray:
    """Mean of each row `[rows]`, float64, over what is no NaN; NaN for a row without numbers."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1, dtype=np.float64)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
