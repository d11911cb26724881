"""From the softmaxes that a trace saw to the attention maps that are kept: what they are, and their house order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from attnviz.capture.axis_origins import AxisOrigins
from attnviz.capture.dataflow import Queries, TracedGraph
from attnviz.capture.following import Axes
from attnviz.capture.gates import is_attention
from attnviz.capture.heads import Arrangement, heads_first, order_of_heads
from attnviz.capture.masking import mask_of, unmasked
from attnviz.capture.mixing import Mixing, mixing_of, row_of_queries
from attnviz.capture.operations import LAYOUT, SAME_CELLS
from attnviz.capture.origins import HOPS, Origin, Origins
from attnviz.capture.scores import score_product
from attnviz.capture.softmax_by_hand import written_softmaxes
from attnviz.capture.stand_in import Recorder, SeenSoftmax
from attnviz.capture.tracking import axis_within, operand_with, row_axis
from attnviz.capture.without_softmax import seen_without_softmax

MODEL_ITSELF = "model"
"""The layer that is named for what the model computes outside of any layer."""


@dataclass(frozen=True, kw_only=True)
class TracedMap:
    """What is known of one attention map before any input is seen.

    Attributes:
        layer: Path of the layer.
        call_index: Which call of the layer it is.
        pooled: Whether one query stands for the whole sequence.
        queries: Where the queries come from.
        keys: Where the keys come from.
    """

    layer: str
    call_index: int
    pooled: bool
    queries: Origin
    keys: Origin


@dataclass(frozen=True, eq=False, kw_only=True)
class MapSource:
    """Where in the graph a map was found.

    Attributes:
        seen: The softmax.
        mixing: What its result goes on to do.
        arranged: What puts its heads in front of its queries, see `heads_first`.
    """

    seen: SeenSoftmax
    mixing: Mixing
    arranged: tuple[Arrangement, Axes] | None


@dataclass(frozen=True, kw_only=True)
class OtherAttention:
    """Attention that was seen but is not softmax: its weights are not captured.

    Attributes:
        layer: Path of the layer.
        kind: What makes its weights of scores: `sigmoid`, `sparsemax`, `relu` …
    """

    layer: str
    kind: str


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptMaps:
    """The maps of one trace with their symbolic weights `[batch, heads, query, key]` and masks.

    Attributes:
        maps: In call order.
        weights: One a map.
        masks: `[batch or 1, query or 1, key or 1]`, or None where no scores were masked.
        unreachable: Layers whose softmax is inside a graph of its own, which its weights cannot leave.
        without_softmax: Layers whose weights mix values but come of no softmax, each with what they come of.
        graph: The graph that they were found in.
        sources: Where each of them was found.
    """

    maps: tuple[TracedMap, ...]
    weights: list[Any]
    masks: list[Any]
    unreachable: tuple[str, ...]
    without_softmax: tuple[OtherAttention, ...]
    graph: TracedGraph
    sources: tuple[MapSource, ...]


def kept_maps(
    recorder: Recorder, inputs: Sequence[Any], outputs: Sequence[Any], variables: Sequence[Any] = ()
) -> KeptMaps:
    """Keep the softmaxes behind `outputs` that mix values; reads the graph that is being traced."""
    own = tf.compat.v1.get_default_graph()
    graph = TracedGraph(own)
    origins = Origins(graph, inputs, variables)
    # Keras runs a recurrent cell once outside of its loop to learn its shapes: nothing comes of that call.
    behind_outputs = {operation.name for operation in graph.ancestors(*outputs)}
    reachable = [seen for seen in _softmaxes(recorder, graph) if seen.weights.op.name in behind_outputs]
    graph.score_products = {
        product.name for seen in reachable if (product := score_product(graph, seen.logits)) is not None
    }
    maps: list[TracedMap] = []
    weights: list[Any] = []
    masks: list[Any] = []
    sources: list[MapSource] = []
    calls: dict[str, int] = {}
    known: set[str] = set()
    for seen in reachable:
        known.add(seen.weights.name)
        mixing = mixing_of(graph, seen.weights, seen.axes)
        if mixing is None or not is_attention(graph, seen.logits, seen.axes, mixing):
            continue
        known.add(mixing.operation.name)
        traced = _traced(graph, origins, seen, mixing, calls.get(seen.layer, 0))
        calls[seen.layer] = traced.call_index + 1
        maps.append(traced)
        arranged = heads_first(graph, seen.logits, seen.axes, mixing)
        arrange, axes = arranged or (tf.identity, seen.axes)
        weights.append(tf.cast(in_house_order(arrange(mixing.weights), axes), tf.float32))
        masks.append(_mask(graph, seen, mixing, arranged))
        sources.append(MapSource(seen=seen, mixing=mixing, arranged=arranged))
    others = [one for one in seen_without_softmax(graph, known) if one.operation.name in behind_outputs]
    return KeptMaps(
        maps=tuple(maps),
        weights=weights,
        masks=masks,
        unreachable=_unreachable(recorder, own, {one.layer for one in maps}),
        without_softmax=tuple(
            dict.fromkeys(
                OtherAttention(
                    layer=recorder.layer_at(own, graph.position(one.operation)) or MODEL_ITSELF, kind=one.kind
                )
                for one in others
            )
        ),
        graph=graph,
        sources=tuple(sources),
    )


def _softmaxes(recorder: Recorder, graph: TracedGraph) -> list[SeenSoftmax]:
    """Every softmax of the graph as it is computed: seen by the stand-in, imported by name, or written out."""
    found = {}
    for seen in recorder.softmaxes:
        if seen.weights.graph is graph.graph and len(seen.weights.shape) >= 2:
            found[_softmax_behind(seen.weights)] = seen
    for operation in graph.operations:
        weights = operation.outputs[0] if operation.type == "Softmax" else None
        if weights is not None and operation.name not in found and (weights.shape.rank or 0) >= 2:
            found[operation.name] = SeenSoftmax(
                layer=recorder.layer_at(graph.graph, graph.position(operation)),
                logits=operation.inputs[0],
                weights=weights,
                axes=(len(weights.shape) - 1,),
            )
    for written in written_softmaxes(graph):
        found[written.weights.op.name] = SeenSoftmax(
            layer=recorder.layer_at(graph.graph, graph.position(written.weights.op)),
            logits=written.logits,
            weights=written.weights,
            axes=written.axes,
            mask=written.mask,
        )
    return sorted(found.values(), key=lambda seen: graph.position(seen.weights.op))


def _softmax_behind(tensor: Any) -> str:
    """Name of the softmax operation whose result `tensor` is, but for layout and type."""
    while tensor.op.type in LAYOUT | SAME_CELLS:
        tensor = tensor.op.inputs[0]
    return str(tensor.op.name)


def _unreachable(recorder: Recorder, own: Any, kept: set[str]) -> tuple[str, ...]:
    """Layers whose softmax mixes values in a graph of its own: the body of a loop, a branch, a function."""
    found: dict[str, None] = {}
    graphs: dict[int, TracedGraph] = {}
    for seen in recorder.softmaxes:
        graph = seen.weights.graph
        if graph is own or seen.layer in kept:
            continue
        inner = graphs.setdefault(id(graph), TracedGraph(graph, is_body=True))
        if mixing_of(inner, seen.weights, seen.axes) is not None:
            found[seen.layer or MODEL_ITSELF] = None
    return tuple(found)


def input_masks(recorder: Recorder, inputs: Sequence[Any]) -> list[Any]:
    """For each of the model's inputs, the first padding mask `[batch, length]` that was computed from it alone."""
    own = tf.compat.v1.get_default_graph()
    graph = TracedGraph(own)
    found: list[Any] = [None] * len(inputs)
    for mask in recorder.masks:
        if not isinstance(mask, tf.Tensor) or mask.graph is not own or len(mask.shape) != 2:
            continue
        sources = graph.sources(mask)
        for position, tensor in enumerate(inputs):
            if sources == [tensor.name] and found[position] is None:
                found[position] = tf.cast(mask, tf.bool)
    return found


