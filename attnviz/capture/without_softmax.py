"""Attention without a softmax: scores of queries and keys that go through a sigmoid, sparsemax … and then mix values.

Such weights are no distribution over keys, or were not made by softmax; they are reported, not captured. A gate (of an
LSTM, a squeeze-and-excitation block, a gated linear unit) compares no queries with keys, so it is never reported.
"""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from attnviz.capture.axis_origins import AxisOrigins, Maker
from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.following import Axes, follow
from attnviz.capture.gates import is_attention
from attnviz.capture.mixing import mixing_of
from attnviz.capture.operations import PRODUCTS, contracted_axes, einsum_labels, is_constant
from attnviz.capture.softmax_by_hand import normaliser_of

_KINDS = {
    "Sigmoid": "sigmoid",
    "Relu": "relu",
    "Relu6": "relu",
    "Elu": "elu",
    "Selu": "selu",
    "Softplus": "softplus",
    "Tanh": "tanh",
    "Exp": "exp",
    "Erf": "gelu",
}
"""What makes weights of scores, by TensorFlow's name of it."""
_SORTED = 40
"""Operations above a sparsemax' threshold among which its sorted scores are looked for."""


@dataclass(frozen=True, kw_only=True)
class SeenWithoutSoftmax:
    """Weights that mix values but do not come of a softmax.

    Attributes:
        operation: The operation that makes weights of scores.
        kind: What it is: `sigmoid`, `sparsemax`, `relu`, `scores over their sum` …
    """

    operation: Any
    kind: str


def seen_without_softmax(graph: TracedGraph, softmaxes: Collection[str]) -> Iterator[SeenWithoutSoftmax]:
    """Weights in `graph` that mix values without a softmax.

    Args:
        graph: The traced graph.
        softmaxes: Names of the tensors that are known to be softmax weights, and of the products that mix with them.
    """
    for operation in graph.operations:
        if operation.type == "Maximum" and (scores := _sparsemax_scores(graph, operation)) is not None:
            axes: Axes = (operation.outputs[0].shape.rank - 1,)
            mixing = mixing_of(graph, operation.outputs[0], axes)
            if mixing is not None and is_attention(graph, scores, axes, mixing):
                yield SeenWithoutSoftmax(operation=operation, kind="sparsemax")
        elif operation.type in PRODUCTS and operation.name not in softmaxes:
            found = _activated_scores(graph, operation, softmaxes)
            if found is not None:
                yield found


def _sparsemax_scores(graph: TracedGraph, operation: Any) -> Any | None:
    """The scores of `maximum(scores - threshold, 0)` whose threshold comes of the sorted scores."""
    if not is_constant(operation.inputs[1], 0.0) or operation.inputs[0].op.type != "Sub":
        return None
    scores, threshold = operation.inputs[0].op.inputs
    if scores.shape.rank is None or scores.shape.rank < 2:
        return None
    is_sorted = any(one.type == "TopKV2" for one in islice(graph.ancestors(threshold), _SORTED))
    return scores if is_sorted else None


def _activated_scores(graph: TracedGraph, product: Any, softmaxes: Collection[str]) -> SeenWithoutSoftmax | None:
    """What makes weights of the scores that `product` gives, if they mix values without having met a softmax."""
    if not _may_compare(graph, product):
        return None
    scores = product.outputs[0]
    key_axis = scores.shape.rank - 1
    waiting: deque[tuple[Any, Axes | None, SeenWithoutSoftmax | None]] = deque([(scores, (key_axis,), None)])
    seen = set()
    while waiting:
        tensor, axes, activation = waiting.popleft()
        if tensor.name in seen or tensor.name in softmaxes or axes is None:
            continue
        seen.add(tensor.name)
        for operation in graph.consumers(tensor):
            if activation is not None and _mixes(graph, operation, tensor, axes):
                return activation if _compares_positions(graph, product) else None
            followed = follow(operation, tensor, axes)
            if followed is not None:
                if activation is None and _is_divided_by_its_sum(operation, tensor, axes):
                    made = SeenWithoutSoftmax(operation=operation, kind="scores over their sum")
                    waiting.append((followed.tensor, followed.axes, made))
                else:
                    waiting.append((followed.tensor, followed.axes, activation))
            elif operation.type in _KINDS and operation.outputs[0].shape.rank == tensor.shape.rank:
                made = SeenWithoutSoftmax(operation=operation, kind=_KINDS[operation.type])
                waiting.append((operation.outputs[0], axes, made))
            elif operation.type in ("AddV2", "Sub", "Square", "BiasAdd", "Pow", "Minimum"):
                shift = operation.outputs[0].shape.rank - tensor.shape.rank
                waiting.append((operation.outputs[0], tuple(axis + shift for axis in axes), activation))
    return None


def _may_compare(graph: TracedGraph, product: Any) -> bool:
    """Whether both operands of `product` depend on the input, and one of them alone brings its last axis."""
    operands = graph.inputs_of(product)
    rank = product.outputs[0].shape.rank or 0
    if len(operands) != 2 or any(map(graph.is_parameter, operands)) or rank < 3:
        return False
    contracted = contracted_axes(product, 0)
    if contracted is None or len(contracted[0]) != 1:
        return False
    if product.type != "Einsum":
        return True
    labels, result = einsum_labels(product)
    return sum(result[-1] in one for one in labels) == 1


def _compares_positions(graph: TracedGraph, product: Any) -> bool:
    """Whether what `product` contracts are features, and its last axis runs over positions.

    The axes are followed far back, so this is asked last, of the few products whose result goes on as weights do.
    """
    contracted = contracted_axes(product, 0)
    if contracted is None:
        return False
    origins = AxisOrigins(graph)
    features = origins.of(graph.inputs_of(product)[0], contracted[0][0])
    keys = origins.of(product.outputs[0], product.outputs[0].shape.rank - 1)
    return any(origin.maker is Maker.INPUT for origin in keys) and not features & keys


def _is_divided_by_its_sum(operation: Any, tensor: Any, axes: Axes) -> bool:
    return (
        operation.type in ("RealDiv", "DivNoNan")
        and operation.inputs[0].name == tensor.name
        and normaliser_of(operation.inputs[1], tensor) == tuple(sorted(axes))
    )


def _mixes(graph: TracedGraph, operation: Any, tensor: Any, axes: Axes) -> bool:
    if operation.type not in PRODUCTS or len(operation.inputs) != 2:
        return False
    index = 0 if operation.inputs[0].name == tensor.name else 1
    contracted = contracted_axes(operation, index)
    return (
        contracted is not None
        and sorted(contracted[0]) == sorted(axes)
        and not graph.is_parameter(operation.inputs[1 - index])
    )
