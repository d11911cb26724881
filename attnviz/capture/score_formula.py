"""How the scores of a softmax were made of queries and keys, read off the traced graph.

From the scores back: masks, what is added and what they are multiplied with, to the product of queries and keys, or to
the sum of tanh of their sums. What is read is checked against the captured weights afterwards, so a wrong reading is
never shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.masking import unmasked
from attnviz.capture.operations import (
    LAYOUT,
    PRODUCTS,
    SAME_CELLS,
    constant_of,
    is_constant,
    operand_handed_on,
    permutation_of,
    reduced_axes,
    without_casts,
)
from attnviz.capture.queries_and_keys import Formula
from attnviz.capture.score_operands import UnreadableFormula, labels_of, laid
from attnviz.capture.scores import has_product
from attnviz.capture.tracking import axis_within

_LONGEST_WAY = 24
"""Operations between the comparison and its softmax, at most."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreFormula:
    """Symbolic parts of scores.

    Attributes:
        formula: See `QueriesAndKeys`.
        queries: `[*axes of the scores without that of the keys, size]`, an axis 1 where all have the same; or in house
            order.
        keys: The same, with the keys in place of the queries.
        in_house_order: Whether queries and keys are `[batch, heads, query or key, size]` already.
        component_scale: `[size]`, or None.
        scale: A single number.
        cap: A single number that the scaled sum is kept within by tanh, before the bias is added; or None.
        bias: Broadcastable to the scores in the softmax's own order of axes, or None.
    """

    formula: Formula
    queries: Any
    keys: Any
    in_house_order: bool
    component_scale: Any | None
    scale: Any
    cap: Any | None
    bias: Any | None


def score_formula(graph: TracedGraph, logits: Any, key_axis: int, layer_of: Callable[[Any], str]) -> ScoreFormula:
    """How `logits` were made.

    Args:
        graph: The graph that is being traced.
        logits: What the softmax was given.
        key_axis: The axis that it runs over.
        layer_of: Path of the layer that made an operation: what a query is multiplied with counts as the scale only if
            its own layer did it.

    Raises:
        UnreadableFormula: If the graph does not show it.
    """
    scale: Any = tf.constant(1.0)
    cap: Any | None = None
    bias: Any | None = None
    laid_out = False
    tensor = logits
    for _ in range(_LONGEST_WAY):
        tensor = unmasked(tensor)
        operation = tensor.op
        kind = operation.type
        if kind == "Sum" or kind in PRODUCTS:
            made = _compared(graph, logits, key_axis, operation, laid_out=laid_out)
            extra, queries, keys = _own_scale(made, layer_of, layer_of(operation))
            return ScoreFormula(
                formula=made.formula,
                queries=queries,
                keys=keys,
                in_house_order=made.in_house_order,
                component_scale=made.component_scale,
                scale=scale * extra if cap is None else scale * cap * extra,
                cap=cap,
                bias=bias,
            )
        if kind in ("Mul", "RealDiv"):
            tensor, factor = _number_beside(operation)
            scale = scale * factor
        elif kind in ("AddV2", "Sub", "BiasAdd"):
            first, second = operation.inputs
            if kind == "AddV2" and has_product(graph, second) and not has_product(graph, first):
                first, second = second, first
            if cap is not None:
                raise UnreadableFormula("adds something to its scores before it caps them")
            if laid_out and second.shape.num_elements() != 1:
                raise UnreadableFormula("lays its scores out anew after something was added to them")
            added = scale * tf.cast(second, tf.float32) * (-1.0 if kind == "Sub" else 1.0)
            bias = added if bias is None else bias + added
            tensor = first
        elif kind in LAYOUT:
            permutation = permutation_of(operation) if kind == "Transpose" else None
            laid_out |= permutation is None or permutation != tuple(range(len(permutation)))
            tensor = operation.inputs[0]
        elif kind == "ConcatV2":
            raise UnreadableFormula("puts scores of something that is no token beside those of its keys")
        elif kind == "Tanh" and cap is None:  # cap * tanh(scores / cap)
            cap, scale = scale, tf.constant(1.0)
            tensor = operation.inputs[0]
        elif kind in ("Tanh", "Sigmoid"):
            raise UnreadableFormula(f"puts its scores through {kind.lower()} before the softmax")
        else:
            break
    raise UnreadableFormula("does not compute its scores from queries and keys in a way that is known here")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Compared:
    """Queries and keys with the tensors that they were laid out from."""

    formula: Formula
    queries: Any
    keys: Any
    in_house_order: bool = False
    component_scale: Any | None = None
    operands: tuple[Any | None, Any | None] = (None, None)


