"""Checked sequences into what a model takes: its inputs, and a label for every place of every axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Literal

import numpy as np

from attnviz.errors import InputError, ShapeError
from attnviz.records import read_only
from attnviz.sequences.messages import counted, listed, place, quoted
from attnviz.sequences.numeric_checks import checked_numbers
from attnviz.sequences.specification import (
    PADDING_ID,
    UNKNOWN_ID,
    InputSpecification,
    NumericSpecification,
    TextSpecification,
)
from attnviz.sequences.text import lookup_form, split_words

MAXIMUM_CHARACTERS = 1_000_000
"""Longest text that is split into tokens."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know about a sequence that was encoded all the same.

    Attributes:
        sample: Index of the sequence.
        kind: `"unknown_words"`: some words are not in the vocabulary; `"only_unknown_words"`: none of them is;
            `"cut"`: the text was longer than the model takes.
        message: The same in a sentence.
        words: As typed: the unknown words, each once, in order; for `"cut"` the first token that was left out.
    """

    sample: int
    kind: Literal["unknown_words", "only_unknown_words", "cut"]
    message: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedSequences:
    """Sequences as a model takes them. `length` is that of the longest; shorter ones are padded on the right.

    Attributes:
        inputs: int32 ids `[batch, length]` for text, 0 at padding; float32 `[batch, length, features]` for numbers,
            after `(value - offset) / scale`, 0 at padding.
        labels: For each sample `length` labels: tokens as typed, or `"row 1"`, `"row 2"` …; `""` at padding.
        valid: `[batch, length]`, bool, True at real tokens and False at padding.
        notices: In the order of the samples.

    Raises:
        ShapeError: If labels, `valid` and `inputs` differ in size.
    """

    inputs: np.ndarray
    labels: tuple[tuple[str, ...], ...]
    valid: np.ndarray
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        inputs = read_only(self.inputs, dtype=np.int32 if np.issubdtype(self.inputs.dtype, np.integer) else np.float32)
        valid = read_only(self.valid, dtype=bool)
        sizes = {len(labels) for labels in self.labels}
        if valid.shape != inputs.shape[:2] or len(self.labels) != len(valid) or sizes - {valid.shape[1]}:
            raise ShapeError(
                f"`inputs`, `labels` and `valid` must agree on [batch, length]. Received: {inputs.shape[:2]}, "
                f"{len(self.labels)} samples of {sorted(sizes)} labels, {valid.shape}."
            )
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "valid", valid)


@singledispatch
def encode(specification: InputSpecification, sequences: Sequence[Any]) -> EncodedSequences:
    """Sequences as the model of `specification` takes them.

    Args:
        specification: What the model takes.
        sequences: Texts for a `TextSpecification`; for a `NumericSpecification` numbers `[steps, features]` each
            (or `[steps]`, where a step has one feature), as arrays or nested lists.

    Raises:
        InputError: If there is no sequence, or one of them cannot be used. The message names it where there are
            several, with the step and the feature (counted from 1).
    """
    raise TypeError(f"`specification` must be an InputSpecification. Received: {type(specification).__name__}.")


@encode.register
def _(specification: TextSpecification, sequences: Sequence[str]) -> EncodedSequences:
    _check_some(sequences, expected="texts")
    ids: list[list[int]] = []
    labels: list[list[str]] = []
    notices: list[Notice] = []
    for sample, text in enumerate(sequences):
        where = place(sample, len(sequences))
        if not isinstance(text, str):
            raise InputError(f"{where}The model takes text. Received: {type(text).__name__}.")
        if len(text) > MAXIMUM_CHARACTERS:
            raise InputError(
                f"{where}The text may have at most {MAXIMUM_CHARACTERS:,} characters. Received: {len(text):,}."
            )
        tokens = split_words(text)
        if not tokens:
            raise InputError(f"{where}The text is empty. Type at least one word.")
        kept = tokens[: specification.maximum_length]
        found = [
            specification.ids.get(lookup_form(token, lowercase=specification.lowercase), UNKNOWN_ID) for token in kept
        ]
        ids.append(found)
        labels.append(kept)
        if len(tokens) > len(kept):
            notices.append(_cut_notice(sample, where, tokens, len(kept)))
        if UNKNOWN_ID in found:
            notices.append(_unknown_notice(sample, where, kept, found, specification.lowercase))
    length = max(map(len, ids))
    inputs = np.full((len(ids), length), PADDING_ID, dtype=np.int32)
    for row, found in zip(inputs, ids, strict=True):
        row[: len(found)] = found
    return _padded(inputs, labels, notices)


@encode.register
def _(specification: NumericSpecification, sequences: Sequence[Any]) -> EncodedSequences:
    _check_some(sequences, expected="sequences of numbers")
    arrays = [
        checked_numbers(sequence, specification, where=place(sample, len(sequences)))
        for sample, sequence in enumerate(sequences)
    ]
    length = max(map(len, arrays))
    inputs = np.zeros((len(arrays), length, len(specification.features)), dtype=np.float32)
    for row, array in zip(inputs, arrays, strict=True):
        row[: len(array)] = (array - specification.offset) / specification.scale
    labels = [[f"{specification.step} {step + 1}" for step in range(len(array))] for array in arrays]
    return _padded(inputs, labels, [])


def _check_some(sequences: Sequence[Any], *, expected: str) -> None:
    if isinstance(sequences, (str, bytes)):
        raise InputError(f"`sequences` must be a list of {expected}. Received: {type(sequences).__name__}.")
    if len(sequences) == 0:
        raise InputError("There is no sequence. Give at least one.")


def _padded(inputs: np.ndarray, labels: list[list[str]], notices: list[Notice]) -> EncodedSequences:
    length = inputs.shape[1]
    valid = np.arange(length) < np.array([[len(own)] for own in labels])
    for array in (inputs, valid):
        array.flags.writeable = False  # ours alone, so the record need not copy it
    filled = tuple((*own, *[""] * (length - len(own))) for own in labels)
    return EncodedSequences(inputs=inputs, labels=filled, valid=valid, notices=tuple(notices))


def _cut_notice(sample: int, where: str, tokens: list[str], kept: int) -> Notice:
    left_out = len(tokens) - kept
    message = (
        f"{where}The text has {counted(len(tokens), 'token')} and the model takes {kept}: it reads the first {kept} "
        f"and leaves out {counted(left_out, 'token')}, from {quoted(tokens[kept])} on."
    )
    return Notice(sample=sample, kind="cut", message=message, words=(tokens[kept],))


def _unknown_notice(sample: int, where: str, tokens: list[str], ids: list[int], lowercase: bool) -> Notice:
    unknown: dict[str, str] = {}
    for token, found in zip(tokens, ids, strict=True):
        if found == UNKNOWN_ID:
            unknown.setdefault(lookup_form(token, lowercase=lowercase), token)
    words = tuple(unknown.values())
    # A full stop that the model knows does not make a text known.
    known = any(found != UNKNOWN_ID and any(map(str.isalnum, token)) for token, found in zip(tokens, ids, strict=True))
    if known:
        message = f"{where}The model does not know {listed(words)}, and reads each as the same unknown word."
        return Notice(sample=sample, kind="unknown_words", message=message, words=words)
    message = f"{where}The model knows none of the words: {listed(words)}. Its prediction says nothing about them."
    return Notice(sample=sample, kind="only_unknown_words", message=message, words=words)
