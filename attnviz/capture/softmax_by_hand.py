"""Softmax that was written out: exp over its sum, or exp of scores less their log-sum-exp.

Layers that were never written for us do this (`keras-self-attention` from PyPI among them), and so does Keras itself
for a softmax over several axes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import (
    LAYOUT,
    SAME_CELLS,
    constant_of,
    is_constant,
    operand_handed_on,
    permutation_of,
    reduced_axes,
    same_values,
    without_casts,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class WrittenSoftmax:
    """A softmax that the graph spells out.

    Attributes:
        logits: The scores, before their maximum was taken off.
        weights: The result.
        axes: What it is normalised over.
        mask: What was multiplied onto exp, 0 or False where a key may not be attended to; None if nothing was.
    """

    logits: Any
    weights: Any
    axes: tuple[int, ...]
    mask: Any | None


def written_softmaxes(graph: TracedGraph) -> Iterator[WrittenSoftmax]:
    """Every softmax that `graph` spells out, in the order in which they are computed."""
    for operation in graph.operations:
        if operation.type in ("RealDiv", "DivNoNan", "Mul"):
            found = _exp_over_its_sum(operation) or _over_other_axes(operation)
        elif operation.type == "Exp":
            found = _exp_of_normalised(operation)
        else:
            continue
        if found is not None and found.weights.shape.rank is not None and found.weights.shape.rank >= 2:
            yield found


def _exp_over_its_sum(operation: Any) -> WrittenSoftmax | None:
    parts = _fraction(operation)
    if parts is None:
        return None
    whole, divisor = parts
    raised = _raised(whole)
    if raised is None:
        return None
    axes = normaliser_of(divisor, whole)
    if not axes:
        return None
    exponent, mask = raised
    return WrittenSoftmax(logits=_without_maximum(exponent), weights=operation.outputs[0], axes=axes, mask=mask)


def _over_other_axes(operation: Any) -> WrittenSoftmax | None:
    """A softmax that is normalised once more over axes of its own: keys choose slots, then slots weigh keys."""
    parts = _fraction(operation)
    if parts is None:
        return None
    whole, divisor = parts
    softmax = without_casts(whole)
    if softmax.op.type == "AddV2":
        softmax = next((one for one in map(without_casts, softmax.op.inputs) if one.op.type == "Softmax"), softmax)
    if softmax.op.type != "Softmax":
        return None
    axes = normaliser_of(divisor, whole)
    if not axes or softmax.shape.rank - 1 in axes:
        return None
    return WrittenSoftmax(logits=softmax.op.inputs[0], weights=operation.outputs[0], axes=axes, mask=None)


def _fraction(operation: Any) -> tuple[Any, Any] | None:
    """What is divided and by what: `a / b`, or `a * (1 / b)`."""
    if operation.type != "Mul":
        return tuple(operation.inputs)
    for whole, factor in (tuple(operation.inputs), tuple(reversed(operation.inputs))):
        inverse = without_casts(factor).op
        if inverse.type in ("Reciprocal", "Inv"):
            return whole, inverse.inputs[0]
        if inverse.type in ("RealDiv", "DivNoNan") and is_constant(inverse.inputs[0], 1.0):
            return whole, inverse.inputs[1]
    return None


def _raised(tensor: Any) -> tuple[Any, Any | None] | None:
    """The exponent behind `tensor`, and the mask that was put on exp; None if `tensor` is no exp."""
    tensor = without_casts(tensor)
    operation = tensor.op
    if operation.type == "Exp":
        return operation.inputs[0], None
    if operation.type == "Mul":
        for raised, mask in (tuple(operation.inputs), tuple(reversed(operation.inputs))):
            if without_casts(raised).op.type == "Exp":
                return without_casts(raised).op.inputs[0], mask
    if operation.type == "SelectV2":
        condition, where_true, where_false = operation.inputs
        if without_casts(where_true).op.type == "Exp" and is_constant(where_false, 0.0):
            return without_casts(where_true).op.inputs[0], condition
    return None


def _without_maximum(exponent: Any) -> Any:
    """`scores` of `scores - max(scores)`; any other exponent as it is."""
    plain = without_casts(exponent)
    if plain.op.type == "Sub":
        scores, taken = plain.op.inputs
        while taken.op.type in SAME_CELLS | LAYOUT:
            taken = operand_handed_on(taken) if taken.op.type in SAME_CELLS else taken.op.inputs[0]
        if taken.op.type == "Max":
            return scores
    return exponent


def _exp_of_normalised(operation: Any) -> WrittenSoftmax | None:
    exponent = without_casts(operation.inputs[0])
    if exponent.op.type == "Sub":
        scores, taken = exponent.op.inputs
        axes = _log_sum_exp_axes(taken, scores)
        logits = scores
    else:
        logits, axes = _log_softmax(exponent)
    if not axes:
        return None
    return WrittenSoftmax(logits=logits, weights=operation.outputs[0], axes=axes, mask=None)


def _log_sum_exp_axes(tensor: Any, scores: Any) -> tuple[int, ...] | None:
    """The axes over which `tensor` is the log-sum-exp of `scores`; None if it is not."""
    for _ in range(8):
        operation = tensor.op
        if operation.type == "Log":
            total = without_casts(operation.inputs[0])
            raised = _raised(total.op.inputs[0]) if total.op.type == "Sum" else None
            if raised is None or not same_values(_minuend(raised[0]), scores):
                return None
            return normaliser_of(total, total.op.inputs[0])
        if operation.type in SAME_CELLS:
            tensor = operand_handed_on(tensor)
        elif operation.type in LAYOUT | {"StridedSlice"}:
            tensor = operation.inputs[0]
        elif operation.type == "AddV2":
            tensor = next((one for one in operation.inputs if without_casts(one).op.type == "Log"), operation.inputs[0])
        else:
            return None
    return None


def _minuend(tensor: Any) -> Any:
    plain = without_casts(tensor)
    return plain.op.inputs[0] if plain.op.type == "Sub" else plain


def _log_softmax(tensor: Any) -> tuple[Any, tuple[int, ...] | None]:
    """The scores and the axis behind a log-softmax, which TensorFlow transposes to its last axis and back."""
    if tensor.op.type == "LogSoftmax":
        return tensor.op.inputs[0], (tensor.shape.rank - 1,)
    if tensor.op.type != "Transpose":
        return tensor, None
    inner = without_casts(tensor.op.inputs[0])
    permutation = permutation_of(tensor.op)
    if inner.op.type != "LogSoftmax" or inner.op.inputs[0].op.type != "Transpose" or permutation is None:
        return tensor, None
    return inner.op.inputs[0].op.inputs[0], (permutation.index(inner.shape.rank - 1),)


def normaliser_of(divisor: Any, whole: Any) -> tuple[int, ...] | None:
    """The axes over which `divisor` is the sum of `whole`, perhaps kept from being 0; None if it is no such sum."""
    while divisor.op.type != "Sum":
        operation = divisor.op
        if operation.type in SAME_CELLS:
            divisor = operand_handed_on(divisor)
        elif operation.type in LAYOUT | {"BroadcastTo", "Tile", "StridedSlice"}:
            divisor = operation.inputs[0]
        elif operation.type in ("AddV2", "Maximum", "SelectV2"):
            operands = [one for one in operation.inputs[-2:] if constant_of(one) is None]
            if len(operands) != 1:
                return None
            divisor = operands[0]
        else:
            return None
    if not same_values(divisor.op.inputs[0], whole):
        return None
    return reduced_axes(divisor.op)
