"""The models that attnviz trains on a person's data, layer by layer. `model_code` writes the same as code to copy."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import layers, ops

from attnviz.errors import TrainingError
from attnviz.layers import AttentionPooling, SelfAttention
from attnviz.training.architecture_list import SERIES, TEXT, architecture_named
from attnviz.training.model_plan import ClassOutput, ModelPlan, SeriesInput, TextInput
from attnviz.training.settings import TrainingSettings
from attnviz.training.specifications import SENTENCES, STEPS, TOKENS
from attnviz.training.transformers import embedded_tokens, transformer_block

STANDARDISED = "standardised"
"""The layer of a regression that gives the target with mean 0 and deviation 1, which training compares."""


def build_model(architecture: str, plan: ModelPlan, settings: TrainingSettings) -> keras.Model:
    """A model with the first weights that Keras draws; call `keras.utils.set_random_seed` before it.

    Args:
        architecture: One of `ARCHITECTURES`.
        plan: What the model takes and gives.
        settings: How large it is.

    Returns:
        An uncompiled model: int32 ids `[batch, tokens]` (`[batch, sentences, tokens]` for a hierarchical one), 0 at
        padding, or float32 `[batch, steps, features]`, to probabilities `[batch, classes]` or numbers `[batch, 1]` in
        the unit of the target.

    Raises:
        TrainingError: If there is no such architecture, or it does not take what the plan says.
    """
    chosen = architecture_named(architecture)
    kind = TEXT if isinstance(plan.input, TextInput) else SERIES
    if kind not in chosen.inputs:
        raise TrainingError(
            f"{chosen.title} reads {' or '.join(chosen.inputs)}. Received: {kind}. Choose another architecture."
        )
    inputs, vector = _BODIES[architecture](plan, settings)
    return keras.Model(inputs, _output(vector, plan, settings), name=plan.name)


def _self_attention(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    inputs, vectors = _read(plan, settings)
    gathered = SelfAttention(settings.units, scale=True, name="attention")(vectors)
    mean = layers.GlobalAveragePooling1D(name="mean")(gathered)
    # Without it the prediction would be a sum over words, and `not` could turn none of them round.
    return inputs, layers.Dense(settings.units, activation="relu", name="hidden")(mean)


def _lstm_attention(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    inputs, vectors = _read(plan, settings)
    states = layers.LSTM(settings.units, return_sequences=True, name="states")(vectors)
    states = _beside(vectors, states, settings, "states")
    gathered = SelfAttention(settings.units, scale=True, name="attention")(states)
    return inputs, layers.GlobalAveragePooling1D(name="mean")(gathered)


def _bilstm_pooling(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    inputs, vectors = _read(plan, settings)
    states = layers.Bidirectional(layers.LSTM(settings.units, return_sequences=True), name="states")(vectors)
    return inputs, AttentionPooling(name="pooling")(_beside(vectors, states, settings, "states"))


def _transformer(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    width = settings.units
    if isinstance(plan.input, TextInput):
        inputs = keras.Input((None,), dtype="int32", name=TOKENS)
        vectors = embedded_tokens(inputs, tokens=plan.input.words, maximum_length=settings.maximum_length, width=width)
    else:
        inputs, normalised = _series(plan.input)
        values = layers.Dense(width, name="embedding")(normalised)
        places = ops.cumsum(ops.ones_like(normalised[:, :, 0], dtype="int32"), axis=1) - 1
        vectors = layers.Add(name="embedded")(
            [values, layers.Embedding(plan.input.length, width, name="places")(places)]
        )
    vectors = layers.Dropout(settings.dropout, name="embedding_dropout")(vectors)
    for number in range(1, settings.blocks + 1):
        vectors = transformer_block(
            vectors, number, heads=settings.heads, width=width, dropout=settings.dropout, causal=False
        )
    vectors = layers.LayerNormalization(name="normalization")(vectors)
    return inputs, AttentionPooling(name="pooling")(vectors)


def _hierarchical(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    ids = _ids(plan)
    sentences, length, units = settings.maximum_sentences, settings.maximum_length, settings.units
    inputs = keras.Input((sentences, length), dtype="int32", name=SENTENCES)
    # To run over words, sentences are folded into the batch.
    words = ops.reshape(inputs, (-1, length))
    vectors = layers.Embedding(ids, settings.embedding, mask_zero=True, name="embedding")(words)
    vectors = layers.Dropout(settings.dropout, name="embedding_dropout")(vectors)
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="word_states")(vectors)
    pooled = AttentionPooling(name="word_attention")(_beside(vectors, states, settings, "word_states"))
    # Where there is no sentence, nothing was pooled and its vector is 0.
    rows = layers.Masking(name="real_sentences")(ops.reshape(pooled, (-1, sentences, settings.embedding + 2 * units)))
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="sentence_states")(rows)
    states = _beside(rows, states, settings, "sentence_states")
    return inputs, AttentionPooling(name="sentence_attention")(states)


_BODIES: Mapping[str, Callable[[ModelPlan, TrainingSettings], tuple[Any, Any]]] = {
    "self_attention": _self_attention,
    "lstm_attention": _lstm_attention,
    "bilstm_pooling": _bilstm_pooling,
    "transformer": _transformer,
    "hierarchical": _hierarchical,
}


def _ids(plan: ModelPlan) -> int:
    if not isinstance(plan.input, TextInput):
        raise AssertionError("`build_model` looks at what the architecture reads")
    return plan.input.words


def _read(plan: ModelPlan, settings: TrainingSettings) -> tuple[Any, Any]:
    """The model's input, and a vector for each of its words or steps."""
    if isinstance(plan.input, TextInput):
        inputs = keras.Input((None,), dtype="int32", name=TOKENS)
        vectors = layers.Embedding(plan.input.words, settings.embedding, mask_zero=True, name="embedding")(inputs)
    else:
        inputs, normalised = _series(plan.input)
        vectors = layers.Dense(settings.embedding, name="embedding")(normalised)
    return inputs, layers.Dropout(settings.dropout, name="embedding_dropout")(vectors)


def _beside(vectors: Any, states: Any, settings: TrainingSettings, name: str) -> Any:
    """What stands at a place beside what the network remembers there.

    A state alone knows of its neighbours too, and attention may then lie anywhere near the word that decides. With the
    word's own vector beside it, the shortest way to the prediction begins at the word itself.
    """
    states = layers.Dropout(settings.dropout, name=f"{name}_dropout")(states)
    return layers.Concatenate(name=f"{name}_in_context")([vectors, states])


def _series(taken: SeriesInput) -> tuple[Any, Any]:
    inputs = keras.Input((taken.length, taken.features), name=STEPS)
    normalised = layers.Normalization(mean=list(taken.means), variance=list(taken.variances), name="normalised")(inputs)
    return inputs, normalised


def _output(vector: Any, plan: ModelPlan, settings: TrainingSettings) -> Any:
    vector = layers.Dropout(settings.dropout, name="last_dropout")(vector)
    if isinstance(plan.output, ClassOutput):
        return layers.Dense(plan.output.classes, activation="softmax", name="probabilities")(vector)
    value = layers.Dense(1, name=STANDARDISED)(vector)
    return layers.Rescaling(plan.output.deviation, offset=plan.output.mean, name="prediction")(value)
