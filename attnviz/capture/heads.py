"""Where a model keeps its heads, if not on the axis before the queries."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from attnviz.capture.axis_origins import AxisOrigins, Maker
from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.following import Axes
from attnviz.capture.mixing import Mixing
from attnviz.capture.operations import SAME_CELLS, permutation_of
from attnviz.capture.scores import score_product

Arrangement = Callable[[Any], Any]
"""Lays out weights, or a mask of their full shape, anew."""


def heads_first(graph: TracedGraph, logits: Any, axes: Axes, mixing: Mixing) -> tuple[Arrangement, Axes] | None:
    """What puts the heads of weights on the axis before the queries, and where their keys are then.

    None where they are there already. Weights that are the same for every sample are repeated for each.
    """
    if graph.is_parameter(logits) and score_product(graph, logits) is None:
        return _for_every_sample(mixing, axes)
    heads = heads_in_batch(graph, mixing)
    if heads is not None and axes == (2,):
        return lambda weights: tf.reshape(weights, tf.concat([[-1, heads], tf.shape(weights)[1:]], axis=0)), (3,)
    heads = heads_before_samples(graph, mixing)
    if heads is not None and axes == (2,):

        def unstacked(weights: Any) -> Any:
            stacked = tf.reshape(weights, tf.concat([[heads, -1], tf.shape(weights)[1:]], axis=0))
            return tf.transpose(stacked, (1, 0, 2, 3))

        return unstacked, (3,)
    order = order_of_heads(graph, logits, axes)
    if order is not None:
        return lambda weights: tf.transpose(weights, (*order, *axes)), (len(order),)
    return None


def _for_every_sample(mixing: Mixing, axes: Axes) -> tuple[Arrangement, Axes]:
    """Scores that are trained weights (a random synthesizer) are the same for every sample of the values."""
    added = mixing.weights.shape[0] != 1

    def repeated(weights: Any) -> Any:
        weights = weights[tf.newaxis] if added else weights
        return tf.repeat(weights, tf.shape(mixing.values)[0], axis=0)

    return repeated, tuple(axis + added for axis in axes)


def heads_in_batch(graph: TracedGraph, mixing: Mixing) -> int | None:
    """How many heads are folded into the batch of weights `[batch * heads, query, key]`; None if none are.

    What comes of the mixing says it: `[batch * heads, query, depth]` is laid out as `[batch, heads, …, depth]`, and the
    heads are put beside the depth.
    """
    mixed = mixing.operation.outputs[0]
    if mixing.weights.shape.rank != 3 or mixed.shape.rank != 3:
        return None
    waiting = [mixed]
    while waiting:
        tensor = waiting.pop()
        for consumer in graph.consumers(tensor):
            if not consumer.outputs:
                continue
            result: Any = consumer.outputs[0]
            if consumer.type in SAME_CELLS:
                waiting.append(result)
            elif consumer.type == "Reshape" and result.shape.rank is not None and result.shape.rank > 3:
                heads = result.shape[1]
                if heads is not None and heads > 1 and _beside_depth(graph, result):
                    return int(heads)
    return None


def heads_before_samples(graph: TracedGraph, mixing: Mixing) -> int | None:
    """How many heads were joined along the batch of weights `[heads * batch, query, key]`; None if none were.

    What comes of the mixing is split along the batch again, and joined along the depth.
    """
    mixed = mixing.operation.outputs[0]
    if mixing.weights.shape.rank != 3 or mixed.shape.rank != 3:
        return None
    for split in graph.consumers(mixed):
        if split.type != "Split" or tf.get_static_value(split.inputs[0]) != 0:
            continue
        for joined in graph.consumers(split.outputs[0]):
            along = tf.get_static_value(joined.inputs[-1]) if joined.type == "ConcatV2" else None
            if along is not None and int(along) % 3 == 2:
                return len(split.outputs)
    return None


def _beside_depth(graph: TracedGraph, laid_out: Any) -> bool:
    rank = laid_out.shape.rank
    for consumer in graph.consumers(laid_out):
        permutation = permutation_of(consumer) if consumer.type == "Transpose" else None
        if permutation is not None and permutation[-2:] == (1, rank - 1):
            return True
    return False


def order_of_heads(graph: TracedGraph, logits: Any, axes: Axes) -> tuple[int, ...] | None:
    """The axes of `logits` other than those of the keys, heads before queries; None where they are in that order.

    Scores that are no product of queries and keys but come straight from a kernel, one column for each head and point
    (deformable attention), keep the queries where the input had them: before the heads, which the kernel made.
    """
    rank = logits.shape.rank
    others = [axis for axis in range(rank) if axis not in axes]
    if len(axes) != 1 or len(others) < 3 or score_product(graph, logits) is not None:
        return None
    origins = AxisOrigins(graph)
    made_by_kernel = [axis for axis in others[1:] if {one.maker for one in origins.of(logits, axis)} == {Maker.KERNEL}]
    order = (others[0], *made_by_kernel, *(axis for axis in others[1:] if axis not in made_by_kernel))
    return None if order == tuple(others) else order
