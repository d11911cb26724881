"""What can be read from a Keras model without running it: its inputs, and layers at any depth."""

from collections.abc import Iterator
from typing import Any, TypeVar

import keras

OneLayer = TypeVar("OneLayer", bound=keras.layers.Layer)


def every_layer(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of `model` and of what it is made of, in the order in which they were added, each once."""
    seen: set[int] = set()
    # No public method lists layers that other layers hold as attributes.
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if id(layer) not in seen:
            seen.add(id(layer))
            yield layer


def layers_of_type(model: keras.Model, kind: type[OneLayer]) -> list[OneLayer]:
    """Those of `every_layer` that are of `kind`."""
    return [layer for layer in every_layer(model) if isinstance(layer, kind)]


def parameters_of(model: keras.Model) -> int:
    """Number of weights; 0 for a model that has not been built."""
    return int(model.count_params()) if model.built else 0


def preprocessor_of(model: keras.Model) -> Any:
    """The preprocessor with a tokenizer that a task of KerasHub holds; None for other models."""
    preprocessor = getattr(model, "preprocessor", None)
    return preprocessor if hasattr(preprocessor, "tokenizer") else None


def declared_inputs(model: keras.Model) -> list[Any]:
    """The model's inputs as Keras tensors; none for a subclassed model, which takes one and declares none."""
    try:
        return list(keras.tree.flatten(model.inputs))
    except (AttributeError, ValueError):  # as Keras says it before and after the model is built
        return []


def declared_outputs(model: keras.Model) -> list[Any]:
    """The model's outputs as Keras tensors; none for a subclassed model."""
    try:
        return list(keras.tree.flatten(model.outputs))
    except (AttributeError, ValueError):
        return []
