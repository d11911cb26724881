"""The recurrent models with attention that the sample models are made of."""

import keras
from keras import layers, ops

from attnviz.layers import AttentionLayerWithWeights, AttentionPooling, SelfAttention


def text_classifier(
    *,
    words: int,
    classes: int,
    embedding: int = 64,
    units: int = 32,
    dropout: float = 0.5,
    name: str = "text_classifier",
) -> keras.Model:
    """Word ids to class probabilities: embedding, bidirectional LSTM, dot-product attention, attention pooling.

    The hidden states give query, key and value (Luong et al., 2015), and what each word gathered is pooled (Yang et
    al., 2016). There is no way round the attention: what it leaves out does not reach the prediction.

    Args:
        words: Number of ids, padding (0) and the unknown word (1) included.
        classes: Number of classes.
        embedding: Size of a word's vector.
        units: Size of the LSTM's state in each direction, and of query and key.
        dropout: Share of the embedding's and of the hidden states' numbers that training leaves out.
        name: The model's name.

    Returns:
        An uncompiled model: int32 `[batch, length]` ids, named `tokens`, 0 at padding, to `[batch, classes]`.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    vectors = layers.Embedding(words, embedding, mask_zero=True, name="embedding")(tokens)
    vectors = layers.Dropout(dropout, name="embedding_dropout")(vectors)
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="states")(vectors)
    states = layers.Dropout(dropout, name="states_dropout")(states)
    query = layers.Dense(units, name="query")(states)
    key = layers.Dense(units, name="key")(states)
    value = layers.Dense(2 * units, name="value")(states)
    gathered, _ = AttentionLayerWithWeights(name="attention")([query, key, value])
    pooled = AttentionPooling(name="pooling")(gathered)
    pooled = layers.Dropout(dropout, name="pooling_dropout")(pooled)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(pooled)
    return keras.Model(tokens, probabilities, name=name)


def pooled_text_classifier(
    *,
    words: int,
    classes: int,
    embedding: int = 48,
    units: int = 32,
    dropout: float = 0.3,
    name: str = "pooled_text_classifier",
) -> keras.Model:
    """Word ids to class probabilities: embedding, bidirectional LSTM, attention pooling (Yang et al., 2016).

    One weight a word, and all that the prediction sees is the weighted mean.

    Args:
        words: Number of ids, padding (0) and the unknown word (1) included.
        classes: Number of classes.
        embedding: Size of a word's vector.
        units: Size of the LSTM's state in each direction.
        dropout: Share of the numbers that training leaves out, of the embedding, the hidden states and their mean.
        name: The model's name.

    Returns:
        An uncompiled model: int32 `[batch, length]` ids, named `tokens`, 0 at padding, to `[batch, classes]`.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    vectors = layers.Embedding(words, embedding, mask_zero=True, name="embedding")(tokens)
    vectors = layers.Dropout(dropout, name="embedding_dropout")(vectors)
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="states")(vectors)
    states = layers.Dropout(dropout, name="states_dropout")(states)
    pooled = AttentionPooling(name="pooling")(states)
    pooled = layers.Dropout(dropout, name="pooling_dropout")(pooled)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(pooled)
    return keras.Model(tokens, probabilities, name=name)


def series_classifier(
    *,
    length: int | None,
    features: int,
    classes: int,
    input_name: str,
    units: int = 96,
    noise: float = 0.2,
    dropout: float = 0.3,
    name: str = "series_classifier",
) -> keras.Model:
    """A series of numbers to class probabilities: LSTM, self-attention, attention pooling.

    What each step gathered is added to its own state (as in Vaswani et al., 2017) before the pooling.

    Args:
        length: Number of steps; None where it differs.
        features: Numbers of one step.
        classes: Number of classes.
        input_name: Name of the input, and of the axis that attention runs over.
        units: Size of the LSTM's state and of the self-attention.
        noise: Standard deviation of what training adds to every number of the input.
        dropout: Share of the hidden states' numbers that training leaves out.
        name: The model's name.

    Returns:
        An uncompiled model: float32 `[batch, length, features]` to `[batch, classes]`.
    """
    steps = keras.Input((length, features), name=input_name)
    noisy = layers.GaussianNoise(noise, name="noise")(steps)
    states = layers.LSTM(units, return_sequences=True, name="states")(noisy)
    states = layers.Dropout(dropout, name="states_dropout")(states)
    gathered = SelfAttention(units, scale=True, name="attention")(states)
    in_context = layers.Add(name="in_context")([states, gathered])
    pooled = AttentionPooling(name="pooling")(in_context)
    pooled = layers.Dropout(dropout, name="pooling_dropout")(pooled)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(pooled)
    return keras.Model(steps, probabilities, name=name)


