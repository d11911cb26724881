"""`capture_attention`: run any Keras model once and keep every attention weight it computed."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from attnviz.capture.axes import (
    InputAxis,
    Labels,
    axis_of_keys,
    axis_of_queries,
    input_axis,
    named_labels,
    position_labels,
)
from attnviz.capture.compiled import CompiledCapture, Run, TracedMap, compiled_for
from attnviz.errors import CaptureError
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap

LARGEST_DIFFERENCE = 1e-4
"""Above this, a captured prediction is said to differ from the plain model's."""


def capture_attention(
    model: keras.Model,
    inputs: Any,
    *,
    sequences: Mapping[str, Labels] | Labels | None = None,
    compare: bool = False,
) -> AttentionCapture:
    """The prediction of `model` for `inputs` and, from the same compiled pass, all attention weights behind it.

    The model is used as it is. It is traced at the first call; later calls, of any batch size and length and from
    any number of threads, run the compiled graph.

    Args:
        model: Any Keras model: functional, sequential or subclassed.
        inputs: What the model takes: an array, or a list, tuple or dict of arrays, each `[batch, ...]`.
        sequences: Labels for the sequences that the inputs hold: for each input's name (`"input"` for the only input
            of a subclassed model) one sequence of labels a sample; bare labels if there is one input. Fewer labels
            than positions mean that padding follows. Without labels, integer ids or positions are shown.
        compare: Also run the plain model and keep the largest difference; warns above 1e-4.

    Returns:
        One `AttentionMap` for each softmax whose result mixes values, in call order. A classifier's softmax is none.

    Raises:
        CaptureError: If the model cannot be run on these inputs.
        ShapeError: If the labels do not fit the inputs.
    """
    if not isinstance(model, keras.Model):
        raise CaptureError(
            f"`model` must be a Keras model. Received: {type(model).__name__}. "
            f"Wrap a layer first: `keras.Sequential([layer])`."
        )
    inputs = keras.tree.map_structure(lambda array: _as_model_input(array, model), inputs)
    flat = keras.tree.flatten(inputs)
    if any(array.ndim == 0 or len(array) != len(flat[0]) for array in flat) or not flat or not len(flat[0]):
        raise CaptureError(
            f"Every input must have shape [batch, ...] with the same batch of at least 1. "
            f"Received: shapes {[array.shape for array in flat]}."
        )
    names = _input_names(model, inputs)
    labels = named_labels(sequences, names)
    declared = _declared_dtypes(model, len(flat))
    if declared:
        converted = [array.astype(dtype, copy=False) for array, dtype in zip(flat, declared, strict=True)]
        inputs, flat = keras.tree.pack_sequence_as(inputs, converted), converted
    if not model.built:
        model(inputs)
    compiled = compiled_for(model, inputs)
    for layer in compiled.unreachable:
        warnings.warn(
            f"Layer {layer!r} computes a softmax inside a loop, which its weights cannot leave. Use the layer outside "
            f"of a recurrent cell, or give the cell's layer `unroll=True`, to see them.",
            stacklevel=2,
        )
    try:
        run = compiled(inputs)
    except Exception as error:
        raise CaptureError(
            f"Model {model.name!r} could not be run on inputs of shapes {[array.shape for array in flat]}: {error}"
        ) from error
    axes = [
        input_axis(name, array, mask, labels.get(name)) if array.ndim >= 2 else None
        for name, array, mask in zip(names, flat, run.valid, strict=True)
    ]
    return _record(model, compiled, run, axes, _difference(model, inputs, run) if compare else None)


def _record(
    model: keras.Model,
    compiled: CompiledCapture,
    run: Run,
    inputs: Sequence[InputAxis | None],
    difference: float | None,
) -> AttentionCapture:
    sequences = {axis.name: axis.labels for axis in inputs if axis is not None}
    valid = {axis.name: axis.valid for axis in inputs if axis is not None}
    maps = []
    for traced, weights, mask in zip(compiled.maps, run.weights, run.masks, strict=True):
        batch, _, queries, keys = weights.shape
        key_axis = axis_of_keys(traced, keys, inputs)
        query_axis = axis_of_queries(traced, queries, inputs, key_axis)
        for axis, length in ((key_axis, keys), (query_axis, queries)):
            if axis not in sequences:
                named = axis == POOLED_AXIS
                sequences[axis] = ((POOLED_AXIS,),) * batch if named else position_labels(batch, length)
                valid[axis] = np.ones((batch, length), bool)
        maps.append(_map(traced, weights, mask, query_axis, key_axis, inputs))
    return AttentionCapture(
        model=model.name,
        maps=tuple(maps),
        sequences=sequences,
        valid=valid,
        outputs=run.outputs,
        prediction_difference=difference,
    )


def _map(
    traced: TracedMap,
    weights: np.ndarray,
    mask: np.ndarray | None,
    query_axis: str,
    key_axis: str,
    inputs: Sequence[InputAxis | None],
) -> AttentionMap:
    shape = (weights.shape[0], *weights.shape[2:])
    if mask is not None:
        mask = np.broadcast_to(mask, shape)
    else:
        padding = next((axis.valid for axis in inputs if axis is not None and axis.name == key_axis), None)
        if padding is not None and not padding.all():
            mask = np.broadcast_to(padding[:, None, :], shape)
    return AttentionMap(
        layer=traced.layer,
        call_index=traced.call_index,
        weights=weights,
        query_axis=query_axis,
        key_axis=key_axis,
        mask=mask,
    )


def _difference(model: keras.Model, inputs: Any, run: Run) -> float:
    plain = keras.tree.flatten(model(inputs, training=False))
    captured = keras.tree.flatten(run.outputs)
    difference = max(
        float(np.max(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)), initial=0.0))
        for one, other in zip(plain, captured, strict=True)
    )
    if difference > LARGEST_DIFFERENCE:
        warnings.warn(
            f"The captured prediction of model {model.name!r} differs from the plain model's by {difference:.2g}.",
            stacklevel=3,
        )
    return difference


def _as_model_input(array: Any, model: keras.Model) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype == object:
        raise CaptureError("Every input must be an array of numbers with rows of equal length. Received: ragged rows.")
    if array.dtype == np.float64:
        array = array.astype(model.input_dtype if hasattr(model, "input_dtype") else keras.config.floatx())
    return array


def _declared_dtypes(model: keras.Model, count: int) -> list[str]:
    try:
        declared = [keras.backend.standardize_dtype(tensor.dtype) for tensor in keras.tree.flatten(model.inputs)]
    except (AttributeError, ValueError):
        return []
    return declared if len(declared) == count and "string" not in declared else []


def _input_names(model: keras.Model, inputs: Any) -> list[str]:
    """One name for each flat input: its key in a dict, its name in the model, or `input`, `input 2` …"""
    flat = keras.tree.flatten(inputs)
    if isinstance(inputs, dict) and len(inputs) == len(flat):
        return [str(name) for name in keras.tree.flatten({name: name for name in inputs})]
    try:
        declared = [tensor.name for tensor in keras.tree.flatten(model.inputs)]
    except (AttributeError, ValueError):
        declared = []
    if len(declared) == len(flat):
        return declared
    return ["input" if position == 0 else f"input {position + 1}" for position in range(len(flat))]
