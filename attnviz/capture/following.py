"""Where weights are after one more operation: their axes through layouts, masks and kernels that mix other axes."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import (
    LAYOUT,
    PRODUCTS,
    SAME_CELLS,
    contracted_axes,
    einsum_labels,
    permutation_of,
    reshaped_groups,
)
from attnviz.capture.slices import sliced_axes

Axes = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Followed:
    """Weights after an operation, and where the softmax's axes are in them; None where that is not known."""

    tensor: Any
    axes: Axes | None


def follow(operation: Any, tensor: Any, axes: Axes | None) -> Followed | None:
    """Where weights are after `operation`; None if its result is no longer weights."""
    kind = operation.type
    if not operation.outputs:
        return None
    if kind in SAME_CELLS:
        return Followed(operation.outputs[result_of(operation, tensor)], axes)
    output: Any = operation.outputs[0]
    if kind == "BiasAdd":
        return Followed(output, axes)
    if kind in ("Mul", "SelectV2", "RealDiv", "DivNoNan"):
        added = output.shape.rank - tensor.shape.rank
        return Followed(output, None if axes is None else tuple(axis + added for axis in axes))
    if kind not in LAYOUT | {"Tile", "BroadcastTo", "StridedSlice"} or operation.inputs[0].name != tensor.name:
        return None
    if axes is None:
        return None if kind == "StridedSlice" and not operation.get_attr("new_axis_mask") else Followed(output, None)
    if kind == "Reshape":
        return Followed(output, _reshaped(tensor, output, axes))
    if kind == "Tile":
        return Followed(output, axes)
    if kind == "BroadcastTo":
        return Followed(output, tuple(axis + output.shape.rank - tensor.shape.rank for axis in axes))
    if kind == "Transpose":
        permutation = permutation_of(operation)
        return Followed(output, None if permutation is None else tuple(permutation.index(axis) for axis in axes))
    if kind == "ExpandDims":
        added = tf.get_static_value(operation.inputs[1])
        if added is None:
            return Followed(output, None)
        position = int(added) % output.shape.rank
        return Followed(output, tuple(axis + (position <= axis) for axis in axes))
    if kind == "Squeeze":
        removed = {one % tensor.shape.rank for one in operation.get_attr("squeeze_dims")}
        if not removed:
            return Followed(output, None)
        if removed & set(axes):
            return None
        return Followed(output, tuple(axis - sum(one < axis for one in removed) for axis in axes))
    sources = sliced_axes(operation)  # `weights[..., None]`; or some of the heads, or keys without a sink
    if any(axis not in sources for axis in axes):
        return None
    return Followed(output, tuple(sources.index(axis) for axis in axes))


def past_kernel(graph: TracedGraph, operation: Any, tensor: Any, axes: Axes | None) -> Followed | None:
    """Weights after a product with a kernel that mixes other axes than theirs: heads that talk to each other."""
    if axes is None:
        return None
    if operation.type == "Reshape":  # a dense layer lays all but the last axis out flat and back
        return None if tensor.shape.rank - 1 in axes else _after_dense(graph, operation, tensor.shape.rank, axes)
    if operation.type not in PRODUCTS or len(operation.inputs) != 2:
        return None
    index = 0 if operation.inputs[0].name == tensor.name else 1
    if not graph.is_parameter(operation.inputs[1 - index]):
        return None
    if operation.type == "Einsum":
        labels, output = einsum_labels(operation)
        own = [labels[index][axis] for axis in axes]
        stay = all(label in output and label not in labels[1 - index] for label in own)
        return Followed(operation.outputs[0], tuple(map(output.index, own))) if stay else None
    contracted = contracted_axes(operation, index)
    stay = index == 0 and contracted is not None and contracted[0] == (tensor.shape.rank - 1,)
    return Followed(operation.outputs[0], axes) if stay and tensor.shape.rank - 1 not in axes else None


def _after_dense(graph: TracedGraph, flattened: Any, rank: int, axes: Axes) -> Followed | None:
    waiting = [flattened.outputs[0]] if flattened.outputs[0].shape.rank == 2 < rank else []
    while waiting:
        rows = waiting.pop()
        for operation in graph.consumers(rows):
            if operation.type == "MatMul" and operation.inputs[0].name == rows.name:
                if graph.is_parameter(operation.inputs[1]):
                    waiting.append(operation.outputs[0])
            elif operation.type == "Reshape" and rows.op.type == "MatMul" and operation.outputs[0].shape.rank == rank:
                return Followed(operation.outputs[0], axes)
    return None


def _reshaped(before: Any, after: Any, axes: Axes) -> Axes | None:
    """`axes` after a reshape, as far as static shapes leave no doubt; axes that were merged are one."""
    if before.shape.rank is None or after.shape.rank is None:
        return None
    found: list[int] = []
    for group in reshaped_groups(before.shape.as_list(), after.shape.as_list()):
        own = [axis for axis in axes if axis in group.before]
        if not own:
            continue
        if not group.certain or len(group.after) != 1 or len(own) != len(group.before):
            return None
        found.append(group.after[0])
    return tuple(found) if found else None


def result_of(operation: Any, tensor: Any) -> int:
    """Which of the results of an `IdentityN` is `tensor`; 0 for what has one result."""
    return next(position for position, one in enumerate(operation.inputs) if one.name == tensor.name)
