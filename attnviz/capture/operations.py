"""TensorFlow's operations as this room reads them: kinds, constants, axes that are contracted, reshaped or sliced.

Everything here looks at one operation at a time and at nothing around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

SAME_CELLS = frozenset(
    {"Identity", "IdentityN", "Cast", "StopGradient", "CheckNumerics", "PreventGradient", "Snapshot"}
)
"""What hands its input's values on as they are, perhaps in another type."""
LAYOUT = frozenset({"Reshape", "Transpose", "ExpandDims", "Squeeze"})
"""What lays the same values out in another way."""
MATRIX_PRODUCTS = frozenset({"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"})
PRODUCTS = MATRIX_PRODUCTS | {"Einsum"}


def operand_handed_on(tensor: Any) -> Any:
    """What `tensor`, the result of an operation of `SAME_CELLS`, hands on."""
    return tensor.op.inputs[tensor.value_index]


def without_casts(tensor: Any) -> Any:
    """The tensor whose values `tensor` holds, before casts and identities."""
    while tensor.op.type in SAME_CELLS:
        tensor = operand_handed_on(tensor)
    return tensor


def same_values(one: Any, other: Any, depth: int = 8) -> bool:
    """Whether two tensors hold the same values: the same tensor, or the same operations of the same tensors."""
    one, other = without_casts(one), without_casts(other)
    if one.name == other.name:
        return True
    if one.op.type != other.op.type or one.dtype != other.dtype or not depth:
        return False
    if one.op.type == "Const":
        return bool(np.array_equal(tf.get_static_value(one), tf.get_static_value(other)))
    operands, others = one.op.inputs, other.op.inputs
    return (
        bool(operands)
        and not one.op.op_def.is_stateful
        and len(operands) == len(others)
        and all(same_values(first, second, depth - 1) for first, second in zip(operands, others, strict=True))
    )


def other_operand(operation: Any, tensor: Any) -> Any:
    """The operand of a binary operation that is not `tensor`."""
    return operation.inputs[0] if operation.inputs[1].name == tensor.name else operation.inputs[1]


def constant_of(tensor: Any) -> Any | None:
    """The value that `tensor` always has, up to its shape; None if it is none."""
    while tensor.op.type in SAME_CELLS | {"BroadcastTo", "Fill", "Reshape", "ExpandDims"}:
        if tensor.op.type in SAME_CELLS:
            tensor = operand_handed_on(tensor)
        else:
            tensor = tensor.op.inputs[1 if tensor.op.type == "Fill" else 0]
    return tf.get_static_value(tensor)


def is_constant(tensor: Any, value: float) -> bool:
    """Whether every cell of `tensor` is always `value`."""
    constant = constant_of(tensor)
    return constant is not None and bool(np.all(constant == value))


def reduced_axes(operation: Any) -> tuple[int, ...] | None:
    """The axes that a sum, mean or maximum runs over, counted from the front; None if known only when it runs."""
    axes = tf.get_static_value(operation.inputs[1])
    rank = operation.inputs[0].shape.rank
    if axes is None or rank is None:
        return None
    return tuple(sorted(int(axis) % rank for axis in np.atleast_1d(axes))) if rank else ()


def permutation_of(operation: Any) -> tuple[int, ...] | None:
    """For each axis of a transpose's output the axis of its input; None if known only when it runs."""
    found = _computed(operation.inputs[1])
    return None if found is None else tuple(int(axis) for axis in found)


def _computed(tensor: Any) -> Any:
    """The value of whole numbers that the graph computes from constants, as TensorFlow's softmax does its axes."""
    known = tf.get_static_value(tensor)
    if known is not None:
        return known
    operands = [_computed(one) for one in tensor.op.inputs]
    if not operands or any(one is None for one in operands):
        return None
    kind = tensor.op.type
    if kind == "Sub":
        return operands[0] - operands[1]
    if kind == "Range":
        return np.arange(*operands)
    if kind == "Pack":
        return np.stack(operands, axis=tensor.op.get_attr("axis"))
    if kind == "ConcatV2":
        return np.concatenate(operands[:-1], axis=int(operands[-1]))
    return None


def einsum_labels(operation: Any) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand's axes and of the output's; an ellipsis becomes labels counted from its end."""
    operands, output = operation.get_attr("equation").decode().split("->")
    equations = operands.split(",")
    ellipses = [
        operand.shape.rank - len(equation.replace("...", ""))
        for equation, operand in zip(equations, operation.inputs, strict=True)
        if "..." in equation
    ]
    labels = [
        _labels(equation, operand.shape.rank - len(equation.replace("...", "")))
        for equation, operand in zip(equations, operation.inputs, strict=True)
    ]
    return labels, _labels(output, max(ellipses, default=0))


def _labels(equation: str, ellipsis: int) -> list[str]:
    before, dots, after = equation.partition("...")
    expanded = [f"...{position}" for position in range(ellipsis, 0, -1)] if dots else []
    return [*before, *expanded, *after]


def contracted_axes(operation: Any, index: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The axes that a product contracts, in its operand `index` and, in the same order, in the other; None if none."""
    if operation.type == "Einsum":
        labels, output = einsum_labels(operation)
        own, other = labels[index], labels[1 - index]
        summed = [label for label in own if label in other and label not in output]
        if not summed:
            return None
        return tuple(own.index(label) for label in summed), tuple(other.index(label) for label in summed)
    axes = [
        operand.shape.rank - (1 if (position == 0) != transposed else 2)
        for position, (operand, transposed) in enumerate(
            zip(operation.inputs, transposed_operands(operation), strict=True)
        )
    ]
    return (axes[index],), (axes[1 - index],)


def transposed_operands(operation: Any) -> tuple[bool, bool]:
    """Whether a matrix product takes its first and its second operand transposed."""
    names = ("transpose_a", "transpose_b") if operation.type == "MatMul" else ("adj_x", "adj_y")
    return operation.get_attr(names[0]), operation.get_attr(names[1])


@dataclass(frozen=True, kw_only=True)
class ReshapedGroup:
    """Axes of a reshape's input that hold the same cells as these axes of its output.

    Attributes:
        before: Axes of the input.
        after: Axes of the output.
        certain: Whether the static shapes leave no doubt.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    certain: bool


def reshaped_groups(before: Sequence[int | None], after: Sequence[int | None]) -> list[ReshapedGroup]:
    """Which axes of a reshape's input and output belong together, as far as static shapes tell; axes of size 1 do not.

    Sizes that are equal on both sides are matched from the end, then from the start; what is left in the middle was
    merged or split. Two sizes that are unknown are taken for equal, with certainty where both shapes have as many.
    """
    left = [position for position, size in enumerate(before) if size != 1]
    right = [position for position, size in enumerate(after) if size != 1]
    unknowns = [sum(shape[position] is None for position in kept) for shape, kept in ((before, left), (after, right))]
    certain = unknowns[0] == unknowns[1]
    groups = []
    for end in (-1, 0):
        while left and right and before[left[end]] == after[right[end]] and (len(left) > 1) == (len(right) > 1):
            size = before[left[end]]
            groups.append(
                ReshapedGroup(
                    before=(left.pop(end),), after=(right.pop(end),), certain=certain if size is None else True
                )
            )
    if left or right:
        groups.append(
            ReshapedGroup(
                before=tuple(left),
                after=tuple(right),
                certain=sum(before[one] is None for one in left) <= 1 and sum(after[one] is None for one in right) <= 1,
            )
        )
    return groups
