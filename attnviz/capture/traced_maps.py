"""From the softmaxes that a trace saw to the attention maps that are kept: what they are, and their house order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from attnviz.capture.dataflow import Mixing, Queries, TracedGraph
from attnviz.capture.masking import mask_of
from attnviz.capture.origins import Origin, Origins
from attnviz.capture.stand_in import Recorder, SeenSoftmax
from attnviz.capture.tracking import axis_within, operand_with, row_axis


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
class KeptMaps:
    """The maps of one trace with their symbolic weights `[batch, heads, query, key]` and masks.

    Attributes:
        maps: In call order.
        weights: One a map.
        masks: `[batch or 1, query or 1, key or 1]`, or None where no scores were masked.
        unreachable: Layers whose softmax is inside a graph of its own, which its weights cannot leave.
    """

    maps: tuple[TracedMap, ...]
    weights: list[Any]
    masks: list[Any]
    unreachable: tuple[str, ...]


def kept_maps(recorder: Recorder, inputs: Sequence[Any], outputs: Sequence[Any]) -> KeptMaps:
    """Keep the softmaxes behind `outputs` that mix values; reads the graph that is being traced."""
    own = tf.compat.v1.get_default_graph()
    graph = TracedGraph(own)
    origins = Origins(graph, inputs)
    reachable = [seen for seen in recorder.softmaxes if seen.weights.graph is own and len(seen.weights.shape) >= 2]
    reachable += _not_seen(graph, reachable)
    # Keras runs a recurrent cell once outside of its loop to learn its shapes: nothing comes of that call.
    behind_outputs = {operation.name for operation in graph.ancestors(*outputs)}
    graph.score_products = {
        product.name
        for seen in reachable
        if seen.weights.op.name in behind_outputs and (product := graph.score_product(seen.logits)) is not None
    }
    maps: list[TracedMap] = []
    weights: list[Any] = []
    masks: list[Any] = []
    calls: dict[str, int] = {}
    for seen in reachable:
        if seen.weights.op.name not in behind_outputs:
            continue
        mixing = graph.mixing(seen.weights, seen.axis)
        if mixing is None:
            continue
        traced = _traced(graph, origins, seen, mixing, calls.get(seen.layer, 0))
        calls[seen.layer] = traced.call_index + 1
        maps.append(traced)
        weights.append(tf.cast(in_house_order(mixing.weights, seen.axis), tf.float32))
        mask = mask_of(graph, seen.logits, sink_cut=mixing.sink_cut)
        masks.append(None if mask is None else _mask_in_house_order(mask, len(seen.weights.shape), seen.axis))
    elsewhere = (seen.layer for seen in recorder.softmaxes if seen.weights.graph is not own)
    return KeptMaps(maps=tuple(maps), weights=weights, masks=masks, unreachable=tuple(dict.fromkeys(elsewhere)))


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


def in_house_order(weights: Any, axis: int) -> Any:
    """`weights`, normalised over `axis`, as `[batch, heads, query, key]`: keys last, groups of heads laid out flat.

    Rank 2 is `[batch, key]`; rank 3 `[batch, query, key]`; rank 4 `[batch, heads, query, key]`; rank 5 or more has
    several axes of heads.
    """
    rank = len(weights.shape)
    if axis != rank - 1:
        weights = tf.transpose(weights, [*(one for one in range(rank) if one != axis), axis])
    if rank == 2:
        return weights[:, tf.newaxis, tf.newaxis, :]
    if rank == 3:
        return weights[:, tf.newaxis]
    if rank == 4:
        return weights
    shape = tf.shape(weights)
    return tf.reshape(weights, tf.stack([shape[0], -1, shape[-2], shape[-1]]))


def _mask_in_house_order(mask: Any, rank: int, axis: int) -> Any:
    """The mask as `[batch or 1, query or 1, key or 1]`; a key that any head may attend to counts as allowed."""
    missing = rank - len(mask.shape)
    if missing > 0:
        mask = tf.reshape(mask, tf.concat([tf.ones([missing], tf.int32), tf.shape(mask)], axis=0))
    return tf.reduce_any(in_house_order(mask, axis), axis=1)


def _not_seen(graph: TracedGraph, seen: Sequence[SeenSoftmax]) -> list[SeenSoftmax]:
    """Softmaxes of the graph that did not come through the stand-in: `from tensorflow.nn import softmax`."""
    known = {graph.softmax_behind(one.weights) for one in seen}
    return [
        SeenSoftmax(
            layer="/".join(operation.name.split("/")[1:-1]),
            logits=operation.inputs[0],
            weights=operation.outputs[0],
            axis=len(operation.outputs[0].shape) - 1,
        )
        for operation in graph.graph.get_operations()
        if operation.type == "Softmax" and operation.name not in known and len(operation.outputs[0].shape) >= 2
    ]


def _traced(graph: TracedGraph, origins: Origins, seen: SeenSoftmax, mixing: Mixing, call_index: int) -> TracedMap:
    """Where the axes of a kept softmax come from, read off the graph."""
    keys = origins.of(mixing.values, graph.mixed_axis(mixing))
    query_tensor, query_axis = _queries(graph, seen, mixing)
    if query_tensor is not None:
        queries = origins.of(query_tensor, query_axis)
    else:
        every = origins.of(graph.unmasked(seen.logits), None)
        others = tuple(position for position in every.inputs if position not in keys.inputs)
        queries = replace(every, inputs=others or every.inputs)
    pooled = _is_pooled(seen.weights.shape, seen.axis)
    if not pooled and query_tensor is not None:
        # What comes of the mixing stands where its queries stand: later layers find their sequence through these.
        graph.queries_of[mixing.operation.name] = Queries(
            tensor=query_tensor, axis=query_axis, row=graph.mixed_row(mixing)
        )
    return TracedMap(layer=seen.layer or "model", call_index=call_index, pooled=pooled, queries=queries, keys=keys)


def _queries(graph: TracedGraph, seen: SeenSoftmax, mixing: Mixing) -> tuple[Any | None, int | None]:
    """The queries of a softmax and the axis that they run over; None for what the graph does not show."""
    product = graph.score_product(seen.logits)
    if product is None:
        return None, None
    key_axis = axis_within(graph, seen.logits, seen.axis, product)
    keys = None if key_axis is None else operand_with(product, key_axis)
    if keys is not None:
        queries = product.inputs[0 if keys[0].name == product.inputs[1].name else 1]
        return queries, row_axis(product, queries)
    # The layout between the product and the softmax is not known: the queries are what the keys do not come from.
    behind_keys = set(graph.sequence_sources(mixing.values))
    others = [operand for operand in product.inputs if set(graph.sequence_sources(operand)) != behind_keys]
    return (others[0] if others else product.inputs[0]), None


def _is_pooled(shape: Sequence[int | None], axis: int) -> bool:
    """Whether there is one query for more than one key."""
    others = [size for position, size in enumerate(shape) if position != axis]
    return (len(others) == 1 or others[-1] == 1) and shape[axis] != 1
