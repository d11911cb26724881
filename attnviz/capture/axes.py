"""Names, labels and padding for the axes of captured maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.capture.compiled import TracedMap
from attnviz.errors import ShapeError
from attnviz.records import POOLED_AXIS

Labels = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class InputAxis:
    """The sequence that one of the model's inputs holds."""

    name: str
    labels: tuple[tuple[str, ...], ...]
    valid: np.ndarray

    @property
    def length(self) -> int:
        return self.valid.shape[1]


def input_axis(name: str, array: np.ndarray, mask: np.ndarray | None, labels: Labels | None) -> InputAxis:
    """The axis of the input `array` `[batch, length, ...]`.

    Args:
        name: The input's name.
        array: What the model was given.
        mask: `[batch, length]`, True at real tokens, as the model computed it; None if it computes none.
        labels: For each sample the labels of its whole length, or of its real tokens where padding follows them.

    Raises:
        ShapeError: If there are not as many labels as samples, or more labels than positions.
    """
    batch, length = array.shape[:2]
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
        mask = np.arange(length) < np.asarray([len(one) for one in labels])[:, None]
    filled = tuple(tuple(one) + ("",) * (length - len(one)) for one in labels)
    return InputAxis(name=name, labels=filled, valid=mask)


def axis_of_queries(traced: TracedMap, length: int, inputs: Sequence[InputAxis | None], key_axis: str) -> str:
    """Name of the sequence that `length` queries run over."""
    if traced.pooled:
        return POOLED_AXIS
    fitting = _fitting(traced.query_inputs, length, inputs)
    # A layer that reads a sequence it has made itself (strided, pooled) attends from where it attends to.
    return fitting or (POOLED_AXIS if length == 1 else _own_axis(traced, length, key_axis))


def axis_of_keys(traced: TracedMap, length: int, inputs: Sequence[InputAxis | None]) -> str:
    """Name of the sequence that `length` keys run over."""
    return _fitting(traced.key_inputs, length, inputs) or f"{traced.layer} ({length} positions)"


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


def _fitting(candidates: Sequence[int], length: int, inputs: Sequence[InputAxis | None]) -> str | None:
    for position in candidates:
        axis = inputs[position]
        if axis is not None and axis.length == length:
            return axis.name
    return None


def _own_axis(traced: TracedMap, length: int, key_axis: str) -> str:
    own = f"{traced.layer} ({length} positions)"
    return key_axis if key_axis == own else own


def _default_labels(array: np.ndarray, valid: np.ndarray) -> tuple[tuple[str, ...], ...]:
    if array.ndim == 2 and np.issubdtype(array.dtype, np.integer):
        return tuple(
            tuple(str(token) if real else "" for token, real in zip(tokens, reals, strict=True))
            for tokens, reals in zip(array, valid, strict=True)
        )
    return tuple(tuple(str(position + 1) if real else "" for position, real in enumerate(reals)) for reals in valid)
