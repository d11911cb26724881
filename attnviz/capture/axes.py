"""Names, labels and padding for the axes of captured maps.

An axis is named after what it runs over, so that a person knows what its positions are:

- `token_ids`: the sequence of an input, with its labels;
- `images: 4 × 4 patches`: pieces of a picture, labelled "row, column";
- `class_token + images: 4 × 4 patches`, `images: 2 × 2 patches + token_ids`: joined sequences; a trained weight that
  is put before others keeps the model's name for it;
- `encoder_features: 10 positions`: what the model made of an input (a strided convolution, say), one after another;
- `images: 4 groups of 16 positions`: windows, frames or the like, which the model lays beside its samples;
- `query_tokens: 3 learned`: no input at all;
- `hops: 3 learned`: no tensor either, but the columns of a kernel that makes a score of each key;
- `pooled`: one query that stands for a whole sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.capture.grids import grid_labels, grid_of, picture_size
from attnviz.capture.origins import HOPS, UNNAMED, Origin
from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import ShapeError
from attnviz.records import POOLED_AXIS

Labels = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A sequence that queries or keys run over.

    Attributes:
        name: What it is called.
        labels: For each sample one label a position.
        valid: `[batch, length]`, True at what is no padding.
    """

    name: str
    labels: tuple[tuple[str, ...], ...]
    valid: np.ndarray


@dataclass(frozen=True, kw_only=True)
class InputAxis(Axis):
    """The sequence that one of the model's inputs holds, along its second axis.

    Attributes:
        shape: The input's own shape; pictures, which are no sequences, have four or five axes.
    """

    shape: tuple[int, ...]

    @property
    def is_sequence(self) -> bool:
        """Whether the input is a sequence for itself, not pictures that a model makes a sequence of."""
        return len(self.shape) < 4


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
        return InputAxis(name=name, labels=_default_labels(array, valid), valid=valid, shape=array.shape)
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
    return InputAxis(name=name, labels=tuple(placed), valid=mask, shape=array.shape)


