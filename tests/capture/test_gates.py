"""What is attention is listed with its weights; gates, routers and mixtures, which also mix with a softmax, are not."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import capture_attention

WIDTH = 8


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, WIDTH)).astype("float32")


class _ExpertKernels(layers.Layer):
    """Three experts with one kernel each, side by side in one variable."""

    def build(self, shape):
        self.kernels = self.add_weight(shape=(3, shape[-1], 4), name="kernels")

    def call(self, inputs):
        return ops.einsum("btd,edf->btef", inputs, self.kernels)


class _Memory(layers.Layer):
    """Six trained slots, read by how alike they are to the input."""

    def build(self, shape):
        self.slots = self.add_weight(shape=(6, shape[-1]), name="slots")

    def call(self, inputs):
        return ops.matmul(ops.softmax(ops.matmul(inputs, ops.transpose(self.slots))), self.slots)


def _stacked_experts(x):
    experts = ops.stack([layers.Dense(4, name=f"expert_{number}")(x) for number in range(3)], axis=2)
    return ops.sum(layers.Dense(3, activation="softmax", name="router")(x)[..., None] * experts, axis=2)


def _concatenated_experts(x):
    experts = [layers.Reshape((-1, 1, 4))(layers.Dense(4)(x)) for _ in range(3)]
    gate = layers.Dense(3, activation="softmax", name="router")(x)
    return ops.einsum("bte,btef->btf", gate, ops.concatenate(experts, axis=2))


def _expert_kernels(x):
    gate = layers.Dense(3, activation="softmax", name="router")(x)
    return ops.einsum("bte,btef->btf", gate, _ExpertKernels()(x))


def _experts_by_matrix_product(x):
    gate = ops.softmax(layers.Dense(3)(x))
    return ops.matmul(gate[:, :, None, :], _ExpertKernels()(x))[:, :, 0]


def _one_dense_for_all_experts(x):
    experts = layers.Reshape((-1, 3, 4))(layers.Dense(12)(x))
    return ops.sum(ops.expand_dims(ops.softmax(layers.Dense(3)(x)), -1) * experts, axis=-2)


def _best_two_experts(x):
    weights, chosen = ops.top_k(ops.softmax(layers.Dense(3)(x)), 2)
    full = ops.sum(ops.one_hot(chosen, 3) * (weights / ops.sum(weights, -1, keepdims=True))[..., None], axis=-2)
    return ops.einsum("bte,btef->btf", full, _ExpertKernels()(x))


def _best_two_experts_of_gpt_oss(x):
    """Softmax comes after the choice here."""
    logits, chosen = ops.top_k(layers.Dense(3)(x), 2)
    full = ops.sum(ops.one_hot(chosen, 3) * ops.softmax(logits)[..., None], axis=-2)
    return ops.sum(_ExpertKernels()(x) * full[..., None], axis=-2)


def _experts_of_whole_sequences(x):
    pooled = layers.GlobalAveragePooling1D()(x)
    experts = ops.stack([layers.GRU(4)(x), layers.LSTM(4)(x), layers.Dense(4)(pooled)], axis=1)
    return layers.Dot(axes=1)([layers.Dense(3, activation="softmax")(pooled), experts])


def _selective_kernel(x):
    branches = [layers.Conv1D(WIDTH, size, padding="same")(x) for size in (1, 3)]
    squeezed = layers.Dense(4, activation="relu")(layers.GlobalAveragePooling1D()(layers.Add()(branches)))
    gate = ops.softmax(ops.stack([layers.Dense(WIDTH)(squeezed) for _ in branches], axis=1), axis=1)
    return ops.sum(ops.stack(branches, axis=1) * gate[:, :, None, :], axis=1)


def _variable_selection(x):
    """As in the temporal fusion transformer: a weight for each variable, each with a network of its own."""
    processed = ops.stack([layers.Dense(4)(x[..., number : number + 1]) for number in range(3)], axis=-2)
    return ops.sum(processed * ops.softmax(layers.Dense(3)(x))[..., None], axis=-2)


def _squeeze_and_excitation(x):
    image = layers.Conv1D(6, 3, padding="same")(x)
    gate = layers.Dense(6, activation="softmax")(layers.GlobalAveragePooling1D()(image))
    return layers.GlobalAveragePooling1D()(layers.Multiply()([image, layers.Reshape((1, 6))(gate)]))


def _channels_summed(x):
    channels = layers.Dense(6)(x)
    return ops.sum(channels * ops.softmax(layers.Dense(6)(x)), axis=-1)


def _mixture_density(x):
    means = layers.Reshape((-1, 3, 2))(layers.Dense(6)(x))
    return ops.einsum("btk,btko->bto", ops.softmax(layers.Dense(3)(x)), means)


def _expected_rating(x):
    return ops.sum(layers.Dense(5, activation="softmax")(x) * ops.arange(1.0, 6.0), axis=-1)


def _log_likelihood(x):
    logits = layers.Dense(5)(x)
    return ops.sum(ops.softmax(logits) * ops.log_softmax(logits), axis=-1)


def _scores_weighing_themselves(x):
    logits = layers.Dense(5)(x)
    return ops.sum(ops.softmax(logits) * logits, axis=-1)


GATES = [
    _stacked_experts,
    _concatenated_experts,
    _expert_kernels,
    _experts_by_matrix_product,
    _one_dense_for_all_experts,
    _best_two_experts,
    _best_two_experts_of_gpt_oss,
    _experts_of_whole_sequences,
    _selective_kernel,
    _variable_selection,
    _squeeze_and_excitation,
    _channels_summed,
    _mixture_density,
    lambda x: _Memory()(x),
    _expected_rating,
    _log_likelihood,
    _scores_weighing_themselves,
]


@pytest.mark.parametrize("length", [None, 5], ids=["free length", "fixed length"])
@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__.strip("_"))
def test_gates_routers_and_mixtures_are_not_listed(features, gate, length):
    inputs = keras.Input((length, WIDTH))
    model = keras.Model(inputs, gate(inputs))
    assert capture_attention(model, features).maps == ()


def test_a_router_beside_attention_is_left_out(features):
    inputs = keras.Input((None, WIDTH))
    attended = layers.MultiHeadAttention(2, 4, name="look")(inputs, inputs)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(_stacked_experts(attended)))
    assert [one.name for one in capture_attention(model, features).maps] == ["look"]


def _dot_product(x):
    weights = ops.softmax(ops.matmul(layers.Dense(4)(x), ops.transpose(layers.Dense(4)(x), (0, 2, 1))))
    return ops.matmul(weights, x), weights


def _pooling(x):
    weights = ops.softmax(layers.Dense(1)(x), axis=1)
    return ops.sum(weights * x, axis=1), weights[..., 0]


def _pooling_by_a_learned_query(x):
    weights = ops.softmax(layers.Dense(1, use_bias=False)(ops.tanh(layers.Dense(4)(x)))[..., 0])
    return ops.einsum("bt,btd->bd", weights, x), weights


def _pooling_over_steps_of_a_recurrent_layer(x):
    steps = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    weights = ops.softmax(layers.Dense(1)(steps), axis=1)
    return ops.sum(steps * weights, axis=1), weights[..., 0]


def _pooling_over_an_unrolled_recurrent_layer(x):
    steps = layers.GRU(3, return_sequences=True, unroll=True)(x)
    weights = layers.Dense(5, activation="softmax")(layers.Flatten()(x))
    return ops.einsum("bt,btd->bd", weights, steps), weights


def _location_based(x):
    """Scores of positions from a kernel's columns (Luong et al., 2015)."""
    weights = layers.Dense(5, activation="softmax")(layers.LSTM(3)(x))
    return layers.Dot(axes=1)([weights, x]), weights


