"""One step of an axis up the graph: which operands of an operation bring an axis of its result, and as which of theirs.

What made an axis (`axis_origins.py`) and which positions it holds (`tracking.py`) are different questions, but layouts
and products answer both alike.
"""

from typing import Any

import tensorflow as tf

from attnviz.capture.operations import MATRIX_PRODUCTS, PRODUCTS, einsum_labels, permutation_of, transposed_operands

Place = tuple[Any, int]
"""A tensor and one of its axes."""

STEPS = PRODUCTS | {"ExpandDims", "Pack", "Squeeze", "Transpose", "Unpack"}
"""The operations that `places_before` knows."""


def places_before(operation: Any, axis: int) -> tuple[Place, ...] | None:
    """The operands of an operation of `STEPS` that have `axis` of its result, each with the axis that it is there.

    Returns:
        Several where several have it (the batch of a product), none where the operation made it: `expand_dims`, or the
        axis along which `stack` lays its operands. None where the graph does not say.
    """
    kind, operands = operation.type, operation.inputs
    if any(operand.shape.rank is None for operand in operands):
        return None
    if kind == "Einsum":
        labels, output = einsum_labels(operation)
        return tuple(
            (operand, own.index(output[axis]))
            for operand, own in zip(operands, labels, strict=True)
            if output[axis] in own
        )
    rank = operation.outputs[0].shape.rank
    if kind in MATRIX_PRODUCTS:
        return _before_product(operation, axis, rank)
    if kind == "Transpose":
        permutation = permutation_of(operation)
        return None if permutation is None else ((operands[0], permutation[axis]),)
    if kind == "ExpandDims":
        added = tf.get_static_value(operands[1])
        return None if added is None else _without(operands[:1], int(added) % rank, axis)
    if kind == "Pack":
        return _without(operands, operation.get_attr("axis") % rank, axis)
    if kind == "Unpack":
        return ((operands[0], axis + (operation.get_attr("axis") % operands[0].shape.rank <= axis)),)
    removed = {one % operands[0].shape.rank for one in operation.get_attr("squeeze_dims")}
    kept = [one for one in range(operands[0].shape.rank) if one not in removed]
    return ((operands[0], kept[axis]),) if removed else None  # without a word it takes what has size 1 when it runs


def _without(operands: tuple[Any, ...], added: int, axis: int) -> tuple[Place, ...]:
    """Operands of a result that has one axis more than they, `added`."""
    return () if axis == added else tuple((operand, axis - (added < axis)) for operand in operands)


def _before_product(operation: Any, axis: int, rank: int) -> tuple[Place, ...]:
    left, right = operation.inputs
    left_transposed, right_transposed = transposed_operands(operation)
    if axis == rank - 2:
        return ((left, left.shape.rank - (1 if left_transposed else 2)),)
    if axis == rank - 1:
        return ((right, right.shape.rank - (2 if right_transposed else 1)),)
    places = ((operand, axis - (rank - operand.shape.rank)) for operand in (left, right))
    return tuple(place for place in places if place[1] >= 0)