def axis_of_queries(traced: TracedMap, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> Axis:
    """The sequence that queries of `shape` `[batch, length]` run over."""
    batch, length = shape
    if length == 1 and (traced.pooled or not traced.queries.exact):
        folded = all(axis is None or len(axis.valid) != batch for axis in inputs)
        if not folded:
            return _axis(POOLED_AXIS, ((POOLED_AXIS,),) * batch)
    return _axis_of(traced.queries, shape, inputs) or _own_axis(traced, shape)


def axis_of_keys(traced: TracedMap, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> Axis:
    """The sequence that keys of `shape` `[batch, length]` run over."""
    return _axis_of(traced.keys, shape, inputs) or _own_axis(traced, shape)


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


def _axis_of(origin: Origin, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> Axis | None:
    """The axis of `shape` `[batch, length]` that comes from `origin`; None if it is not known what it runs over."""
    if origin.parts:
        return _joined(origin.parts, shape, inputs) or _joined_somehow(origin, shape, inputs)
    batch, length = shape
    if origin.parameter is not None:
        words = "hop" if origin.parameter == HOPS else origin.parameter.replace("_", " ")
        if length == 1:
            return _axis(origin.parameter, ((words,),) * batch)
        labels = tuple(f"{words} {position + 1}" for position in range(length))
        return _axis(f"{origin.parameter}: {length} learned", (labels,) * batch)
    known = [axis for position in origin.inputs if (axis := inputs[position]) is not None]
    for axis in known:
        if axis.valid.shape == shape and (origin.exact or axis.is_sequence):
            return axis
    patches = (_patches(axis, origin, shape) for axis in known)
    made = (_positions(axis, origin, shape) for axis in known)
    return next((axis for axis in (*patches, *made) if axis is not None), None)


def _joined(parts: Sequence[Origin], shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> Axis | None:
    """The axis along which the model joined several; None if their lengths do not add up to its own."""
    batch, length = shape
    lengths = [_length_of(part, inputs) for part in parts]
    if lengths.count(None) == 1:
        rest = length - sum(one for one in lengths if one is not None)
        lengths = [rest if one is None else one for one in lengths]
    axes = []
    for part, size in zip(parts, lengths, strict=True):
        if size is None or size < 0:
            return None
        axis = _axis_of(part, (batch, size), inputs) if size else None
        if axis is None and size:
            return None
        if axis is not None:
            axes.append(axis)
    if sum(one for one in lengths if one is not None) != length:
        return None
    return Axis(
        name=" + ".join(axis.name for axis in axes),
        labels=tuple(
            tuple(label for part in parts_of_sample for label in part)
            for parts_of_sample in zip(*(axis.labels for axis in axes), strict=True)
        ),
        valid=np.concatenate([axis.valid for axis in axes], axis=1),
    )


def _joined_somehow(origin: Origin, shape: tuple[int, int], inputs: Sequence[InputAxis | None]) -> Axis | None:
    """The axis of joined sequences whose lengths are not known: named after all of them, with positions for labels."""
    batch, length = shape
    found: dict[str, InputAxis | None] = {}
    for part in origin.parts:
        known = [axis for position in part.inputs if (axis := inputs[position]) is not None]
        if part.parameter is None:
            found.update({axis.name: axis for axis in known[:1]})
        elif part.parameter != UNNAMED:
            found[part.parameter] = None
    if not found:
        return None
    only = next(iter(found.values())) if len(found) == 1 else None
    if only is not None and only.is_sequence and only.valid.shape == shape:  # taken apart and joined again
        return only
    samples = next((len(axis.valid) for axis in inputs if axis is not None), batch)
    groups = f"{batch // samples} groups of " if batch % samples == 0 and batch > samples else ""
    return _axis(f"{' + '.join(found)}: {groups}{length} positions", position_labels(batch, length))


def _length_of(part: Origin, inputs: Sequence[InputAxis | None]) -> int | None:
    if part.length is not None or not part.exact:
        return part.length
    return next((axis.valid.shape[1] for position in part.inputs if (axis := inputs[position]) is not None), None)


def _patches(source: InputAxis, origin: Origin, shape: tuple[int, int]) -> Axis | None:
    """The patches of pictures in the input `source`, if `shape` can be that of a grid of them."""
    batch, length = shape
    size = picture_size(source.shape)
    groups, left = divmod(batch, len(source.valid))
    if size is None or left or origin.selected or (groups != 1 and (len(size) < 3 or groups != size[0])):
        return None
    grid = grid_of(length, size if groups == 1 else size[1:])
    if grid is None:
        return None
    name = f"{source.name}: {' × '.join(map(str, grid))} patches"
    return _axis(name if groups == 1 else f"{name} in {groups} pictures", (grid_labels(grid),) * batch)


def _positions(source: InputAxis, origin: Origin, shape: tuple[int, int]) -> Axis | None:
    """Positions that the model made of the input `source`: strided, selected, or in windows beside its samples."""
    batch, length = shape
    groups, left = divmod(batch, len(source.valid))
    if left or not groups:
        return None
    kind = "selected" if origin.selected else "positions"
    name = f"{source.name}: {length} {kind}" if groups == 1 else f"{source.name}: {groups} groups of {length} {kind}"
    return _axis(name, position_labels(batch, length))


def _axis(name: str, labels: tuple[tuple[str, ...], ...]) -> Axis:
    return Axis(name=name, labels=labels, valid=np.ones((len(labels), len(labels[0])), bool))


def _own_axis(traced: TracedMap, shape: tuple[int, int]) -> Axis:
    """A sequence of which it is not known where it comes from."""
    batch, length = shape
    return _axis(f"{traced.layer} ({length} positions, batch {batch})", position_labels(batch, length))


def _default_labels(array: np.ndarray, valid: np.ndarray) -> tuple[tuple[str, ...], ...]:
    if array.ndim == 2 and np.issubdtype(array.dtype, np.integer):
        return tuple(
            tuple(str(token) if real else "" for token, real in zip(tokens, reals, strict=True))
            for tokens, reals in zip(array, valid, strict=True)
        )
    return tuple(tuple(str(position + 1) if real else "" for position, real in enumerate(reals)) for reals in valid)
