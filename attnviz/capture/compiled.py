"""A model traced once with its attention weights as extra outputs, and run as often as wanted."""

import inspect
import re
import threading
import weakref
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.capture.inputs import ModelInputs, Shape
from attnviz.capture.score_outputs import Readable, score_outputs
from attnviz.capture.stand_in import TRACING, recording
from attnviz.capture.traced_maps import MODEL_ITSELF, OtherAttention, TracedMap, input_masks, kept_maps
from attnviz.errors import CaptureError
from attnviz.records import ROW_SUM_TOLERANCE

LONGEST_REASON = 300
"""Characters of a model's own error that a message quotes: TensorFlow adds its whole call stack."""
TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
OF_KEPT_MAPS = ("weights", "masks", "sound", "scores")
"""What a run gives for the maps that are kept, and not for the others."""
Summary = Callable[..., Mapping[str, Any]]
MOST_SELECTIONS = 16
"""Selections of layers that stay compiled for one model; the one that was made first goes first."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """The arrays of one run.

    Attributes:
        outputs: The prediction, packed as the model packs it.
        weights: For each map that was kept `[batch, heads, query, key]`.
        masks: For each map that was kept `[batch or 1, query or 1, key or 1]`, or None.
        shapes: For every map of the model, kept or not, the shape of its weights.
        sound: For each map that was kept whether its rows sum to at most 1: false for weights that are not finite.
        key_masks: For every map `[batch or 1, key or 1]`, True where any query may attend to the key, or None.
        valid: For each of the model's inputs the padding mask `[batch, length]` that the model computed, or None.
    """

    outputs: Any
    weights: tuple[np.ndarray, ...]
    masks: tuple[np.ndarray | None, ...]
    sound: tuple[bool, ...]
    shapes: tuple[tuple[int, int, int, int], ...]
    key_masks: tuple[np.ndarray | None, ...]
    valid: tuple[np.ndarray | None, ...]


class CompiledCapture:
    """One model, traced for one signature; calling it runs the compiled graph, from any number of threads at once.

    It holds no reference to the model, so it dies with it. `scores` asks for what the scores were made of too, see
    `parts`; without it nothing of that is in the graph.
    """

    def __init__(self, model: keras.Model, inputs: ModelInputs, shapes: Sequence[Shape], scores: bool = False) -> None:
        self._specifications = [
            tf.TensorSpec(shape, array.dtype) for shape, array in zip(shapes, inputs.arrays, strict=True)
        ]
        self._names = inputs.names
        self._parts = _parts(model)
        self.maps: tuple[TracedMap, ...] = ()
        self.unreachable: tuple[str, ...] = ()
        self.without_softmax: tuple[OtherAttention, ...] = ()
        self.readable: tuple[Readable, ...] = ()
        reference = weakref.ref(model)
        arguments = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
        structure = inputs.structure

        def run(*tensors: Any) -> dict[str, Any]:
            traced: Any = reference()  # alive: the constructor's caller holds it, and only the constructor traces
            with recording() as recorder:
                outputs = traced(keras.tree.pack_sequence_as(structure, tensors), **arguments)
            flat = keras.tree.flatten(outputs)
            kept = kept_maps(recorder, tensors, [one for one in flat if one is not None], traced.variables)
            self.maps, self.unreachable, self.without_softmax = kept.maps, kept.unreachable, kept.without_softmax
            self._output_structure = keras.tree.map_structure(lambda _: None, outputs)
            further: dict[str, Any] = {}
            if scores:
                own = kept.graph

                def layer_of(operation: Any) -> str:
                    return recorder.layer_at(own.graph, own.position(operation)) or MODEL_ITSELF

                further["scores"], self.readable = score_outputs(kept, layer_of)
            return further | {
                "outputs": [None if one is None else tf.identity(one) for one in flat],
                "weights": kept.weights,
                "masks": kept.masks,
                "sound": [tf.reduce_all(tf.reduce_sum(one, -1) <= 1 + ROW_SUM_TOLERANCE) for one in kept.weights],
                "shapes": [tf.shape(one) for one in kept.weights],
                "key_masks": [None if mask is None else tf.reduce_any(mask, axis=1) for mask in kept.masks],
                "valid": input_masks(recorder, tensors),
            }

        with TRACING:
            self._concrete = self._traced(run)
        self._selections: dict[tuple[int, ...], Any] = {}
        self._summaries: dict[Hashable, Any] = {}
        self._selecting = threading.Lock()

    def __call__(self, inputs: ModelInputs, kept: Sequence[int] | None = None) -> Run:
        """Run the compiled graph.

        Args:
            inputs: What the model takes.
            kept: Positions in `maps` of those whose weights are wanted, in order; None for all. What is not wanted is
                neither handed over nor held in memory.

        Raises:
            CaptureError: If an input has a shape that the model cannot take.
        """
        tensors = self._tensors(inputs)
        result = self._function_for(tuple(kept) if kept is not None else tuple(range(len(self.maps))))(*tensors)
        outputs = [as_array(tensor) for tensor in result["outputs"]]
        return Run(
            outputs=keras.tree.pack_sequence_as(self._output_structure, outputs),
            weights=tuple(np.asarray(as_array(tensor)) for tensor in result["weights"]),
            masks=tuple(as_array(mask) for mask in result["masks"]),
            sound=tuple(bool(one) for one in result["sound"]),
            shapes=tuple(tuple(shape.numpy().tolist()) for shape in result["shapes"]),
            key_masks=tuple(as_array(mask) for mask in result["key_masks"]),
            valid=tuple(as_array(mask) for mask in result["valid"]),
        )

    def parts(self, inputs: ModelInputs, position: int) -> dict[str, Any]:
        """What the scores of the map at `position` were made of, see `score_outputs`, and its `weights` and `mask`.

        Only for what was traced with `scores`, and for a map that is `readable`.
        """
        result = self._function_for((position,))(*self._tensors(inputs))
        found = {name: as_array(tensor) for name, tensor in result["scores"][0].items()}
        return found | {"weights": as_array(result["weights"][0]), "mask": as_array(result["masks"][0])}

    def summary(self, key: Hashable, make: Summary, inputs: ModelInputs, *further: Any) -> dict[str, Any]:
        """What `make` computes of a run, in the same graph; what it does not ask for is not computed.

        Args:
            key: Stands for `make`, which is traced once for each key: the same key, the same computation.
            make: From the symbolic results of a run (`outputs`, flat, and `weights`, `masks`, `key_masks` and `valid`
                as `Run` describes them) and `further` to tensors by name.
            inputs: What the model takes.
            further: Arrays that `make` needs besides.

        Returns:
            For each name of `make`'s a read-only array, or a list of them.

        Raises:
            CaptureError: If an input has a shape that the model cannot take.
        """
        tensors = self._tensors(inputs)
        others = [tf.convert_to_tensor(one) for one in further]
        with self._selecting:
            if key not in self._summaries:
                everything, own = self._concrete, len(tensors)
                shapes = [tf.TensorSpec((None,) * len(one.shape), one.dtype) for one in others]
                if len(self._summaries) >= MOST_SELECTIONS:
                    del self._summaries[next(iter(self._summaries))]
                self._summaries[key] = tf.function(
                    lambda *given: make(everything(*given[:own]), *given[own:]),
                    input_signature=[*self._specifications, *shapes],
                    autograph=False,
                ).get_concrete_function()
            function = self._summaries[key]
        return keras.tree.map_structure(as_array, function(*tensors, *others))

    def is_of(self, model: keras.Model) -> bool:
        """Whether `model` still has the layers and weights that it had when it was traced."""
        parts = _parts(model)
        return len(parts) == len(self._parts) and all(
            then() is now() for then, now in zip(self._parts, parts, strict=True)
        )

    def _tensors(self, inputs: ModelInputs) -> list[Any]:
        for name, array, specification in zip(self._names, inputs.arrays, self._specifications, strict=True):
            if not specification.shape.is_compatible_with(array.shape):
                raise CaptureError(
                    f"Input {name!r} must have shape {tuple(specification.shape)}, with None for any size. "
                    f"Received: {array.shape}."
                )
        return [
            tf.convert_to_tensor(array, specification.dtype)
            for array, specification in zip(inputs.arrays, self._specifications, strict=True)
        ]

    def _traced(self, run: Any) -> Any:
        return tf.function(run, input_signature=self._specifications, autograph=False).get_concrete_function()

    def _function_for(self, kept: tuple[int, ...]) -> Any:
        """The compiled graph that gives the maps at `kept` only.

        It calls the graph that gives all: TensorFlow puts that in its place and drops what nobody asks for, so the
        model is not traced again.
        """
        if len(kept) == len(self.maps):
            return self._concrete
        with self._selecting:
            if kept not in self._selections:
                everything = self._concrete

                def selected(*tensors: Any) -> dict[str, Any]:
                    result = everything(*tensors)
                    return result | {
                        name: [result[name][position] for position in kept] for name in OF_KEPT_MAPS if name in result
                    }

                if len(self._selections) >= MOST_SELECTIONS:
                    del self._selections[next(iter(self._selections))]
                self._selections[kept] = self._traced(selected)
            return self._selections[kept]


def as_array(tensor: Any) -> np.ndarray | None:
    """The tensor's values as a read-only array that shares its memory (`.numpy()` would copy them)."""
    if tensor is None:
        return None
    if tensor.dtype in (tf.bfloat16, tf.string):
        return np.asarray(tensor)
    return np.asarray(memoryview(tensor))


