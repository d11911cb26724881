"""What the traced graph says of a softmax: does its result mix values, which keys were masked, what does it run over.

Everything here reads a TensorFlow graph; nothing changes it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

SAME_CELLS = {"Identity", "Cast", "StopGradient", "CheckNumerics", "PreventGradient", "Snapshot"}
_LAYOUT = {"Reshape", "Transpose", "ExpandDims", "Squeeze"}
_LONGEST_WAY_TO_SCORES = 24
"""Operations between the product of queries and keys and its softmax, at most: scaling, bias, cap, layout."""
MATRIX_PRODUCTS = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum"}
_MASKED_SCORE = -1e4
"""A score at or below this, or lowered by as much, is a masked one: half precision cannot go far below it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing:
    """How a softmax's result goes on to mix values.

    Attributes:
        weights: The weights as they enter the mixing, masked, cast and without an attention sink; else of the
            softmax's own shape.
        values: What is mixed.
        operation: The operation that mixes them.
        sink_cut: Whether the last key, an attention sink that is no token, was cut off before.
    """

    weights: Any
    values: Any
    operation: Any
    sink_cut: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Queries:
    """What the result of a mixing operation stands for.

    Attributes:
        tensor: Its queries.
        axis: The axis of `tensor` that the queries run over; None if it is not known.
        row: The axis of the mixing operation's result that has a row for each query; None if it is not known.
    """

    tensor: Any
    axis: int | None = None
    row: int | None = None


