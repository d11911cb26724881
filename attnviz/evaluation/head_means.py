"""How every head of a whole batch attends, in TensorFlow: in the graph that runs the model, or on arrays.

The numbers are those of `attnviz.analysis.statistics`, as means over queries and in single precision. Computed where
the weights are, on all cores, they cost little beside the model, and no weight has to leave the graph.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from attnviz.capture.compiled import Summary

SMALLEST = np.finfo(np.float32).tiny
"""Added to every weight before its logarithm is taken: 0 ln 0 is 0, and no other weight notices."""


class HeadMeans(NamedTuple):
    """Means over the queries that count: real ones that may attend to anything. All float32.

    Attributes:
        entropy: `[batch, heads]`, nats; NaN without such a query.
        normalised_entropy: `[batch, heads]`, 0 to 1: over the queries that may attend to two keys or more.
        distance: `[batch, heads]`, positions; NaN where queries and keys are not the same tokens.
        received: `[batch, key]`, 0 to 1: what each key receives, a mean over the heads.
    """

    entropy: Any
    normalised_entropy: Any
    distance: Any
    received: Any


def head_means(weights: Any, queries: Any, keys: Any, mask: Any | None, *, same_axis: bool) -> HeadMeans:
    """How each head attends in each sample.

    Args:
        weights: float32 `[batch, heads, query, key]`; each row sums to 1, to 0 (fully masked), or below 1 (sink cut
            off).
        queries: bool `[batch, query]`, True at real tokens and False at padding.
        keys: bool `[batch, key]`.
        mask: bool, broadcastable to `[batch, query, key]`, True where a query may attend to a key; None for everywhere.
        same_axis: Whether queries and keys are the same tokens, so that there is a distance between them.
    """
    allowed = tf.logical_and(queries[:, :, None], keys[:, None, :])
    if mask is not None:
        allowed = tf.logical_and(allowed, mask)
    factor = tf.cast(allowed, tf.float32)
    given = weights * factor[:, None]
    attends = _sums_over_keys(given) > 0
    entropy = tf.nn.relu(-_sums_over_keys(given * tf.math.log(given + SMALLEST)))  # a weight may be rounded above 1
    several = tf.reduce_sum(factor, -1)[:, None, :]
    comparable = tf.cast(tf.logical_and(attends, several > 1), tf.float32)
    share = tf.where(several > 1, entropy / tf.math.log(tf.maximum(several, 2.0)), 0.0)
    counted = tf.reduce_sum(tf.cast(attends, tf.float32), -1)
    return HeadMeans(
        entropy=tf.reduce_sum(entropy, -1) / counted,  # 0 / 0 is NaN, as it should be
        normalised_entropy=tf.reduce_sum(share, -1) / tf.reduce_sum(comparable, -1),
        distance=_distances(given, counted) if same_axis else tf.fill(tf.shape(counted), np.float32(np.nan)),
        received=_received(given, counted),
    )


# Sums as products with ones: several times as fast as TensorFlow's own reductions of short axes.


def _sums_over_keys(array: Any) -> Any:
    shape = tf.shape(array)
    return tf.reshape(tf.matmul(tf.reshape(array, [-1, shape[3]]), tf.ones([shape[3], 1])), shape[:3])


def _distances(given: Any, counted: Any) -> Any:
    shape = tf.shape(given)
    positions = tf.range(shape[2])
    apart = tf.cast(tf.abs(positions[:, None] - positions), tf.float32)
    cells = shape[2] * shape[3]
    total = tf.matmul(tf.reshape(given, [-1, cells]), tf.reshape(apart, [cells, 1]))
    return tf.reshape(total, shape[:2]) / counted


def _received(given: Any, counted: Any) -> Any:
    """What each key receives, a mean over queries and heads; NaN where no query of a head counts."""
    shape = tf.shape(given)
    each = tf.repeat(1 / (counted * tf.cast(shape[1], tf.float32)), shape[2], axis=1)
    return tf.matmul(each[:, None, :], tf.reshape(given, [shape[0], shape[1] * shape[2], shape[3]]))[:, 0]


def summary_of_maps(axes: Sequence[tuple[str, str]], main: str) -> Summary:
    """What is kept of each example of a model whose maps run over its input, to be computed in the model's graph.

    Args:
        axes: Of each map the names of its query and its key axis; any other than `main` is one pooled query.
        main: Name of the input's axis.

    Returns:
        For `CompiledCapture.summary`: from a run and the real tokens `[batch, length]` to `outputs`, `valid` (the real
        tokens that any query may attend to), `statistics` `[3, batch, heads of all maps]` (entropy, normalised entropy,
        distance) and `shares` `[batch, length]` (the part of the attention that each token receives).
    """

    def summary(run: Mapping[str, Any], real: Any) -> Mapping[str, Any]:
        valid = real
        for pair, mask in zip(axes, run["key_masks"], strict=True):
            if mask is not None and pair == (main, main):
                valid = tf.logical_and(valid, mask)
        pooled = tf.ones_like(real[:, :1])
        statistics: list[Any] = []
        received: list[Any] = []
        for (query_axis, key_axis), weights, mask in zip(axes, run["weights"], run["masks"], strict=True):
            queries = valid if query_axis == main else pooled
            keys = valid if key_axis == main else pooled
            means = head_means(weights, queries, keys, mask, same_axis=query_axis == key_axis)
            statistics.append(tf.stack([means.entropy, means.normalised_entropy, means.distance]))
            if key_axis == main:
                received.append(means.received)
        return {
            "outputs": run["outputs"],
            "valid": valid,
            "statistics": tf.concat(statistics, -1),
            "shares": tf.add_n(received) / len(received),
        }

    return summary


def head_means_of_arrays(
    weights: np.ndarray, queries: np.ndarray, keys: np.ndarray, mask: np.ndarray | None, *, same_axis: bool
) -> HeadMeans:
    """`head_means` of arrays, in arrays."""
    everywhere = np.ones((1, 1, 1), bool)
    found = _compiled(same_axis)(weights, queries, keys, everywhere if mask is None else mask)
    return HeadMeans(*(one.numpy() for one in found))


@functools.cache
def _compiled(same_axis: bool) -> Any:
    shapes = [
        tf.TensorSpec((None, None, None, None), tf.float32),
        tf.TensorSpec((None, None), tf.bool),
        tf.TensorSpec((None, None), tf.bool),
        tf.TensorSpec((None, None, None), tf.bool),
    ]
    return tf.function(functools.partial(head_means, same_axis=same_axis), input_signature=shapes, autograph=False)
