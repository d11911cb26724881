"""Fewer cells than there are: neighbours become one, so that a picture shows what fits on it."""

from typing import Literal

import numpy as np

from attnviz.views.region import Region, span


def groups(length: int, maximum: int) -> np.ndarray:
    """First position of each of at most `maximum` groups of neighbours, `[group]`, int; `length` groups if they fit."""
    count = min(length, maximum)
    return np.arange(count) * length // count


def pooled_cells(
    region: Region, rows: np.ndarray, columns: np.ndarray, *, reduce: Literal["max", "mean"] = "max"
) -> np.ndarray:
    """The cells of `region`, pooled into groups.

    Args:
        region: Which part of a map.
        rows: First position of each group of queries, as `groups` gives them.
        columns: The same of keys.
        reduce: `"max"` lets no peak vanish; `"mean"` is over the cells in which a query may attend to a key.

    Returns:
        `[row, column]`, float32, from 0 to 1; NaN where no query of the group may attend to any of its keys.
    """
    queries, keys = region.queries, region.keys
    allowed = region.allowed()
    if len(rows) == len(queries) and len(columns) == len(keys):
        weights = region.weights()
        return weights if allowed is None else np.where(allowed, weights, np.float32(np.nan))
    if reduce == "mean":
        return _mean(region.weights(), allowed, rows, columns)
    if allowed is None and _contiguous(queries) and _contiguous(keys):
        shape = (len(rows), len(columns))
        return region.map.read(region.sample, region.head, span(queries), span(keys), shape=shape)
    # Padding between tokens, and what may not attend, has to go before neighbours are pooled.
    weights = region.weights()
    cells = weights if allowed is None else np.where(allowed, weights, np.float32(-1))
    pooled = np.maximum.reduceat(np.maximum.reduceat(cells, rows, axis=0), columns, axis=1)
    return np.where(pooled < 0, np.float32(np.nan), pooled)


def _mean(weights: np.ndarray, allowed: np.ndarray | None, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    counted = np.ones(weights.shape, np.float32) if allowed is None else allowed.astype(np.float32)
    sums, counts = (
        np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
        for values in (weights * counted, counted)
    )
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.float32(np.nan)).astype(np.float32)


def _contiguous(positions: np.ndarray) -> bool:
    return int(positions[-1]) - int(positions[0]) + 1 == len(positions)