class TracedGraph:
    """The operations of one traced graph, with who consumes what.

    Attributes:
        graph: The graph.
        score_products: Names of the products that give the scores of a softmax: they compare, and mix nothing.
        queries_of: For the name of each known mixing operation its queries.
    """

    def __init__(self, graph: tf.Graph) -> None:
        self.graph = graph
        self.score_products: set[str] = set()
        self.queries_of: dict[str, Queries] = {}
        self._consumers: dict[str, list[Any]] = {}
        # What a function takes from outside of it, variables and constants, has the same value for every input.
        self._captured = {tensor.name for tensor in getattr(graph, "internal_captures", ())}
        # Whether each operation's result depends on an input: they come in an order in which they could be run.
        self._depends: dict[str, bool] = {}
        for operation in graph.get_operations():
            for tensor in operation.inputs:
                self._consumers.setdefault(tensor.name, []).append(operation)
            self._depends[operation.name] = self._is_input(operation) or any(
                self._depends.get(tensor.op.name, False) for tensor in operation.inputs if tensor.op.type != "Shape"
            )

    def mixing(self, weights: Any, axis: int) -> Mixing | None:
        """How a softmax's result `weights`, normalised over `axis`, mixes values; None if it does not.

        It is followed through casts, masks, reshapes and transposes to a matrix product or an einsum that contracts
        the axis with something other than a trained kernel, or to a product that is summed over the axis.
        """
        waiting: deque[tuple[Any, int | None, Any]] = deque([(weights, axis, weights)])
        cut = set()
        seen = set()
        while waiting:
            tensor, position, same_cells = waiting.popleft()
            if tensor.name in seen:
                continue
            seen.add(tensor.name)
            for operation in self._consumers.get(tensor.name, ()):
                values = self._mixed_values(operation, tensor, position)
                if values is not None and not self._is_derived(values, weights):
                    return Mixing(
                        weights=same_cells, values=values, operation=operation, sink_cut=same_cells.name in cut
                    )
                for output in operation.outputs[:1]:
                    if same_cells is tensor and _cuts_last_key(operation, tensor, position):
                        cut.add(output.name)
                        waiting.append((output, position, output))
                        continue
                    followed = _follow(operation, tensor, position)
                    if followed is not None:
                        keeps_cells = same_cells is tensor and _keeps_cells(operation, tensor)
                        if keeps_cells and tensor.name in cut:
                            cut.add(output.name)
                        waiting.append((output, followed.axis, output if keeps_cells else same_cells))
        return None

    def _mixed_values(self, operation: Any, tensor: Any, axis: int | None) -> Any | None:
        """The other operand, if `operation` contracts `tensor` over `axis` with something that is to be mixed."""
        if operation.name in self.score_products or len(operation.inputs) != 2:
            return None
        index = 0 if operation.inputs[0].name == tensor.name else 1
        values = operation.inputs[1 - index]
        if operation.type in MATRIX_PRODUCTS:
            contracted = _contracted_axes(operation, index)
            if contracted is None or (axis is not None and axis != contracted[0]):
                return None
        elif operation.type == "Mul":
            from_end = None if axis is None else axis - len(tensor.shape)
            if not self._is_summed(operation.outputs[0], from_end):
                return None
            contracted = None if from_end is None else (from_end, from_end + len(values.shape))
        else:
            return None
        if self.is_parameter(values):
            return None
        # Two distributions that are compared (similarity, entropy) mix nothing.
        compared = contracted is not None and _softmax_axis(values) == contracted[1]
        return None if compared else values

    @staticmethod
    def mixed_axis(mixing: Mixing) -> int | None:
        """The axis of the mixed values that the weights are summed over: a value for each key."""
        index = _index_of_values(mixing)
        if mixing.operation.type in MATRIX_PRODUCTS:
            contracted = _contracted_axes(mixing.operation, index)
            return None if contracted is None else contracted[0]
        return None

    @staticmethod
    def mixed_row(mixing: Mixing) -> int | None:
        """The axis of the mixing's result that has a row for each query."""
        operation, index = mixing.operation, _index_of_values(mixing)
        if operation.type == "Einsum":
            operands, output = operation.get_attr("equation").decode().split("->")
            labels = operands.split(",")
            rows = [label for label in labels[1 - index] if label in output and label not in labels[index]]
            return output.index(rows[-1]) if rows else None
        if operation.type in MATRIX_PRODUCTS:
            return len(operation.outputs[0].shape) - (2 if index == 1 else 1)
        return None

    def _is_summed(self, product: Any, axis_from_end: int | None) -> bool:
        return any(
            consumer.type in ("Sum", "Mean") and _sums(consumer, axis_from_end)
            for consumer in self._consumers.get(product.name, ())
        )

    def _is_derived(self, values: Any, weights: Any) -> bool:
        """Whether `values` come of `weights` themselves, as in an entropy."""
        return any(operation.name == weights.op.name for operation in self.ancestors(values))

    @staticmethod
    def softmax_behind(tensor: Any) -> str | None:
        """Name of the softmax operation whose result `tensor` is, but for layout and type; None if it is none."""
        while tensor.op.type in SAME_CELLS | _LAYOUT:
            tensor = tensor.op.inputs[0]
        return str(tensor.op.name) if tensor.op.type == "Softmax" else None

    def score_product(self, logits: Any) -> Any | None:
        """The product of queries and keys behind `logits`: an operation with two operands, neither of them a kernel."""
        tensor = self.unmasked(logits)
        for _ in range(_LONGEST_WAY_TO_SCORES):
            operation = tensor.op
            if operation.type in MATRIX_PRODUCTS:
                operands = list(operation.inputs)
                return operation if len(operands) == 2 and not any(map(self.is_parameter, operands)) else None
            if operation.type in SAME_CELLS | _LAYOUT | {"RealDiv", "Tanh", "BiasAdd"}:
                tensor = self.unmasked(operation.inputs[0])
            elif operation.type in ("Mul", "AddV2", "Sub"):
                tensor = self.unmasked(max(operation.inputs, key=self.has_product))
            elif operation.type == "ConcatV2":  # an attention sink beside the tokens' scores
                tensor = self.unmasked(operation.inputs[0])
            else:
                return None
        return None

    def has_product(self, tensor: Any) -> bool:
        """Whether a product of two operands that are no kernels is near behind `tensor`."""
        return not self.is_parameter(tensor) and any(
            operation.type in MATRIX_PRODUCTS for operation in self.ancestors(tensor)[:_LONGEST_WAY_TO_SCORES]
        )

    @staticmethod
    def unmasked(logits: Any) -> Any:
        """The scores before any `where` masked them."""
        while logits.op.type in SAME_CELLS or logits.op.type == "SelectV2":
            if logits.op.type == "SelectV2":
                _, where_true, where_false = logits.op.inputs
                if not is_masked(where_false, where_true) and not is_masked(where_true, where_false):
                    return logits
                logits = where_true if is_masked(where_false, where_true) else where_false
            else:
                logits = logits.op.inputs[0]
        return logits

    def is_parameter(self, tensor: Any) -> bool:
        """Whether `tensor` is made of trained weights and constants alone, whatever the input is."""
        depends = self._depends.get(tensor.op.name)
        return not (self.sources(tensor) if depends is None else depends)

    def _is_input(self, operation: Any) -> bool:
        if operation.type != "Placeholder":
            return False
        tensor = operation.outputs[0]
        return tensor.dtype != tf.resource and tensor.name not in self._captured

    def sources(self, *tensors: Any) -> list[str]:
        """Names of the graph's inputs that `tensors` are computed from, nearest first; resources are left out."""
        return [operation.outputs[0].name for operation in self.ancestors(*tensors) if self._is_input(operation)]

    def sequence_sources(self, tensor: Any) -> list[str]:
        """Names of the inputs that `tensor` may run over, nearest first.

        What an attention layer gives stands where its queries stand, so its values are passed by.
        """
        waiting = deque([tensor.op])
        seen = {tensor.op.name}
        found = []
        while waiting:
            operation = waiting.popleft()
            if self._is_input(operation):
                found.append(operation.outputs[0].name)
            queries = self.queries_of.get(operation.name)
            for one in operation.inputs if queries is None else [queries.tensor]:
                if one.op.name not in seen and one.op.type != "Shape":
                    seen.add(one.op.name)
                    waiting.append(one.op)
        return found

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


