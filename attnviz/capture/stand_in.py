"""The one place where attention weights are seen: a stand-in for softmax, active only while a model is traced.

Every public route of Keras on TensorFlow (`keras.ops.softmax`, `activations.softmax`, `layers.Softmax`,
`ops.dot_product_attention`, `layers.MultiHeadAttention` ...) ends in `tf.nn.softmax`, and so does code that calls it
itself. `keras.Layer.__call__` says which layer is at work. `keras.src.backend.set_keras_mask` is not public API: it is
reached here and nowhere else, and `tests/capture/test_stand_in.py` fails loudly when a Keras release moves it.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf
from keras.src import backend as keras_backend

TRACING = threading.RLock()
"""Held while a model is traced: one trace at a time, and no patch outside it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SeenSoftmax:
    """One call of softmax: where it happened and the symbolic tensors around it."""

    layer: str
    logits: Any
    weights: Any
    axis: int


@dataclass(eq=False)
class Recorder:
    """What the stand-in saw during one trace, in call order, and the layers that are being called, outermost first."""

    softmaxes: list[SeenSoftmax] = field(default_factory=list)
    masks: list[Any] = field(default_factory=list)
    calling: list[keras.Layer] = field(default_factory=list)


_active = threading.local()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Stand in for softmax in this thread until the block ends; the caller holds `TRACING`.

    Another thread that runs or traces a model meanwhile gets what it always gets.
    """
    recorder = Recorder()
    softmax, set_mask, call = tf.nn.softmax, keras_backend.set_keras_mask, keras.Layer.__call__
    _active.recorder = recorder
    tf.nn.softmax = _seen_by_recorder(softmax)
    keras_backend.set_keras_mask = _masks_seen_by_recorder(set_mask)
    keras.Layer.__call__ = _calls_seen_by_recorder(call)
    try:
        yield recorder
    finally:
        tf.nn.softmax = softmax
        keras_backend.set_keras_mask = set_mask
        keras.Layer.__call__ = call
        _active.recorder = None


def path_of(calling: Sequence[keras.Layer]) -> str:
    """Path of the innermost of `calling`, below the model: `encoder/block_1/attention`; empty for the model itself.

    A `Softmax` or `Activation` layer inside another layer is that layer's own business, so the outer one is named.
    """
    layers = list(calling[1:])
    if len(layers) > 1 and isinstance(layers[-1], (keras.layers.Softmax, keras.layers.Activation)):
        outer = layers[-2]
        if not isinstance(outer, keras.Model):
            layers.pop()
    return "/".join(layer.name for layer in layers)


def _recorder_of_this_thread() -> Recorder | None:
    return getattr(_active, "recorder", None)


def _seen_by_recorder(softmax: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(logits: Any, axis: int | None = None, name: str | None = None) -> Any:
        weights = softmax(logits, axis=axis, name=name)
        recorder = _recorder_of_this_thread()
        if recorder is not None and not isinstance(weights, tf.__internal__.EagerTensor):
            tensor = tf.convert_to_tensor(logits)
            position = -1 if axis is None else axis
            recorder.softmaxes.append(
                SeenSoftmax(
                    layer=path_of(recorder.calling), logits=tensor, weights=weights, axis=position % len(weights.shape)
                )
            )
        return weights

    return stand_in


def _masks_seen_by_recorder(set_mask: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(tensor: Any, mask: Any) -> None:
        recorder = _recorder_of_this_thread()
        if recorder is not None and mask is not None:
            recorder.masks.append(mask)
        set_mask(tensor, mask)

    return stand_in


def _calls_seen_by_recorder(call: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        recorder = _recorder_of_this_thread()
        if recorder is None:
            return call(layer, *arguments, **named)
        recorder.calling.append(layer)
        try:
            return call(layer, *arguments, **named)
        finally:
            recorder.calling.pop()

    return functools.wraps(call)(stand_in)
