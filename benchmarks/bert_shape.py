"""An encoder of BERT's shape with random weights, built of Keras' own layers: something to time."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

VOCABULARY = 30522
LONGEST = 512


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large an encoder is: `layers` blocks of `heads` heads, `units` wide, four times as wide between."""

    layers: int
    heads: int
    units: int

    def __str__(self) -> str:
        return f"{self.layers}×{self.heads}×{self.units}"

    def weight_bytes(self, batch: int, length: int) -> int:
        """Size of all its attention weights, in bytes."""
        return self.layers * batch * self.heads * length * length * 4


SMALL = Shape(layers=6, heads=12, units=384)
BASE = Shape(layers=12, heads=12, units=768)


@keras.saving.register_keras_serializable("benchmarks")
class Positions(layers.Layer):
    """A trained vector for each of the positions that a sequence has."""

    def build(self, shape):
        self.vectors = self.add_weight(shape=(LONGEST, shape[-1]), name="vectors")

    def call(self, tokens):
        return self.vectors[None, : keras.ops.shape(tokens)[1]]


def encoder(shape: Shape) -> keras.Model:
    """Token ids `[batch, length]` to hidden states `[batch, length, units]`, as BERT does it."""
    ids = keras.Input((None,), dtype="int32", name="tokens")
    hidden = layers.Embedding(VOCABULARY, shape.units, name="embedding")(ids)
    hidden = layers.LayerNormalization()(layers.Add()([hidden, Positions()(hidden)]))
    for block in range(1, shape.layers + 1):
        attention = layers.MultiHeadAttention(shape.heads, shape.units // shape.heads, name=f"attention_{block}")
        hidden = layers.LayerNormalization()(layers.Add()([hidden, attention(hidden, hidden)]))
        widened = layers.Dense(4 * shape.units, activation="gelu")(hidden)
        hidden = layers.LayerNormalization()(layers.Add()([hidden, layers.Dense(shape.units)(widened)]))
    return keras.Model(ids, hidden, name="encoder")


def token_ids(batch: int, length: int) -> np.ndarray:
    """Random ids `[batch, length]`."""
    return np.random.default_rng(0).integers(1, VOCABULARY, size=(batch, length), dtype=np.int32)
