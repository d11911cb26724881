"""Names, labels and padding for the axes of captured maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import ShapeError
from attnviz.records import POOLED_AXIS

Labels = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class InputAxis:
    """The sequence that one of the model's inputs holds."""

    name: str
    labels: tuple[tuple[str, ...], ...]
    valid: np.ndarray


def input_axis(name: str, array: np.ndarray, mask: np.ndarray | None, labels: Labels | None) -> InputAxis:
    """The axis of the input `array` `[batch, length, ...]`.

    Args:
        name: The input's name.
        array: What the model was given.
        mask: `[batch, length]`, True at real tokens, as the model computed it; None if it computes none.
        labels: For each sample the labels of its whole length, `""` at padding, or of its real tokens where padding
            follows them. Texts, `[batch]` or `[batch, 1]`, have no length: there the labels are those of the tokens
            that the model makes of them, and the axis is as long as its longest labels.

    Raises:
        ShapeError: If there are not as many labels as samples, or more labels than positions.
    """
    batch, length = len(array), array.shape[1] if array.ndim > 1 else 1
    if labels is not None and array.dtype.kind in "OSU" and length == 1:
        length = max(map(len, labels), default=0)
    if mask is not None and mask.shape != (batch, length):  # of something that the model made of the input
        mask = None
    if labels is None:
        valid = np.ones((batch, length), bool) if mask is None else mask
        return InputAxis(name=name, labels=_default_labels(array, valid), valid=valid)
    if len(labels) != batch:
        raise ShapeError(f"`sequences[{name!r}]` must hold labels for {batch} samples. Received: {len(labels)}.")
    too_long = [sample for sample, one in enumerate(labels) if len(one) > length]
    if too_long:
        raise ShapeError(
            f"`sequences[{name!r}]` must hold at most {length} labels a sample, the length of the input. "
            f"Received: {len(labels[too_long[0]])} for sample {too_long[0]}."
        )
    if mask is None:
        mask = np.asarray(
            [[position < len(one) and one[position] != "" for position in range(length)] for one in labels], dtype=bool
        )
    placed = []
    for sample, (one, real) in enumerate(zip(labels, mask, strict=True)):
        if len(one) not in (length, real.sum()):
            raise ShapeError(
                f"`sequences[{name!r}]` must hold a label for each of the {length} positions of sample {sample}, or "
                f"for each of its {real.sum()} real tokens. Received: {len(one)}."
            )
        remaining = iter(one)
        placed.append(
            tuple(one) if len(one) == length else tuple(next(remaining) if is_real else "" for is_real in real)
        )
    return InputAxis(name=name, labels=tuple(placed), valid=mask)


def axis_of_queries(traced: TracedMap, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> str:
    """Name of the sequence that queries of `shape` `[batch, length]` run over."""
    fitting = None if traced.pooled else _fitting(traced.query_inputs, shape, inputs)
    if fitting is not None:
        return fitting
    folded = all(axis is None or len(axis.valid) != shape[0] for axis in inputs)
    return POOLED_AXIS if shape[1] == 1 and not folded else _own_axis(traced, shape)


def axis_of_keys(traced: TracedMap, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> str:
    """Name of the sequence that keys of `shape` `[batch, length]` run over."""
    return _fitting(traced.key_inputs, shape, inputs) or _own_axis(traced, shape)


def position_labels(batch: int, length: int) -> tuple[tuple[str, ...], ...]:
    """Labels "1", "2" … for a sequence that nobody named."""
    return (tuple(str(position + 1) for position in range(length)),) * batch


def named_labels(sequences: Mapping[str, Labels] | Labels | None, names: Sequence[str]) -> dict[str, Labels]:
    """`sequences` as a mapping by input name; bare labels belong to the only input.

    Raises:
        ShapeError: If labels are given for an axis that is not an input, or bare labels for several inputs.
    """
    if sequences is None:
        return {}
    if isinstance(sequences, Mapping):
        unknown = [name for name in sequences if name not in names]
        if unknown:
            raise ShapeError(
                f"`sequences` must be keyed by the model's inputs, {', '.join(map(repr, names))}. "
                f"Received: {', '.join(map(repr, unknown))}."
            )
        return dict(sequences)
    if len(names) != 1:
        raise ShapeError(
            f"`sequences` must map each input to its labels: this model has inputs {', '.join(map(repr, names))}."
        )
    return {names[0]: sequences}


def _fitting(candidates: Sequence[int], shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> str | None:
    for position in candidates:
        axis = inputs[position]
        if axis is not None and axis.valid.shape == shape:
            return axis.name
    return None


def _own_axis(traced: TracedMap, shape: tuple[int, int]) -> str:
    """A sequence that the model has made itself: strided, in patches, or folded into the batch."""
    batch, length = shape
    return f"{traced.layer} ({length} positions, batch {batch})"


def _default_labels(array: np.ndarray, valid: np.ndarray) -> tuple[tuple[str, ...], ...]:
    if array.ndim == 2 and np.issubdtype(array.dtype, np.integer):
        return tuple(
            tuple(str(token) if real else "" for token, real in zip(tokens, reals, strict=True))
            for tokens, reals in zip(array, valid, strict=True)
        )
    return tuple(tuple(str(position + 1) if real else "" for position, real in enumerate(reals)) for reals in valid)