def in_house_order(weights: Any, axes: Axes) -> Any:
    """`weights`, normalised over `axes`, as `[batch, heads, query, key]`: keys last, groups of heads laid out flat.

    Rank 2 is `[batch, key]`; rank 3 `[batch, query, key]`; rank 4 `[batch, heads, query, key]`; rank 5 or more has
    several axes of heads. Weights over several axes (images, video) have as many axes of queries; both are laid out
    flat.
    """
    rank = len(weights.shape)
    others = [axis for axis in range(rank) if axis not in axes]
    if [*others, *axes] != list(range(rank)):
        weights = tf.transpose(weights, [*others, *axes])
    if rank == 2:
        return weights[:, tf.newaxis, tf.newaxis, :]
    if rank == 3 and len(axes) == 1:
        return weights[:, tf.newaxis]
    if rank == 4 and len(axes) == 1:
        return weights
    shape = tf.shape(weights)
    queries = max(len(others) - len(axes), 1)
    sizes = [tf.reduce_prod(shape[queries : len(others)]), tf.reduce_prod(shape[len(others) :])]
    return tf.reshape(weights, tf.stack([shape[0], tf.reduce_prod(shape[1:queries]), *sizes]))


def _mask(
    graph: TracedGraph, seen: SeenSoftmax, mixing: Mixing, arranged: tuple[Arrangement, Axes] | None
) -> Any | None:
    """The mask as `[batch or 1, query or 1, key or 1]`; a key that any head may attend to counts as allowed."""
    mask = mask_of(graph, seen.logits, sink_cut=mixing.sink_cut)
    if seen.mask is not None:
        multiplied = tf.cast(seen.mask, tf.bool)
        mask = multiplied if mask is None else tf.logical_and(mask, multiplied)
    if mask is None:
        return None
    if len(seen.axes) > 1 or arranged is not None:  # laid out anew, which needs every axis in full
        mask = tf.broadcast_to(mask, tf.shape(mixing.weights))
    if arranged is not None:
        arrange, axes = arranged
        return tf.reduce_any(in_house_order(arrange(mask), axes), axis=1)
    missing = len(seen.weights.shape) - len(mask.shape)
    if missing > 0:
        mask = tf.reshape(mask, tf.concat([tf.ones([missing], tf.int32), tf.shape(mask)], axis=0))
    return tf.reduce_any(in_house_order(mask, seen.axes), axis=1)


