"""Recurrent models with attention that write one sequence while they look at another."""

import keras
from keras import layers

from attnviz.layers import AttentionLayerWithWeights


def translator(
    *,
    source_words: int,
    target_words: int,
    source_name: str = "source",
    target_name: str = "target",
    embedding: int = 192,
    units: int = 256,
    dropout: float = 0.2,
    name: str = "translator",
) -> keras.Model:
    """Token ids and what was written so far to logits of every next token: GRUs with attention between them.

    A bidirectional GRU reads the source (Bahdanau et al., 2015). The states of the decoder's GRU, which has read what
    was written so far, are the queries of dot-product attention with a learned matrix ("general") over the source, and
    both go on together (Luong et al., 2015, equations 5 to 8, without input feeding, so that teacher forcing trains
    all positions at once). The written tokens' vectors are also those that the logits are measured against (Press &
    Wolf, 2017).

    Args:
        source_words: Number of source ids, padding (0) and the unknown word included.
        target_words: Number of target ids, padding (0), the unknown word, start and end included.
        source_name: Name of the first input, and of the axis of the attention's keys.
        target_name: Name of the second input, and of the axis of the attention's queries.
        embedding: Size of a token's vector.
        units: Size of the decoder's state; the encoder's is half of it in each direction.
        dropout: Share of numbers that training leaves out, of the vectors and before the logits.
        name: The model's name.

    Returns:
        An uncompiled model: int32 ids `[batch, source]` and `[batch, target]`, 0 at padding, to `[batch, target,
        target_words]`, the logits of the token after each position of `target`.
    """
    source = keras.Input((None,), dtype="int32", name=source_name)
    target = keras.Input((None,), dtype="int32", name=target_name)
    read = layers.Embedding(source_words, embedding, mask_zero=True, name="source_embedding")(source)
    read = layers.Dropout(dropout, name="source_dropout")(read)
    encoder = layers.GRU(units // 2, return_sequences=True, return_state=True)
    states, forward, backward = layers.Bidirectional(encoder, name="encoder")(read)
    first = layers.Dense(units, activation="tanh", name="first_state")(layers.Concatenate()([forward, backward]))
    words = layers.ReversibleEmbedding(
        target_words,
        embedding,
        mask_zero=True,
        # Logits start near 0 only if the vectors that they are measured against are short.
        embeddings_initializer=keras.initializers.RandomNormal(stddev=embedding**-0.5),
        name="target_embedding",
    )
    written = layers.Dropout(dropout, name="target_dropout")(words(target))
    queries = layers.GRU(units, return_sequences=True, name="decoder")(written, initial_state=first)
    keys = layers.Dense(units, use_bias=False, name="key")(states)
    found, _ = AttentionLayerWithWeights(name="attention")([queries, keys, states])
    both = layers.Concatenate(name="state_and_found")([queries, found])
    both = layers.Dropout(dropout, name="both_dropout")(both)
    vector = layers.Dense(embedding, activation="tanh", name="attentional_vector")(both)
    vector = layers.Dropout(dropout, name="vector_dropout")(vector)
    logits = words(vector, reverse=True)
    return keras.Model([source, target], logits, name=name)


def transcriber(
    *,
    source_characters: int,
    target_characters: int,
    source_name: str = "source",
    target_name: str = "target",
    embedding: int = 32,
    units: int = 64,
    name: str = "transcriber",
) -> keras.Model:
    """Character ids and what was written so far to logits of every next character, with attention that can be trusted.

    Attention weights say where something was read only if the value at a place tells of that place. A recurrent
    encoder's states tell of the whole source, so its decoder may look anywhere. Here the *keys* come from a recurrent
    encoder, so that a character can be found by its surroundings, but the *values* know of a character and the one
    after it only, and the decoder starts from nothing: what it writes it must have looked at.

    Args:
        source_characters: Number of source ids, padding (0) and the unknown character included.
        target_characters: Number of target ids, padding (0), the unknown character, start and end included.
        source_name: Name of the first input, and of the axis of the attention's keys.
        target_name: Name of the second input, and of the axis of the attention's queries.
        embedding: Size of a character's vector.
        units: Size of the encoder's state in each direction, of the decoder's state and of keys and values.
        name: The model's name.

    Returns:
        An uncompiled model: int32 ids `[batch, source]` and `[batch, target]`, 0 at padding, to `[batch, target,
        target_characters]`, the logits of the character after each position of `target`.
    """
    source = keras.Input((None,), dtype="int32", name=source_name)
    target = keras.Input((None,), dtype="int32", name=target_name)
    read = layers.Embedding(source_characters, embedding, mask_zero=True, name="source_embedding")(source)
    states = layers.Bidirectional(layers.GRU(units, return_sequences=True), name="surroundings")(read)
    keys = layers.Dense(units, name="key")(states)
    # One more padding, so that the last character has the same neighbour whatever stands beside it in the batch.
    longer = layers.ZeroPadding1D((0, 1), name="one_after")(layers.Reshape((-1, 1), name="as_features")(source))
    pairs = layers.Embedding(source_characters, embedding, name="value_embedding")(
        layers.Flatten(name="as_ids")(longer)
    )
    values = layers.Conv1D(units, 2, activation="relu", name="with_right_neighbour")(pairs)
    written = layers.Embedding(target_characters, embedding, mask_zero=True, name="target_embedding")(target)
    queries = layers.GRU(units, return_sequences=True, name="decoder")(written)
    found, _ = AttentionLayerWithWeights(scale=True, name="attention")([queries, keys, values])
    both = layers.Concatenate(name="state_and_found")([queries, found])
    hidden = layers.Dense(2 * units, activation="relu", name="hidden")(both)
    logits = layers.Dense(target_characters, name="logits")(hidden)
    return keras.Model([source, target], logits, name=name)
