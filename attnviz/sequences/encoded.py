"""Sequences as a model takes them, with a label for every place and what a person should know about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only


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
        inputs: int32 ids `[batch, length]` for text; float32 `[batch, length, features]` for numbers, after
            `(value - offset) / scale`, 0 at padding. Text for a model that encodes it itself is text: `[batch]`, or
            `[batch, length]` where it is split.
        labels: For each sample `length` labels: tokens as typed (or as the model's own tokenizer gives them), or
            `"row 1"`, `"row 2"` …; `""` at padding.
        valid: `[batch, length]`, bool, True at real tokens and False at padding.
        notices: In the order of the samples.
        companions: Further inputs of the model by name, int32 `[batch, length]`; most models have none.

    Raises:
        ShapeError: If labels, `valid` and `inputs` differ in size.
    """

    inputs: np.ndarray
    labels: tuple[tuple[str, ...], ...]
    valid: np.ndarray
    notices: tuple[Notice, ...] = ()
    companions: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        inputs = read_only(self.inputs, dtype=_type_of(self.inputs))
        valid = read_only(self.valid, dtype=bool)
        companions = {name: read_only(one, dtype=np.int32) for name, one in self.companions.items()}
        sizes = {len(labels) for labels in self.labels}
        whole = inputs.dtype.kind == "U" and inputs.ndim == 1  # texts that the model splits
        shapes = {one.shape for one in companions.values()} | ({(len(inputs),)} if whole else {inputs.shape[:2]})
        if (
            (shapes - {valid.shape[:1] if whole else valid.shape})
            or len(self.labels) != len(valid)
            or sizes - {valid.shape[1]}
        ):
            raise ShapeError(
                f"`inputs`, `labels` and `valid` must agree on [batch, length]. Received: {inputs.shape[:2]}, "
                f"{len(self.labels)} samples of {sorted(sizes)} labels, {valid.shape}."
            )
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "valid", valid)
        object.__setattr__(self, "companions", MappingProxyType(companions))


def _type_of(inputs: np.ndarray) -> npt.DTypeLike:
    if inputs.dtype.kind in "UO":
        return np.str_
    return np.int32 if np.issubdtype(inputs.dtype, np.integer) else np.float32


def padded_labels(labels: Sequence[Sequence[str]], length: int, *, side: str = "right") -> tuple[tuple[str, ...], ...]:
    """Labels of `length`, with `""` at padding."""
    blanks = [("",) * (length - len(own)) for own in labels]
    return tuple(
        (*own, *blank) if side == "right" else (*blank, *own) for own, blank in zip(labels, blanks, strict=True)
    )


def real_positions(lengths: Sequence[int], length: int, *, side: str = "right") -> np.ndarray:
    """`[batch, length]`, bool, True where a sequence of one of `lengths` has a real token."""
    real = np.arange(length) < np.array(lengths)[:, None]
    real = real if side == "right" else real[:, ::-1].copy()
    real.flags.writeable = False  # ours alone, so that no record has to copy it
    return real
