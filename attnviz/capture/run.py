"""`capture_attention`: run any Keras model once and keep every attention weight it computed."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.capture.axes import (
    InputAxis,
    Labels,
    axis_of_keys,
    axis_of_queries,
    input_axis,
    named_labels,
    position_labels,
)
from attnviz.capture.compiled import CompiledCapture, Run, compiled_for, reason_of
from attnviz.capture.inputs import read_inputs
from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import CaptureError, ShapeError
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
    given = read_inputs(model, inputs)
    labels = named_labels(sequences, given.names)
    compiled = compiled_for(model, given)
    for layer in compiled.unreachable:
        warnings.warn(
            f"Layer {layer!r} computes a softmax inside a loop or a function of its own, which its weights cannot "
            f"leave. To see them, use the layer outside of a recurrent cell, give the recurrent layer `unroll=True`, "
            f"or take `@tf.function` off its code.",
            stacklevel=2,
        )
    try:
        run = compiled(given)
    except tf.errors.OpError as error:
        raise CaptureError(
            f"Model {model.name!r} could not be run on inputs of shapes {given.shapes}: {reason_of(error)}"
        ) from error
    axes = [
        input_axis(name, array, mask, labels.get(name)) if array.ndim >= 2 or name in labels else None
        for name, array, mask in zip(given.names, given.arrays, run.valid, strict=True)
    ]
    return _record(model, compiled, run, axes, _difference(model, given.packed, run) if compare else None)


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
        key_axis = axis_of_keys(traced, (batch, keys), inputs)
        query_axis = axis_of_queries(traced, (batch, queries), inputs)
        for axis, length in ((key_axis, keys), (query_axis, queries)):
            if axis not in sequences:
                named = axis == POOLED_AXIS
                sequences[axis] = ((POOLED_AXIS,),) * batch if named else position_labels(batch, length)
                valid[axis] = np.ones((batch, length), bool)
        if mask is not None and query_axis == key_axis:
            # A position that no query may attend to is padding, though no Keras mask said so.
            valid[key_axis] = valid[key_axis] & np.broadcast_to(mask, (batch, queries, keys)).any(axis=1)
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
    try:
        return AttentionMap(
            layer=traced.layer,
            call_index=traced.call_index,
            weights=weights,
            query_axis=query_axis,
            key_axis=key_axis,
            mask=mask,
        )
    except ShapeError as error:
        raise CaptureError(f"{error} Has the model's training diverged?") from error


def _difference(model: keras.Model, inputs: Any, run: Run) -> float:
    plain = keras.tree.flatten(model(inputs, training=False))
    captured = keras.tree.flatten(run.outputs)
    difference = max(
        float(np.max(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)), initial=0.0))
        for one, other in zip(plain, captured, strict=True)
        if one is not None
    )
    if difference > LARGEST_DIFFERENCE:
        warnings.warn(
            f"The captured prediction of model {model.name!r} differs from the plain model's by {difference:.2g}.",
            stacklevel=3,
        )
    return difference