def series_forecaster(
    *,
    length: int | None,
    features: int,
    input_name: str,
    target_scale: float = 1.0,
    units: int = 24,
    kernel: int = 9,
    noise: float = 0.05,
    dropout: float = 0.1,
    name: str = "series_forecaster",
) -> keras.Model:
    """A series of numbers to the next one: causal convolution, and attention of the last step to all steps.

    What the last step gathers stands beside its own state, so that the model may also look back without attention, as
    far as the convolution reaches.

    Args:
        length: Number of steps; None where it differs.
        features: Numbers of one step.
        input_name: Name of the input, and of the axis that attention runs over.
        target_scale: What the output is multiplied by, so that it comes in the unit of the target.
        units: Size of a step's state, of query and key.
        kernel: Steps that a state sees: its own and those before it.
        noise: Standard deviation of what training adds to every number of the input.
        dropout: Share of the states' numbers that training leaves out.
        name: The model's name.

    Returns:
        An uncompiled model: float32 `[batch, length, features]` to `[batch, 1]`.
    """
    steps = keras.Input((length, features), name=input_name)
    noisy = layers.GaussianNoise(noise, name="noise")(steps)
    states = layers.Conv1D(units, kernel, padding="causal", activation="tanh", name="states")(noisy)
    states = layers.Dropout(dropout, name="states_dropout")(states)
    last = states[:, -1:]
    query = layers.Dense(units, name="query")(last)
    key = layers.Dense(units, name="key")(states)
    gathered, _ = AttentionLayerWithWeights(scale=True, name="attention")([query, key, states])
    joined = layers.Concatenate(name="joined")([gathered, last])
    value = layers.Dense(1, name="value")(layers.Flatten(name="features")(joined))
    return keras.Model(steps, layers.Rescaling(target_scale, name="prediction")(value), name=name)


def document_classifier(
    *,
    words: int,
    classes: int,
    sentences: int,
    length: int,
    embedding: int = 64,
    units: int = 32,
    dropout: float = 0.4,
    name: str = "document_classifier",
) -> keras.Model:
    """Word ids of sentences to class probabilities: hierarchical attention (Yang et al., 2016).

    Words are read by a bidirectional LSTM and pooled to sentences by attention, sentences by another one to the
    document. To run over words, sentences are folded into the batch.

    Args:
        words: Number of ids, padding (0) and the unknown word (1) included.
        classes: Number of classes.
        sentences: Number of sentences, padding included.
        length: Words of a sentence, padding included.
        embedding: Size of a word's vector.
        units: Size of the LSTMs' states in each direction.
        dropout: Share of the numbers that training leaves out, of the embedding, the states and the document.
        name: The model's name.

    Returns:
        An uncompiled model: int32 `[batch, sentences, length]` ids, named `sentences`, 0 at padding, to
        `[batch, classes]`.
    """
    document = keras.Input((sentences, length), dtype="int32", name="sentences")
    vectors = layers.Embedding(words, embedding, mask_zero=True, name="embedding")(ops.reshape(document, (-1, length)))
    vectors = layers.Dropout(dropout, name="embedding_dropout")(vectors)
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="word_states")(vectors)
    states = layers.Dropout(dropout, name="word_states_dropout")(states)
    pooled = AttentionPooling(name="word_attention")(states)
    # Where there is no sentence, nothing was pooled and its vector is 0.
    rows = layers.Masking(name="real_sentences")(ops.reshape(pooled, (-1, sentences, 2 * units)))
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="sentence_states")(rows)
    states = layers.Dropout(dropout, name="sentence_states_dropout")(states)
    whole = AttentionPooling(name="sentence_attention")(states)
    whole = layers.Dropout(dropout, name="document_dropout")(whole)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(whole)
    return keras.Model(document, probabilities, name=name)
