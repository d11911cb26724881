"""`capture_attention`: run any Keras model once and keep every attention weight it computed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.capture.axes import (
    Axis,
    InputAxis,
    Labels,
    axis_of_keys,
    axis_of_queries,
    input_axis,
    named_labels,
)
from attnviz.capture.comparison import LARGEST_DIFFERENCE, largest_difference, plain_outputs, why_different
from attnviz.capture.compiled import CompiledCapture, Run, compiled_for, reason_of
from attnviz.capture.heard import warn
from attnviz.capture.inputs import ModelInputs, read_inputs
from attnviz.capture.selection import chosen_maps
from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import CaptureError, ShapeError
from attnviz.records import AttentionCapture, AttentionMap


def capture_attention(
    model: keras.Model,
    inputs: Any,
    *,
    sequences: Mapping[str, Labels] | Labels | None = None,
    layers: str | Collection[str] | None = None,
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
        layers: Which maps to keep, where memory is short: one or several layers' paths (`"encoder/block_1/attention"`,
            or `"encoder"` for all inside it), names of maps (`"attention (call 2)"`) or patterns (`"*cross*"`, where
            `*` also stands for `/`). The others are not handed over and take no memory. None keeps all.
        compare: Also run the plain model and keep the largest difference; warns above 1e-4, with the cause if known.

    Returns:
        One `AttentionMap` for each softmax whose result mixes values, in call order. A classifier's softmax is none.

    Raises:
        CaptureError: If the model cannot be run on these inputs, or `layers` name none of its attention layers.
        ShapeError: If the labels do not fit the inputs.

    Warns:
        CaptureWarning: Of attention that cannot be captured, with the layer's name, and of a prediction that differs.
            Each text names what it is about, so that Python's own filter shows it once for each calling line.
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
        warn(
            f"Layer {layer!r} computes a softmax inside a loop, a branch or a function of its own, which its weights "
            f"cannot leave. To see them, use the layer outside of a recurrent cell (or give the recurrent layer "
            f"`unroll=True`), of `scan`, `map` and `cond`, and take `@tf.function` off its code.",
            stacklevel=2,
        )
    for other in compiled.without_softmax:
        warn(
            f"Layer {other.layer!r} attends without a softmax ({other.kind}). Its weights were seen, but only those of "
            f"a softmax are captured: nothing of this layer is shown.",
            stacklevel=2,
        )
    kept = chosen_maps(compiled.maps, layers)
    try:
        run = compiled(given, kept)
    except tf.errors.OpError as error:
        raise CaptureError(
            f"Model {model.name!r} could not be run on inputs of shapes {given.shapes}: {reason_of(error)}"
        ) from error
    axes = [
        input_axis(name, array, mask, labels.get(name)) if array.ndim >= 2 or name in labels else None
        for name, array, mask in zip(given.names, given.arrays, run.valid, strict=True)
    ]
    capture = _record(model, compiled, kept, run, axes)
    if compare:
        difference, warning = _compared(model, given, capture)
        if warning is not None:
            warn(warning, stacklevel=2)
        capture = replace(capture, prediction_difference=difference)
    return capture


def _record(
    model: keras.Model,
    compiled: CompiledCapture,
    kept: Sequence[int],
    run: Run,
    inputs: Sequence[InputAxis | None],
) -> AttentionCapture:
    axes = [
        (axis_of_queries(traced, (batch, queries), inputs), axis_of_keys(traced, (batch, keys), inputs))
        for traced, (batch, _, queries, keys) in zip(compiled.maps, run.shapes, strict=True)
    ]
    sequences = {axis.name: axis.labels for axis in inputs if axis is not None and axis.is_sequence}
    valid = {axis.name: axis.valid for axis in inputs if axis is not None and axis.is_sequence}
    for position in kept:
        for axis in axes[position]:
            sequences.setdefault(axis.name, axis.labels)
            valid.setdefault(axis.name, axis.valid)
    # A position that no query may attend to is padding, though no Keras mask said so. Maps that are not kept say it
    # too: what is padding does not depend on which layers were asked for.
    for (query_axis, key_axis), mask in zip(axes, run.key_masks, strict=True):
        if mask is not None and query_axis.name == key_axis.name and key_axis.name in valid:
            valid[key_axis.name] = valid[key_axis.name] & mask
    maps = [
        _map(compiled.maps[position], weights, mask, sound, *axes[position])
        for position, weights, mask, sound in zip(kept, run.weights, run.masks, run.sound, strict=True)
    ]
    return AttentionCapture(model=model.name, maps=tuple(maps), sequences=sequences, valid=valid, outputs=run.outputs)


def _map(
    traced: TracedMap,
    weights: np.ndarray,
    mask: np.ndarray | None,
    sound: bool,
    query_axis: Axis,
    key_axis: Axis,
) -> AttentionMap:
    shape = (weights.shape[0], *weights.shape[2:])
    if mask is not None:
        mask = np.broadcast_to(mask, shape)
    elif not key_axis.valid.all():
        mask = np.broadcast_to(key_axis.valid[:, None, :], shape)
    try:
        return AttentionMap(
            layer=traced.layer,
            call_index=traced.call_index,
            weights=weights,
            query_axis=query_axis.name,
            key_axis=key_axis.name,
            mask=mask,
            range_known=sound,  # a softmax gives nothing below 0, and its rows were summed in the compiled pass
        )
    except ShapeError as error:
        raise CaptureError(f"{error} Has the model's training diverged?") from error


def _compared(model: keras.Model, inputs: ModelInputs, capture: AttentionCapture) -> tuple[float, str | None]:
    """By how much the captured prediction differs from the plain model's, and what to say if that is too much."""
    captured, plain = keras.tree.flatten(capture.outputs), plain_outputs(model, inputs)
    difference = largest_difference(captured, plain)
    if difference <= LARGEST_DIFFERENCE:
        return difference, None
    return difference, why_different(model, inputs, captured, plain, capture.maps)
