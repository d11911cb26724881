"""A classifier as anybody writes one with Keras: `python plain_keras_model.py FOLDER` saves it with its vocabulary.

Run by the tests as a process of its own. Nothing here knows of the dashboard that will open the model.
"""

import json
import sys
from pathlib import Path

import keras

WORDS = ["the", "soup", "was", "cold", "hot", "service", "slow", "kind", "fresh", "stale", "bread", "and", "very"]
VOCABULARY = ["", "[UNK]", *WORDS]
CLASSES = ["complaint", "praise"]
LENGTH, WIDTH, HEADS = 16, 12, 3


def build() -> keras.Model:
    """Embedding and positions, two blocks of attention with residuals, the mean over the tokens, a softmax."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    positions = keras.layers.Embedding(LENGTH, WIDTH, name="positions")(keras.ops.arange(LENGTH))
    words = keras.layers.Embedding(len(VOCABULARY), WIDTH, embeddings_initializer="random_normal", name="words")(tokens)
    hidden = 40.0 * words + positions
    for number in (1, 2):
        attention = keras.layers.MultiHeadAttention(HEADS, key_dim=WIDTH // HEADS, name=f"attention_{number}")
        hidden = keras.layers.LayerNormalization()(hidden + attention(hidden, hidden))
        wide = keras.layers.Dense(2 * WIDTH, activation="relu")(hidden)
        hidden = keras.layers.LayerNormalization()(hidden + keras.layers.Dense(WIDTH)(wide))
    pooled = keras.layers.GlobalAveragePooling1D()(hidden)
    return keras.Model(tokens, keras.layers.Dense(len(CLASSES), activation="softmax")(pooled), name="plain")


def main(folder: Path) -> None:
    """Save a model with random weights, and its vocabulary."""
    keras.utils.set_random_seed(7)
    model = build()
    model.save(folder / "restaurant.keras")
    (folder / "vocabulary.json").write_text(json.dumps(VOCABULARY), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
