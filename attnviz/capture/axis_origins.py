"""Where an axis of a tensor was made: by a trained kernel, by stacking separate results, or by the input itself.

An axis is followed upwards through the graph, from each operation's output to the operand that it came from. Whatever
is not known here counts as made by the input, so that nothing is taken for a kernel's axis by mistake.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import tensorflow as tf

from attnviz.capture.axis_steps import STEPS, places_before
from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import (
    SAME_CELLS,
    operand_handed_on,
    reduced_axes,
    reshaped_groups,
    transposed_operands,
)
from attnviz.capture.slices import sliced_axes


class Maker(Enum):
    """What made an axis."""

    INPUT = "the input, or what was computed from it position by position"
    KERNEL = "a trained kernel, which has one result for each of its columns"
    STACK = "results of different computations, laid side by side"


@dataclass(frozen=True)
class AxisOrigin:
    """Where an axis was made.

    Attributes:
        maker: By what.
        where: The name of the tensor that first has the axis, with the axis' position there.
        of_vectors: Whether vectors lie along the axis there; a kernel's columns give single numbers.
    """

    maker: Maker
    where: tuple[str, int]
    of_vectors: bool = True


_Step = tuple[Any, int, tuple[tuple[int, int], ...]]
"""A tensor, one of its axes, and for each reshape that split the axis off: into how many parts, and which it is."""

_REDUCTIONS = frozenset({"Sum", "Mean", "Max", "Min", "Prod", "Any", "All"})
_CONVOLUTIONS = frozenset({"Conv2D", "Conv3D", "DepthwiseConv2dNative"})
_LOOKUPS = frozenset({"ResourceGather", "GatherV2"})
_SAME_AXES = frozenset({"BroadcastTo", "Tile", "Slice", "Pad", "PadV2", "MirrorPad", "ReverseV2", "Roll", "Cumsum"}) | {
    *("MaxPool", "AvgPool", "MaxPool3D", "AvgPool3D", "ResizeBilinear", "ResizeNearestNeighbor", "TopKV2"),
}


class AxisOrigins:
    """Finds what made the axes of one graph's tensors."""

    def __init__(self, graph: TracedGraph) -> None:
        self._graph = graph

    def of(self, tensor: Any, axis: int) -> frozenset[AxisOrigin]:
        """Where `axis` of `tensor` was made; empty if its only size is 1."""
        waiting: list[_Step] = [(tensor, axis, ())]
        seen = set()
        found = set()
        while waiting:
            step = waiting.pop()
            key = (step[0].name, step[1], step[2])
            if key in seen:
                continue
            seen.add(key)
            for one in self._above(*step):
                if isinstance(one, AxisOrigin):
                    found.add(one)
                else:
                    waiting.append(one)
        return frozenset(found)

    def made_by_the_model(self, tensor: Any, axis: int) -> bool:
        """Whether `axis` is no sequence of the input: a kernel's columns made it, or results laid side by side."""
        makers = {one.maker for one in self.of(tensor, axis)}
        return bool(makers) and Maker.INPUT not in makers

    def _above(self, tensor: Any, axis: int, parts: tuple[tuple[int, int], ...]) -> Iterator[_Step | AxisOrigin]:
        """One step towards where the axis comes from; nothing if it was added with size 1."""
        operation = tensor.op
        rank = tensor.shape.rank
        if rank is None or not 0 <= axis < rank:
            yield AxisOrigin(Maker.INPUT, (tensor.name, axis))
            return
        if tensor.shape[axis] == 1:
            return
        if self._graph.is_parameter(tensor):
            yield AxisOrigin(Maker.KERNEL, (tensor.name, axis), of_vectors=bool(parts) or axis < rank - 1)
            return
        kind = operation.type
        inputs = self._graph.inputs_of(operation)
        if kind in SAME_CELLS:
            yield operand_handed_on(tensor), axis, parts
        elif kind == "Pack" and axis == operation.get_attr("axis") % rank:
            yield self._stacked(tensor, axis, list(inputs))
        elif kind in STEPS:
            places = places_before(operation, axis)
            if places is None:
                yield AxisOrigin(Maker.INPUT, (tensor.name, axis))
            else:
                yield from ((one, own, parts) for one, own in places)
        elif kind == "StridedSlice":
            source = sliced_axes(operation)[axis]
            if source is not None:
                yield inputs[0], source, parts
        elif kind == "Reshape":
            yield from self._unreshaped(inputs[0], tensor, axis, parts)
        elif kind in _REDUCTIONS:
            yield from _unreduced(operation, inputs[0], axis, rank, parts)
        elif kind == "ConcatV2":
            yield from self._of_concatenation(tensor, axis, parts)
        elif kind in ("Split", "SplitV"):
            yield inputs[1] if kind == "Split" else inputs[0], axis, parts
        elif kind in _LOOKUPS:
            yield from _looked_up(operation, axis, parts)
        elif kind in _SAME_AXES and inputs[0].shape.rank is not None:
            own = axis - (rank - inputs[0].shape.rank)
            if own >= 0:
                yield inputs[0], own, parts
        elif kind == "OneHot":
            position = operation.get_attr("axis") % rank
            if axis == position:
                yield AxisOrigin(Maker.KERNEL, (tensor.name, axis))
            else:
                yield inputs[0], axis - (position < axis), parts
        elif kind in _CONVOLUTIONS:
            channels = rank - 1 if operation.get_attr("data_format").decode().endswith("C") else 1
            if axis == channels and kind != "DepthwiseConv2dNative":
                yield AxisOrigin(Maker.KERNEL, (inputs[1].name, inputs[1].shape.rank - 1), of_vectors=bool(parts))
            else:
                yield inputs[0], axis, parts
        elif _is_elementwise(operation, tensor):
            for operand in inputs:
                own = axis - (rank - operand.shape.rank)
                if own >= 0:
                    yield operand, own, parts
        else:
            yield AxisOrigin(Maker.INPUT, (tensor.name, axis))

    def _unreshaped(self, before: Any, after: Any, axis: int, parts: tuple[tuple[int, int], ...]) -> Iterator[_Step]:
        if before.shape.rank is None:
            return
        for group in reshaped_groups(before.shape.as_list(), self._sizes(after)):
            if axis not in group.after:
                continue
            part = group.after.index(axis)
            if len(group.before) == len(group.after):
                yield before, group.before[part], parts
            elif len(group.before) == 1:
                yield before, group.before[0], (*parts, (len(group.after), part))
            elif parts and parts[-1][0] == len(group.before) and len(group.after) == 1:
                yield before, group.before[parts[-1][1]], parts[:-1]
            else:
                yield from ((before, one, parts) for one in group.before)

    def _sizes(self, tensor: Any) -> list[int | None]:
        """The static shape of `tensor`; as rows of a matrix it has as many columns as the kernel has rows."""
        sizes: list[int | None] = tensor.shape.as_list()
        for product in self._graph.consumers(tensor):
            if product.type == "MatMul" and product.inputs[0].name == tensor.name:
                left_transposed, right_transposed = transposed_operands(product)
                sizes[0 if left_transposed else 1] = product.inputs[1].shape[1 if right_transposed else 0]
        return sizes

    def _of_concatenation(
        self, tensor: Any, axis: int, parts: tuple[tuple[int, int], ...]
    ) -> Iterator[_Step | AxisOrigin]:
        *pieces, along = self._graph.inputs_of(tensor.op)
        position = tf.get_static_value(along)
        joined = position is not None and int(position) % tensor.shape.rank == axis
        if joined and all(piece.shape[axis] == 1 for piece in pieces):
            yield self._stacked(tensor, axis, pieces)
        else:
            yield from ((piece, axis, parts) for piece in pieces)

    def _stacked(self, tensor: Any, axis: int, pieces: list[Any]) -> AxisOrigin:
        """An axis along which `pieces` were laid side by side: one sequence if the same weights computed them all."""
        weights = [self._weights_behind(piece) for piece in pieces]
        shared = bool(weights[0]) and all(one == weights[0] for one in weights)
        return AxisOrigin(Maker.INPUT if shared else Maker.STACK, (tensor.name, axis))

    def _weights_behind(self, tensor: Any) -> frozenset[str]:
        return frozenset(
            operation.name
            for operation in self._graph.ancestors(tensor)
            if operation.type == "Placeholder" and operation.outputs[0].dtype == tf.resource
        )