def _additive(x):
    compared = ops.tanh(layers.Dense(4)(x)[:, :, None] + layers.Dense(4)(x)[:, None])
    weights = ops.softmax(ops.sum(compared * ops.arange(4.0), axis=-1))
    return ops.sum(weights[..., None] * x[:, None], axis=2), weights


def _over_stacked_features(x):
    """As the TabTransformer does: every feature has an embedding of its own, then they look at each other."""
    tokens = ops.stack([layers.Dense(4)(x[:, 0, number : number + 1]) for number in range(5)], axis=1)
    weights = ops.softmax(ops.matmul(tokens, ops.transpose(tokens, (0, 2, 1))))
    return ops.matmul(weights, tokens), weights


def _pooling_over_stacked_features(x):
    tokens = ops.stack([layers.Dense(4)(x[:, 0, number : number + 1]) for number in range(5)], axis=1)
    weights = ops.softmax(layers.Dense(1)(ops.tanh(layers.Dense(3)(tokens))), axis=1)
    return ops.sum(weights * tokens, axis=1), weights[..., 0]


def _pooling_over_a_generated_sequence(x):
    """A dense layer makes five vectors of one, as decoders do; they are pooled by a score for each."""
    made = layers.Reshape((5, 3))(layers.Dense(15)(x[:, 0]))
    weights = ops.softmax(layers.Dense(1)(ops.tanh(made)), axis=1)
    return ops.sum(weights * made, axis=1), weights[..., 0]


class _LearnedQueries(layers.Layer):
    """Five learned queries look at the sequence; what they found is pooled."""

    def build(self, shape):
        self.queries = self.add_weight(shape=(5, shape[-1]), name="queries")
        self.scores = layers.Dense(1)

    def call(self, inputs):
        looked = ops.softmax(ops.matmul(self.queries[None], ops.transpose(inputs, (0, 2, 1))))
        found = self.queries + ops.matmul(looked, inputs)
        weights = ops.softmax(self.scores(found), axis=1)
        return ops.sum(weights * found, axis=1), looked, weights[..., 0]


ATTENTION = [
    _dot_product,
    _pooling,
    _pooling_by_a_learned_query,
    _pooling_over_steps_of_a_recurrent_layer,
    _pooling_over_an_unrolled_recurrent_layer,
    _location_based,
    _additive,
    _over_stacked_features,
    _pooling_over_stacked_features,
    _pooling_over_a_generated_sequence,
    lambda x: _LearnedQueries()(x),
]


@pytest.mark.parametrize("attention", ATTENTION, ids=lambda one: one.__name__.strip("_"))
def test_attention_is_listed_with_the_weights_that_the_model_gives_itself(features, attention):
    inputs = keras.Input((5, WIDTH))
    model = keras.Model(inputs, attention(inputs))
    capture = capture_attention(model, features)
    _, *expected = capture.outputs
    assert len(capture.maps) == len(expected)
    for captured, weights in zip(capture.maps, expected, strict=True):
        weights = weights[:, None] if weights.ndim == 2 else weights
        np.testing.assert_allclose(captured.weights[:, 0], weights, atol=1e-6)
