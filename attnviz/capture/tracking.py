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

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import PRODUCTS, SAME_CELLS

_NEW_POSITIONS = ("Conv", "Pool", "Resize", "Patches", "SpaceTo", "ToSpace", "Roll", "Reverse", "Pad", "TopK", "Sum")
Place = tuple[Any, int]
"""A tensor and one of its axes."""


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
    if product.type == "Einsum":
        operands, output = product.get_attr("equation").decode().split("->")
        holding = [(index, labels) for index, labels in enumerate(operands.split(",")) if output[axis] in labels]
        if len(holding) != 1 or "." in operands:
            return None
        index, labels = holding[0]
        return product.inputs[index], labels.index(output[axis])
    from_end = len(product.outputs[0].shape) - axis
    if from_end > 2:
        return None
    index = 0 if from_end == 2 else 1
    operand = product.inputs[index]
    names = ("transpose_a", "transpose_b") if product.type == "MatMul" else ("adj_x", "adj_y")
    turned = product.get_attr(names[index])
    return operand, len(operand.shape) - (3 - from_end if turned else from_end)


def row_axis(product: Any, queries: Any) -> int | None:
    """The axis of the operand `queries` of a product with keys that the scores have a row for each of."""
    index = 0 if product.inputs[0].name == queries.name else 1
    if product.type != "Einsum":
        place = operand_with(product, len(product.outputs[0].shape) - (2 - index))
        return None if place is None else place[1]
    operands, output = product.get_attr("equation").decode().split("->")
    labels = operands.split(",")
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


def _through_product(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    for index, operand in enumerate(operation.inputs):
        if operation.type == "Einsum":
            operands, output = operation.get_attr("equation").decode().split("->")
            labels = operands.split(",")[index]
            if "." not in operands and output[axis] in labels:
                yield operand, labels.index(output[axis])
        elif axis >= len(operation.outputs[0].shape) - 2:
            place = operand_with(operation, axis)
            if place is not None and place[0].name == operand.name:
                yield place
        elif axis < len(operation.outputs[0].shape) - 2 and len(operand.shape) == len(operation.outputs[0].shape):
            yield operand, axis


def _through_transpose(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    permutation = tf.get_static_value(operation.inputs[1])
    if permutation is not None:
        yield operation.inputs[0], int(permutation[axis])


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


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """What a slice takes of one axis."""

    axis: int
    begin: int | None
    end: int | None
    whole: bool


def _cuts(operation: Any) -> list[_Cut | None]:
    """For each axis of a slice's result what it takes of which axis of its operand; None for a new axis."""
    before, after = operation.inputs[0].shape, operation.outputs[0].shape
    begins, ends, strides = (tf.get_static_value(one, partial=True) for one in operation.inputs[1:])
    entries = len(strides) if strides is not None else int(operation.inputs[3].shape[0] or 0)
    bits = {
        name: operation.get_attr(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    given = sum(not (bits["new_axis"] | bits["ellipsis"]) >> entry & 1 for entry in range(entries))
    cuts: list[_Cut | None] = []
    position = 0
    for entry in range(entries):
        if bits["ellipsis"] >> entry & 1:
            for _ in range(len(before) - given):
                cuts.append(_Cut(axis=position, begin=0, end=None, whole=True))
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
                _Cut(
                    axis=position,
                    begin=int(begin) if known and begin is not None else None,
                    end=None if end is None else int(end),
                    whole=whole,
                )
            )
            position += 1
    return cuts + [_Cut(axis=one, begin=0, end=None, whole=True) for one in range(position, len(before))]


def _through_slice(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    if operation.inputs[0].shape.rank is not None:
        cut = _cuts(operation)[axis]
        if cut is not None and cut.whole:
            yield operation.inputs[0], cut.axis


def _cut_out(operation: Any, axis: int) -> tuple[Any, int, int, int | None] | None:
    """What a slice takes a part of, with the axis, where the part begins and where it ends."""
    if operation.inputs[0].shape.rank is None:
        return None
    cut = _cuts(operation)[axis]
    if cut is None or cut.whole or cut.begin is None:
        return None
    return operation.inputs[0], cut.axis, cut.begin, cut.end


def _through_expand(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    added = tf.get_static_value(operation.inputs[1])
    if added is not None:
        position = int(added) % len(operation.outputs[0].shape)
        if axis != position:
            yield operation.inputs[0], axis - (axis > position)


def _through_squeeze(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    before = operation.inputs[0]
    removed = {one % len(before.shape) for one in operation.get_attr("squeeze_dims")}
    kept = [position for position in range(len(before.shape)) if position not in removed]
    if removed and axis < len(kept):
        yield before, kept[axis]


def _through_split(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    value, along = (operation.inputs[1], operation.inputs[0]) if operation.type == "Split" else operation.inputs[::2]
    known = tf.get_static_value(along)
    if known is not None and int(known) % len(value.shape) != axis:
        yield value, axis


def _through_pack(graph: TracedGraph, operation: Any, axis: int) -> Iterator[Place]:
    along = operation.get_attr("axis")
    if operation.type == "Unpack":
        value = operation.inputs[0]
        yield value, axis + (along % len(value.shape) <= axis)
    elif axis != along % len(operation.outputs[0].shape):
        for one in operation.inputs:
            yield one, axis - (along % len(operation.outputs[0].shape) < axis)


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
    **dict.fromkeys(PRODUCTS, _through_product),
    **dict.fromkeys(("GatherV2", "ResourceGather"), _through_gather),
    **dict.fromkeys(("Split", "SplitV"), _through_split),
    **dict.fromkeys(("Pack", "Unpack"), _through_pack),
    **dict.fromkeys(("Tile", "BroadcastTo"), _through_tile),
    "ConcatV2": _through_concatenation,
    "ExpandDims": _through_expand,
    "Reshape": _through_reshape,
    "Squeeze": _through_squeeze,
    "StridedSlice": _through_slice,
    "Transpose": _through_transpose,
}


def _concatenated_axis(operation: Any) -> int | None:
    axis = tf.get_static_value(operation.inputs[-1])
    return None if axis is None else int(axis) % len(operation.outputs[0].shape)


def _is_selection(graph: TracedGraph, operation: Any, axis: int) -> bool:
    """Whether `operation` picks positions by a score: its indices come of `top_k`."""
    if not operation.type.startswith("Gather") or axis == 0:
        return False
    return any(one.type.startswith("TopK") for one in graph.ancestors(operation.inputs[1]))
