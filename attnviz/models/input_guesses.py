"""What a model says about its input."""

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import keras

from attnviz.models.model_layers import declared_inputs, every_layer, layers_of_type, preprocessor_of
from attnviz.models.string_inputs import lookup_layer, text_layer, tokenizer_layer

LONGEST_GUESS = 512
"""Tokens that a model which limits nothing is given at most."""

MOST_FEATURES = 4096
"""Numbers of a step that are named; a model with more of them takes nothing that a person types."""

VOCABULARY_WANTED = (
    "Which token does each id stand for? Give a file: one token a line, a JSON list, or a JSON object of tokens and "
    "ids."
)
_AUTOMATIC_NAME = re.compile(r"(keras_tensor|input_layer|input)(_?\d+)*$")
_COMPANION_WORDS = {
    "mask": "mask",
    "segment": "zeros",
    "token_type": "zeros",
    "type_ids": "zeros",
    "position": "positions",
}
_TOKEN_NAMES = ("token_ids", "input_ids", "input_word_ids", "tokens", "ids", "text")


@dataclass(frozen=True, eq=False, kw_only=True)
class InputGuess:
    """The guess for `input` of a card.

    Attributes:
        fields: As in `card.json`; `kind` and `name` among them.
        missing: Fields that a person must give, and what to ask; the fields start with `input.`.
        reasons: Where guesses come from.
        vocabulary_size: How many ids the model takes, where it says so.
        problem: Why the model cannot be used whatever a person answers; `""` where it can.
    """

    fields: dict[str, Any]
    missing: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    vocabulary_size: int | None = None
    problem: str = ""


def guess_input(model: keras.Model) -> InputGuess:
    """What `model` takes, read from its inputs, its layers and their names."""
    preprocessor = preprocessor_of(model)
    if preprocessor is not None:
        fields: dict[str, Any] = {"kind": "raw_text", "name": "token_ids"}
        length = getattr(preprocessor, "sequence_length", None)
        if isinstance(length, int):
            fields["maximum_length"] = length
        return InputGuess(fields=fields, reasons={"input.kind": "The model comes with a KerasHub tokenizer."})
    inputs = declared_inputs(model)
    guess = _guess(model, inputs)
    if len(inputs) == 1 and _AUTOMATIC_NAME.match(guess.fields["name"]):  # the only input need not be named as it is
        guess.fields["name"] = "values" if guess.fields["kind"] == "numeric" else "tokens"
    return guess


def _guess(model: keras.Model, inputs: list[Any]) -> InputGuess:
    strings = [tensor for tensor in inputs if tensor.dtype == "string"]
    if strings:
        return _strings(model, strings[0])
    tokens = _token_input(model, inputs)
    if tokens is not None:
        return _ids(model, tokens, [tensor for tensor in inputs if tensor is not tokens])
    if not inputs:
        return _undeclared(model)
    return _numbers(inputs)


def _strings(model: keras.Model, tensor: Any) -> InputGuess:
    if (layer := text_layer(model)) is not None:
        reason = f"Layer {layer.name!r} of the model splits texts and holds their vocabulary."
        return InputGuess(fields={"kind": "raw_text", "name": tensor.name}, reasons={"input.kind": reason})
    if (tokenizer := tokenizer_layer(model)) is not None:
        reason = f"Layer {tokenizer.name!r} of the model is a tokenizer."
        return InputGuess(fields={"kind": "raw_text", "name": tensor.name}, reasons={"input.kind": reason})
    fields = {"kind": "raw_text", "name": tensor.name, "splitting": "whitespace"}
    reasons = {"input.kind": "The model takes strings."}
    if (lookup := lookup_layer(model)) is not None:
        words = lookup.get_vocabulary(include_special_tokens=False)
        fields |= {"lowercase": all(word == word.lower() for word in words), "padding": lookup.mask_token or ""}
        reasons = {"input.kind": f"Layer {lookup.name!r} of the model looks up strings, and holds their vocabulary."}
    if len(tensor.shape) > 1 and tensor.shape[1] is not None:
        fields |= {"maximum_length": tensor.shape[1], "fixed_length": True}
    return InputGuess(fields=fields, reasons=reasons)


def _token_input(model: keras.Model, inputs: list[Any]) -> Any:
    """The input whose numbers are ids: by its name, or because an embedding looks them up."""
    flat = [tensor for tensor in inputs if len(tensor.shape) == 2]
    by_name = {tensor.name: tensor for tensor in flat}
    named = next((by_name[name] for name in _TOKEN_NAMES if name in by_name), None)
    if named is not None and "int" in named.dtype:
        return named
    for tensor in flat:
        if _companion(tensor.name) is None and _embeddings_of(model, tensor):
            return tensor
    return next((tensor for tensor in flat if "int" in tensor.dtype and _companion(tensor.name) is None), None)


def _embeddings_of(model: keras.Model, tensor: Any | None) -> list[keras.layers.Embedding]:
    """Embeddings in the layers that take `tensor`; in the whole model where it declares no input."""
    if tensor is None:
        takers: list[keras.layers.Layer] = [model]
    else:
        takers = [layer for layer in model.layers if _takes(layer, tensor)]
    found = []
    for taker in takers:
        inside = [taker] if isinstance(taker, keras.layers.Embedding) else list(every_layer(taker))
        found += [one for one in inside if isinstance(one, keras.layers.Embedding)]
    positions = _position_embeddings(model)
    return [one for one in found if one not in positions] or found


