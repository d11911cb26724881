"""Tables of attention statistics: one row a token, or one row a head."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from attnviz.analysis import statistics
from attnviz.errors import ShapeError


def token_statistics(
    weights: npt.ArrayLike,
    valid_queries: npt.ArrayLike,
    valid_keys: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    *,
    same_axis: bool = True,
) -> pd.DataFrame:
    """What each token of the key axis receives and, in self-attention, what it looks at itself.

    Args:
        weights: `[query, key]` of one sample and one head (or one reduction of its heads).
        valid_queries: `[query]`, bool, True at real tokens and False at padding.
        valid_keys: `[key]`, bool.
        mask: `[query, key]`, bool, True where a query may attend to a key; None for everywhere.
        same_axis: Whether queries and keys are the same tokens. Where they are not (cross-attention, pooling), a key
            is no query, and the columns about queries are left out.

    Returns:
        One row for each real key, indexed by its `position` in `weights`, with the columns
        `received` (0 to 1, mean over the real queries that may attend to anything),
        `to itself` (0 to 1), `entropy` (nats), `normalised entropy` (0 to 1), `strongest key` (position; -1 for a
        fully masked token) and `strongest weight` (0 to 1). A token that is fully masked as a query has NaN there.

    Raises:
        ShapeError: If the shapes do not fit together.
    """
    array = np.asarray(weights)
    if array.ndim != 2:
        raise ShapeError(f"`weights` must have shape [query, key]. Received: shape={array.shape}.")
    queries, keys, allowed = _checked_axes(array, valid_queries, valid_keys, mask, same_axis)
    columns = {"received": statistics.received_attention(array, valid=queries, mask=allowed)}
    if same_axis:
        strongest = statistics.strongest_key(array, mask=allowed)
        weight = statistics.allowed_weights(array, allowed).max(axis=-1, initial=0.0).astype(np.float64)
        columns |= {
            "to itself": statistics.attention_to_self(array, mask=allowed),
            "entropy": statistics.attention_entropy(array, mask=allowed),
            "normalised entropy": statistics.normalised_entropy(array, mask=allowed),
            "strongest key": strongest,
            "strongest weight": np.where(strongest >= 0, weight, np.nan),
        }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(keys), name="position")).loc[keys]


def head_statistics(
    weights: npt.ArrayLike,
    valid_queries: npt.ArrayLike,
    valid_keys: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    *,
    same_axis: bool = True,
) -> pd.DataFrame:
    """How each head of a layer attends, as means over its real queries that may attend to anything.

    Args:
        weights: `[heads, query, key]` of one sample.
        valid_queries: `[query]`, bool, True at real tokens and False at padding.
        valid_keys: `[key]`, bool.
        mask: `[query, key]`, bool, True where a query may attend to a key; None for everywhere.
        same_axis: Whether queries and keys are the same tokens. Where they are not, positions on the two axes cannot
            be compared, and `distance`, `diagonal`, `previous` and `next` are NaN.

    Returns:
        One row a head, indexed by `head`, with the columns
        `entropy` (nats), `normalised entropy` (0 to 1), `effective keys` (keys, mean of exp(E_i)), `distance`
        (positions), the mass, from 0 to 1, on `diagonal`, `previous`, `next` and `first` token (of the real keys), and
        `received` (0 to 1): the largest mean attention that any one key receives.

    Raises:
        ShapeError: If the shapes do not fit together.
    """
    array = np.asarray(weights)
    if array.ndim != 3:
        raise ShapeError(f"`weights` must have shape [heads, query, key]. Received: shape={array.shape}.")
    queries, keys, allowed = _checked_axes(array, valid_queries, valid_keys, mask, same_axis)
    given = statistics.allowed_weights(array, allowed)  # once: what is forbidden has no weight in any of them
    entropy = statistics.attention_entropy(given)
    normalised = statistics.share_of_largest_entropy(entropy, allowed.sum(axis=-1))
    unknown = np.full(len(array), np.nan)
    first = np.flatnonzero(keys)[:1]
    columns = {
        "entropy": statistics.mean_over_queries(entropy, queries),
        "normalised entropy": statistics.mean_over_queries(normalised, queries),
        "effective keys": statistics.mean_over_queries(np.exp(entropy), queries),
        "distance": unknown,
        "diagonal": unknown,
        "previous": unknown,
        "next": unknown,
        "first": statistics.mass_on_keys(given, first, valid=queries),
        "received": statistics.largest_received(given, valid=queries),
    }
    if same_axis:
        columns["distance"] = statistics.mean_over_queries(statistics.attention_distance(given), queries)
        for name, offset in (("diagonal", 0), ("previous", -1), ("next", 1)):
            columns[name] = statistics.offset_mass(given, offset, valid=queries)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(array), name="head"))


def _checked_axes(
    weights: np.ndarray,
    valid_queries: npt.ArrayLike,
    valid_keys: npt.ArrayLike,
    mask: npt.ArrayLike | None,
    same_axis: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Valid queries, valid keys, and where attention counts: allowed by the mask and on a real key."""
    queries, keys = np.asarray(valid_queries, bool), np.asarray(valid_keys, bool)
    shape = weights.shape[-2:]
    if (*queries.shape, *keys.shape) != shape or queries.ndim != 1:
        raise ShapeError(
            f"`valid_queries` and `valid_keys` must have the lengths of the weights' axes, {shape}. "
            f"Received: shapes {queries.shape} and {keys.shape}."
        )
    if mask is not None and np.shape(mask) != shape:
        raise ShapeError(f"`mask` must have shape [query, key] = {shape}. Received: shape={np.shape(mask)}.")
    if same_axis and shape[0] != shape[1]:
        raise ShapeError(f"Queries and keys that are the same tokens must be equally many. Received: {shape}.")
    allowed = np.broadcast_to(keys, shape) if mask is None else np.asarray(mask, bool) & keys
    return queries, keys, allowed
