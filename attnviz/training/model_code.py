"""The model as Keras code to copy: running it builds what `trainable_models` builds. Free of Keras itself."""

import json
from collections.abc import Callable, Mapping

from attnviz.training.architecture_list import architecture_named
from attnviz.training.model_plan import ClassOutput, ModelPlan, NumberOutput, SeriesInput, TextInput
from attnviz.training.settings import TrainingSettings

_OWN_LAYERS = ("AttentionPooling", "SelfAttention")


def generated_code(architecture: str, settings: TrainingSettings, plan: ModelPlan | None = None) -> str:
    """Python code that builds the model, ready to be copied and run.

    Args:
        architecture: One of `ARCHITECTURES`.
        settings: How large it is, and its seed.
        plan: What it takes and gives, as a training found it; None for texts of two classes and a full vocabulary.

    Returns:
        A script that leaves the compiled model in `model`. With the plan of a training it has the same config, and
        the weights that this training began with.

    Raises:
        TrainingError: If there is no such architecture.
    """
    title = architecture_named(architecture).title
    if plan is None:
        plan = ModelPlan(
            name="trained", input=TextInput(words=settings.maximum_words + 2), output=ClassOutput(classes=2)
        )
    body, inputs = _BODIES[architecture](plan, settings)
    lines = [*body, *_head(plan, settings), "", f"model = keras.Model({inputs}, output, name={_text(plan.name)})"]
    code = "\n".join(lines)
    used = [name for name in _OWN_LAYERS if f"{name}(" in code]
    needs_ops = ", ops" if "ops." in code else ""
    return (
        f'"""{title}."""\n\n'
        f"import keras\nfrom keras import layers{needs_ops}\n\n"
        + (f"from attnviz.layers import {', '.join(used)}\n\n" if used else "")
        + f"keras.utils.set_random_seed({settings.seed})  # the same first weights, every time\n\n"
        f"{code}\n{_compiled(plan, settings)}"
    )


