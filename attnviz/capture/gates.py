"""Attention or gate: both multiply a softmax's result with something and sum, and only one of them looks at positions.

Attention weighs the elements of one sequence. A gate or a router weighs the results of different computations: experts,
branches, mixture components, channels, the slots of a trained memory. The graph tells them apart by where two axes were
made, that of the scores and that of what they weigh (`axis_origins`). A softmax that mixes values is attention if

1. its scores are a product of two tensors that both depend on the input: queries were compared with keys; or
2. what it weighs runs over positions: an axis of the input, or computed from one position by position. This is
   attention pooling, additive and location-based attention; or
3. each score was computed from the very element that it weighs, so that both axes were made in the same place, of
   vectors: pooling over stacked features, or over learned queries that have looked at the input. Scores that weigh
   themselves, or what was chosen by them, do not count: that is an entropy, or a router that takes the best experts.

Everything else is a gate: a router's logits come from the columns of its own kernel, and what they weigh was stacked
from separate experts, or made by the experts' kernels.
"""

from typing import Any

from attnviz.capture.axis_origins import AxisOrigins, Maker
from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.following import Axes
from attnviz.capture.mixing import Mixing
from attnviz.capture.operations import without_casts
from attnviz.capture.scores import score_product

_POINTWISE = frozenset({"LogSoftmax", "Log", "Exp", "Sub", "Neg", "Softmax", "Maximum", "AddV2", "SelectV2"})


def is_attention(graph: TracedGraph, logits: Any, axes: Axes, mixing: Mixing) -> bool:
    """Whether a softmax of `logits` over `axes`, which mixes values, looks at positions; else it is a gate."""
    if score_product(graph, logits) is not None:
        return True
    origins = AxisOrigins(graph)
    weighed = frozenset().union(*(origins.of(mixing.values, axis) for axis in mixing.key_axes))
    if not weighed or any(origin.maker is Maker.INPUT for origin in weighed):
        return True
    scored = frozenset().union(*(origins.of(logits, axis) for axis in axes))
    return any(origin.of_vectors for origin in weighed & scored) and not _are_scores(mixing.values, logits)


def _are_scores(values: Any, logits: Any) -> bool:
    """Whether `values` are the scores themselves, or computed from them cell by cell."""
    waiting = [without_casts(values)]
    for _ in range(16):
        if not waiting:
            return False
        tensor = waiting.pop()
        if tensor.name == without_casts(logits).name:
            return True
        if tensor.op.type in _POINTWISE:
            waiting += [without_casts(one) for one in tensor.op.inputs]
    return False