@dataclass(frozen=True)
class _Followed:
    axis: int | None


def _follow(operation: Any, tensor: Any, axis: int | None) -> _Followed | None:
    """Where the softmax's axis is after `operation`; None if its cells do not go on as weights."""
    if operation.type in SAME_CELLS:
        return _Followed(axis)
    if operation.type in ("Mul", "SelectV2", "RealDiv"):
        output = operation.outputs[0]
        rank, tensor_rank = len(output.shape), len(tensor.shape)
        return _Followed(None if axis is None else axis + rank - tensor_rank)
    if operation.type in ("Reshape", "Tile", "BroadcastTo"):
        return _Followed(None) if operation.inputs[0].name == tensor.name else None
    if operation.type == "StridedSlice" and operation.get_attr("new_axis_mask"):  # weights[..., None]
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


def _index_of_values(mixing: Mixing) -> int:
    return 0 if mixing.operation.inputs[0].name == mixing.values.name else 1


def _contracted_axes(operation: Any, index: int) -> tuple[int, int] | None:
    """The axis that a product contracts, in its operand `index` and in the other; None if it contracts none or more."""
    if operation.type == "Einsum":
        operands, output = operation.get_attr("equation").decode().split("->")
        labels = operands.split(",")
        if "." in operands:
            return None
        own, other = labels[index], labels[1 - index]
        summed = [label for label in own if label in other and label not in output]
        return (own.index(summed[0]), other.index(summed[0])) if len(summed) == 1 else None
    transposed = [
        operation.get_attr(name)
        for name in (("transpose_a", "transpose_b") if operation.type == "MatMul" else ("adj_x", "adj_y"))
    ]
    axes = [
        len(operand.shape) - (1 if (position == 0) != transposed[position] else 2)
        for position, operand in enumerate(operation.inputs)
    ]
    return axes[index], axes[1 - index]


