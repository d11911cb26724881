"""Encoded sequences as the inputs of one model: by the names and in the shapes that it declares."""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from attnviz.capture.inputs import read_inputs
from attnviz.errors import CardError
from attnviz.models.model_layers import declared_inputs
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.sequences.encoding import EncodedSequences


def inputs_for(model: keras.Model, name: str, encoded: EncodedSequences) -> tuple[Any, str]:
    """What `model` takes, and what `capture_attention` calls the input whose axis the labels belong to.

    Args:
        model: Any Keras model.
        name: What the card calls the input; only a model with several inputs has to know that name.
        encoded: The sequences.

    Raises:
        CardError: If the model has inputs that the card does not fill, or none of the card's name.
    """
    declared = declared_inputs(model)
    if len(declared) == 1 or not (declared or encoded.companions):
        inputs = _in_shape(encoded.inputs, declared[0].shape) if declared else encoded.inputs
        return inputs, read_inputs(model, inputs).names[0]
    if not declared:
        return {name: encoded.inputs, **encoded.companions}, name
    given = {name: encoded.inputs, **encoded.companions}
    tensors = {tensor.name: tensor for tensor in declared}
    unfilled = [one for one in tensors if one not in given]
    if unfilled or name not in tensors:
        raise CardError(
            f"The model has inputs {', '.join(map(repr, tensors))}, and the card fills "
            f"{', '.join(map(repr, given))}. Name the input of the text `input.name`, and say in `input.companions` "
            "what the others hold."
        )
    return {one: _in_shape(given[one], tensor.shape) for one, tensor in tensors.items()}, name


def on_one_axis(capture: AttentionCapture, main: str, companions: Collection[str], name: str) -> AttentionCapture:
    """The capture with the axis of its text called `name`, and without axes of the inputs that accompany the text.

    A mask or segments run over the same tokens, so what seems to attend over them attends over the text.
    """
    if main not in capture.valid:  # pictures, of which the model makes a sequence of its own
        return capture
    shape = capture.valid[main].shape
    same = {main, *(one for one in companions if one in capture.valid and capture.valid[one].shape == shape)}
    if same == {name}:
        return capture
    names = {one: name if one in same else one for one in capture.sequences}
    kept = [one for one in capture.sequences if one == main or one not in same]
    return replace(
        capture,
        maps=maps_on(names, capture),
        sequences={names[one]: capture.sequences[one] for one in kept},
        valid={names[one]: capture.valid[one] for one in kept},
    )


def maps_on(names: Mapping[str, str], capture: AttentionCapture) -> tuple[AttentionMap, ...]:
    """The maps of `capture` with other names for their axes.

    Args:
        names: The new name by the old one, for every axis of the capture.
        capture: Any run.
    """
    return tuple(  # the weights stay as they are, and were looked at when these maps were made
        replace(one, query_axis=names[one.query_axis], key_axis=names[one.key_axis], range_known=True)
        for one in capture.maps
    )


def _in_shape(array: np.ndarray, declared: tuple[int | None, ...]) -> np.ndarray:
    """`array` with the dimensions that the model declares, where it holds as many numbers.

    Series of one feature lose that axis, texts gain one, rows of pixels become pictures.
    """
    if array.ndim == len(declared):
        return array
    if len(declared) == 1 and array.shape[1:] == (1,):
        return array[:, 0]
    if len(declared) < array.ndim and math.prod(array.shape[len(declared) :]) == 1:
        return array.reshape(array.shape[: len(declared)])
    sizes = declared[1:]
    free = sum(size is None for size in sizes)
    fixed = math.prod(size for size in sizes if size is not None)
    if free <= 1 and (array[0].size % fixed == 0 if free else array[0].size == fixed):
        return array.reshape(len(array), *(-1 if size is None else size for size in sizes))
    return array
