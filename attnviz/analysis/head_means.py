"""How every head of a whole batch attends, in one pass over the weights.

The numbers are those of `attnviz.analysis.statistics`, as means over queries and in single precision. A data set is read
batch by batch while the model runs, and there the time counts: nothing of the size of the weights is allocated twice.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.analysis.statistics import share_of_largest_entropy
from attnviz.errors import ShapeError

SMALLEST = np.finfo(np.float32).tiny
"""Added to every weight before its logarithm is taken: 0 ln 0 is 0, and no other weight notices."""


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadMeans:
    """Means over the queries that count: real ones that may attend to anything.

    Attributes:
        entropy: float64 `[batch, heads]`, nats; NaN without such a query.
        normalised_entropy: float64 `[batch, heads]`, 0 to 1: over the queries that may attend to two keys or more.
        distance: float64 `[batch, heads]`, positions; NaN where queries and keys are not the same tokens.
        received: float64 `[batch, heads, key]`, 0 to 1: what each key receives.
    """

    entropy: np.ndarray
    normalised_entropy: np.ndarray
    distance: np.ndarray
    received: np.ndarray


class Scratch:
    """Memory that is used again for one batch after another. Not for two threads at once."""

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}

    def of(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """A float32 array of `shape` with anything in it, the same memory for the same name."""
        size = int(np.prod(shape))
        held = self._arrays.get(name)
        if held is None or held.size < size:
            held = self._arrays[name] = np.empty(size, np.float32)
        return held[:size].reshape(shape)


def head_means(
    weights: npt.ArrayLike,
    valid_queries: npt.ArrayLike,
    valid_keys: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    *,
    same_axis: bool,
    scratch: Scratch | None = None,
) -> HeadMeans:
    """How each head attends in each sample.

    Args:
        weights: `[batch, heads, query, key]`; each row sums to 1, to 0 (fully masked), or below 1 (sink cut off).
        valid_queries: `[batch, query]`, bool, True at real tokens and False at padding.
        valid_keys: `[batch, key]`, bool.
        mask: `[batch, query, key]`, bool, True where a query may attend to a key; None for everywhere.
        same_axis: Whether queries and keys are the same tokens, so that there is a distance between them.
        scratch: Memory to work in, for a caller with many batches.

    Raises:
        ShapeError: If the shapes do not fit together.
    """
    array = np.asarray(weights, np.float32)
    queries, keys = np.asarray(valid_queries, bool), np.asarray(valid_keys, bool)
    shape = array.shape
    if array.ndim != 4 or (*queries.shape, *keys.shape) != (shape[0], shape[2], shape[0], shape[3]):
        raise ShapeError(
            f"`weights` must have shape [batch, heads, query, key], and `valid_queries` and `valid_keys` those of its "
            f"axes. Received: {shape}, {queries.shape} and {keys.shape}."
        )
    scratch = scratch or Scratch()
    allowed = queries[:, :, None] & keys[:, None, :]
    if mask is not None:
        allowed &= np.asarray(mask, bool)
    factor = scratch.of("factor", (shape[0], 1, *shape[2:]))
    factor[:, 0] = allowed
    given = np.multiply(array, factor, out=scratch.of("given", shape))
    entropy = _row_entropies(given, scratch.of("logarithms", shape))
    attends = given @ np.ones(shape[3], np.float32) > 0
    share = share_of_largest_entropy(entropy, allowed.sum(axis=-1)[:, None, :])
    counted = attends.sum(axis=-1)
    distance = _distances(given, counted) if same_axis and shape[2] == shape[3] else np.full(shape[:2], np.nan)
    received = (np.ones((1, shape[2]), np.float32) @ given)[:, :, 0]
    return HeadMeans(
        entropy=_mean(entropy.sum(axis=-1), counted),
        normalised_entropy=_mean(np.nansum(share, axis=-1), (attends & ~np.isnan(share)).sum(axis=-1)),
        distance=distance,
        received=_mean(received, counted[..., None]),
    )


def _row_entropies(given: np.ndarray, logarithms: np.ndarray) -> np.ndarray:
    """`[batch, heads, query]`, float64, nats; 0 for a row without weight."""
    np.add(given, SMALLEST, out=logarithms)
    np.log(logarithms, out=logarithms)
    np.multiply(given, logarithms, out=logarithms)
    entropy = -(logarithms @ np.ones(given.shape[3], np.float32)).astype(np.float64)
    return np.maximum(entropy, 0.0)  # a weight that was rounded to a little more than 1


def _distances(given: np.ndarray, counted: np.ndarray) -> np.ndarray:
    positions = np.arange(given.shape[2], dtype=np.float32)
    distances = np.abs(positions[:, None] - positions)
    total = given.reshape(-1, distances.size) @ distances.ravel()
    return _mean(total.reshape(counted.shape), counted)


def _mean(total: np.ndarray, counted: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total.astype(np.float64) / counted
    return np.where(counted > 0, mean, np.nan)
