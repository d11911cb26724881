"""How a softmax's result goes on to mix values: a matrix product, an einsum, or a multiplication that is summed."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.following import Axes, follow, past_kernel, result_of
from attnviz.capture.operations import (
    LAYOUT,
    PRODUCTS,
    SAME_CELLS,
    constant_of,
    contracted_axes,
    einsum_labels,
    is_constant,
    operand_handed_on,
    other_operand,
    permutation_of,
    reduced_axes,
)
from attnviz.capture.softmax_by_hand import normaliser_of


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing:
    """How a softmax's result goes on to mix values.

    Attributes:
        weights: The weights as they enter the mixing: masked, cast, without an attention sink; laid out as the softmax.
        values: What is mixed.
        key_axes: The axes of `values` that the weights run over.
        operation: The operation that mixes them.
        sink_cut: Whether the last key, an attention sink that is no token, was cut off before.
    """

    weights: Any
    values: Any
    key_axes: Axes
    operation: Any
    sink_cut: bool = False


def mixing_of(graph: TracedGraph, weights: Any, axes: Axes) -> Mixing | None:
    """How a softmax's result `weights`, normalised over `axes`, mixes values; None if it does not.

    It is followed through casts, masks, reshapes and transposes to a matrix product or an einsum that contracts the
    axes with something other than a trained kernel, or to a product that is summed over the axes.
    """
    waiting = deque([_Way(weights, axes, weights, False)])
    seen = set()
    while waiting:
        way = waiting.popleft()
        if way.tensor.name in seen:
            continue
        seen.add(way.tensor.name)
        for operation in graph.consumers(way.tensor):
            mixed = _mixed_values(graph, operation, way.tensor, way.axes)
            if mixed is not None and not _is_derived(graph, mixed[0], weights):
                values, key_axes = mixed
                return Mixing(
                    weights=way.same_cells,
                    values=values,
                    key_axes=key_axes,
                    operation=operation,
                    sink_cut=way.sink_cut,
                )
            followed = past_kernel(graph, operation, way.tensor, way.axes) or follow(operation, way.tensor, way.axes)
            if followed is None:
                continue
            cuts = way.same_cells is way.tensor and _cuts_last_key(operation, way.tensor, way.axes)
            keeps = cuts or (way.same_cells is way.tensor and _keeps_cells(operation, way.tensor, way.axes))
            same_cells = followed.tensor if keeps else way.same_cells
            waiting.append(_Way(followed.tensor, followed.axes, same_cells, way.sink_cut or cuts))
    return None


@dataclass(frozen=True, eq=False)
class _Way:
    """Weights on their way: where the softmax's axes are, and the last tensor that was laid out as the softmax."""

    tensor: Any
    axes: Axes | None
    same_cells: Any
    sink_cut: bool


def row_of_queries(mixing: Mixing) -> int | None:
    """The axis of the mixing's result that has a row for each query; None if it is not known."""
    operation = mixing.operation
    index = 0 if operation.inputs[0].name == mixing.values.name else 1
    if operation.type == "Einsum":
        labels, output = einsum_labels(operation)
        rows = [label for label in labels[1 - index] if label in output and label not in labels[index]]
        return output.index(rows[-1]) if rows else None
    if operation.type in PRODUCTS:
        return int(operation.outputs[0].shape.rank) - (2 if index == 1 else 1)
    return None


