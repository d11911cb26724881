"""Statistics of attention weights (Clark et al., 2019), each vectorised over all leading axes.

Three conventions hold throughout. `mask` (True = may be attended to) takes the cells that it forbids out of every
number. A row whose allowed weights sum to 0 is fully masked: it has no statistic (NaN) and no part in a mean. A row
that sums to less than 1 (an attention sink was cut off) is taken as it stands and not scaled up.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError


def attention_entropy(weights: npt.ArrayLike, *, base: float = math.e, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """Spread of each query's attention, E_i = -Σ_j A_ij log A_ij (Clark et al., 2019).

    Args:
        weights: `[..., query, key]`; each row sums to 1, to 0 (fully masked), or below 1 (sink cut off).
        base: Logarithm base; e gives nats, 2 bits.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query]`, float64, from 0 (one key) to log_base(keys) (uniform); NaN for a fully masked row.

    Raises:
        ShapeError: If `weights` have fewer than two axes, or `mask` does not fit them.
    """
    array = allowed_weights(weights, mask)
    logarithms = np.log(array, out=np.zeros_like(array), where=array > 0)
    entropy = -np.einsum("...ij,...ij->...i", array, logarithms, dtype=np.float64) / math.log(base)
    return _without_masked_rows(array, entropy + 0.0)  # + 0.0 turns -0.0 into 0.0


def normalised_entropy(weights: npt.ArrayLike, *, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """`attention_entropy` divided by its largest value, ln n_i for the n_i keys that query i may attend to.

    Args:
        weights: `[..., query, key]`.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query]`, float64, from 0 (one key) to 1 (uniform); NaN for a fully masked row and where n_i is 1.
    """
    array = np.asarray(weights)
    entropy = attention_entropy(array, mask=mask)
    allowed = np.ones(array.shape, bool) if mask is None else np.broadcast_to(np.asarray(mask, bool), array.shape)
    return share_of_largest_entropy(entropy, allowed.sum(axis=-1))


def share_of_largest_entropy(entropy: npt.ArrayLike, keys: npt.ArrayLike) -> np.ndarray:
    """Entropies that are known already, each divided by the largest that its query could have, ln n_i.

    Args:
        entropy: `[..., query]`, nats.
        keys: Number of keys n_i that each query may attend to, broadcastable to `entropy`.

    Returns:
        `[..., query]`, float64, from 0 (one key) to 1 (uniform); NaN where n_i is below 2.
    """
    known = np.asarray(entropy, np.float64)
    count = np.broadcast_to(np.asarray(keys), known.shape)
    return np.divide(known, np.log(np.maximum(count, 1)), out=np.full_like(known, np.nan), where=count > 1)


def effective_keys(weights: npt.ArrayLike, *, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """Number of keys over which uniform attention would be as spread, exp(E_i).

    Args:
        weights: `[..., query, key]`.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query]`, float64, in keys, from 1 to the number of keys; NaN for a fully masked row.
    """
    return np.exp(attention_entropy(weights, mask=mask))


def attention_distance(weights: npt.ArrayLike, *, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """How far each query looks, Σ_j A_ij |i - j| (Clark et al., 2019). `mean_over_queries` gives the head's.

    Args:
        weights: `[..., token, token]`, self-attention.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query]`, float64, in positions; NaN for a fully masked row, and everywhere if `weights` are not square.
    """
    array = allowed_weights(weights, mask)
    queries, keys = array.shape[-2:]
    if queries != keys:
        return np.full(array.shape[:-1], np.nan)
    positions = np.arange(keys)
    distances = np.abs(positions[:, None] - positions).astype(np.float64)
    return _without_masked_rows(array, np.einsum("...ij,ij->...i", array, distances, dtype=np.float64))


def offset_mass(
    weights: npt.ArrayLike, offset: int, *, valid: npt.ArrayLike | None = None, mask: npt.ArrayLike | None = None
) -> np.ndarray:
    """Mean weight that a token gives to the token `offset` positions on, mean_i A_{i,i+offset}.

    Args:
        weights: `[..., token, token]`, self-attention.
        offset: 0 for the diagonal, -1 for the previous token, 1 for the next.
        valid: `[..., token]`, bool, True at real tokens; None for all. The mean runs over the real tokens i for which
            i + offset is a real token too. One that exists but is forbidden (the next token of a causal model) counts
            with weight 0.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[...]`, float64, from 0 to 1; NaN if there is no such pair of tokens, or if `weights` are not square.
    """
    array = allowed_weights(weights, mask)
    queries, keys = array.shape[-2:]
    if queries != keys:
        return np.full(array.shape[:-2], np.nan)
    given = np.diagonal(array, offset, axis1=-2, axis2=-1).astype(np.float64)
    first = max(0, -offset)
    rows = slice(first, first + given.shape[-1])
    real = _valid_queries(valid, array.shape)
    neighbour = real[..., rows.start + offset : rows.stop + offset]
    given = np.where(_attends(array)[..., rows], given, np.nan)
    return mean_over_queries(given, real[..., rows] & neighbour)


def mass_on_keys(
    weights: npt.ArrayLike,
    keys: Sequence[int] | npt.NDArray[np.integer] | npt.NDArray[np.bool_],
    *,
    valid: npt.ArrayLike | None = None,
    mask: npt.ArrayLike | None = None,
) -> np.ndarray:
    """Mean weight that queries give to a set of keys together, mean_i Σ_{j∈S} A_ij (Clark et al., 2019).

    Args:
        weights: `[..., query, key]`.
        keys: The set S: positions (`[0]` for the first token), or bool `[key]`.
        valid: `[..., query]`, bool, True at the queries to count; None for all.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[...]`, float64, from 0 to 1; NaN if no query counts.
    """
    array = allowed_weights(weights, mask)
    chosen = np.asarray(keys)
    members = np.zeros(array.shape[-1], bool)
    members[chosen if chosen.size else []] = (
        True  # an empty sequence would be an array of floats; a set counts a key once
    )
    mass = array[..., members].sum(axis=-1, dtype=np.float64)
    return mean_over_queries(_without_masked_rows(array, mass), _valid_queries(valid, array.shape))


def received_attention(
    weights: npt.ArrayLike, *, valid: npt.ArrayLike | None = None, mask: npt.ArrayLike | None = None
) -> np.ndarray:
    """Attention that each key receives, mean_i A_ij; over the keys it sums to 1 where every row does.

    Args:
        weights: `[..., query, key]`.
        valid: `[..., query]`, bool, True at the queries to count; None for all.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., key]`, float64, from 0 to 1; NaN if no query counts.
    """
    array = allowed_weights(weights, mask)
    counted = _attends(array) & _valid_queries(valid, array.shape)
    queries = counted.sum(axis=-1)[..., None]
    total = np.einsum("...ij,...i->...j", array, counted, dtype=np.float64, casting="unsafe")
    return np.divide(total, queries, out=np.full(total.shape, np.nan), where=queries > 0)


def largest_received(
    weights: npt.ArrayLike, *, valid: npt.ArrayLike | None = None, mask: npt.ArrayLike | None = None
) -> np.ndarray:
    """The largest mean attention that any one key receives, max_j mean_i A_ij: whether a head looks at one place.

    High for a head that rests on a separator or another sink (Clark et al., 2019), 1 / keys for one whose attention
    falls evenly on all of them, as that of a head which looks at the previous token does.

    Args:
        weights: `[..., query, key]`.
        valid: `[..., query]`, bool, True at the queries to count; None for all.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[...]`, float64, from 0 to 1; NaN if no query counts or there is no key.
    """
    received = received_attention(weights, valid=valid, mask=mask)
    largest = received.max(axis=-1, initial=-np.inf)  # NaN in every key or in none
    return np.where(np.isneginf(largest), np.nan, largest)


def attention_to_self(weights: npt.ArrayLike, *, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """Weight that each token gives to itself, A_jj.

    Args:
        weights: `[..., token, token]`, self-attention.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., key]`, float64, from 0 to 1; NaN for a fully masked row, and everywhere if `weights` are not square.
    """
    array = allowed_weights(weights, mask)
    queries, keys = array.shape[-2:]
    if queries != keys:
        return np.full((*array.shape[:-2], keys), np.nan)
    return _without_masked_rows(array, np.diagonal(array, axis1=-2, axis2=-1).astype(np.float64))


def strongest_key(weights: npt.ArrayLike, *, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """Position of the key that each query attends to most, argmax_j A_ij; of several, the first.

    Args:
        weights: `[..., query, key]`.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query]`, int64, from 0 to keys - 1; -1 for a fully masked row.
    """
    array = allowed_weights(weights, mask)
    if not array.shape[-1]:
        return np.full(array.shape[:-1], -1, np.int64)
    return np.where(_attends(array), array.argmax(axis=-1), -1)


def mean_over_queries(values: npt.ArrayLike, valid: npt.ArrayLike | None = None) -> np.ndarray:
    """Mean of a statistic over the queries that count: the valid ones that have it (no NaN).

    Args:
        values: `[..., query]`, NaN where a query has no value.
        valid: bool, broadcastable to `values`, True at the queries to count; None for all.

    Returns:
        `[...]`, float64; NaN if no query counts.
    """
    array = np.asarray(values, dtype=np.float64)
    counted = ~np.isnan(array)
    if valid is not None:
        counted &= np.asarray(valid, bool)
    queries = counted.sum(axis=-1)
    total = np.where(counted, array, 0.0).sum(axis=-1)
    return np.divide(total, queries, out=np.full(np.shape(total), np.nan), where=queries > 0)


def allowed_weights(weights: npt.ArrayLike, mask: npt.ArrayLike | None = None) -> np.ndarray:
    """`weights` with 0 where `mask` forbids: some models give a fully masked query uniform weights that mean nothing.

    Args:
        weights: `[..., query, key]`.
        mask: bool, broadcastable to `weights`, True where a query may attend to a key; None for everywhere.

    Returns:
        `[..., query, key]`; the same array where nothing is masked.

    Raises:
        ShapeError: If `weights` have fewer than two axes, or `mask` does not fit them.
    """
    array = np.asarray(weights)
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    if array.ndim < 2:
        raise ShapeError(f"`weights` must have shape [..., query, key]. Received: shape={array.shape}.")
    if mask is None:
        return array
    allowed = np.asarray(mask, bool)
    if not _broadcasts_to(allowed.shape, array.shape):
        raise ShapeError(
            f"`mask` must be broadcastable to the weights' shape [..., query, key] = {array.shape}. "
            f"Received: shape={allowed.shape}."
        )
    return np.where(allowed, array, array.dtype.type(0))


def _attends(weights: np.ndarray) -> np.ndarray:
    """`[..., query]`, False for a fully masked row."""
    return np.any(weights > 0, axis=-1)


def _without_masked_rows(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(_attends(weights), values, np.nan)


def _valid_queries(valid: npt.ArrayLike | None, shape: tuple[int, ...]) -> np.ndarray:
    if valid is None:
        return np.ones(shape[:-1], bool)
    array = np.asarray(valid, bool)
    if not _broadcasts_to(array.shape, shape[:-1]):
        raise ShapeError(
            f"`valid` must be broadcastable to the queries of the weights, [..., query] = {shape[:-1]}. "
            f"Received: shape={array.shape}."
        )
    return np.broadcast_to(array, shape[:-1])


def _broadcasts_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False
