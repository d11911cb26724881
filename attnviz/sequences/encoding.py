"""Checked sequences into what a model takes: its inputs, and a label for every place of every axis."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.document_encoding import EncodedDocuments, encode_documents
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoded import EncodedSequences, Notice, padded_labels, real_positions
from attnviz.sequences.messages import place
from attnviz.sequences.numeric_checks import checked_numbers
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)
from attnviz.sequences.text_encoding import MAXIMUM_CHARACTERS, encode_ids, encode_strings

__all__ = ["MAXIMUM_CHARACTERS", "EncodedSequences", "Notice", "encode"]


@singledispatch
def encode(specification: InputSpecification, sequences: Sequence[Any]) -> EncodedSequences:
    """Sequences as the model of `specification` takes them.

    Args:
        specification: What the model takes. A `RawTextSpecification` without `splitting` leaves the tokens to the
            model: `attnviz.models.encoders.encode_for` asks it.
        sequences: Texts for a `TextSpecification` or a `RawTextSpecification`; for a `NumericSpecification` numbers
            `[steps, features]` each (or `[steps]`, where a step has one feature), as arrays or nested lists.

    Raises:
        InputError: If there is no sequence, or one of them cannot be used. The message names it where there are
            several, with the step and the feature (counted from 1).
    """
    raise TypeError(f"`specification` must be an InputSpecification. Received: {type(specification).__name__}.")


@encode.register
def _(specification: TextSpecification, sequences: Sequence[str]) -> EncodedSequences:
    return encode_ids(specification, sequences)


@encode.register
def _(specification: DocumentSpecification, sequences: Sequence[str]) -> EncodedDocuments:
    return encode_documents(specification, sequences)


@encode.register
def _(specification: RawTextSpecification, sequences: Sequence[str]) -> EncodedSequences:
    return encode_strings(specification, sequences)


@encode.register
def _(specification: NumericSpecification, sequences: Sequence[Any]) -> EncodedSequences:
    if isinstance(sequences, (str, bytes)):
        raise InputError(f"`sequences` must be a list of sequences of numbers. Received: {type(sequences).__name__}.")
    if len(sequences) == 0:
        raise InputError("There is no sequence. Give at least one.")
    arrays = [
        checked_numbers(sequence, specification, where=place(sample, len(sequences)))
        for sample, sequence in enumerate(sequences)
    ]
    length = max(map(len, arrays))
    inputs = np.zeros((len(arrays), length, len(specification.features)), dtype=np.float32)
    for row, array in zip(inputs, arrays, strict=True):
        row[: len(array)] = (array - specification.offset) / specification.scale
    inputs.flags.writeable = False  # ours alone, so that the record need not copy it
    return EncodedSequences(
        inputs=inputs,
        labels=padded_labels(
            [[f"{specification.step} {step + 1}" for step in range(len(array))] for array in arrays], length
        ),
        valid=real_positions(list(map(len, arrays)), length),
    )
