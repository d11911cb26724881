"""What the tests know of one architecture of KerasHub: how to build it small, what to feed it, what it must give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

SAMPLES = 2
LENGTH = 6
"""Tokens of a text."""
DECODER_LENGTH = 5
"""Tokens of a decoder's text: another number than the encoder's, so that swapped axes show."""
VOCABULARY = 23

Kind = Literal["encoder", "decoder", "encoder-decoder", "vision", "audio", "multimodal", "diffusion"]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Attention maps in a row that are alike, as the architecture's own configuration has them.

    Attributes:
        heads: Attention heads; groups laid out flat.
        queries: Length of the query axis.
        keys: Length of the key axis.
        query_axis: Name of the query axis.
        key_axis: Name of the key axis; None if it is the query axis.
        count: How many such maps follow each other.
        folded: How many windows, frames or images each sample brings into the batch.
        samples: Samples of the map, where they are not those of the inputs.
        below_one: Whether rows may sum to less than 1: a sink was cut off, or dead rows are zeroed.
    """

    heads: int
    queries: int
    keys: int
    query_axis: str
    key_axis: str | None = None
    count: int = 1
    folded: int = 1
    samples: int = SAMPLES
    below_one: bool = False


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One architecture.

    Attributes:
        name: Its class in `keras_hub.models`.
        kind: What it is for.
        build: Makes it, small and random.
        inputs: Makes what it takes.
        expected: Its attention maps in call order; empty for one without attention.
        notes: What is particular about its attention.
    """

    name: str
    kind: Kind
    build: Callable[[], Any]
    inputs: Callable[[], Any]
    expected: tuple[Expected, ...]
    notes: str = ""

    @property
    def maps(self) -> tuple[Expected, ...]:
        """One expectation for each map."""
        return tuple(one for one in self.expected for _ in range(one.count))


def backbone(name: str, **arguments: Any) -> Callable[[], Any]:
    """A builder of the backbone `name` of KerasHub; the package is imported when it is called."""

    def build() -> Any:
        import keras_hub

        return getattr(keras_hub.models, name)(**arguments)

    return build


def token_ids(length: int = LENGTH, *, seed: int = 0) -> np.ndarray:
    """Random ids `[samples, length]`, none of them 0 or 1, which many models take for padding."""
    return np.random.default_rng(seed).integers(2, VOCABULARY, (SAMPLES, length)).astype("int32")


def padding_mask(length: int = LENGTH) -> np.ndarray:
    """Two positions of padding at the end of the second sample."""
    mask = np.ones((SAMPLES, length), "int32")
    mask[1, -2:] = 0
    return mask


def text(length: int = LENGTH, **more: np.ndarray) -> Mapping[str, np.ndarray]:
    """Inputs of a text model."""
    return {"token_ids": token_ids(length), "padding_mask": padding_mask(length), **more}


def text_pair() -> Mapping[str, np.ndarray]:
    """Inputs of an encoder-decoder of text."""
    return {
        "encoder_token_ids": token_ids(),
        "encoder_padding_mask": padding_mask(),
        "decoder_token_ids": token_ids(DECODER_LENGTH, seed=1),
        "decoder_padding_mask": padding_mask(DECODER_LENGTH),
    }


def images(size: int = 32, *more: int) -> np.ndarray:
    """Random images `[samples, size, size, 3]`."""
    return np.random.default_rng(2).normal(size=(SAMPLES, *more, size, size, 3)).astype("float32")
