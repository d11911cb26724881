"""The mask that a model put on its scores, read from where it was put: never guessed from weights."""

from collections import deque
from typing import Any

import numpy as np
import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.operations import LAYOUT, PRODUCTS, SAME_CELLS, constant_of, operand_handed_on, without_casts

MASKED_SCORE = -1e4
"""A score at or below this, or lowered by as much, is a masked one: half precision cannot go far below it."""

_MASKED_CONSTANT = -100.0
"""So does a bias of nothing but 0 and this: exp(-100) is 0 in single precision."""
_CELLWISE = {"AddV2", "Sub", "Mul", "RealDiv", "Tanh", "BiasAdd", "SelectV2", "ConcatV2", "Reshape", "Transpose"}
_LONGEST_WAY_TO_MASK = 60
"""Operations between a mask and the bias that it becomes, at most."""


def mask_of(graph: TracedGraph, logits: Any, *, sink_cut: bool = False) -> Any | None:
    """Where a query may attend to a key, True where it may; None if no scores were masked.

    Models mask their scores with `where(mask, scores, -1e9)`, with `scores + (1 - mask) * -1e9`, where the bias may
    hold positions too, or with `scores - (1 - mask) * 1e9`. All are followed back from `logits` to the product of
    queries and keys, through layouts that change in between (windows, groups of heads).

    Args:
        graph: The graph that is being traced.
        logits: What the softmax was given.
        sink_cut: Whether its last key, an attention sink that is no token, was cut off after the softmax.

    Returns:
        bool, broadcastable to the scores (without the sink), or None.
    """
    operation = logits.op
    if operation.type in SAME_CELLS:
        return mask_of(graph, operand_handed_on(logits), sink_cut=sink_cut)
    if operation.type == "SelectV2":
        condition, where_true, where_false = operation.inputs
        if is_masked(where_false, where_true):
            return _both(condition, mask_of(graph, where_true, sink_cut=sink_cut))
        if is_masked(where_true, where_false):
            return _both(tf.logical_not(condition), mask_of(graph, where_false, sink_cut=sink_cut))
        return None
    if operation.type in ("AddV2", "Sub", "Mul", "RealDiv"):
        first, second = operation.inputs
        if operation.type == "AddV2" and _is_lowering(first):
            first, second = second, first
        if operation.type in ("AddV2", "Sub") and _is_lowering(second):
            lowered = second if operation.type == "AddV2" else -second
            own = lowered > tf.cast(MASKED_SCORE / 2, lowered.dtype)
            return _both(own, mask_of(graph, first, sink_cut=sink_cut))
        if operation.type in ("AddV2", "Mul") and not _leads_to_scores(graph, first):
            first, second = second, first
        if not _leads_to_scores(graph, first):
            return None
        own = _allowed_by(second) if operation.type == "AddV2" else None
        return _both(own, mask_of(graph, first, sink_cut=sink_cut))
    if operation.type == "ConcatV2" and sink_cut:
        return mask_of(graph, operation.inputs[0])
    if operation.type in ("Reshape", "Transpose"):
        before = operation.inputs[0]
        mask = mask_of(graph, before, sink_cut=sink_cut)
        if mask is None:
            return None
        mask = tf.broadcast_to(mask, tf.shape(before))
        laid_out = tf.reshape if operation.type == "Reshape" else tf.transpose
        return laid_out(mask, operation.inputs[1])
    return None


def unmasked(logits: Any) -> Any:
    """The scores before any `where`, or any very large number taken from them, masked them."""
    while (before := _before_masking(logits)) is not None:
        logits = before
    return logits


def _before_masking(logits: Any) -> Any | None:
    """`logits` before the last operation, if that masked them or left their cells as they were."""
    operation = logits.op
    if operation.type in SAME_CELLS:
        return operand_handed_on(logits)
    if operation.type == "SelectV2":
        _, where_true, where_false = operation.inputs
        if is_masked(where_false, where_true):
            return where_true
        return where_false if is_masked(where_true, where_false) else None
    if operation.type in ("AddV2", "Sub"):
        first, second = operation.inputs
        if _is_lowering(second):
            return first
        return second if operation.type == "AddV2" and _is_lowering(first) else None
    return None


