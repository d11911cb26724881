"""The one place where attention weights are seen: a stand-in for softmax, active only while a model is traced.

Every public route of Keras on TensorFlow (`keras.ops.softmax`, `activations.softmax`, `layers.Softmax`,
`ops.dot_product_attention`, `layers.MultiHeadAttention` ...) ends in `tf.nn.softmax`, and so does code that calls it
itself. `keras.Layer.__call__` says which layer is at work, for what is read off the graph too. A `tf.function` in the
model's code is traced into the model's own graph where its code allows that, so that weights can leave it; layers that
compute their activations twice to save memory (`keras.RematScope`) do it once, as nothing is trained here.
`keras.src.backend.set_keras_mask` is not public API: it is reached here and nowhere else, and
`tests/capture/test_stand_in.py` fails loudly when a Keras release moves it.
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

from attnviz.errors import CaptureError

TRACING = threading.RLock()
"""Held while a model is traced: one trace at a time, and no patch outside it."""

_Function = type(tf.function(lambda: None))


@dataclass(frozen=True, eq=False, kw_only=True)
class SeenSoftmax:
    """One call of softmax: where it happened and the symbolic tensors around it.

    Attributes:
        layer: Path of the layer that called it.
        logits: The scores.
        weights: The result, of the same shape.
        axes: What it is normalised over.
        mask: What was put on the weights themselves, 0 where a key may not be attended to; None if nothing was.
    """

    layer: str
    logits: Any
    weights: Any
    axes: tuple[int, ...]
    mask: Any | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerCall:
    """One call of a layer, with the part of the graph that was made during it.

    Attributes:
        layer: Path of the layer.
        graph: The graph that was being traced.
        first: How many operations the graph had before the call.
        last: How many it had after.
    """

    layer: str
    graph: Any
    first: int
    last: int


@dataclass(eq=False)
class Recorder:
    """What the stand-in saw during one trace, in call order, and the layers that are being called, outermost first."""

    softmaxes: list[SeenSoftmax] = field(default_factory=list)
    masks: list[Any] = field(default_factory=list)
    calling: list[keras.Layer] = field(default_factory=list)
    calls: list[LayerCall] = field(default_factory=list)

    def layer_at(self, graph: Any, position: int) -> str:
        """Path of the innermost layer that was being called when `graph` got its operation number `position`."""
        around = [call for call in self.calls if call.graph is graph and call.first <= position < call.last]
        return max(around, key=lambda call: (call.first, -call.last)).layer if around else ""


_active = threading.local()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Stand in for softmax in this thread until the block ends; the caller holds `TRACING`.

    Another thread that runs or traces a model meanwhile gets what it always gets.
    """
    recorder = Recorder()
    softmax, set_mask, call = tf.nn.softmax, keras_backend.set_keras_mask, keras.Layer.__call__
    call_function, rematerialise = _Function.__call__, keras.Layer.rematerialized_call
    _active.recorder = recorder
    tf.nn.softmax = _seen_by_recorder(softmax)
    keras_backend.set_keras_mask = _masks_seen_by_recorder(set_mask)
    keras.Layer.__call__ = _calls_seen_by_recorder(call)
    keras.Layer.rematerialized_call = _called_once(rematerialise)
    _Function.__call__ = _traced_in_place(call_function)
    try:
        yield recorder
    finally:
        tf.nn.softmax = softmax
        keras_backend.set_keras_mask = set_mask
        keras.Layer.__call__ = call
        keras.Layer.rematerialized_call = rematerialise
        _Function.__call__ = call_function
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
        is_traced = not isinstance(weights, tf.__internal__.EagerTensor)
        if recorder is not None and is_traced and weights.shape.rank:  # without a rank it has no axes to speak of
            tensor = tf.convert_to_tensor(logits)
            position = -1 if axis is None else axis
            recorder.softmaxes.append(
                SeenSoftmax(
                    layer=path_of(recorder.calling),
                    logits=tensor,
                    weights=weights,
                    axes=(position % len(weights.shape),),
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
        depth = len(recorder.calling)
        recorder.calling.append(layer)
        path, graph = path_of(recorder.calling), tf.compat.v1.get_default_graph()
        first = graph.version
        try:
            if isinstance(layer, keras.layers.TimeDistributed):
                _refuse_unknown_steps(path, arguments)
                if isinstance(layer.layer, keras.Model):  # whose `call` it uses, so that nobody hears of the model
                    recorder.calling.append(layer.layer)
            return call(layer, *arguments, **named)
        finally:
            del recorder.calling[depth:]
            recorder.calls.append(LayerCall(layer=path, graph=graph, first=first, last=graph.version))

    return functools.wraps(call)(stand_in)


def _refuse_unknown_steps(path: str, arguments: Sequence[Any]) -> None:
    """Keras 3.15 runs a `TimeDistributed` layer once for each sample, not each step, where the steps are not known.

    Refused here, the model is traced for the length that it was given, as `predict` does.
    """
    shape = getattr(arguments[0], "shape", None) if arguments else None
    if isinstance(shape, tf.TensorShape) and shape.rank is not None and shape.rank > 1 and shape[1] is None:
        raise CaptureError(f"Layer {path!r} takes a known number of steps. Received: inputs of shape {shape}.")


def _traced_in_place(call: Callable[..., Any]) -> Callable[..., Any]:
    """Calls of a `tf.function`: its Python code is run where it is called, so that its tensors are the caller's own.

    Code that decides by the value of a tensor cannot be run so and raises; it is then called as a function that is
    traced anew, as what was traced before was not seen.
    """

    def stand_in(function: Any, *arguments: Any, **named: Any) -> Any:
        recorder = _recorder_of_this_thread()
        if recorder is None or tf.executing_eagerly():
            return call(function, *arguments, **named)
        softmaxes, masks, calls = len(recorder.softmaxes), len(recorder.masks), len(recorder.calls)
        calling = list(recorder.calling)
        try:
            return function.python_function(*arguments, **named)
        except Exception:  # noqa: BLE001 - whatever the model's own code raises, it raises again below
            recorder.calling[:] = calling
            del recorder.softmaxes[softmaxes:], recorder.masks[masks:], recorder.calls[calls:]
            return call(tf.function(function.python_function), *arguments, **named)

    return functools.wraps(call)(stand_in)


def _called_once(rematerialise: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(layer: keras.Layer, layer_call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if _recorder_of_this_thread() is None:
            return rematerialise(layer, layer_call, *arguments, **named)
        return layer_call

    return functools.wraps(rematerialise)(stand_in)
