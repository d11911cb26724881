"""What the traced graph says of a softmax: does its result mix values, which keys were masked, what does it run over.

Everything here reads a TensorFlow graph; nothing changes it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

_SAME_CELLS = {"Identity", "Cast", "StopGradient", "CheckNumerics", "PreventGradient", "Snapshot"}
_MATRIX_PRODUCTS = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"}
_MASKED_SCORE = -1e4
"""A score at or below this, or lowered by as much, is a masked one: half precision cannot go far below it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing:
    """How a softmax's result goes on to mix values.

    Attributes:
        weights: The weights as they enter the mixing, masked and cast; of the softmax's own shape.
        values: What is mixed.
    """

    weights: Any
    values: Any


class TracedGraph:
    """The operations of one traced graph, with who consumes what."""

    def __init__(self, graph: tf.Graph) -> None:
        self.graph = graph
        self._consumers: dict[str, list[Any]] = {}
        for operation in graph.get_operations():
            for tensor in operation.inputs:
                self._consumers.setdefault(tensor.name, []).append(operation)

    def mixing(self, weights: Any, axis: int) -> Mixing | None:
        """How a softmax's result `weights`, normalised over `axis`, mixes values; None if it does not.

        It is followed through casts, masks, reshapes and transposes to a matrix product or an einsum that contracts
        the axis with something other than a trained kernel, or to a product that is summed over the axis.
        """
        waiting: deque[tuple[Any, int | None, Any]] = deque([(weights, axis, weights)])
        seen = set()
        while waiting:
            tensor, position, same_cells = waiting.popleft()
            if tensor.name in seen:
                continue
            seen.add(tensor.name)
            for operation in self._consumers.get(tensor.name, ()):
                values = self._mixed_values(operation, tensor, position)
                if values is not None:
                    return Mixing(weights=same_cells, values=values)
                for output in operation.outputs[:1]:
                    followed = _follow(operation, tensor, position)
                    if followed is not None:
                        keeps_cells = same_cells is tensor and _keeps_cells(operation, tensor)
                        waiting.append((output, followed.axis, output if keeps_cells else same_cells))
        return None

    def _mixed_values(self, operation: Any, tensor: Any, axis: int | None) -> Any | None:
        """The other operand, if `operation` contracts `tensor` over `axis` with something that is not a kernel."""
        if operation.type in _MATRIX_PRODUCTS or operation.type == "Einsum":
            operands = list(operation.inputs)
            if len(operands) != 2:
                return None
            index = 0 if operands[0].name == tensor.name else 1
            if not self._contracts(operation, index, axis) or self.is_parameter(operands[1 - index]):
                return None
            return operands[1 - index]
        if operation.type == "Mul":
            index = 0 if operation.inputs[0].name == tensor.name else 1
            other = operation.inputs[1 - index]
            if self.is_parameter(other) or len(self.sources(other)) == 0:
                return None
            summed = axis if axis is None else _axis_from_end(tensor, axis)
            for consumer in self._consumers.get(operation.outputs[0].name, ()):
                if consumer.type == "Sum" and _sums(consumer, summed):
                    return other
        return None

    @staticmethod
    def _contracts(operation: Any, index: int, axis: int | None) -> bool:
        if axis is None:
            return True
        if operation.type == "Einsum":
            equation = operation.get_attr("equation").decode()
            operands, output = equation.split("->")
            labels = operands.split(",")[index]
            from_end = axis - len(operation.inputs[index].shape)
            return "." not in labels[from_end:] and labels[from_end] not in output
        transposed = operation.get_attr(
            ("transpose_a", "transpose_b")[index] if operation.type == "MatMul" else ("adj_x", "adj_y")[index]
        )
        contracted = -1 if (index == 0) != transposed else -2
        return axis - len(operation.inputs[index].shape) == contracted

    def is_parameter(self, tensor: Any) -> bool:
        """Whether `tensor` is made of trained weights and constants alone, whatever the input is."""
        return not self.sources(tensor)

    def sources(self, *tensors: Any) -> list[str]:
        """Names of the graph's inputs that `tensors` are computed from, nearest first; resources are left out."""
        return [
            operation.outputs[0].name
            for operation in self.ancestors(*tensors)
            if operation.type == "Placeholder" and operation.outputs[0].dtype != tf.resource
        ]

    @staticmethod
    def ancestors(*tensors: Any) -> list[Any]:
        """The operations whose values `tensors` are computed from, nearest first."""
        waiting = deque(tensor.op for tensor in tensors)
        found = {operation.name: operation for operation in waiting}
        while waiting:
            for tensor in waiting.popleft().inputs:
                # A shape that was only measured (`tf.shape(x)`) carries no value of x.
                if tensor.op.name not in found and tensor.op.type != "Shape":
                    found[tensor.op.name] = tensor.op
                    waiting.append(tensor.op)
        return list(found.values())

    def mask_of(self, logits: Any) -> Any | None:
        """The mask that was put on `logits` before softmax, True where a key may be attended to; None if none was.

        Read from where the scores were masked (`where(mask, scores, -1e9)`), never guessed from weights.
        """
        waiting = deque([logits])
        found = None
        while waiting:
            operation = waiting.popleft().op
            if operation.type in _SAME_CELLS:
                waiting.append(operation.inputs[0])
            elif operation.type == "SelectV2":
                condition, where_true, where_false = operation.inputs
                if _is_masked(where_false, where_true):
                    found = condition if found is None else tf.logical_and(found, condition)
                    waiting.append(where_true)
                elif _is_masked(where_true, where_false):
                    allowed = tf.logical_not(condition)
                    found = allowed if found is None else tf.logical_and(found, allowed)
                    waiting.append(where_false)
        return found


