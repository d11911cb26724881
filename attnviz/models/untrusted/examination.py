"""One uploaded model, examined inside the child process: its classes, its weights, then built and run once."""

import contextlib
import json
import math
import os
import zipfile
from collections.abc import Collection, Iterator
from typing import Any

import keras
import tensorflow as tf

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.allow_list import AllowList
from attnviz.models.untrusted.config_check import check_config
from attnviz.models.untrusted.limits import ModelLimits
from attnviz.models.untrusted.weights_check import HeldNumbers, check_weights

_WEIGHTS = "model.weights.h5"
_MANY = 10_000
"""Layers, heads or buckets that a model may always declare."""

_MADE_AGAIN = 3
"""How often the numbers in a file may be made while a model is built: `Bidirectional` builds layers and then copies."""


def examine_file(path: str, *, label: str, limits: ModelLimits, allowed_modules: Collection[str]) -> int:
    """Check a `.keras` archive that `checking` has written, build it once, and run it on one empty example.

    Args:
        path: The archive, in a folder that may be written to.
        label: What messages call it.
        limits: What it may hold and take.
        allowed_modules: Modules of the operator's whose registered classes it may use.

    Returns:
        Numbers in the model's weights.

    Raises:
        UnsafeModelError: If it is refused.
    """
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        metadata = json.loads(archive.read("metadata.json"))
        weights = archive.extract(_WEIGHTS, os.path.dirname(path))
    allowed = AllowList(allowed_modules)
    check_config(config, label=label, allowed=allowed)
    check_config(metadata, label=label, allowed=allowed)
    held = check_weights(weights, label=label, limits=limits)
    os.remove(weights)
    _check_counts(config, held, label)
    _check_calls(config, label, limits)
    return _built(path, held, label, limits)


def _check_counts(config: Any, held: HeldNumbers, label: str) -> None:
    """Layers and heads by the billion keep the constructor of a model busy long before it makes a weight."""
    most = max(held.total, _MANY)
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
            for name, value in node.items():
                if name.startswith("num_") and name != "num_bins" and isinstance(value, int) and value > most:
                    raise UnsafeModelError(
                        f"{label} declares {name} = {value:,}, more than the {held.total:,} numbers that its file "
                        "holds."
                    )
        elif isinstance(node, list):
            waiting.extend(node)


def _check_calls(config: Any, label: str, limits: ModelLimits) -> None:
    """A call is a line of the config that declares no number, and takes milliseconds to build: 20,000 took 42 s."""
    calls = 0
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
            if isinstance(listed := node.get("layers"), list):
                calls += sum(_calls_of(layer) for layer in listed)
        elif isinstance(node, list):
            waiting.extend(node)
    if calls > limits.layer_calls:
        raise UnsafeModelError(
            f"{label} calls layers {calls:,} times, more than the {limits.layer_calls:,} allowed: to build it would "
            "keep the server busy for long. Refused before it was built. Write what is repeated as a layer that loops "
            "(`keras.layers.RNN`, say), and save the model again; or open it from Python, where no limit applies."
        )


def _calls_of(layer: Any) -> int:
    calls = layer.get("inbound_nodes") if isinstance(layer, dict) else None
    return max(1, len(calls)) if isinstance(calls, list) else 1


def _built(path: str, held: HeldNumbers, label: str, limits: ModelLimits) -> int:
    with _within(held, label, limits):
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    if not isinstance(model, keras.Model):
        raise UnsafeModelError(f"{label} holds a {type(model).__name__}, which is no model.")
    weights = {id(weight): weight for weight in model.weights}.values()
    parameters = sum(math.prod(weight.shape) for weight in weights)
    if parameters != held.parameters:
        raise UnsafeModelError(
            f"{label} does not fit together: its config describes {parameters:,} numbers, and its weights hold "
            f"{held.parameters:,}. Save the model again with `model.save('model.keras')`."
        )
    _predict_once(model)
    return parameters


def _predict_once(model: keras.Model) -> None:
    """Run the model on one empty example, so that one that takes hours, or crashes TensorFlow, does so here.

    A recurrent layer over millions of steps, or models that call each other twice, twenty deep, declare nothing large.
    """
    try:
        examples = [_empty_example(tensor) for tensor in model.inputs]
        model(examples if len(examples) > 1 else examples[0], training=False)
    except (UnsafeModelError, MemoryError, tf.errors.ResourceExhaustedError):
        raise
    except Exception:  # noqa: BLE001 - zeros need be no input that it takes; what it says of real ones, it says later
        return


def _empty_example(tensor: Any) -> Any:
    """One example for an input of the model: its free lengths are 1, its numbers 0, its texts empty."""
    return tf.zeros([1, *(side or 1 for side in tensor.shape[1:])], keras.backend.standardize_dtype(tensor.dtype))


@contextlib.contextmanager
def _within(held: HeldNumbers, label: str, limits: ModelLimits) -> Iterator[None]:
    """While a model is built, refuse each weight and each output before it is made, if it is too large."""
    add_weight, make_tensor = keras.layers.Layer.add_weight, keras.KerasTensor.__init__
    made = 0

    def counted_weight(layer: Any, *arguments: Any, **named: Any) -> Any:
        nonlocal made
        shape = named.get("shape", arguments[0] if arguments and not isinstance(arguments[0], str) else ())
        size = math.prod(shape) if isinstance(shape, (tuple, list)) else int(shape or 1)
        made += size
        if size > held.total or made > _MADE_AGAIN * held.total:
            raise _TooLargeError(
                f"{label} declares more parameters than its file holds: layer {layer.name!r} asks for {size:,} numbers "
                f"more, and the weights hold {held.total:,} in all. Refused before it was built."
            )
        return add_weight(layer, *arguments, **named)

    def counted_tensor(tensor: Any, shape: Any, *arguments: Any, **named: Any) -> None:
        size = math.prod(side for side in tuple(shape)[1:] if side is not None)
        if size > limits.activation_values:
            raise _TooLargeError(
                f"{label} computes an array of shape {list(shape)}, {size:,} numbers for one example, more than the "
                f"{limits.activation_values:,} allowed."
            )
        make_tensor(tensor, shape, *arguments, **named)

    keras.layers.Layer.add_weight, keras.KerasTensor.__init__ = counted_weight, counted_tensor
    try:
        yield
    except _TooLargeError as error:
        raise UnsafeModelError(str(error)) from None
    finally:
        keras.layers.Layer.add_weight, keras.KerasTensor.__init__ = add_weight, make_tensor


class _TooLargeError(BaseException):
    """Not an `Exception`: Keras wraps those in words of its own, and skips layers that fail to load."""