def reason_of(error: Exception) -> str:
    """What went wrong in a model's own code, in one line: without TensorFlow's call stack and file names."""
    noise = (
        'File "', "Detected at", "Graph execution error", "Stack trace", "[[", "Arguments received", "•",
        "Exception encountered when calling",
    )  # fmt: skip
    lines = [line.strip() for line in TERMINAL_COLOUR.sub("", str(error)).splitlines()]
    telling = [line for line in lines if line and not line.startswith(noise)] or [type(error).__name__]
    converted = telling[0].startswith("in user code")  # by AutoGraph, which puts its account of the code first
    line = telling[-1] if converted or isinstance(error, tf.errors.OpError) else telling[0]
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}…"


_compiled: weakref.WeakKeyDictionary[keras.Model, dict[Any, CompiledCapture | None]] = weakref.WeakKeyDictionary()


def compiled_for(model: keras.Model, inputs: ModelInputs, *, scores: bool = False) -> CompiledCapture:
    """The compiled capture of `model` for inputs like these; traced at the first call, then kept as long as the model.

    Batch size and length stay free where the model's code allows it, so new ones do not trace again. A model whose
    layers or weights were exchanged is traced anew. What is compiled is found without waiting for any other trace.

    Raises:
        CaptureError: If the model cannot be traced; the message holds the model's own.
    """
    signatures = _compiled.get(model, {})
    candidates = [inputs.free_shapes, [(None, *shape[1:]) for shape in inputs.shapes], inputs.shapes]
    keys = [_key(inputs, candidate, scores) for candidate in candidates]
    found = _found(model, signatures, keys)
    if found is not None:
        return found
    with TRACING:
        signatures = _compiled.setdefault(model, {})
        found = _found(model, signatures, keys)  # another thread may have traced it meanwhile
        if found is not None:
            return found
        if any(one is not None and not one.is_of(model) for one in signatures.values()):
            signatures.clear()
        problem: Exception | None = None
        for key, candidate in zip(keys, candidates, strict=True):
            if key in signatures:
                continue
            try:
                if not model.built:
                    model(inputs.packed)
                signatures[key] = CompiledCapture(model, inputs, candidate, scores)
            except Exception as error:  # noqa: BLE001 - whatever a model's own code raises
                problem = problem or error
                continue
            # Sizes that the model's code needs to know cannot be left free: do not try that again.
            signatures.update(dict.fromkeys(keys[: keys.index(key)], None) | {key: signatures[key]})
            return signatures[key]  # type: ignore[return-value]
    raise CaptureError(
        f"Model {model.name!r} could not be traced with inputs of shapes {inputs.shapes}: "
        f"{reason_of(problem) if problem else 'unknown reason'}"
    ) from problem


def _found(
    model: keras.Model, signatures: dict[Any, CompiledCapture | None], keys: Sequence[Any]
) -> CompiledCapture | None:
    compiled = next((signatures[key] for key in keys if signatures.get(key) is not None), None)
    return compiled if compiled is not None and compiled.is_of(model) else None


def _key(inputs: ModelInputs, shapes: Sequence[Shape], scores: bool) -> tuple[Any, ...]:
    types = tuple(tf.as_dtype(array.dtype).name for array in inputs.arrays)
    return (scores, str(inputs.structure), inputs.names, tuple(shapes), types)


def _parts(model: keras.Model) -> list[Any]:
    """Weak references to what a trace of `model` depends on."""
    return [weakref.ref(part) for part in (*model.layers, *(variable for variable in model.variables))]
