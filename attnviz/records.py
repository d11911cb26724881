"""The central records: frozen, checked once at construction, and free of Keras."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError

Head = int | Literal["mean", "max"]
"""One head by its index, or all heads of a layer reduced to one matrix."""

POOLED_AXIS = "pooled"
"""Name of the query axis of pooling attention: one query that stands for the whole sequence."""

ROW_SUM_TOLERANCE = 2e-2
"""How far above 1 a row may sum: half precision rounds each of its weights."""

CELLS_CHECKED_TOGETHER = 2**18
"""A megabyte: still in the processor's cache when it is read again. Looking at them all twice took 13 % of a pass."""


def read_only(values: npt.ArrayLike, *, dtype: npt.DTypeLike) -> np.ndarray:
    """`values` as an array of `dtype` that nobody can write to; copied only if somebody still could."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def map_name(layer: str, call_index: int) -> str:
    """What one call of a layer is called: its path, with the call appended from the second call on."""
    return layer if call_index == 0 else f"{layer} (call {call_index + 1})"


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionMap:
    """One attention computation: the weights of one call of one layer.

    Attributes:
        layer: Path of the layer, as the model names it.
        call_index: 0 for the layer's first call in a run, 1 for its second, and so on.
        weights: `[batch, heads, query, key]`, float32, after softmax. Each row sums to 1, to 0 (every key
            masked), or below 1 (an attention sink was cut off).
        query_axis: Name of the sequence that the query axis runs over.
        key_axis: Name of the sequence that the key axis runs over; equal to `query_axis` for self-attention.
        mask: `[batch, query, key]`, bool, True where a query may attend to a key; None if the model says
            nothing about it.

    Args:
        range_known: Do not look at every weight again: they are known to be at least 0 and to sum to at most 1. Looking
            takes a tenth of the time of a forward pass.

    Raises:
        ShapeError: If `weights` or `mask` have another shape, or `weights` are not attention weights.
    """

    layer: str
    weights: np.ndarray
    query_axis: str
    key_axis: str
    call_index: int = 0
    mask: np.ndarray | None = None
    range_known: InitVar[bool] = False

    def __post_init__(self, range_known: bool) -> None:
        weights = read_only(self.weights, dtype=np.float32)
        if weights.ndim != 4:
            raise ShapeError(
                f"`weights` of layer {self.layer!r} must have shape [batch, heads, query, key]. "
                f"Received: shape={weights.shape}."
            )
        if weights.size and not range_known:
            _check_range(self.layer, weights)
        object.__setattr__(self, "weights", weights)
        if self.mask is not None:
            mask = read_only(self.mask, dtype=bool)
            batch, _, queries, keys = weights.shape
            if mask.shape != (batch, queries, keys):
                raise ShapeError(
                    f"`mask` of layer {self.layer!r} must have shape [batch, query, key] = "
                    f"{(batch, queries, keys)}. Received: shape={mask.shape}."
                )
            object.__setattr__(self, "mask", mask)

    @property
    def name(self) -> str:
        """The layer's path, with the call appended from the second call on: `attention`, `attention (call 2)`."""
        return map_name(self.layer, self.call_index)

    @property
    def heads(self) -> int:
        """Number of heads; 1 for a layer without heads."""
        return self.weights.shape[1]

    def read(
        self,
        sample: int,
        head: Head,
        queries: slice = slice(None),
        keys: slice = slice(None),
        shape: tuple[int, int] | None = None,
        reduce: Literal["max", "mean"] = "max",
    ) -> np.ndarray:
        """The weights of one sample in the region and at the resolution that a view shows.

        Args:
            sample: Index into the batch.
            head: A head's index, or `"mean"` or `"max"` over all heads.
            queries: Which rows.
            keys: Which columns.
            shape: At most this many rows and columns; a larger region is pooled. None keeps every cell.
            reduce: How cells are pooled; `"max"` lets no peak vanish.

        Returns:
            `[query, key]`, float32, from 0 to 1.

        Raises:
            ShapeError: If the sample or the head does not exist, or `shape` or `reduce` ask for the impossible.
        """
        batch, heads = self.weights.shape[:2]
        if not 0 <= sample < batch:
            raise ShapeError(f"Layer {self.name!r} has samples 0 to {batch - 1}. Received: sample={sample}.")
        if reduce not in ("max", "mean"):
            raise ShapeError(f'`reduce` must be "max" or "mean". Received: reduce={reduce!r}.')
        if shape is not None and min(shape) < 1:
            raise ShapeError(f"`shape` must be at least one row and one column. Received: shape={shape}.")
        region = self.weights[sample, :, queries, keys]
        if isinstance(head, str):
            if head not in ("mean", "max"):
                raise ShapeError(f'`head` must be an index, "mean" or "max". Received: head={head!r}.')
            cells = region.mean(axis=0) if head == "mean" else region.max(axis=0)
        else:
            if not 0 <= head < heads:
                raise ShapeError(f"Layer {self.name!r} has heads 0 to {heads - 1}. Received: head={head}.")
            cells = region[head]
        return cells if shape is None else _pooled(cells, shape, reduce)


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionCapture:
    """One run of a model: its prediction and every attention map that it computed.

    Attributes:
        model: The model's name.
        maps: In call order.
        sequences: For each axis name, one tuple of labels a sample, as long as the axis; `""` labels padding.
        valid: For each axis name `[batch, length]`, bool, True at real tokens and False at padding.
        outputs: The prediction of the same run, as the model returns it (an array, or tuples, lists and dicts of
            arrays), in read-only NumPy arrays.
        prediction_difference: Largest absolute difference to the plain model's prediction, where it was
            compared; else None.

    Raises:
        ShapeError: If a map's axis has no labels, or labels and weights differ in size.
    """

    model: str
    maps: tuple[AttentionMap, ...]
    sequences: Mapping[str, tuple[tuple[str, ...], ...]]
    valid: Mapping[str, np.ndarray]
    outputs: Any
    prediction_difference: float | None = None

    def __post_init__(self) -> None:
        sequences = {
            axis: tuple(tuple(str(label) for label in labels) for labels in samples)
            for axis, samples in self.sequences.items()
        }
        valid = {axis: read_only(array, dtype=bool) for axis, array in self.valid.items()}
        object.__setattr__(self, "maps", tuple(self.maps))
        object.__setattr__(self, "sequences", MappingProxyType(sequences))
        object.__setattr__(self, "valid", MappingProxyType(valid))
        object.__setattr__(self, "outputs", _read_only_outputs(self.outputs))
        if sequences.keys() != valid.keys():
            raise ShapeError(
                f"`sequences` and `valid` must have the same axes. Received: labels of {sorted(sequences)}, "
                f"valid of {sorted(valid)}."
            )
        for axis, samples in sequences.items():
            _check_labels(axis, samples, valid[axis])
        for one in self.maps:
            batch, _, queries, keys = one.weights.shape
            for axis, length in ((one.query_axis, queries), (one.key_axis, keys)):
                if axis not in valid or valid[axis].shape != (batch, length):
                    received = valid[axis].shape if axis in valid else None
                    raise ShapeError(
                        f"Axis {axis!r} of layer {one.name!r} must have labels of shape [batch, length] = "
                        f"{(batch, length)}. Received: {received}."
                    )

    @property
    def samples(self) -> int:
        """Number of samples in the run."""
        return next((array.shape[0] for array in self.valid.values()), 0)

    def map_of(self, name: str) -> AttentionMap:
        """The map of that `AttentionMap.name`.

        Raises:
            ShapeError: If there is none; the message lists those that exist.
        """
        for one in self.maps:
            if one.name == name:
                return one
        raise ShapeError(
            f"This capture has no attention layer {name!r}. It has: {', '.join(repr(one.name) for one in self.maps)}."
        )


