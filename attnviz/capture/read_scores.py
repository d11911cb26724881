"""`capture_queries_and_keys`: run a Keras model once more and keep what one layer computed its attention from."""

from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf

from attnviz.capture.compiled import CompiledCapture, compiled_for, reason_of
from attnviz.capture.inputs import read_inputs
from attnviz.capture.queries_and_keys import TOLERANCE, QueriesAndKeys, largest_difference
from attnviz.capture.selection import chosen_maps
from attnviz.errors import CaptureError, UnreadableScoresError
from attnviz.records import map_name

MOST_NAMED = 6
"""Layers that a message names at most."""


def capture_queries_and_keys(model: keras.Model, inputs: Any, *, layer: str) -> QueriesAndKeys:
    """The queries and keys of one layer, with the scale, bias and mask that make its weights of them.

    They are never believed: the weights are computed again from what was read, in NumPy, and have to be those that the
    model computed, to 1e-4.

    The model is traced once more for this, at the first call; `capture_attention` is not touched by it.

    Args:
        model: Any Keras model.
        inputs: What it takes, as for `capture_attention`.
        layer: Path of a layer, or `AttentionMap.name` of one of its calls.

    Raises:
        UnreadableScoresError: If they cannot be read; the message says why, and which layers' can.
        CaptureError: If there is no such layer, or the model cannot be run on these inputs.
    """
    given = read_inputs(model, inputs)
    compiled = compiled_for(model, given, scores=True)
    names = [map_name(one.layer, one.call_index) for one in compiled.maps]
    position = names.index(layer) if layer in names else chosen_maps(compiled.maps, layer)[0]
    name, readable = names[position], compiled.readable[position]
    if readable.formula is None:
        raise UnreadableScoresError(f"Layer {name!r} {readable.reason}. {_others(compiled, names, position)}")
    try:
        found = compiled.parts(given, position)
    except tf.errors.OpError as error:
        raise CaptureError(
            f"Model {model.name!r} could not be run on inputs of shapes {given.shapes}: {reason_of(error)}"
        ) from error
    weights = found.pop("weights")
    traced = compiled.maps[position]
    parts = QueriesAndKeys(
        layer=traced.layer,
        call_index=traced.call_index,
        formula=readable.formula,
        **(found | {name: None if found[name] is None else float(found[name]) for name in ("scale", "cap")}),
    )
    difference = largest_difference(parts, weights)
    if difference > TOLERANCE:
        raise UnreadableScoresError(
            f"Layer {name!r} computes its weights in a way that is not known here: computed again from its queries "
            f"and keys they differ by {difference:.2g}, and {TOLERANCE:g} is allowed. "
            f"{_others(compiled, names, position)}"
        )
    return replace(parts, difference=difference)


def _others(compiled: CompiledCapture, names: list[str], position: int) -> str:
    """Which other layers' queries and keys the graph shows."""
    others = [
        repr(name)
        for place, (name, one) in enumerate(zip(names, compiled.readable, strict=True))
        if one.formula is not None and place != position
    ]
    if not others:
        return "No other layer of the model shows its queries and keys."
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return f"Those of {', '.join(others[:MOST_NAMED])}{more} can be read."
