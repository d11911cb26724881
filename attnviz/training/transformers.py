"""The transformers that sample models are made of, in plain Keras layers, and the parts that others share."""

from typing import Any

import keras
from keras import layers, ops


def decoder_classifier(
    *,
    tokens: int,
    classes: int,
    maximum_length: int,
    blocks: int = 2,
    heads: int = 4,
    width: int = 64,
    dropout: float = 0.0,
    name: str = "decoder_classifier",
) -> keras.Model:
    """Token ids to class probabilities, read from the last token by a causal decoder (Radford et al., 2018).

    Vectors of tokens and places start large, so that heads can tell places apart from the first step on.

    Args:
        tokens: Number of ids, padding (0) included.
        classes: Number of classes.
        maximum_length: Most tokens of a sequence.
        blocks: Number of transformer blocks.
        heads: Attention heads of a block.
        width: Size of a token's vector; a whole multiple of `heads`.
        dropout: Share of the numbers that training leaves out after each part of a block.
        name: The model's name.

    Returns:
        An uncompiled model: int32 `[batch, length]` ids, named `tokens`, padded on the left, to `[batch, classes]`.
    """
    ids = keras.Input((None,), dtype="int32", name="tokens")
    vectors = embedded_tokens(ids, tokens=tokens, maximum_length=maximum_length, width=width, deviation=0.5)
    for number in range(1, blocks + 1):
        vectors = transformer_block(vectors, number, heads=heads, width=width, dropout=dropout, causal=True)
    last = layers.LayerNormalization(name="normalization")(vectors)[:, -1]
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(last)
    return keras.Model(ids, probabilities, name=name)


def encoder_classifier(
    *,
    words: int,
    classes: int,
    maximum_length: int,
    blocks: int = 2,
    heads: int = 4,
    width: int = 64,
    dropout: float = 0.3,
    name: str = "encoder_classifier",
) -> keras.Model:
    """Word ids to class probabilities: a transformer encoder (Vaswani et al., 2017) and the mean over its words.

    Args:
        words: Number of ids, padding (0) and the unknown word (1) included.
        classes: Number of classes.
        maximum_length: Most words of a text.
        blocks: Number of transformer blocks.
        heads: Attention heads of a block.
        width: Size of a word's vector; a whole multiple of `heads`.
        dropout: Share of the numbers that training leaves out, of the embedding and after each part of a block.
        name: The model's name.

    Returns:
        An uncompiled model: int32 `[batch, length]` ids, named `tokens`, 0 at padding, to `[batch, classes]`.
    """
    ids = keras.Input((None,), dtype="int32", name="tokens")
    vectors = embedded_tokens(ids, tokens=words, maximum_length=maximum_length, width=width)
    vectors = layers.Dropout(dropout, name="embedding_dropout")(vectors)
    for number in range(1, blocks + 1):
        vectors = transformer_block(vectors, number, heads=heads, width=width, dropout=dropout, causal=False)
    vectors = layers.LayerNormalization(name="normalization")(vectors)
    mean = layers.GlobalAveragePooling1D(name="mean")(vectors)
    mean = layers.Dropout(dropout, name="mean_dropout")(mean)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(mean)
    return keras.Model(ids, probabilities, name=name)


def vision_transformer(
    *,
    side: int,
    patch: int,
    classes: int,
    input_name: str,
    blocks: int = 2,
    heads: int = 4,
    width: int = 64,
    dropout: float = 0.1,
    noise: float = 0.1,
    name: str = "vision_transformer",
) -> keras.Model:
    """A square picture to class probabilities: patches as tokens (Dosovitskiy et al., 2021) and the mean over them.

    Patches are counted row by row from the top left.

    Args:
        side: Pixels of a row and of a column.
        patch: Pixels of a patch's row and column, a divisor of `side`.
        classes: Number of classes.
        input_name: Name of the input.
        blocks: Number of transformer blocks.
        heads: Attention heads of a block.
        width: Size of a patch's vector; a whole multiple of `heads`.
        dropout: Share of the numbers that training leaves out after each part of a block.
        noise: Standard deviation of what training adds to every pixel.
        name: The model's name.

    Returns:
        An uncompiled model: float32 `[batch, side, side]` to `[batch, classes]`.
    """
    across = side // patch
    picture = keras.Input((side, side), name=input_name)
    noisy = layers.GaussianNoise(noise, name="noise")(picture)
    cut = layers.Reshape((across, patch, across, patch), name="cut")(noisy)
    cut = layers.Permute((1, 3, 2, 4), name="side_by_side")(cut)
    patches = layers.Reshape((across * across, patch * patch), name="patches")(cut)
    places = ops.cumsum(ops.ones_like(patches[:, :, 0], dtype="int32"), axis=1) - 1
    vectors = layers.Add(name="embedded")(
        [
            layers.Dense(width, name="embedding")(patches),
            layers.Embedding(across * across, width, name="places")(places),
        ]
    )
    for number in range(1, blocks + 1):
        vectors = transformer_block(vectors, number, heads=heads, width=width, dropout=dropout, causal=False)
    vectors = layers.LayerNormalization(name="normalization")(vectors)
    mean = layers.GlobalAveragePooling1D(name="mean")(vectors)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(mean)
    return keras.Model(picture, probabilities, name=name)


def embedded_tokens(ids: Any, *, tokens: int, maximum_length: int, width: int, deviation: float = 0.03) -> Any:
    """Vectors of tokens plus vectors of their places, masked at padding; `deviation` is that of their first numbers.

    Places are counted over real tokens, from 1, so that padding on either side changes nothing; at padding both ids are
    0. Both embeddings must carry the mask: `Add` drops the mask if one of its inputs has none.
    """
    real = ops.cast(ops.not_equal(ids, 0), "int32")
    places = ops.cumsum(real, axis=1) * real
    of_tokens, of_places = (
        layers.Embedding(count, width, keras.initializers.RandomNormal(stddev=deviation), mask_zero=True, name=name)
        for count, name in ((tokens, "embedding"), (maximum_length + 1, "places"))
    )
    return layers.Add(name="embedded")([of_tokens(ids), of_places(places)])


def transformer_block(vectors: Any, number: int, *, heads: int, width: int, dropout: float, causal: bool) -> Any:
    """One transformer block, normalised before each part (Xiong et al., 2020)."""
    normal = layers.LayerNormalization(name=f"attention_{number}_normalization")(vectors)
    attention = layers.MultiHeadAttention(heads, width // heads, dropout=0.0, name=f"attention_{number}")
    gathered = attention(normal, normal, **({"use_causal_mask": True} if causal else {}))
    gathered = layers.Dropout(dropout, name=f"attention_{number}_dropout")(gathered)
    # A layer, not `+`, which would lose the padding mask for all that follows.
    vectors = layers.Add(name=f"attention_{number}_added")([vectors, gathered])
    normal = layers.LayerNormalization(name=f"feed_forward_{number}_normalization")(vectors)
    hidden = layers.Dense(2 * width, activation="gelu", name=f"feed_forward_{number}_hidden")(normal)
    hidden = layers.Dense(width, name=f"feed_forward_{number}")(hidden)
    hidden = layers.Dropout(dropout, name=f"feed_forward_{number}_dropout")(hidden)
    return layers.Add(name=f"feed_forward_{number}_added")([vectors, hidden])
