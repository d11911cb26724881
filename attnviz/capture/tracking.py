"""Which positions of which tensor an axis holds, followed backwards through a traced graph.

`x + attention(norm(x) @ kernel)` has a row for each row of `x`: an operation either keeps the positions of an axis in
their places, joins those of several tensors (`concatenate`), or makes new ones (a convolution, patches, windows). Only
the first kind is followed; nothing is guessed from lengths.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from attnviz.capture.axis_steps import STEPS, Place, places_before
from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import PRODUCTS, SAME_CELLS, einsum_labels
from attnviz.capture.slices import cuts_of

_NEW_POSITIONS = ("Conv", "Pool", "Resize", "Patches", "SpaceTo", "ToSpace", "Roll", "Reverse", "Pad", "TopK", "Sum")


@dataclass(frozen=True, eq=False, kw_only=True)
class Track:
    """Where an axis was followed to.

    Attributes:
        joined: The tensors that were joined along the axis, in order, each with its axis; empty if none were.
        inputs: Names of the graph's inputs that have the axis themselves, nearest first; only if nothing was joined.
        selected: Whether its positions were picked out by their score (`top_k`).
        part_of: The tensor that it is a part of, with its axis, where the part begins and where it ends (None for the
            end of the axis), if it was cut out; only if nothing was joined.
        learned: Learned queries that the axis comes from, the tensor with its axis; only if nothing was joined.
        ends: Tensors that made the positions, as far as the axis could be followed; only if nothing was joined.
        variables: Names of the resources of trained weights that have the axis, where it depends on no input.
    """

    joined: tuple[Place, ...] = ()
    inputs: tuple[str, ...] = ()
    selected: bool = False
    part_of: tuple[Any, int, int, int | None] | None = None
    learned: Place | None = None
    ends: tuple[Any, ...] = ()
    variables: tuple[str, ...] = ()


def track(graph: TracedGraph, tensor: Any, axis: int) -> Track:
    """Follow `axis` of `tensor` backwards until it is joined of several, or to the inputs that have it."""
    waiting: deque[Place] = deque([(tensor, axis)])
    seen = set()
    inputs: list[str] = []
    selected = False
    part_of = None
    learned = None
    ends: list[Any] = []
    variables: list[str] = []
    constant = graph.is_parameter(tensor)
    while waiting:
        tensor, axis = waiting.popleft()
        if (tensor.name, axis) in seen or (tensor.shape.rank is None and tensor.dtype != tf.resource):
            continue
        seen.add((tensor.name, axis))
        operation = tensor.op
        if tensor.dtype == tf.resource:
            variables.append(tensor.name)
        elif operation.type == "ReadVariableOp":
            variables.append(operation.inputs[0].name)
        elif not constant and graph.is_parameter(tensor):
            learned = learned or (tensor, axis)
        elif operation.type == "Placeholder":
            if axis == 1:  # where every input has its sequence
                inputs.append(tensor.name)
        elif operation.type == "ConcatV2" and _concatenated_axis(operation) == axis:
            parts = tuple((one, axis) for one in operation.inputs[:-1])
            if len(parts) > 1:
                return Track(joined=parts)
            waiting.extend(parts)
        else:
            # Which operations mix is known by the time that anything made after them is followed, so it can be kept.
            step = (operation.name, axis, constant)
            if step not in graph.steps:
                graph.steps[step] = tuple(_before(graph, operation, axis, constant=constant))
            before = graph.steps[step]
            waiting.extend(before)
            selected |= _is_selection(graph, operation, axis)
            if not before:
                ends.append(tensor)
            if operation.type == "StridedSlice" and not before and part_of is None:
                part_of = _cut_out(operation, axis)
    return Track(
        inputs=tuple(inputs),
        selected=selected,
        part_of=part_of,
        learned=learned,
        ends=tuple(ends),
        variables=tuple(variables),
    )


def axis_within(graph: TracedGraph, tensor: Any, axis: int, operation: Any) -> int | None:
    """Which axis of the result of `operation` becomes `axis` of `tensor`, further on; None if it cannot be followed."""
    waiting: deque[Place] = deque([(tensor, axis)])
    seen = set()
    while waiting:
        tensor, axis = waiting.popleft()
        if (tensor.name, axis) in seen or tensor.shape.rank is None:
            continue
        seen.add((tensor.name, axis))
        if tensor.op.name == operation.name:
            return axis
        if tensor.op.type not in PRODUCTS:
            waiting.extend(_before(graph, tensor.op, axis))
    return None


def operand_with(product: Any, axis: int) -> Place | None:
    """The one operand of a product of two that brings `axis` of its result, with its own axis."""
    places = places_before(product, axis) or ()
    return places[0] if len(places) == 1 else None


def row_axis(product: Any, queries: Any) -> int | None:
    """The axis of the operand `queries` of a product with keys that the scores have a row for each of."""
    index = 0 if product.inputs[0].name == queries.name else 1
    if product.type != "Einsum":
        place = operand_with(product, len(product.outputs[0].shape) - (2 - index))
        return None if place is None else place[1]
    labels, output = einsum_labels(product)
    own, other = labels[index], labels[1 - index]
    free = [label for label in output if label in own and label not in other]
    # Query heads of one group are a free axis too, in front of the queries: rows of scores come next to last.
    return own.index(free[-1]) if free else None


def _before(graph: TracedGraph, operation: Any, axis: int, *, constant: bool = False) -> Iterator[Place]:
    """The operands of `operation` that have the positions of `axis` of its result, each with the axis that has them."""
    if any(word in operation.type for word in _NEW_POSITIONS):
        return
    queries = graph.queries_of.get(operation.name)
    if queries is not None and queries.row is not None:
        # A row of what attention gives is one of its queries.
        if axis == queries.row and queries.axis is not None:
            yield queries.tensor, queries.axis
        return
    handler = _HANDLERS.get(operation.type)
    if handler is not None:
        yield from handler(graph, operation, axis)
        return
    output = operation.outputs[0].shape
    if output.rank is None or axis >= output.rank:  # of a loop, say, which has results of many shapes
        return
    for operand in operation.inputs:
        rank = operand.shape.rank
        if rank is None or operand.dtype == tf.resource or (not constant and graph.is_parameter(operand)):
            continue
        position = axis - (len(output) - rank)
        if position >= 0 and operand.shape[position] in (output[axis], None):
            yield operand, position


def _through_step(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    # With an ellipsis it is most often the angles of rotary positions: what they turn tells more than they do.
    if operation.type != "Einsum" or b"..." not in operation.get_attr("equation"):
        yield from places_before(operation, axis) or ()


def _through_reshape(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    before, after = operation.inputs[0], operation.outputs[0].shape
    if before.shape.rank is None:
        return
    if before.shape.rank == 2 < len(after):  # a dense layer flattens its rows and lays them out again
        rows = _rows_of_dense(graph, before)
        if rows is not None and rows.shape.rank == len(after) and axis < len(after) - 1:
            yield rows, axis
        return
    cells_after = _cells(after[axis + 1 :])
    for position in range(before.shape.rank):
        if cells_after is not None and _cells(before.shape[position + 1 :]) != cells_after:
            continue
        sizes = (before.shape[position], after[axis])
        if position == axis and cells_after is not None:
            alike = None in sizes or sizes[0] == sizes[1]
        else:
            alike = sizes[0] == sizes[1] and (None not in sizes or position == axis)
        leading = cells_after is not None or (position == axis and list(before.shape[:axis]) == list(after[:axis]))
        if alike and leading and after[axis] != 1:
            yield before, position
            return


def _rows_of_dense(graph: TracedGraph, flat: Any) -> Any | None:
    """What was flattened to rows for a product with a kernel that gave `flat`."""
    while flat.op.type in SAME_CELLS | {"BiasAdd"}:
        flat = flat.op.inputs[0]
    if flat.op.type != "MatMul" or not graph.is_parameter(flat.op.inputs[1]):
        return None
    rows = flat.op.inputs[0]
    return rows.op.inputs[0] if rows.op.type == "Reshape" else None


def _cells(shape: Sequence[int | None]) -> int | None:
    cells = 1
    for size in shape:
        if size is None:
            return None
        cells *= size
    return cells


def _through_gather(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    table, indices = operation.inputs[:2]
    along = 0
    if operation.type == "GatherV2":
        known = tf.get_static_value(operation.inputs[2])
        if known is None:
            return
        along = int(known) % len(table.shape)
    if axis < along:
        yield table, axis
    elif axis < along + len(indices.shape):
        # Looked up in a table of embeddings: a position for each id. Picked out of a sequence: other positions.
        if table.dtype == tf.resource or graph.is_parameter(table):
            yield indices, axis - along
            if len(indices.shape) == 1 and graph.is_parameter(indices):  # the table's own rows, counted out
                yield table, along
    else:
        yield table, axis - len(indices.shape) + 1


def _through_slice(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    if operation.inputs[0].shape.rank is not None:
        cut = cuts_of(operation)[axis]
        if cut is not None and cut.whole:
            yield operation.inputs[0], cut.axis


def _cut_out(operation: Any, axis: int) -> tuple[Any, int, int, int | None] | None:
    """What a slice takes a part of, with the axis, where the part begins and where it ends."""
    if operation.inputs[0].shape.rank is None:
        return None
    cut = cuts_of(operation)[axis]
    if cut is None or cut.whole or cut.begin is None:
        return None
    return operation.inputs[0], cut.axis, cut.begin, cut.end


def _through_split(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    value, along = (operation.inputs[1], operation.inputs[0]) if operation.type == "Split" else operation.inputs[::2]
    known = tf.get_static_value(along)
    if known is not None and int(known) % len(value.shape) != axis:
        yield value, axis


def _through_tile(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    before, after = operation.inputs[0], operation.outputs[0].shape
    position = axis - (len(after) - len(before.shape))
    if position >= 0 and before.shape[position] == after[axis] != 1:
        yield before, position


def _through_concatenation(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    for one in operation.inputs[:-1]:
        yield one, axis


_Handler = Callable[[TracedGraph, Any, int], Iterator[Place]]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(STEPS, _through_step),
    **dict.fromkeys(("GatherV2", "ResourceGather"), _through_gather),
    **dict.fromkeys(("Split", "SplitV"), _through_split),
    **dict.fromkeys(("Tile", "BroadcastTo"), _through_tile),
    "ConcatV2": _through_concatenation,
    "Reshape": _through_reshape,
    "StridedSlice": _through_slice,
}


def _concatenated_axis(operation: Any) -> int | None:
    axis = tf.get_static_value(operation.inputs[-1])
    return None if axis is None else int(axis) % len(operation.outputs[0].shape)


def _is_selection(graph: TracedGraph, operation: Any, axis: int) -> bool:
    """Whether `operation` picks positions by a score: its indices come of `top_k`."""
    if not operation.type.startswith("Gather") or axis == 0:
        return False
    return any(one.type.startswith("TopK") for one in graph.ancestors(operation.inputs[1]))
