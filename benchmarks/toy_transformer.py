"""A small transformer with random weights and four heads a layer: something to time, and to test pickers on."""

from pathlib import Path

import keras
from keras import layers

from attnviz.models.card import Card, Example, write_card
from attnviz.sequences.specification import TextSpecification

VOCABULARY = ("the", "waiter", "soup", "was", "cold", "and", "we", "dessert", "friends", "order", "good", "bad")


def write_toy_transformer(
    folder: Path, *, heads: int = 4, blocks: int = 2, units: int = 32, seed: int = 3, maximum_length: int = 512
) -> None:
    """Write a model folder with `blocks` layers of `heads` heads, whose weights are random."""
    keras.utils.set_random_seed(seed)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    # Large embeddings, so that the heads differ and no map is uniform.
    hidden = layers.Embedding(len(VOCABULARY) + 2, units, embeddings_initializer="random_normal")(tokens) * 40.0
    for block in range(blocks):
        attended = layers.MultiHeadAttention(heads, units // heads, name=f"attention_{block + 1}")(hidden, hidden)
        hidden = layers.LayerNormalization()(hidden + attended)
    pooled = layers.GlobalAveragePooling1D()(hidden)
    model = keras.Model(tokens, layers.Dense(2, activation="softmax")(pooled), name=folder.name)
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    text = "the waiter was good and the soup was cold"
    write_card(
        Card(
            name=folder.name,
            title="Toy transformer",
            description="Random weights; its predictions mean nothing.",
            task="classification",
            input=TextSpecification(name="tokens", vocabulary=VOCABULARY, maximum_length=maximum_length),
            classes=("first", "second"),
            parameters=model.count_params(),
            examples=(Example(sequence=text, prediction="first"),),
        ),
        folder,
    )