def _compared(graph: TracedGraph, logits: Any, key_axis: int, operation: Any, *, laid_out: bool) -> _Compared:
    if operation.type == "Sum":
        axes = reduced_axes(operation)
        whole = operation.inputs[0]
        if axes != (whole.shape.rank - 1,) or operation.get_attr("keep_dims") or laid_out:
            raise UnreadableFormula("sums over something else than the components of queries and keys")
        return _summed(graph, whole, None, key_axis)
    operands = graph.inputs_of(operation)
    if len(operands) != 2:
        raise UnreadableFormula("compares more than two things at once")
    kernels = [index for index in (0, 1) if graph.is_parameter(operands[index])]
    if len(kernels) == 1 and not graph.compares(operation):
        return _with_kernel(graph, logits, key_axis, operation, kernels[0])
    return _multiplied(graph, logits, key_axis, operation, laid_out=laid_out)


def _multiplied(graph: TracedGraph, logits: Any, key_axis: int, product: Any, *, laid_out: bool) -> _Compared:
    """Queries and keys of a matrix product or an einsum."""
    labels, output = labels_of(product)
    rank = logits.shape.rank
    same = not laid_out and product.outputs[0].shape.rank == rank
    found = [axis if same else axis_within(graph, logits, axis, product) for axis in range(rank)]
    if found[key_axis] is None or any(one is None and logits.shape[axis] != 1 for axis, one in enumerate(found)):
        raise UnreadableFormula("lays its scores out in a way that cannot be followed")
    axes = [None if one is None else output[one] for one in found]
    column = axes.pop(key_axis)
    key = next((index for index in (0, 1) if column in labels[index] and column not in labels[1 - index]), None)
    if key is None:
        raise UnreadableFormula("has scores whose keys cannot be told from its queries")
    summed = [label for label in labels[key] if label in labels[1 - key] and label not in output]
    queries, keys = product.inputs[1 - key], product.inputs[key]
    return _Compared(
        formula="dot",
        queries=laid(queries, labels[1 - key], axes, summed),
        keys=laid(keys, labels[key], [*axes[:-1], column], summed),
        operands=(queries, keys),
    )


def _with_kernel(graph: TracedGraph, logits: Any, key_axis: int, product: Any, index: int) -> _Compared:
    """A trained vector that every position is compared with: a learned query, or the last step of additive scores."""
    kernel, rows = product.inputs[index], without_casts(product.inputs[1 - index])
    if kernel.shape.rank != 2 or 1 not in kernel.shape:
        raise UnreadableFormula("has scores that a trained kernel gives: its positions are compared with no keys")
    vector = tf.reshape(tf.cast(kernel, tf.float32), [-1])
    if rows.op.type == "Reshape" and rows.shape.rank == 2:  # rows of all samples under each other, for the product
        rows = rows.op.inputs[0]
    while rows.op.type == "Transpose" and permutation_of(rows.op) == tuple(range(rows.shape.rank)):
        rows = rows.op.inputs[0]
    others = [size for axis, size in enumerate(logits.shape) if axis != key_axis]
    alone = all(size == 1 for size in others[1:])
    if rows.shape.rank == 4 and not alone:
        return _summed(graph, rows, vector, key_axis)
    if rows.shape.rank != 3 or not alone:
        raise UnreadableFormula("has scores that a trained kernel gives: its positions are compared with no keys")
    added = without_casts(rows).op.inputs[0] if without_casts(rows).op.type == "Tanh" else None
    if added is not None and added.op.type == "AddV2" and not any(map(graph.is_parameter, added.op.inputs)):
        first, second = added.op.inputs  # one query, added to every key
        query, key = (first, second) if first.shape[1] == 1 else (second, first)
        if query.shape.rank == key.shape.rank == 3 and query.shape[1] == 1:
            return _Compared(
                formula="additive",
                queries=tf.cast(query, tf.float32)[:, tf.newaxis],
                keys=tf.cast(key, tf.float32)[:, tf.newaxis],
                in_house_order=True,
                component_scale=vector,
            )
    keys = tf.cast(rows, tf.float32)[:, tf.newaxis]
    return _Compared(formula="dot", queries=tf.reshape(vector, [1, 1, 1, -1]), keys=keys, in_house_order=True)


