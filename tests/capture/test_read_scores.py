"""Queries and keys of every kind of layer, against the layers' own weights in NumPy, and what cannot be read."""

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy.special import softmax

from attnviz import capture_attention
from attnviz.capture.compiled import compiled_for
from attnviz.capture.inputs import read_inputs
from attnviz.capture.queries_and_keys import QueriesAndKeys, largest_difference
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.capture.score_outputs import Readable
from attnviz.errors import CaptureError, ShapeError, UnreadableScoresError
from attnviz.layers import AttentionLayer, AttentionPooling, SelfAttention

WIDTH = 8


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(11)


def _series(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


def _self_attention(layer: keras.Layer, *, length: int | None = None, **call: object) -> keras.Model:
    series = keras.Input((length, WIDTH), name="series")
    return keras.Model(series, layer(series, series, **call))


def _between(layer: keras.Layer) -> keras.Model:
    query, value = keras.Input((None, WIDTH), name="query"), keras.Input((None, WIDTH), name="value")
    return keras.Model([query, value], layer([query, value]))


def _projected(series: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """`[batch, heads, position, size]` of a kernel `[width, heads, size]`."""
    return np.einsum("btw,whs->bhts", series, kernel) + bias[None, :, None, :]


@pytest.mark.parametrize("dropout", [0.0, 0.3])  # the fused path and the one with scores of its own
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention(dropout: float, causal: bool):
    layer = layers.MultiHeadAttention(2, 4, dropout=dropout, name="look")
    model = _self_attention(layer, use_causal_mask=causal)
    series = _series(2, 5, WIDTH)
    read = capture_queries_and_keys(model, series, layer="look")
    query_kernel, query_bias, key_kernel, key_bias = layer.get_weights()[:4]
    queries, keys = _projected(series, query_kernel, query_bias), _projected(series, key_kernel, key_bias)
    assert (read.formula, read.name) == ("dot", "look")
    np.testing.assert_allclose(read.queries, queries, atol=1e-5)
    np.testing.assert_allclose(read.keys, keys, atol=1e-5)
    assert read.scale == pytest.approx(0.5)
    scores = np.einsum("bhqs,bhks->bhqk", queries, keys) / 2
    if causal:
        scores = np.where(np.tril(np.ones((5, 5), bool)), scores, -np.inf)
        np.testing.assert_array_equal(np.broadcast_to(read.mask, (2, 5, 5))[0], np.tril(np.ones((5, 5), bool)))
    else:
        assert read.mask is None
    np.testing.assert_allclose(capture_attention(model, series).maps[0].weights, softmax(scores, axis=-1), atol=1e-5)
    assert read.difference <= 1e-6
    assert read.key_heads(2) == 2


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_grouped_heads_say_which_keys_they_share(dropout: float):
    layer = layers.GroupQueryAttention(4, 6, 2, dropout=dropout, name="look")
    series = _series(2, 5, WIDTH)
    read = capture_queries_and_keys(_self_attention(layer), series, layer="look")
    key_kernel, key_bias = layer.get_weights()[2:4]
    keys = _projected(series, key_kernel, key_bias)
    np.testing.assert_allclose(read.keys, np.repeat(keys, 3, axis=1), atol=1e-5)
    assert read.queries.shape == (2, 6, 5, 4)
    assert read.key_heads(6) == 2


@pytest.mark.parametrize("learned", [False, True])
def test_dot_product_attention_of_keras(learned: bool):
    layer = layers.Attention(use_scale=learned, name="look")
    model = _between(layer)
    if learned:
        layer.set_weights([np.array(0.37, "float32")])
    query, value = _series(2, 4, WIDTH), _series(2, 6, WIDTH)
    read = capture_queries_and_keys(model, [query, value], layer="look")
    np.testing.assert_array_equal(read.queries[:, 0], query)
    np.testing.assert_array_equal(read.keys[:, 0], value)
    assert read.scale == pytest.approx(0.37 if learned else 1.0)
    _, own = layer([query, value], return_attention_scores=True)
    np.testing.assert_allclose(softmax(read.scores(1, 0), axis=-1), own[1], atol=1e-5)


@pytest.mark.parametrize("scaled", [False, True])
def test_additive_attention_has_a_formula_of_its_own(scaled: bool):
    layer = layers.AdditiveAttention(use_scale=scaled, name="look")
    model = _between(layer)
    query, value = _series(2, 4, WIDTH), _series(2, 6, WIDTH)
    read = capture_queries_and_keys(model, [query, value], layer="look")
    assert read.formula == "additive"
    if scaled:
        np.testing.assert_array_equal(read.component_scale, layer.get_weights()[0])
    else:
        assert read.component_scale is None
    weights = layer.get_weights()[0] if scaled else 1.0
    by_hand = (weights * np.tanh(query[1, 2] + value[1, 3])).sum()
    assert read.scores(1, 0)[2, 3] == pytest.approx(by_hand, abs=1e-5)
    _, own = layer([query, value], return_attention_scores=True)
    np.testing.assert_allclose(softmax(read.scores(1, 0), axis=-1), own[1], atol=1e-5)


def test_scores_of_concatenation_are_additive_with_a_scale_inside_and_one_outside():
    layer = layers.Attention(use_scale=True, score_mode="concat", name="look")
    model = _between(layer)
    layer.set_weights([np.array(0.7, "float32"), np.array(1.9, "float32")])
    query, value = _series(2, 4, WIDTH), _series(2, 6, WIDTH)
    read = capture_queries_and_keys(model, [query, value], layer="look")
    assert (read.formula, read.scale) == ("additive", pytest.approx(1.9))
    np.testing.assert_allclose(read.keys[:, 0], 0.7 * value, atol=1e-6)


@pytest.mark.parametrize("scale", [False, True])
def test_self_attention_with_padding(scale: bool):
    ids = keras.Input((None,), dtype="int32", name="ids")
    layer = SelfAttention(5, scale=scale, name="look")
    model = keras.Model(ids, layer(layers.Embedding(9, WIDTH, mask_zero=True)(ids)))
    read = capture_queries_and_keys(model, np.array([[3, 1, 4, 0], [5, 2, 0, 0]]), layer="look")
    embedded = model.layers[1].get_weights()[0][[5, 2, 0, 0]]
    np.testing.assert_allclose(read.queries[1, 0], embedded @ layer.get_weights()[0], atol=1e-6)
    np.testing.assert_allclose(read.keys[1, 0], embedded @ layer.get_weights()[1], atol=1e-6)
    assert read.scale == pytest.approx(1 / np.sqrt(5) if scale else 1)
    np.testing.assert_array_equal(read.mask[1], [[True, True, False, False]])


def test_attention_between_given_queries_keys_and_values():
    query, key = keras.Input((None, WIDTH), name="query"), keras.Input((None, WIDTH), name="key")
    model = keras.Model([query, key], AttentionLayer(scale=True, name="look")([query, key, key]))
    given = [_series(1, 3, WIDTH), _series(1, 4, WIDTH)]
    read = capture_queries_and_keys(model, given, layer="look")
    np.testing.assert_array_equal(read.queries[:, 0], given[0])
    assert read.scale == pytest.approx(1 / np.sqrt(WIDTH))


def test_pooling_compares_every_step_with_a_learned_query():
    series = keras.Input((None, WIDTH), name="series")
    layer = AttentionPooling(6, name="look")
    model = keras.Model(series, layer(series))
    given = _series(2, 5, WIDTH)
    read = capture_queries_and_keys(model, given, layer="look")
    kernel, bias, context = layer.get_weights()
    np.testing.assert_allclose(read.queries.ravel(), context.ravel())
    np.testing.assert_allclose(read.keys[:, 0], np.tanh(given @ kernel + bias), atol=1e-6)
    assert read.queries.shape == (1, 1, 1, 6)


def test_attention_written_out_with_dense_layers():
    state, values = keras.Input((4,), name="state"), keras.Input((7, WIDTH), name="values")
    ask, tell, weigh = layers.Dense(6), layers.Dense(6), layers.Dense(1)
    scores = weigh(ops.tanh(ops.expand_dims(ask(state), 1) + tell(values)))
    mixed = ops.sum(ops.softmax(scores, axis=1) * values, axis=1)
    model = keras.Model([state, values], mixed)
    given = [_series(2, 4), _series(2, 7, WIDTH)]
    name = capture_attention(model, given).maps[0].name
    read = capture_queries_and_keys(model, given, layer=name)
    assert read.formula == "additive"
    np.testing.assert_allclose(read.queries[:, 0, 0], ask(given[0]), atol=1e-6)
    np.testing.assert_allclose(read.keys[:, 0], tell(given[1]), atol=1e-6)
    np.testing.assert_allclose(read.component_scale, weigh.get_weights()[0][:, 0])


def test_what_is_added_to_the_scores_is_read_too():
    positions = np.arange(50, dtype="float32").reshape(1, 2, 5, 5) / 10
    series = keras.Input((5, 2, 4), name="series")
    model = keras.Model(series, ops.dot_product_attention(series, series, series, bias=ops.array(positions)))
    given = _series(3, 5, 2, 4)
    name = capture_attention(model, given).maps[0].name
    read = capture_queries_and_keys(model, given, layer=name)
    np.testing.assert_allclose(read.bias, positions, atol=1e-6)
    heads = given.transpose(0, 2, 1, 3)
    np.testing.assert_allclose(read.scores(2, 1), heads[2, 1] @ heads[2, 1].T / 2 + positions[0, 1], atol=1e-5)


class Scored(layers.Layer):
    """Attention whose scores go through a function before the softmax."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs):
        scores = ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1)))
        return ops.matmul(ops.softmax(self.function(scores)), inputs)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, inputs.dtype)


class Turned(layers.Layer):
    """Attention whose graph reads as one formula while its weights are changed after the softmax."""

    def call(self, inputs):
        weights = ops.softmax(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1))))
        normalised = weights * ops.cast(ops.triu(ops.ones((5, 5))) > 0, weights.dtype)
        return ops.matmul(normalised, inputs)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, inputs.dtype)


def test_scores_that_are_kept_within_a_cap():
    series = keras.Input((5, WIDTH), name="series")
    model = keras.Model(series, Scored(lambda scores: 5.0 * ops.tanh(scores / 2.0 / 5.0), name="capped")(series))
    given = 2 * _series(1, 5, WIDTH)
    read = capture_queries_and_keys(model, given, layer="capped")
    assert (read.cap, read.scale) == (pytest.approx(5), pytest.approx(0.5))
    scores = 5 * np.tanh(given[0] @ given[0].T / 10)
    np.testing.assert_allclose(read.scores(0, 0), scores, atol=1e-5)
    np.testing.assert_allclose(capture_attention(model, given).maps[0].weights[0, 0], softmax(scores, -1), atol=1e-5)


def test_what_cannot_be_read_says_why_and_which_layers_can():
    series = keras.Input((5, WIDTH), name="series")
    model = keras.Model(
        series, SelfAttention(name="open")(Scored(lambda scores: 9 * ops.sigmoid(scores), name="bent")(series))
    )
    with pytest.raises(UnreadableScoresError, match=r"^Layer 'bent' puts.* through sigmoid.*'open' can be read"):
        capture_queries_and_keys(model, _series(1, 5, WIDTH), layer="bent")
    assert capture_queries_and_keys(model, _series(1, 5, WIDTH), layer="open").size == WIDTH


def test_a_softmax_over_two_axes_cannot_be_read():
    image = keras.Input((3, 4, WIDTH), name="image")
    model = keras.Model(image, layers.MultiHeadAttention(2, 4, attention_axes=(1, 2), name="look")(image, image))
    with pytest.raises(UnreadableScoresError, match="several axes.*No other layer"):
        capture_queries_and_keys(model, _series(1, 3, 4, WIDTH), layer="look")


def test_a_formula_that_does_not_give_the_captured_weights_is_not_believed():
    series = keras.Input((5, WIDTH), name="series")
    model = keras.Model(series, Turned(name="turned")(series))
    given = _series(1, 5, WIDTH)
    rows = capture_attention(model, given).maps[0].weights.sum(axis=-1)
    assert rows.min() < 0.99  # its rows are no softmax's
    with pytest.raises(UnreadableScoresError, match="computed again .* differ by"):
        capture_queries_and_keys(model, given, layer="turned")


@pytest.mark.parametrize(
    "wrong",
    [
        {"queries": np.zeros((3, 2, 4, 5))},  # heads where the samples should be
        {"keys": np.zeros((1, 1, 5, 5))},
        {"bias": np.zeros((1, 1, 4, 3))},
        {"mask": np.ones((2, 1, 3), bool)},
    ],
)
def test_parts_of_other_sizes_are_not_those_of_the_weights(wrong: dict[str, np.ndarray]):
    parts = {"queries": np.zeros((2, 3, 4, 5)), "keys": np.zeros((2, 3, 4, 5))}
    weights = np.full((2, 3, 4, 4), 0.25)
    assert largest_difference(QueriesAndKeys(layer="look", formula="dot", **parts), weights) == 0
    assert largest_difference(QueriesAndKeys(layer="look", formula="dot", **parts | wrong), weights) == np.inf


def test_a_layer_that_does_not_exist_is_named_with_those_that_do():
    model = _self_attention(layers.MultiHeadAttention(2, 4, name="look"))
    with pytest.raises(CaptureError, match="'nothing'.*'look'"):
        capture_queries_and_keys(model, _series(1, 5, WIDTH), layer="nothing")


def test_the_second_call_of_a_layer_has_queries_of_its_own():
    series = keras.Input((None, WIDTH), name="series")
    layer = SelfAttention(name="look")
    model = keras.Model(series, layer(layer(series)))
    given = _series(1, 5, WIDTH)
    first = capture_queries_and_keys(model, given, layer="look")
    second = capture_queries_and_keys(model, given, layer="look (call 2)")
    assert (first.name, second.name) == ("look", "look (call 2)")
    assert np.abs(first.queries - second.queries).max() > 0.01


def test_reading_leaves_the_capture_as_it_was():
    model = _self_attention(layers.MultiHeadAttention(2, 4, name="look"))
    given = _series(1, 5, WIDTH)
    inputs = read_inputs(model, given)
    before, capture = compiled_for(model, inputs), capture_attention(model, given)
    capture_queries_and_keys(model, given, layer="look")
    assert compiled_for(model, inputs) is before
    assert (before.readable, compiled_for(model, inputs, scores=True).readable) == ((), (Readable(formula="dot"),))
    np.testing.assert_array_equal(capture.outputs, capture_attention(model, given).outputs)


def test_what_was_traced_for_reading_dies_with_its_model():
    model = _self_attention(layers.MultiHeadAttention(2, 4, name="look"))
    capture_queries_and_keys(model, _series(1, 5, WIDTH), layer="look")
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None


def test_sizes_of_queries_and_keys_that_differ_are_refused():
    with pytest.raises(ShapeError, match=r"'look'.*\(1, 1, 2, 3\) and \(1, 1, 2, 4\)"):
        QueriesAndKeys(layer="look", formula="dot", queries=np.zeros((1, 1, 2, 3)), keys=np.zeros((1, 1, 2, 4)))