def _is_elementwise(operation: Any, tensor: Any) -> bool:
    """Whether every operand is broadcast to the output: its shape ends like the output's."""
    return bool(operation.inputs) and all(_ends_like(operand.shape, tensor.shape) for operand in operation.inputs)


def _ends_like(operand: tf.TensorShape, output: tf.TensorShape) -> bool:
    if operand.rank is None or operand.rank > output.rank:
        return False
    sizes = zip(reversed(operand.as_list()), reversed(output.as_list()), strict=False)
    return all(one == other or one in (1, None) or other is None for one, other in sizes)


def _unreduced(
    operation: Any, before: Any, axis: int, rank: int, parts: tuple[tuple[int, int], ...]
) -> Iterator[_Step]:
    removed = reduced_axes(operation)
    if removed is None or operation.get_attr("keep_dims"):
        yield before, axis, parts
    else:
        kept = [one for one in range(before.shape.rank) if one not in removed]
        yield before, kept[axis] if len(kept) == rank else axis, parts


def _looked_up(operation: Any, axis: int, parts: tuple[tuple[int, int], ...]) -> Iterator[_Step | AxisOrigin]:
    table, indices = operation.inputs[:2]
    if operation.type == "ResourceGather":
        position = shared = 0
        table_rank = operation.outputs[0].shape.rank - indices.shape.rank + 1
    else:
        along = tf.get_static_value(operation.inputs[2])
        shared = operation.get_attr("batch_dims")
        table_rank = table.shape.rank
        position = 0 if along is None else int(along) % table_rank
    looked_up = indices.shape.rank - shared
    if axis < position:
        yield table, axis, parts
    elif axis < position + looked_up:
        yield indices, axis - position + shared, parts
    elif operation.type == "ResourceGather":
        yield AxisOrigin(Maker.KERNEL, (table.name, axis - looked_up + 1))
    else:
        yield table, axis - looked_up + 1, parts