def _check_labels(axis: str, samples: tuple[tuple[str, ...], ...], valid: np.ndarray) -> None:
    lengths = {len(labels) for labels in samples}
    if len(lengths) > 1:
        raise ShapeError(
            f"Every sample must have as many labels of axis {axis!r} as the axis is long, padding included. "
            f"Received: lengths {sorted(lengths)}."
        )
    length = lengths.pop() if lengths else valid.shape[-1] if valid.ndim == 2 else 0
    if valid.shape != (len(samples), length):
        raise ShapeError(
            f"`valid` of axis {axis!r} must have the shape of its labels, [batch, length] = {(len(samples), length)}. "
            f"Received: shape={valid.shape}."
        )


def _read_only_outputs(outputs: Any) -> Any:
    if isinstance(outputs, np.ndarray):
        return read_only(outputs, dtype=outputs.dtype)
    if isinstance(outputs, dict):
        return {name: _read_only_outputs(one) for name, one in outputs.items()}
    if type(outputs) in (list, tuple):
        return type(outputs)(_read_only_outputs(one) for one in outputs)
    return outputs


def _check_range(layer: str, weights: np.ndarray) -> None:
    rows, ones = weights.reshape(-1, weights.shape[-1]), np.ones(weights.shape[-1], np.float32)
    together = max(1, CELLS_CHECKED_TOGETHER // len(ones))
    with np.errstate(all="ignore"):  # weights that are not finite are what is looked for
        parts = (rows[start : start + together] for start in range(0, len(rows), together))
        extremes = np.array([(part.min(), (part @ ones).max()) for part in parts])
    lowest, highest = float(extremes[:, 0].min()), float(extremes[:, 1].max())
    if not (lowest >= 0.0 and highest <= 1.0 + ROW_SUM_TOLERANCE):  # also false for NaN
        raise ShapeError(
            f"`weights` of layer {layer!r} must be finite, at least 0, and sum to at most 1 over the keys. "
            f"Received: smallest weight {lowest:.4g}, largest sum {highest:.4g}."
        )


def _pooled(cells: np.ndarray, shape: tuple[int, int], reduce: Literal["max", "mean"]) -> np.ndarray:
    pool = np.maximum.reduceat if reduce == "max" else np.add.reduceat
    for axis, target in enumerate(shape):
        length = cells.shape[axis]
        if length > target:
            starts = np.arange(target) * length // target
            cells = pool(cells, starts, axis=axis)
            if reduce == "mean":
                counts = np.diff(np.append(starts, length))
                cells = cells / np.expand_dims(counts, axis=1 - axis)
    return cells.astype(np.float32, copy=False)
