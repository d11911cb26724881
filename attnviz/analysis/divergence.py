"""How far two attention matrices over the same tokens are from each other, each number vectorised over leading axes.

A row counts as a distribution over the keys that both matrices share: it is divided by its sum there. What may not be
attended to (NaN) counts as 0. A row that has nothing there, in either matrix, has no distance (NaN) and no part in a
mean.
"""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from attnviz.errors import ShapeError


def jensen_shannon(first: npt.ArrayLike, second: npt.ArrayLike) -> np.ndarray:
    """Jensen-Shannon divergence of each query's attention, in bits (Lin, 1991).

    (KL(P‖M) + KL(Q‖M)) / 2 with M = (P + Q) / 2 and base-2 logarithms: the square of the distance of that name.

    Args:
        first: `[..., query, key]`, at least 0 or NaN.
        second: The same shape.

    Returns:
        `[..., query]`, float64, from 0 (the same) to 1 (no key in common); NaN where either row has nothing.

    Raises:
        ShapeError: If the shapes differ or have fewer than two axes.
    """
    one, other = _distributions(first, second)
    middle = (one + other) / 2
    return np.clip((_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2, 0.0, 1.0)


def total_variation(first: npt.ArrayLike, second: npt.ArrayLike) -> np.ndarray:
    """Share of each query's attention that would have to move to other keys: half the sum of absolute differences.

    Args:
        first: `[..., query, key]`, at least 0 or NaN.
        second: The same shape.

    Returns:
        `[..., query]`, float64, from 0 (the same) to 1 (no key in common); NaN where either row has nothing.

    Raises:
        ShapeError: If the shapes differ or have fewer than two axes.
    """
    one, other = _distributions(first, second)
    return np.clip(np.abs(one - other).sum(axis=-1) / 2, 0.0, 1.0)


def cell_correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> np.ndarray:
    """Pearson correlation of the cells that both matrices have, weights as they are.

    Args:
        first: `[..., query, key]`; NaN where a query may not attend to a key.
        second: The same shape.

    Returns:
        `[...]`, float64, from -1 to 1; NaN where either has no two different weights.

    Raises:
        ShapeError: If the shapes differ or have fewer than two axes.
    """
    one, other = _pair(first, second)
    cells = (*one.shape[:-2], one.shape[-2] * one.shape[-1])
    one, other = one.reshape(cells), other.reshape(cells)
    both = np.isfinite(one) & np.isfinite(other)
    one, other = (_centred(values, both) for values in (one, other))
    norm = np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 0, np.clip((one * other).sum(axis=-1) / norm, -1.0, 1.0), np.nan)


def distances(first: npt.ArrayLike, second: npt.ArrayLike) -> pd.DataFrame:
    """Every distance of each pair of heads.

    Args:
        first: `[head, query, key]`; NaN where a query may not attend to a key.
        second: The same shape: head by head what is compared.

    Returns:
        One row a pair: `divergence` (bits, 0 to 1) and `total variation` (0 to 1) as means over the queries,
        `correlation` (-1 to 1), and `largest difference`, that of two weights, from 0 to 1; NaN where there is nothing
        to compare.

    Raises:
        ShapeError: If the shapes differ or have not three axes.
    """
    one, other = _pair(first, second)
    if one.ndim != 3:
        raise ShapeError(f"Both must have shape [head, query, key]. Received: shape={one.shape}.")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice|All-NaN", category=RuntimeWarning)
        return pd.DataFrame(
            {
                "divergence": np.nanmean(jensen_shannon(one, other), axis=-1),
                "total variation": np.nanmean(total_variation(one, other), axis=-1),
                "correlation": cell_correlation(one, other),
                "largest difference": np.nanmax(np.abs(other - one).reshape(len(one), -1), axis=-1, initial=-np.inf),
            }
        ).replace(-np.inf, np.nan)


def _pair(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.shape != other.shape or one.ndim < 2:
        raise ShapeError(
            "Both matrices must have the same shape [..., query, key]: lay them out on the tokens that they share. "
            f"Received: {one.shape} and {other.shape}."
        )
    return one, other


def _distributions(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    one, other = (np.nan_to_num(values, nan=0.0) for values in _pair(first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        return one / one.sum(axis=-1, keepdims=True), other / other.sum(axis=-1, keepdims=True)


def _relative_entropy(one: np.ndarray, middle: np.ndarray) -> np.ndarray:
    ratio = np.divide(one, middle, out=np.ones_like(one), where=one > 0)
    return np.where(np.isnan(one), np.nan, one * np.log2(ratio)).sum(axis=-1)


def _centred(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=-1, keepdims=True) / np.maximum(known.sum(axis=-1, keepdims=True), 1)
    return np.where(known, values - mean, 0.0)
