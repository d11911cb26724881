"""What a strided slice takes: `x[:, 0]`, `x[..., None]`, `x[:, 1:]`."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What a slice takes of one axis.

    Attributes:
        axis: The axis of its operand.
        begin: Where it begins; None where the graph does not say, or it counts from the end.
        end: Where it ends; None for the end of the axis.
        whole: Whether it takes all of the axis.
    """

    axis: int
    begin: int | None
    end: int | None
    whole: bool


def cuts_of(operation: Any) -> list[Cut | None]:
    """For each axis of a slice's result what it takes of which axis of its operand; None for a new axis."""
    before, after = operation.inputs[0].shape, operation.outputs[0].shape
    begins, ends, strides = (tf.get_static_value(one, partial=True) for one in operation.inputs[1:])
    entries = len(strides) if strides is not None else int(operation.inputs[3].shape[0] or 0)
    bits = {
        name: operation.get_attr(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    given = sum(not (bits["new_axis"] | bits["ellipsis"]) >> entry & 1 for entry in range(entries))
    cuts: list[Cut | None] = []
    position = 0
    for entry in range(entries):
        if bits["ellipsis"] >> entry & 1:
            for _ in range(len(before) - given):
                cuts.append(Cut(axis=position, begin=0, end=None, whole=True))
                position += 1
        elif bits["new_axis"] >> entry & 1:
            cuts.append(None)
        elif bits["shrink_axis"] >> entry & 1:
            position += 1
        else:
            begin = 0 if bits["begin"] >> entry & 1 else None if begins is None else begins[entry]
            open_end = bool(bits["end"] >> entry & 1)
            end = None if open_end or ends is None else ends[entry]
            dense = strides is not None and strides[entry] == 1 and begin is not None and begin >= 0
            known = dense and (open_end or (end is not None and end >= 0))
            same = before[position] is not None and before[position] == after[len(cuts)]
            whole = same or bool(known and begin == 0 and open_end)
            cuts.append(
                Cut(
                    axis=position,
                    begin=int(begin) if known and begin is not None else None,
                    end=None if end is None else int(end),
                    whole=whole,
                )
            )
            position += 1
    return cuts + [Cut(axis=one, begin=0, end=None, whole=True) for one in range(position, len(before))]


def sliced_axes(operation: Any) -> tuple[int | None, ...]:
    """Which axis of its operand each axis of a slice's result was; None for one that was added."""
    return tuple(None if cut is None else cut.axis for cut in cuts_of(operation))