def _takes(layer: keras.layers.Layer, tensor: Any) -> bool:
    # `layer.input` is the inner one of a nested model, and none of a layer that is called twice.
    return any(one is tensor for node in layer._inbound_nodes for one in node.input_tensors)


def _position_embeddings(model: keras.Model) -> list[keras.layers.Embedding]:
    """Those whose own name, or the name of the attribute that holds them, speaks of positions."""
    held = [
        value
        for layer in (model, *every_layer(model))
        for name, value in vars(layer).items()
        if "pos" in name.lower() and isinstance(value, keras.layers.Embedding)
    ]
    return held + [one for one in layers_of_type(model, keras.layers.Embedding) if "pos" in one.name.lower()]


def _ids(model: keras.Model, tensor: Any, others: list[Any]) -> InputGuess:
    reasons = {"input.kind": "The model takes ids, which an embedding looks up."}
    missing = {"input.vocabulary": VOCABULARY_WANTED}
    fields: dict[str, Any] = {"kind": "text", "name": tensor.name if tensor is not None else "tokens"}
    sizes = [int(one.input_dim) for one in _embeddings_of(model, tensor)]
    size = max(sizes, default=None)
    if size is not None:
        missing["input.vocabulary"] = f"{VOCABULARY_WANTED} The model takes {size:,} ids, 0 to {size - 1:,}."
    length = tensor.shape[1] if tensor is not None else None
    if length is not None:
        fields |= {"maximum_length": length, "fixed_length": True}
        reasons["input.maximum_length"] = f"The model takes exactly {length} tokens."
    else:
        fields["maximum_length"], reasons["input.maximum_length"] = _longest(model)
    companions, problem = {}, ""
    for other in others:
        content = _companion(other.name)
        if len(other.shape) != len(tensor.shape) or (content is None and "float" in other.dtype):
            problem = (
                f"Beside ids the model takes {other.name!r}, numbers of shape {list(other.shape[1:])}, which nobody "
                "could type here. From Python, `attnviz.capture_attention` takes all inputs."
            )
        elif content is None:
            missing[f"input.companions.{other.name}"] = (
                f"What does input {other.name!r} hold beside the tokens: mask, zeros or positions? A model that takes "
                "two texts cannot be used."
            )
        else:
            companions[other.name] = content
    if companions:
        fields["companions"] = companions
        reasons["input.companions"] = "Their names say what the further inputs hold."
    return InputGuess(fields=fields, missing=missing, reasons=reasons, vocabulary_size=size, problem=problem)


def _longest(model: keras.Model) -> tuple[int, str]:
    for layer in every_layer(model):
        length = getattr(layer, "sequence_length", None)
        if isinstance(length, int) and length > 0 and "osition" in type(layer).__name__:
            return length, f"Layer {layer.name!r} has positions for {length} tokens."
    for embedding in _position_embeddings(model):
        return int(embedding.input_dim), f"Layer {embedding.name!r} has positions for {embedding.input_dim} tokens."
    return LONGEST_GUESS, "Nothing in the model limits the length."


def _companion(name: str) -> str | None:
    return next((content for word, content in _COMPANION_WORDS.items() if word in name.lower()), None)


def _undeclared(model: keras.Model) -> InputGuess:
    if _embeddings_of(model, None):
        return _ids(model, None, [])
    config = model.get_build_config() or {}
    shape = config.get("input_shape")
    if isinstance(shape, (list, tuple)) and len(shape) > 1 and not isinstance(shape[-1], (list, tuple)):
        return _series("values", tuple(shape))
    return InputGuess(
        fields={"kind": "numeric", "name": "values"},
        missing={"input.features": "The model does not say what it takes. Name the numbers of one step."},
    )


def _numbers(inputs: list[Any]) -> InputGuess:
    guess = _series(inputs[0].name, tuple(inputs[0].shape))
    names = ", ".join(repr(tensor.name) for tensor in inputs)
    problem = (
        f"The model takes several inputs of numbers, {names}; here it would get one. From Python, "
        "`attnviz.capture_attention` takes them all."
    )
    return replace(guess, problem=problem if len(inputs) > 1 else "")


def _series(name: str, shape: tuple[int | None, ...]) -> InputGuess:
    """Steps by features: `[steps]` is a series of single numbers, a picture has a row of pixels a step."""
    fields: dict[str, Any] = {"kind": "numeric", "name": name}
    length, sizes = shape[1] if len(shape) > 1 else None, shape[2:]
    if length is not None:
        fields["length"] = length
    reasons = {"input.kind": f"The model takes numbers of shape {list(shape[1:])}."}
    if None in sizes or math.prod(size or 1 for size in sizes) > MOST_FEATURES:
        wanted = f"Name the numbers of one step; the model takes {list(shape[1:])}."
        return InputGuess(fields=fields, missing={"input.features": wanted}, reasons=reasons)
    count = math.prod(size or 1 for size in sizes)
    fields["features"] = ["value"] if count == 1 else [f"feature {one + 1}" for one in range(count)]
    if len(sizes) > 1:
        fields["step"] = "row"
    return InputGuess(fields=fields, reasons=reasons)
