"""What a model says about its outputs."""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

import keras
import numpy as np

from attnviz.models.input_guesses import InputGuess
from attnviz.models.model_layers import declared_outputs, every_layer

MOST_CLASSES = 1000
"""Numbers an output may have to be taken for classes; more are features, or the words of a language model."""


@dataclass(frozen=True, eq=False, kw_only=True)
class OutputGuess:
    """The guess for `task`, `classes`, `outputs`, `target` and `prediction_output` of a card.

    Attributes:
        fields: As in `card.json`.
        missing: Fields that a person must give, and what to ask.
        reasons: Where guesses come from.
        class_count: How many classes the model tells apart, where it does.
    """

    fields: dict[str, Any]
    missing: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    class_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Output:
    """One output: its shape with the batch, and `"softmax"`, `"sigmoid"`, `"linear"` or another activation's name."""

    position: int
    name: str
    shape: tuple[int | None, ...]
    activation: str


def guess_output(model: keras.Model, taken: InputGuess) -> OutputGuess:
    """What `model` predicts, read from the shape and the activation of its last layer."""
    outputs = _declared(model) or _observed(model, taken)
    kinds = {one.__name__ for one in type(model).__mro__}
    if "Backbone" in kinds:
        return _features("The model is a backbone, without a prediction.")
    if kinds & {"CausalLM", "MaskedLM", "Seq2SeqLM"}:
        return _features("The model is a language model: what it predicts is words, for which there is no task.")
    if not outputs:
        return _features("The model does not say what it gives; choose another task if it predicts something.")
    chosen = min(outputs, key=_unlikeliness)
    guess = _guess(chosen)
    if chosen.position:
        guess.fields["prediction_output"] = chosen.position
    if len(outputs) > 1:
        guess.reasons["prediction_output"] = f"Of {len(outputs)} outputs, {chosen.name!r} looks most like a prediction."
    return guess


def _guess(output: _Output) -> OutputGuess:
    count = output.shape[-1]
    rank = len(output.shape)
    if count is None or rank > 3 or rank < 2:
        return _features(f"The output has shape {list(output.shape[1:])}, which is no prediction known here.")
    where = f"The last layer gives {count} number{'s' if count > 1 else ''} a {'sequence' if rank == 2 else 'position'}"
    if count == 1:
        if output.activation == "sigmoid":
            return _classes(2, "probabilities", rank, f"{where}, through a sigmoid: the second of two classes.")
        if rank == 2:
            return OutputGuess(
                fields={"task": "regression"},
                missing={
                    "target": "What does the model predict, in which unit? (For two classes, choose classification.)"
                },
                reasons={"task": f"{where}, without a sigmoid."},
            )
        return _features(f"{where}, without a sigmoid.")
    if output.activation == "softmax":
        return _classes(count, "probabilities", rank, f"{where}, through a softmax.")
    if output.activation == "sigmoid":
        return _features(
            f"{where}, each through a sigmoid of its own: several may be true at once (classification with several "
            "labels), which attnviz has no task for. As features, its numbers are shown as no prediction; its "
            "attention can be seen all the same."
        )
    likely = rank == 2 or any(word in output.name for word in ("logit", "class", "pred"))
    if output.activation == "linear" and likely and count <= MOST_CLASSES:
        return _classes(count, "logits", rank, f"{where}, without a softmax.")
    return _features(f"{where}, without a softmax.")


def _classes(count: int, outputs: str, rank: int, reason: str) -> OutputGuess:
    fields: dict[str, Any] = {
        "task": "classification" if rank == 2 else "token_classification",
        "classes": [f"class {one}" for one in range(count)],
    }
    if outputs != "probabilities":
        fields["outputs"] = outputs
    return OutputGuess(
        fields=fields,
        reasons={"task": reason, "classes": f"The model tells {count} classes apart, and does not name them."},
        class_count=count,
    )


def _features(reason: str) -> OutputGuess:
    return OutputGuess(fields={"task": "features"}, reasons={"task": reason})


def _unlikeliness(output: _Output) -> tuple[bool, bool, int]:
    """Sorts a prediction before attention weights and features."""
    return (len(output.shape) > 3, output.activation not in ("softmax", "sigmoid"), len(output.shape))


def _declared(model: keras.Model) -> list[_Output]:
    return [
        _Output(position=position, name=_name(tensor), shape=tuple(tensor.shape), activation=_activation(tensor))
        for position, tensor in enumerate(declared_outputs(model))
    ]


def _name(tensor: Any) -> str:
    layer = _layer_of(tensor)
    return str(layer.name if layer is not None else tensor.name)


def _activation(tensor: Any) -> str:
    """Activation of the layer that made `tensor`; of its own last layer where that is a model."""
    layer = _layer_of(tensor)
    if layer is None:
        return "linear"
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if isinstance(layer, keras.Model):
        inner = declared_outputs(layer)
        return _activation(inner[0]) if len(inner) == 1 else "linear"
    function = getattr(layer, "activation", None)
    return str(getattr(function, "__name__", "linear"))


def _layer_of(tensor: Any) -> keras.layers.Layer | None:
    # How Keras' own `Functional` walks its graph; there is no public way from a tensor to its layer.
    operation = getattr(getattr(tensor, "_keras_history", None), "operation", None)
    return operation if isinstance(operation, keras.layers.Layer) else None


def _observed(model: keras.Model, taken: InputGuess) -> list[_Output]:
    """The outputs of a model that declares none, from one run on zeros; none if running it would build it."""
    if not model.built:
        return []
    shape: tuple[int, ...] = (1, taken.fields.get("length") or taken.fields.get("maximum_length") or 4)
    if not taken.fields.get("fixed_length") and taken.fields["kind"] == "text":
        shape = (1, 4)
    if taken.fields["kind"] == "numeric":
        shape = (*shape, max(1, len(taken.fields.get("features", ()))))
    try:
        outputs = keras.tree.flatten(model(np.zeros(shape, "int32" if taken.fields["kind"] == "text" else "float32")))
    except Exception:  # noqa: BLE001 - whatever the model's own code raises, nothing is known then
        return []
    found = []
    for position, output in enumerate(outputs):
        array = np.asarray(output)
        free = (None, *(None if size == shape[1] else size for size in array.shape[1:-1]), *array.shape[-1:])
        found.append(_Output(position=position, name=f"output {position}", shape=free, activation=_seen(array, model)))
    return found


def _seen(array: np.ndarray, model: keras.Model) -> str:
    if array.ndim < 2 or not array.size or array.min() < 0 or array.max() > 1:
        return "linear"
    count = array.shape[-1]
    if count > 1 and np.allclose(array.sum(axis=-1), 1, atol=1e-4):
        return "softmax"
    # Logits may lie between 0 and 1 by chance; several sigmoids leave a layer of as many behind.
    if count == 1 or any(_is_sigmoid(layer) and layer.units == count for layer in every_layer(model)):
        return "sigmoid"
    return "linear"


def _is_sigmoid(layer: keras.layers.Layer) -> TypeGuard[keras.layers.Dense]:
    return isinstance(layer, keras.layers.Dense) and layer.activation is keras.activations.sigmoid
