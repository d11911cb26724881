"""One uploaded model, examined inside the child process: its classes, its weights, and a first attempt to build it."""

import math

import keras

from attnviz.models.untrusted.limits import ModelLimits


def examine_file(path: str, *, label: str, limits: ModelLimits) -> int:
    """Numbers in the weights of the model."""
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    return sum(math.prod(variable.shape) for variable in model.variables)
