"""A model traced once with its attention weights as extra outputs, and run as often as wanted."""

import inspect
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.capture.dataflow import Mixing, TracedGraph
from attnviz.capture.stand_in import TRACING, Recorder, SeenSoftmax, recording
from attnviz.errors import CaptureError

BFLOAT16 = tf.bfloat16.as_numpy_dtype


@dataclass(frozen=True, kw_only=True)
class TracedMap:
    """What is known of one attention map before any input is seen.

    Attributes:
        layer: Path of the layer.
        call_index: Which call of the layer it is.
        pooled: Whether one query stands for the whole sequence.
        query_inputs: Positions of the model's inputs that the queries come from, nearest first.
        key_inputs: Positions of the model's inputs that the keys come from, nearest first.
    """

    layer: str
    call_index: int
    pooled: bool
    query_inputs: tuple[int, ...]
    key_inputs: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """The arrays of one run: weights `[batch, heads, query, key]` and masks in the order of the traced maps."""

    outputs: Any
    weights: tuple[np.ndarray, ...]
    masks: tuple[np.ndarray | None, ...]
    valid: tuple[np.ndarray | None, ...]


class CompiledCapture:
    """One model, traced for one signature; calling it runs the compiled graph, from any number of threads at once.

    It holds no reference to the model, so it dies with it.
    """

    def __init__(self, model: keras.Model, inputs: Any, shapes: Sequence[tuple[int | None, ...]]) -> None:
        flat = keras.tree.flatten(inputs)
        specifications = [tf.TensorSpec(shape, array.dtype) for shape, array in zip(shapes, flat, strict=True)]
        reference = weakref.ref(model)
        arguments = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
        self.maps: tuple[TracedMap, ...] = ()
        self.unreachable: tuple[str, ...] = ()
        structure = keras.tree.map_structure(lambda _: None, inputs)

        def run(*tensors: Any) -> dict[str, Any]:
            traced: Any = reference()  # alive: the constructor's caller holds it, and only the constructor traces
            with recording() as recorder:
                outputs = traced(keras.tree.pack_sequence_as(structure, tensors), **arguments)
            self._output_structure = outputs
            weights, masks = self._kept(recorder, tensors, keras.tree.flatten(outputs))
            return {
                "outputs": [tf.identity(output) for output in keras.tree.flatten(outputs)],
                "weights": weights,
                "masks": masks,
                "valid": _input_masks(recorder, tensors),
            }

        with TRACING:
            function = tf.function(run, input_signature=specifications, autograph=False)
            self._concrete = function.get_concrete_function()
        self._output_structure = keras.tree.map_structure(lambda _: None, self._output_structure)
        self._specifications = specifications

    def __call__(self, inputs: Any) -> Run:
        tensors = [
            tf.convert_to_tensor(array, specification.dtype)
            for array, specification in zip(keras.tree.flatten(inputs), self._specifications, strict=True)
        ]
        result = self._concrete(*tensors)
        return Run(
            outputs=keras.tree.pack_sequence_as(
                self._output_structure, [as_array(tensor) for tensor in result["outputs"]]
            ),
            weights=tuple(as_array(tensor) for tensor in result["weights"]),
            masks=tuple(None if mask is None else as_array(mask) for mask in result["masks"]),
            valid=tuple(None if mask is None else as_array(mask) for mask in result["valid"]),
        )

    def _kept(self, recorder: Recorder, inputs: Sequence[Any], outputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Keep the softmaxes behind the outputs that mix values, as `[batch, heads, query, key]`."""
        own = tf.compat.v1.get_default_graph()
        graph = TracedGraph(own)
        names = [tensor.name for tensor in inputs]
        maps: list[TracedMap] = []
        weights: list[Any] = []
        masks: list[Any] = []
        calls: dict[str, int] = {}
        self.unreachable = tuple(
            dict.fromkeys(seen.layer for seen in recorder.softmaxes if seen.weights.graph is not own)
        )
        # Keras runs a recurrent cell once outside of its loop to learn its shapes: nothing comes of that call.
        behind_outputs = {operation.name for operation in graph.ancestors(*outputs)}
        for seen in recorder.softmaxes:
            if seen.weights.graph is not own or len(seen.weights.shape) < 2:
                continue
            if seen.weights.op.name not in behind_outputs:
                continue
            mixing = graph.mixing(seen.weights, seen.axis)
            if mixing is None:
                continue
            traced = _traced(graph, seen, mixing, names, calls.get(seen.layer, 0))
            calls[seen.layer] = traced.call_index + 1
            maps.append(traced)
            weights.append(tf.cast(in_house_order(mixing.weights, seen.axis), tf.float32))
            mask = graph.mask_of(seen.logits)
            masks.append(None if mask is None else _mask_in_house_order(mask, len(seen.weights.shape), seen.axis))
        self.maps = tuple(maps)
        return weights, masks


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


def as_array(tensor: Any) -> np.ndarray:
    """The tensor's values as a read-only array that shares its memory (`.numpy()` would copy them)."""
    if tensor.dtype == tf.bfloat16 or tensor.dtype == tf.string:
        return np.asarray(tensor)
    return np.asarray(memoryview(tensor))


def _traced(graph: TracedGraph, seen: SeenSoftmax, mixing: Mixing, names: list[str], call_index: int) -> TracedMap:
    """Where the axes of a kept softmax come from, read off the graph."""
    key_sources = graph.sources(mixing.values)
    score_sources = graph.sources(seen.logits)
    only_query = [name for name in score_sources if name not in key_sources]
    static = in_house_shape(seen.weights.shape, seen.axis)
    return TracedMap(
        layer=seen.layer or "model",
        call_index=call_index,
        pooled=static[2] == 1 and static[3] != 1,
        query_inputs=tuple(names.index(name) for name in only_query or score_sources if name in names),
        key_inputs=tuple(names.index(name) for name in key_sources if name in names),
    )


def in_house_shape(shape: Sequence[int | None], axis: int) -> tuple[int | None, ...]:
    """The static shape `[batch, heads, query, key]` of weights of `shape`, normalised over `axis`."""
    others = [size for position, size in enumerate(shape) if position != axis]
    query = others[-1] if len(others) > 1 else 1
    heads = others[1] if len(others) == 3 else (1 if len(others) < 3 else None)
    return (others[0], heads, query, shape[axis])


def _mask_in_house_order(mask: Any, rank: int, axis: int) -> Any:
    """The mask as `[batch or 1, query or 1, key or 1]`; a key that any head may attend to counts as allowed."""
    missing = rank - len(mask.shape)
    if missing > 0:
        mask = tf.reshape(mask, tf.concat([tf.ones([missing], tf.int32), tf.shape(mask)], axis=0))
    return tf.reduce_any(in_house_order(mask, axis), axis=1)


def _input_masks(recorder: Recorder, inputs: Sequence[Any]) -> list[Any]:
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


_compiled: weakref.WeakKeyDictionary[keras.Model, dict[Any, CompiledCapture]] = weakref.WeakKeyDictionary()


def compiled_for(model: keras.Model, inputs: Any) -> CompiledCapture:
    """The compiled capture of `model` for inputs like these; traced at the first call, then kept as long as the model.

    Batch size and length stay free, so new ones do not trace again.

    Raises:
        CaptureError: If the model cannot be traced; the message holds the model's own.
    """
    flat = keras.tree.flatten(inputs)
    structure = str(keras.tree.map_structure(lambda _: 0, inputs))
    with TRACING:
        signatures = _compiled.setdefault(model, {})
        shapes = _free_shapes(model, flat)
        key = (structure, tuple(shapes), tuple(str(array.dtype) for array in flat))
        if key in signatures:
            return signatures[key]
        problem: Exception | None = None
        for candidate in (shapes, [(None, *array.shape[1:]) for array in flat], [array.shape for array in flat]):
            key = (structure, tuple(candidate), tuple(str(array.dtype) for array in flat))
            if key not in signatures:
                try:
                    signatures[key] = CompiledCapture(model, inputs, candidate)
                except Exception as error:  # noqa: BLE001 - whatever a model's own code raises
                    problem = problem or error
                    continue
            return signatures[key]
        raise CaptureError(
            f"Model {model.name!r} could not be traced with inputs of shapes "
            f"{[array.shape for array in flat]}: {problem}"
        ) from problem


def _free_shapes(model: keras.Model, flat: Sequence[np.ndarray]) -> list[tuple[int | None, ...]]:
    """Shapes with every size free that the model does not fix: its own where it declares them, else by rank."""
    try:
        declared = [tuple(tensor.shape) for tensor in keras.tree.flatten(model.inputs)]
    except (AttributeError, ValueError):
        declared = []
    if len(declared) == len(flat) and all(
        len(shape) == array.ndim for shape, array in zip(declared, flat, strict=True)
    ):
        return declared
    return [(None, None, *array.shape[2:]) if array.ndim > 1 else (None,) * array.ndim for array in flat]
