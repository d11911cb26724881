"""Queries, keys and what else the scores of a map were made of, as further outputs of the traced graph."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.queries_and_keys import Formula
from attnviz.capture.score_formula import ScoreFormula, score_formula
from attnviz.capture.score_operands import UnreadableFormula
from attnviz.capture.traced_maps import KeptMaps, MapSource, in_house_order

Outputs = dict[str, Any]
"""`queries`, `keys`, `component_scale`, `scale`, `cap`, `bias`: symbolic, as `QueriesAndKeys` holds them."""


@dataclass(frozen=True, kw_only=True)
class Readable:
    """Whether the graph shows what the scores of a map were made of.

    Attributes:
        formula: How; None where it does not.
        reason: Why it does not: the rest of a sentence that begins with the layer. Empty where it does.
    """

    formula: Formula | None
    reason: str = ""


def score_outputs(kept: KeptMaps, layer_of: Callable[[Any], str]) -> tuple[list[Outputs | None], tuple[Readable, ...]]:
    """What the scores of each map were made of.

    Args:
        kept: The maps of the graph that is being traced.
        layer_of: Path of the layer that made an operation.

    Returns:
        For each map the tensors, or None where they cannot be read; and for each map whether they can.
    """
    outputs: list[Outputs | None] = []
    readable: list[Readable] = []
    for source in kept.sources:
        try:
            formula, made = _outputs(kept.graph, source, layer_of)
        except UnreadableFormula as problem:
            outputs.append(None)
            readable.append(Readable(formula=None, reason=str(problem)))
        else:
            outputs.append(made)
            readable.append(Readable(formula=formula))
    return outputs, tuple(readable)


def _outputs(graph: TracedGraph, source: MapSource, layer_of: Callable[[Any], str]) -> tuple[Formula, Outputs]:
    seen = source.seen
    if len(seen.axes) != 1:
        raise UnreadableFormula("runs its softmax over several axes at once")
    key_axis = seen.axes[0]
    read = score_formula(graph, seen.logits, key_axis, layer_of)
    if read.in_house_order and source.arranged is not None:
        raise UnreadableFormula("keeps its heads in the batch")
    return read.formula, {
        "queries": _vectors(read, source, read.queries, of_keys=False),
        "keys": _vectors(read, source, read.keys, of_keys=True),
        "component_scale": read.component_scale,
        "scale": read.scale,
        "cap": read.cap,
        "bias": None if read.bias is None else _bias(read.bias, source),
    }


def _vectors(read: ScoreFormula, source: MapSource, vectors: Any, *, of_keys: bool) -> Any:
    """Queries or keys as `[batch, heads, query or key, size]`."""
    if read.in_house_order:
        return vectors
    logits, key_axis = source.seen.logits, source.seen.axes[0]
    rank = logits.shape.rank
    if source.arranged is None and rank <= 4:
        return in_house_order(vectors, (rank - 1,))
    # Heads that are laid out anew need every axis in full.
    shape = tf.shape(logits)
    sizes = [shape[axis] for axis in range(rank) if axis != key_axis]
    if of_keys:
        sizes[-1] = shape[key_axis]
    full = tf.broadcast_to(vectors, tf.stack([*sizes, tf.shape(vectors)[-1]]))
    arrange, axes = source.arranged or (tf.identity, (rank - 1,))
    return in_house_order(arrange(full), axes)


def _bias(bias: Any, source: MapSource) -> Any:
    """What is added to the scores as `[batch or 1, heads or 1, query or 1, key or 1]`."""
    seen = source.seen
    rank = seen.logits.shape.rank
    if source.arranged is not None or rank > 4:
        bias = tf.broadcast_to(bias, tf.shape(seen.logits))
        arrange, axes = source.arranged or (tf.identity, seen.axes)
        return in_house_order(arrange(bias), axes)
    missing = rank - bias.shape.rank
    bias = tf.reshape(bias, tf.concat([tf.ones([missing], tf.int32), tf.shape(bias)], axis=0))
    return in_house_order(bias, seen.axes)