def _mixed_values(graph: TracedGraph, operation: Any, tensor: Any, axes: Axes | None) -> tuple[Any, Axes] | None:
    """The other operand and its axes, if `operation` contracts `tensor` over `axes` with something to be mixed."""
    if operation.name in graph.score_products or len(operation.inputs) != 2:
        return None
    index = 0 if operation.inputs[0].name == tensor.name else 1
    values = operation.inputs[1 - index]
    if tensor.shape.rank is None or values.shape.rank is None:
        return None
    if operation.type in PRODUCTS:
        contracted = contracted_axes(operation, index)
        if contracted is None or (axes is not None and sorted(axes) != sorted(contracted[0])):
            return None
        key_axes = contracted[1]
    elif operation.type == "Mul":
        summed = _summed_axes(graph, operation.outputs[0])
        if summed is None:
            return None
        output_rank = operation.outputs[0].shape.rank
        if axes is not None:
            on_output = {axis + output_rank - tensor.shape.rank for axis in axes}
            if not on_output <= summed:
                return None
            summed = on_output
        key_axes = tuple(sorted(axis - (output_rank - values.shape.rank) for axis in summed))
    else:
        return None
    if graph.is_parameter(values) and not (graph.is_parameter(tensor) and graph.compares(operation)):
        return None  # a kernel; learned queries that attend to themselves stand beside each sample
    # Two distributions that are compared (similarity, entropy) mix nothing.
    compared = len(key_axes) == 1 and _softmax_axis(values) == key_axes[0]
    return None if compared else (values, key_axes)


def _summed_axes(graph: TracedGraph, product: Any) -> set[int] | None:
    """The axes over which `product` is summed or averaged; None if it is not."""
    waiting, found = [product], None
    while waiting:
        tensor = waiting.pop()
        for consumer in graph.consumers(tensor):
            if consumer.type in SAME_CELLS:
                waiting.append(consumer.outputs[result_of(consumer, tensor)])
            elif consumer.type in ("Sum", "Mean"):
                axes = reduced_axes(consumer)
                found = (found or set()) | set(range(product.shape.rank) if axes is None else axes)
    return found


def _is_derived(graph: TracedGraph, values: Any, weights: Any) -> bool:
    """Whether `values` come of `weights` themselves, as in an entropy."""
    first = graph.position(weights.op)
    waiting = [values.op]
    seen = set()
    while waiting:
        operation = waiting.pop()
        if operation.name == weights.op.name:
            return True
        # What was made before the weights cannot come of them: most of the graph is passed by.
        if operation.name not in seen and graph.position(operation) > first:
            seen.add(operation.name)
            waiting += graph.above(operation)
    return False


def _softmax_axis(tensor: Any) -> int | None:
    """The axis over which `tensor` was normalised, if it is a softmax's result but for type and order of axes."""
    if tensor.op.type == "Softmax":
        return tensor.shape.rank - 1
    if tensor.op.type in SAME_CELLS:
        return _softmax_axis(operand_handed_on(tensor))
    if tensor.op.type == "Transpose":
        before, permutation = _softmax_axis(tensor.op.inputs[0]), permutation_of(tensor.op)
        return None if before is None or permutation is None else permutation.index(before)
    return None


def _cuts_last_key(operation: Any, tensor: Any, axes: Axes | None) -> bool:
    """Whether `operation` is `weights[..., :-1]`: an attention sink was one key more than there are tokens."""
    if operation.type != "StridedSlice" or operation.inputs[0].name != tensor.name or axes != (len(tensor.shape) - 1,):
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


def _keeps_cells(operation: Any, tensor: Any, axes: Axes | None) -> bool:
    """Whether `operation` casts, masks or normalises the weights anew, so that they are still the same cells."""
    if operation.type in SAME_CELLS:
        return True
    if operation.type == "SelectV2":
        others = [one for one in operation.inputs[1:] if one.name != tensor.name]
        return len(others) == 1 and is_constant(others[0], 0.0)
    if operation.type == "Mul":
        other = other_operand(operation, tensor)
        constant = constant_of(other)
        if constant is not None:
            return bool(np.isin(constant, (0, 1)).all())
        while other.op.type in LAYOUT:
            other = other.op.inputs[0]
        return other.op.type == "Cast" and other.op.inputs[0].dtype == tf.bool
    if operation.type in ("RealDiv", "DivNoNan") and operation.inputs[0].name == tensor.name:
        return axes is not None and normaliser_of(operation.inputs[1], tensor) == tuple(sorted(axes))
    return False