def _summed(graph: TracedGraph, whole: Any, component_scale: Any | None, key_axis: int) -> _Compared:
    """Queries and keys of `[batch, query, key, size]`, whose size is summed: tanh(q + k), perhaps times a vector."""
    whole = without_casts(whole)
    inner: Any = 1.0
    if whole.op.type == "Mul":
        factor, whole = sorted(whole.op.inputs, key=lambda one: without_casts(one).op.type == "Tanh")
        if not graph.is_parameter(factor):
            raise UnreadableFormula("multiplies queries and keys in a way that is not known here")
        if not is_constant(factor, 1.0):
            weights = tf.reshape(tf.cast(factor, tf.float32), [-1])
            component_scale = weights if component_scale is None else component_scale * weights
        whole = without_casts(whole)
    if whole.op.type != "Tanh":
        raise UnreadableFormula("sums neither products nor tanh of sums of queries and keys")
    added = without_casts(whole.op.inputs[0])
    if added.op.type == "Mul":
        added, inner = _number_beside(added.op)
        added = without_casts(added)
    operands = list(added.op.inputs) if added.op.type == "AddV2" else []
    if len(operands) != 2 or any(one.shape.rank != 4 for one in operands) or key_axis not in (1, 2):
        raise UnreadableFormula("does not add queries and keys before tanh in a way that is known here")
    query_axis = 3 - key_axis
    first, second = operands
    query, key = (first, second) if first.shape[key_axis] == 1 else (second, first)
    if query.shape[key_axis] != 1 or key.shape[query_axis] != 1:
        raise UnreadableFormula("has scores whose keys cannot be told from its queries")
    size = whole.shape[-1]
    if component_scale is not None and component_scale.shape.num_elements() == 1 and size is not None:
        component_scale = tf.repeat(component_scale, size)
    return _Compared(
        formula="additive",
        queries=inner * tf.cast(tf.squeeze(query, key_axis), tf.float32)[:, tf.newaxis],
        keys=inner * tf.cast(tf.squeeze(key, query_axis), tf.float32)[:, tf.newaxis],
        in_house_order=True,
        component_scale=component_scale,
    )


def _own_scale(made: _Compared, layer_of: Callable[[Any], str], layer: str) -> tuple[Any, Any, Any]:
    """The factor that the layer put on its queries or keys before it compared them, and both without it."""
    factors = [_constant_factor(one, layer_of, layer) for one in made.operands]
    scale = factors[0] * factors[1]
    return scale, made.queries / factors[0], made.keys / factors[1]


def _constant_factor(tensor: Any | None, layer_of: Callable[[Any], str], layer: str) -> float:
    factor = 1.0
    while tensor is not None and layer_of(tensor.op) == layer:
        operation = tensor.op
        if operation.type in SAME_CELLS:
            tensor = operand_handed_on(tensor)
        elif operation.type in LAYOUT:
            tensor = operation.inputs[0]
        elif operation.type in ("Mul", "RealDiv"):
            known: list[Any] = [constant_of(one) for one in operation.inputs]
            number = next((place for place in (1, 0) if known[place] is not None and np.size(known[place]) == 1), None)
            if number is None or (operation.type == "RealDiv" and number == 0):
                break
            value = float(np.ravel(known[number])[0])
            if not np.isfinite(value) or value <= 0:
                break
            factor = factor * value if operation.type == "Mul" else factor / value
            tensor = operation.inputs[1 - number]
        else:
            break
    return factor


def _number_beside(operation: Any) -> tuple[Any, Any]:
    """Of a product with one number, or a division by one: the other operand, and the factor."""
    first, second = operation.inputs
    if operation.type == "Mul" and first.shape.num_elements() == 1 and second.shape.num_elements() != 1:
        first, second = second, first
    if second.shape.num_elements() != 1:
        raise UnreadableFormula("multiplies its scores with something that is not one number")
    number = tf.reshape(tf.cast(second, tf.float32), [])
    return first, number if operation.type == "Mul" else 1.0 / number