@dataclass(frozen=True)
class _Followed:
    axis: int | None


def _follow(operation: Any, tensor: Any, axis: int | None) -> _Followed | None:
    """Where the softmax's axis is after `operation`; None if its cells do not go on as weights."""
    if operation.type in _SAME_CELLS:
        return _Followed(axis)
    if operation.type in ("Mul", "SelectV2", "RealDiv"):
        output = operation.outputs[0]
        rank, tensor_rank = len(output.shape), len(tensor.shape)
        return _Followed(None if axis is None else axis + rank - tensor_rank)
    if operation.type == "Reshape":
        return _Followed(None) if operation.inputs[0].name == tensor.name else None
    if operation.type == "Transpose":
        permutation = tf.get_static_value(operation.inputs[1])
        known = axis is not None and permutation is not None
        return _Followed(int(np.flatnonzero(permutation == axis)[0]) if known else None)
    if operation.type == "ExpandDims":
        added = tf.get_static_value(operation.inputs[1])
        if axis is None or added is None:
            return _Followed(None)
        position = int(added) % len(operation.outputs[0].shape)
        return _Followed(axis + (position <= axis))
    if operation.type == "Squeeze":
        if axis is None:
            return _Followed(None)
        rank = len(tensor.shape)
        removed = {dimension % rank for dimension in operation.get_attr("squeeze_dims")}
        if not removed:
            return _Followed(None)
        return None if axis in removed else _Followed(axis - sum(dimension < axis for dimension in removed))
    return None


def _keeps_cells(operation: Any, tensor: Any) -> bool:
    """Whether `operation` only casts or masks the weights, so that they are still the same cells."""
    if operation.type in _SAME_CELLS:
        return True
    if operation.type == "SelectV2":
        others = [one for one in operation.inputs[1:] if one.name != tensor.name]
        return len(others) == 1 and _is_constant(others[0], 0.0)
    if operation.type == "Mul":
        other = operation.inputs[0] if operation.inputs[1].name == tensor.name else operation.inputs[1]
        return other.op.type == "Cast" and other.op.inputs[0].dtype == tf.bool
    return False


def _constant(tensor: Any) -> Any | None:
    while tensor.op.type in _SAME_CELLS | {"BroadcastTo", "Fill", "Reshape", "ExpandDims"}:
        tensor = tensor.op.inputs[1 if tensor.op.type == "Fill" else 0]
    return tf.get_static_value(tensor)


def _is_constant(tensor: Any, value: float) -> bool:
    constant = _constant(tensor)
    return constant is not None and bool(np.all(constant == value))


def _is_masked(branch: Any, scores: Any) -> bool:
    """Whether `branch` of a `where` is a very low score, or `scores` lowered by a very large number."""
    if branch.op.type in ("Sub", "AddV2") and len(branch.op.inputs) == 2:
        base, change = branch.op.inputs
        amount = _constant(change)
        if base.name == scores.name and amount is not None:
            lowered = -np.asarray(amount, np.float64) if branch.op.type == "Sub" else np.asarray(amount, np.float64)
            return bool(np.all(lowered <= _MASKED_SCORE))
    constant = _constant(branch)
    return constant is not None and bool(np.all(np.asarray(constant, np.float64) <= _MASKED_SCORE))


def _axis_from_end(tensor: Any, axis: int) -> int:
    return axis - len(tensor.shape)


def _sums(operation: Any, axis_from_end: int | None) -> bool:
    axes = tf.get_static_value(operation.inputs[1])
    if axis_from_end is None or axes is None:
        return True
    rank = len(operation.inputs[0].shape)
    return axis_from_end % rank in {int(axis) % rank for axis in np.atleast_1d(axes)}