def _self_attention(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    lines, inputs = _read(plan, settings)
    return [
        *lines,
        "# Every position looks at every other one; what they gathered is averaged and weighed up.",
        f'gathered = SelfAttention({settings.units}, scale=True, name="attention")(vectors)',
        'vector = layers.GlobalAveragePooling1D(name="mean")(gathered)',
        f'vector = layers.Dense({settings.units}, activation="relu", name="hidden")(vector)',
    ], inputs


def _lstm_attention(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    lines, inputs = _read(plan, settings)
    return [
        *lines,
        "# Each state knows what came before it; then the states look at each other.",
        f'states = layers.LSTM({settings.units}, return_sequences=True, name="states")(vectors)',
        *_beside("vectors", "states", settings),
        f'gathered = SelfAttention({settings.units}, scale=True, name="attention")(states)',
        'vector = layers.GlobalAveragePooling1D(name="mean")(gathered)',
    ], inputs


def _bilstm_pooling(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    lines, inputs = _read(plan, settings)
    return [
        *lines,
        "# Each state knows what stands on both sides; attention gives each one weight (Yang et al., 2016).",
        f'states = layers.Bidirectional(layers.LSTM({settings.units}, return_sequences=True), name="states")(vectors)',
        *_beside("vectors", "states", settings),
        'vector = AttentionPooling(name="pooling")(states)',
    ], inputs


def _transformer(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    if isinstance(plan.input, TextInput):
        inputs = "tokens"
        places = settings.maximum_length + 1
        lines = [
            "# Ids of words: 0 is padding, 1 a word that is not in the vocabulary.",
            'tokens = keras.Input((None,), dtype="int32", name="tokens")',
            "",
            "# A vector for each word and one for its place, counted from 1 over what is no padding.",
            'real = ops.cast(ops.not_equal(tokens, 0), "int32")',
            "place = ops.cumsum(real, axis=1) * real",
            "small = [keras.initializers.RandomNormal(stddev=0.03) for _ in range(2)]",
            f"of_words = layers.Embedding({plan.input.words}, {settings.units}, small[0], mask_zero=True, "
            'name="embedding")',
            f'of_places = layers.Embedding({places}, {settings.units}, small[1], mask_zero=True, name="places")',
            'vectors = layers.Add(name="embedded")([of_words(tokens), of_places(place)])',
        ]
    else:
        inputs = "steps"
        lines = [
            *_series(plan.input),
            f'values = layers.Dense({settings.units}, name="embedding")(normalised)',
            'place = ops.cumsum(ops.ones_like(normalised[:, :, 0], dtype="int32"), axis=1) - 1',
            f'of_places = layers.Embedding({plan.input.length}, {settings.units}, name="places")',
            'vectors = layers.Add(name="embedded")([values, of_places(place)])',
        ]
    key_size = settings.units // settings.heads
    return [
        *lines,
        f'vectors = layers.Dropout({settings.dropout!r}, name="embedding_dropout")(vectors)',
        "",
        "# Blocks of attention and a feed-forward network, each normalised before it and added to what was there.",
        f"for number in range(1, {settings.blocks + 1}):",
        '    attended, fed = f"attention_{number}", f"feed_forward_{number}"',
        '    normal = layers.LayerNormalization(name=f"{attended}_normalization")(vectors)',
        f"    attention = layers.MultiHeadAttention({settings.heads}, {key_size}, dropout=0.0, name=attended)",
        "    gathered = attention(normal, normal)",
        f'    gathered = layers.Dropout({settings.dropout!r}, name=f"{{attended}}_dropout")(gathered)',
        '    vectors = layers.Add(name=f"{attended}_added")([vectors, gathered])',
        '    normal = layers.LayerNormalization(name=f"{fed}_normalization")(vectors)',
        f'    hidden = layers.Dense({2 * settings.units}, activation="gelu", name=f"{{fed}}_hidden")(normal)',
        f"    hidden = layers.Dense({settings.units}, name=fed)(hidden)",
        f'    hidden = layers.Dropout({settings.dropout!r}, name=f"{{fed}}_dropout")(hidden)',
        '    vectors = layers.Add(name=f"{fed}_added")([vectors, hidden])',
        "",
        "# One weight for each position: a single row shows what the prediction is made of.",
        'vectors = layers.LayerNormalization(name="normalization")(vectors)',
        'vector = AttentionPooling(name="pooling")(vectors)',
    ], inputs


def _hierarchical(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    words = plan.input.words if isinstance(plan.input, TextInput) else 0
    units, dropout = settings.units, f"{settings.dropout!r}"
    return [
        "# Ids of words in sentences: 0 is padding, 1 a word that is not in the vocabulary.",
        f'sentences = keras.Input(({settings.maximum_sentences}, {settings.maximum_length}), dtype="int32", '
        'name="sentences")',
        "",
        "# Words to sentences. To run over words, sentences are folded into the batch.",
        f"words = ops.reshape(sentences, (-1, {settings.maximum_length}))",
        f'vectors = layers.Embedding({words}, {settings.embedding}, mask_zero=True, name="embedding")(words)',
        f'vectors = layers.Dropout({dropout}, name="embedding_dropout")(vectors)',
        f'states = layers.Bidirectional(layers.LSTM({units}, return_sequences=True), name="word_states")(vectors)',
        *_beside("vectors", "word_states", settings),
        'pooled = AttentionPooling(name="word_attention")(states)',
        "",
        "# Sentences to the document. Where there is no sentence, its vector is 0.",
        f"rows = ops.reshape(pooled, (-1, {settings.maximum_sentences}, {settings.embedding + 2 * units}))",
        'rows = layers.Masking(name="real_sentences")(rows)',
        f'states = layers.Bidirectional(layers.LSTM({units}, return_sequences=True), name="sentence_states")(rows)',
        *_beside("rows", "sentence_states", settings),
        'vector = AttentionPooling(name="sentence_attention")(states)',
    ], "sentences"


_BODIES: Mapping[str, Callable[[ModelPlan, TrainingSettings], tuple[list[str], str]]] = {
    "self_attention": _self_attention,
    "lstm_attention": _lstm_attention,
    "bilstm_pooling": _bilstm_pooling,
    "transformer": _transformer,
    "hierarchical": _hierarchical,
}


def _read(plan: ModelPlan, settings: TrainingSettings) -> tuple[list[str], str]:
    if isinstance(plan.input, TextInput):
        inputs = "tokens"
        lines = [
            "# Ids of words: 0 is padding, 1 a word that is not in the vocabulary.",
            'tokens = keras.Input((None,), dtype="int32", name="tokens")',
            f"vectors = layers.Embedding({plan.input.words}, {settings.embedding}, mask_zero=True, "
            'name="embedding")(tokens)',
        ]
    else:
        inputs = "steps"
        lines = [*_series(plan.input), f'vectors = layers.Dense({settings.embedding}, name="embedding")(normalised)']
    return [*lines, f'vectors = layers.Dropout({settings.dropout!r}, name="embedding_dropout")(vectors)', ""], inputs


def _beside(vectors: str, name: str, settings: TrainingSettings) -> list[str]:
    return [
        f'states = layers.Dropout({settings.dropout!r}, name="{name}_dropout")(states)',
        "# With what stands at a place beside it, attention lies there, and not on a neighbour that remembers it.",
        f'states = layers.Concatenate(name="{name}_in_context")([{vectors}, states])',
    ]


def _series(taken: SeriesInput) -> list[str]:
    return [
        "# Mean and variance of each feature are those of the training part.",
        f'steps = keras.Input(({taken.length}, {taken.features}), name="steps")',
        f"means, variances = {list(taken.means)}, {list(taken.variances)}",
        'normalised = layers.Normalization(mean=means, variance=variances, name="normalised")(steps)',
    ]


def _head(plan: ModelPlan, settings: TrainingSettings) -> list[str]:
    dropped = ["", f'vector = layers.Dropout({settings.dropout!r}, name="last_dropout")(vector)']
    if isinstance(plan.output, ClassOutput):
        return [
            *dropped,
            f'output = layers.Dense({plan.output.classes}, activation="softmax", name="probabilities")(vector)',
        ]
    return [
        *dropped,
        "# The target with mean 0 and deviation 1, and then in its own unit.",
        'value = layers.Dense(1, name="standardised")(vector)',
        f'output = layers.Rescaling({plan.output.deviation!r}, offset={plan.output.mean!r}, name="prediction")(value)',
    ]


def _compiled(plan: ModelPlan, settings: TrainingSettings) -> str:
    adam = f"keras.optimizers.Adam({settings.learning_rate!r})"
    if isinstance(plan.output, NumberOutput):
        return f'model.compile({adam}, "mean_squared_error", metrics=["mean_absolute_error"])\n'
    return f'model.compile({adam}, "sparse_categorical_crossentropy", metrics=["accuracy"])\n'


def _text(name: str) -> str:
    return json.dumps(name, ensure_ascii=True)