def is_masked(branch: Any, scores: Any) -> bool:
    """Whether `branch` of a `where` is a very low score, or `scores` lowered by a very large number."""
    if branch.op.type in ("Sub", "AddV2") and len(branch.op.inputs) == 2:
        base, change = branch.op.inputs
        amount = constant_of(change)
        if base.name == scores.name and amount is not None:
            lowered = -np.asarray(amount, np.float64) if branch.op.type == "Sub" else np.asarray(amount, np.float64)
            return bool(np.all(lowered <= MASKED_SCORE))
    constant = constant_of(branch)
    return constant is not None and bool(np.all(np.asarray(constant, np.float64) <= MASKED_SCORE))


def _is_lowering(change: Any) -> bool:
    """Whether `change` is a very large number times something, `(1 - mask) * 1e9`: taken from scores, it masks them."""
    change = without_casts(change)
    while change.op.type in LAYOUT | {"BroadcastTo"}:
        change = without_casts(change.op.inputs[0])
    if change.op.type != "Mul":
        return False
    factors = [constant_of(one) for one in change.op.inputs]
    return any(
        one is not None and np.size(one) == 1 and abs(float(np.ravel(one)[0])) >= -MASKED_SCORE for one in factors
    )


def _leads_to_scores(graph: TracedGraph, tensor: Any) -> bool:
    """Whether `tensor` is made of a product of two operands that are no kernels, with the cells in their places."""
    waiting = deque([tensor])
    seen = set()
    while waiting:
        operation = waiting.popleft().op
        if operation.name in seen:
            continue
        seen.add(operation.name)
        if operation.type in PRODUCTS:
            if len(operation.inputs) == 2 and graph.compares(operation):
                return True
        elif operation.type in SAME_CELLS | _CELLWISE:
            waiting.extend(operation.inputs)
    return False


def _both(one: Any | None, other: Any | None) -> Any | None:
    if one is None or other is None:
        return one if other is None else other
    return tf.logical_and(one, other)


def _allowed_by(bias: Any) -> Any | None:
    """Where `bias`, added to scores, leaves them alone; None if it masks nothing."""
    lowest = _lowest_constant(bias)
    return None if lowest is None else bias > lowest / 2


def _lowest_constant(bias: Any) -> float | None:
    """The very low number that a mask was multiplied with or selected against on its way to `bias`."""
    waiting = deque([bias])
    seen: set[str] = set()
    while waiting and len(seen) < _LONGEST_WAY_TO_MASK:
        tensor = waiting.popleft()
        if tensor.name in seen:
            continue
        seen.add(tensor.name)
        known = constant_of(tensor)
        if known is not None:
            values = np.asarray(known)
            if values.size and np.issubdtype(values.dtype, np.floating):
                lowest = float(values.min())
                two_values = values.size > 1 and bool(np.isin(values, (0.0, lowest)).all())
                if lowest <= MASKED_SCORE or (two_values and lowest <= _MASKED_CONSTANT):
                    return lowest
            continue
        if tensor.op.type == "Mul" and any(_is_flag(one) for one in tensor.op.inputs):
            factor = next((one for one in map(constant_of, tensor.op.inputs) if one is not None), None)
            if factor is not None and np.size(factor) == 1 and float(np.min(factor)) <= _MASKED_CONSTANT:
                return float(np.min(factor))
        if tensor.dtype.is_floating:
            waiting.extend(tensor.op.inputs)
    return None


def _is_flag(tensor: Any) -> bool:
    """Whether `tensor` is a truth value as a number, 0 or 1."""
    return tensor.op.type == "Cast" and tensor.op.inputs[0].dtype == tf.bool
