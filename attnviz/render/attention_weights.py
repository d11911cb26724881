"""The picture of attention weights that everyone knows, from an array or a captured map."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from attnviz.errors import ShapeError
from attnviz.records import AttentionMap, Head
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.labels import displayed
from attnviz.views.matrix import MatrixView, own_limits


def plot_attention_weights(
    weights: npt.ArrayLike | AttentionMap,
    query_labels: Sequence[str] | None = None,
    key_labels: Sequence[str] | None = None,
    *,
    head: Head | None = None,
    sample: int = 0,
    title: str = "Attention weights",
) -> Figure:
    """Attention weights as a matrix: queries down, keys across, viridis, a colour bar, token labels.

    Args:
        weights: `[query, key]`, `[heads, query, key]`, `[batch, heads, query, key]`, or an `AttentionMap`.
        query_labels: One a row; by default the positions, from 1.
        key_labels: One a column; by default those of the queries if the matrix is square, else the positions.
        head: A head's index, or `"mean"` or `"max"` over the heads; needed where there are several.
        sample: Index into the batch.
        title: What stands above the matrix.

    Returns:
        The figure; `figure.savefig(...)` writes it to a file.

    Raises:
        ShapeError: If the weights have another rank, hold a negative or infinite value, or the labels do not fit them.
    """
    values = _matrix(weights, head, sample)
    queries, keys = values.shape
    if key_labels is None and query_labels is not None and queries == keys:
        key_labels = query_labels
    return to_matplotlib(
        MatrixView(
            values=values,
            query_labels=_named(query_labels, queries),
            key_labels=_named(key_labels, keys),
            title=title,
            limits=own_limits(values),
        )
    )


def _matrix(weights: npt.ArrayLike | AttentionMap, head: Head | None, sample: int) -> np.ndarray:
    array = np.asarray(weights.weights if isinstance(weights, AttentionMap) else weights, dtype=np.float32)
    if array.ndim not in (2, 3, 4) or 0 in array.shape:
        raise ShapeError(
            "`weights` must have shape [query, key], [heads, query, key] or [batch, heads, query, key], "
            f"none of them 0. Received: shape={array.shape}."
        )
    if not (array >= 0).all() or np.isinf(array).any():  # the first is also false for NaN
        raise ShapeError(
            f"`weights` must be finite and at least 0. Received: values from {array.min():.4g} to {array.max():.4g}."
        )
    if array.ndim == 4:
        if not 0 <= sample < len(array):
            raise ShapeError(f"`weights` have samples 0 to {len(array) - 1}. Received: sample={sample}.")
        array = array[sample]
    return array if array.ndim == 2 else _one_head(array, head)


def _one_head(heads: np.ndarray, head: Head | None) -> np.ndarray:
    if head is None and len(heads) > 1:
        raise ShapeError(
            f'`weights` have {len(heads)} heads: choose one with `head`, from 0 to {len(heads) - 1}, "mean" or "max". '
            "Received: head=None."
        )
    if head in ("mean", "max"):
        return heads.mean(axis=0) if head == "mean" else heads.max(axis=0)
    index = head or 0
    if not isinstance(index, (int, np.integer)) or not 0 <= index < len(heads):
        raise ShapeError(f'`head` must be from 0 to {len(heads) - 1}, "mean" or "max". Received: head={head!r}.')
    return heads[index]


def _named(labels: Sequence[str] | None, length: int) -> tuple[str, ...]:
    if labels is None:
        return tuple(str(position) for position in range(1, length + 1))
    return tuple(displayed(str(label)) for label in labels)
