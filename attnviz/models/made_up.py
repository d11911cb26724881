"""An input for a model that came without examples: made up, but of what the model knows."""

from functools import singledispatch
from typing import Any

import numpy as np

from attnviz.models.loaded import LoadedModel
from attnviz.models.string_inputs import known_strings, words_apart_by
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)

MADE_UP_LENGTH = 8
"""Tokens or steps of the input that a model without examples is tried on."""

MADE_UP_PERIOD = 8
"""Steps of one wave of made-up numbers."""

MADE_UP_TEXT = "The quick brown fox jumps over the lazy dog."

MOST_TRIED = 50
"""Words of a vocabulary that are looked up, to find some that the model knows."""


def made_up_sequence(model: LoadedModel) -> Any:
    """The first example of the card, or else an input of modest length that the model takes."""
    if model.card.examples:
        return model.card.examples[0].sequence
    return _made_up(model.card.input, model)


@singledispatch
def _made_up(specification: InputSpecification, model: LoadedModel) -> Any:
    raise TypeError(f"No input for {type(specification).__name__}.")


@_made_up.register
def _(specification: TextSpecification, model: LoadedModel) -> str:
    words = [word for word in specification.vocabulary if word.isalnum()] or list(specification.vocabulary)
    chosen = words[: min(MADE_UP_LENGTH, specification.maximum_length)]
    return ("" if specification.splitting == "characters" else " ").join(chosen) or MADE_UP_TEXT


@_made_up.register
def _(specification: RawTextSpecification, model: LoadedModel) -> str:
    if not _samples_with_unknown(model, [MADE_UP_TEXT]):
        return MADE_UP_TEXT
    tried = [word for word in known_strings(model.keras_model, model.own_preprocessor) if word.isalnum()][:MOST_TRIED]
    if not tried:
        return MADE_UP_TEXT
    # A vocabulary may hold words that its own layer changes before it looks them up, and so never finds.
    unknown = _samples_with_unknown(model, tried)
    words = [word for sample, word in enumerate(tried) if sample not in unknown]
    separator = words_apart_by(specification, model.keras_model)
    most = 1 if separator is None else min(MADE_UP_LENGTH, specification.maximum_length or MADE_UP_LENGTH)
    return (separator or "").join(words[:most]) or MADE_UP_TEXT


def _samples_with_unknown(model: LoadedModel, texts: list[str]) -> set[int]:
    return {one.sample for one in model.encode(texts).notices if one.kind in ("unknown_words", "only_unknown_words")}


@_made_up.register
def _(specification: NumericSpecification, model: LoadedModel) -> np.ndarray:
    length = specification.length or min(MADE_UP_LENGTH, specification.maximum_length or MADE_UP_LENGTH)
    steps, features = np.indices((length, len(specification.features)))
    # A wave for each feature, a little later each: equal numbers would give a flat line and attention that is uniform.
    wave = np.sin(2 * np.pi * (steps / MADE_UP_PERIOD + features / 7))
    lowest, highest = specification.minimum, specification.maximum
    if lowest is not None and highest is not None:
        return (lowest + highest) / 2 + (highest - lowest) / 2 * wave
    return np.clip(specification.offset + specification.scale * wave, lowest, highest)