def _softmax_axis(tensor: Any) -> int | None:
    """The axis over which `tensor` was normalised, if it is a softmax's result but for type and order of axes."""
    if tensor.op.type == "Softmax":
        return len(tensor.shape) - 1
    if tensor.op.type in SAME_CELLS:
        return _softmax_axis(tensor.op.inputs[0])
    if tensor.op.type == "Transpose":
        before, permutation = _softmax_axis(tensor.op.inputs[0]), tf.get_static_value(tensor.op.inputs[1])
        return None if before is None or permutation is None else int(np.flatnonzero(permutation == before)[0])
    return None


def _cuts_last_key(operation: Any, tensor: Any, axis: int | None) -> bool:
    """Whether `operation` is `weights[..., :-1]`: an attention sink was one key more than there are tokens."""
    if operation.type != "StridedSlice" or operation.inputs[0].name != tensor.name or axis != len(tensor.shape) - 1:
        return False
    begin, end, strides = (tf.get_static_value(one) for one in operation.inputs[1:])
    if begin is None or end is None or strides is None or operation.get_attr("shrink_axis_mask"):
        return False
    if operation.get_attr("new_axis_mask") or any(stride != 1 for stride in strides):
        return False
    ellipsis = operation.get_attr("ellipsis_mask")
    last = len(end) - 1
    whole = [
        place
        for place in range(last)
        if ellipsis >> place & 1 or (operation.get_attr("begin_mask") & operation.get_attr("end_mask")) >> place & 1
    ]
    from_start = operation.get_attr("begin_mask") >> last & 1 or begin[last] == 0
    to_last = not operation.get_attr("end_mask") >> last & 1 and end[last] == -1
    reaches_last_axis = bool(ellipsis) or len(end) == len(tensor.shape)
    return bool(len(whole) == last and from_start and to_last and reaches_last_axis)


def _keeps_cells(operation: Any, tensor: Any) -> bool:
    """Whether `operation` only casts or masks the weights, so that they are still the same cells."""
    if operation.type in SAME_CELLS:
        return True
    if operation.type == "SelectV2":
        others = [one for one in operation.inputs[1:] if one.name != tensor.name]
        return len(others) == 1 and _is_constant(others[0], 0.0)
    if operation.type == "Mul":
        other = operation.inputs[0] if operation.inputs[1].name == tensor.name else operation.inputs[1]
        constant = constant_of(other)
        if constant is not None:
            return bool(np.isin(constant, (0, 1)).all())
        while other.op.type in _LAYOUT:
            other = other.op.inputs[0]
        return other.op.type == "Cast" and other.op.inputs[0].dtype == tf.bool
    return False


def constant_of(tensor: Any) -> Any | None:
    """The value of `tensor` if it is the same for every input, else None."""
    while tensor.op.type in SAME_CELLS | {"BroadcastTo", "Fill", "Reshape", "ExpandDims"}:
        tensor = tensor.op.inputs[1 if tensor.op.type == "Fill" else 0]
    return tf.get_static_value(tensor)


def _is_constant(tensor: Any, value: float) -> bool:
    constant = constant_of(tensor)
    return constant is not None and bool(np.all(constant == value))


def is_masked(branch: Any, scores: Any) -> bool:
    """Whether `branch` of a `where` is a very low score, or `scores` lowered by a very large number."""
    if branch.op.type in ("Sub", "AddV2") and len(branch.op.inputs) == 2:
        base, change = branch.op.inputs
        amount = constant_of(change)
        if base.name == scores.name and amount is not None:
            lowered = -np.asarray(amount, np.float64) if branch.op.type == "Sub" else np.asarray(amount, np.float64)
            return bool(np.all(lowered <= _MASKED_SCORE))
    constant = constant_of(branch)
    return constant is not None and bool(np.all(np.asarray(constant, np.float64) <= _MASKED_SCORE))


def _sums(operation: Any, axis_from_end: int | None) -> bool:
    axes = tf.get_static_value(operation.inputs[1])
    if axis_from_end is None or axes is None:
        return True
    rank = len(operation.inputs[0].shape)
    return axis_from_end % rank in {int(axis) % rank for axis in np.atleast_1d(axes)}
