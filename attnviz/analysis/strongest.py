"""The few keys that hold most of a query's attention."""

import numpy as np
import numpy.typing as npt

from attnviz.analysis.statistics import allowed_weights
from attnviz.errors import ShapeError

MASS_TOLERANCE = 1e-6
"""Weights are single precision: 0.7 is 0.69999999 there, and a second key would not be what was asked for."""


def strongest_keys(
    weights: npt.ArrayLike, mass: float, *, mask: npt.ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each query the fewest keys that together hold `mass` of its attention, as exBERT draws (Hoover et al., 2020).

    Args:
        weights: `[query, key]`.
        mass: Share of what the query gives to all its keys, from 0 to 1. At 0 the strongest key is left, at 1 every
            key that receives more than a millionth.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        Query, key and weight of each connection, `[connection]` each: int, int, and float of the weights' type. Query
        by query, from the strongest key to the weakest, of equals the earlier first. A query that attends to nothing
        has none.

    Raises:
        ShapeError: If `weights` are no matrix, or `mass` is not from 0 to 1.
    """
    array = allowed_weights(weights, mask)
    if array.ndim != 2:
        raise ShapeError(f"`weights` must have shape [query, key]. Received: shape={array.shape}.")
    if not 0 <= mass <= 1:
        raise ShapeError(f"`mass` must be a share from 0 to 1. Received: {mass}.")
    order = np.argsort(-array, axis=1, kind="stable")
    descending = np.take_along_axis(array, order, axis=1)
    together = np.cumsum(descending, axis=1, dtype=np.float64)
    before = np.zeros_like(together)
    before[:, 1:] = together[:, :-1]
    wanted = mass * together[:, -1:] - MASS_TOLERANCE
    needed = (before < wanted) & (descending > 0)
    needed[:, :1] = descending[:, :1] > 0
    queries, places = np.nonzero(needed)
    return queries, order[queries, places], descending[queries, places]
