"""Sequences into what one model takes: by its card alone, or with the layers and the tokenizer that came with it."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import keras

from attnviz.models.hub_text import encode_with_preprocessor
from attnviz.models.string_inputs import encode_with_layers
from attnviz.sequences.encoding import EncodedSequences, encode
from attnviz.sequences.specification import InputSpecification, RawTextSpecification


@singledispatch
def encode_for(
    specification: InputSpecification, model: keras.Model, preprocessor: Any, sequences: Sequence[Any]
) -> EncodedSequences:
    """Sequences as `model` takes them.

    Args:
        specification: What the model's card says of its input.
        model: The model, whose own layers encode text where the card says so.
        preprocessor: A KerasHub preprocessor that came with the model; None if none did.
        sequences: As for `attnviz.sequences.encoding.encode`.

    Raises:
        InputError: If a sequence cannot be used.
        CardError: If the model has nothing to encode text with, and the card says that it does.
    """
    return encode(specification, sequences)


@encode_for.register
def _(
    specification: RawTextSpecification, model: keras.Model, preprocessor: Any, sequences: Sequence[str]
) -> EncodedSequences:
    if preprocessor is not None:
        return encode_with_preprocessor(specification, model, preprocessor, sequences)
    return encode_with_layers(specification, model, sequences)