def _traced(graph: TracedGraph, origins: Origins, seen: SeenSoftmax, mixing: Mixing, call_index: int) -> TracedMap:
    """Where the axes of a kept softmax come from, read off the graph."""
    keys = origins.of(mixing.values, mixing.key_axes[0] if len(mixing.key_axes) == 1 else None)
    query_tensor, query_axis = _queries(graph, seen, mixing)
    if query_tensor is not None:
        queries = origins.of(query_tensor, query_axis)
    else:
        query_tensor, query_axis = _rows_of_scores(graph, seen)
        queries = _origin_of_rows(graph, origins, query_tensor, query_axis, keys)
    lengths = {queries.length, keys.length} - {None}
    if queries.parameter is not None and keys.parameter is not None and len(lengths) < 2:
        queries = keys  # learned queries that attend to themselves
    pooled = _is_pooled(seen.weights.shape, seen.axes)
    if not pooled:
        # What comes of the mixing stands where its queries stand: later layers find their sequence through these.
        graph.queries_of[mixing.operation.name] = Queries(
            tensor=query_tensor, axis=query_axis, row=row_of_queries(mixing)
        )
    return TracedMap(layer=seen.layer or MODEL_ITSELF, call_index=call_index, pooled=pooled, queries=queries, keys=keys)


def _origin_of_rows(graph: TracedGraph, origins: Origins, scores: Any, axis: int | None, keys: Origin) -> Origin:
    """Where the rows of scores come from that are no product of queries with keys, on `axis` if that is known."""
    every = origins.of(scores, axis)
    if axis is not None and not graph.is_parameter(scores) and AxisOrigins(graph).made_by_the_model(scores, axis):
        return Origin(parameter=HOPS, length=every.length)
    shared = tuple(position for position in every.inputs if position in keys.inputs)
    others = tuple(position for position in every.inputs if position not in keys.inputs)
    # A mask that is added to the scores has rows, too: what has the keys as well as the rows comes before it.
    return replace(every, inputs=shared + others if every.exact else others or every.inputs)


def _queries(graph: TracedGraph, seen: SeenSoftmax, mixing: Mixing) -> tuple[Any | None, int | None]:
    """The queries of a softmax and the axis that they run over; None for what the graph does not show."""
    product = score_product(graph, seen.logits)
    if product is None:
        return None, None
    key_axis = axis_within(graph, seen.logits, seen.axes[0], product) if len(seen.axes) == 1 else None
    keys = None if key_axis is None else operand_with(product, key_axis)
    if keys is not None:
        queries = product.inputs[0 if keys[0].name == product.inputs[1].name else 1]
        return queries, row_axis(product, queries)
    # The layout between the product and the softmax is not known: the queries are what the keys do not come from.
    behind_keys = set(graph.sequence_sources(mixing.values))
    others = [operand for operand in product.inputs if set(graph.sequence_sources(operand)) != behind_keys]
    return (others[0] if others else product.inputs[0]), None


def _rows_of_scores(graph: TracedGraph, seen: SeenSoftmax) -> tuple[Any, int | None]:
    """Scores that are no product of queries and keys (a sum of both, say), and the axis of their queries if known."""
    scores = unmasked(seen.logits)
    others = order_of_heads(graph, seen.logits, seen.axes) or _other_axes(seen)
    alike = len(seen.axes) == 1 and len(others) > 1 and scores.shape.rank == seen.logits.shape.rank
    return scores, others[-1] if alike and scores.shape[others[-1]] != 1 else None


def _other_axes(seen: SeenSoftmax) -> tuple[int, ...]:
    return tuple(axis for axis in range(len(seen.weights.shape)) if axis not in seen.axes)


def _is_pooled(shape: Sequence[int | None], axes: Axes) -> bool:
    """Whether there is one query for more than one key."""
    others = [size for position, size in enumerate(shape) if position not in axes]
    return (len(others) == 1 or others[-1] == 1) and any(shape[axis] != 1 for axis in axes)
