"""Every attention layer of Keras, on every path that it takes, against its own scores or against NumPy."""

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


@pytest.fixture(params=[keras.config.enable_flash_attention, keras.config.disable_flash_attention])
def flash_attention(request):
    before = keras.config.is_flash_attention_enabled()
    request.param()
    yield
    (keras.config.disable_flash_attention if before is False else keras.config.enable_flash_attention)()


def _softmax(scores):
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _image(random, *shape):
    return random.normal(size=shape).astype("float32")


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("gate", [False, True])
def test_multi_head_attention_across_sequences_with_a_mask(features, dropout, causal, gate):
    query = keras.Input((None, WIDTH), name="query")
    value = keras.Input((None, WIDTH), name="value")
    allowed = keras.Input((None, None), dtype="bool", name="allowed")
    layer = layers.MultiHeadAttention(2, 3, value_dim=4, dropout=dropout, use_gate=gate, name="look")
    model = keras.Model([query, value, allowed], layer(query, value, attention_mask=allowed, use_causal_mask=causal))
    random = np.random.default_rng(3)
    mask = random.random((2, 4, 5)) < 0.6
    mask[..., 0] = True  # a row without a key is another test
    given = [_image(random, 2, 4, WIDTH), features, mask]
    capture = capture_attention(model, given, compare=True)
    output, scores = layer(
        given[0], features, attention_mask=mask, use_causal_mask=causal, return_attention_scores=True
    )
    assert [(one.name, one.query_axis, one.key_axis) for one in capture.maps] == [("look", "query", "value")]
    np.testing.assert_allclose(capture.maps[0].weights, scores, atol=1e-6)
    np.testing.assert_allclose(capture.outputs, output, atol=1e-6)
    expected = mask & np.tril(np.ones((4, 5), bool)) if causal else mask
    np.testing.assert_array_equal(capture.maps[0].mask, expected)
    assert capture.prediction_difference < 1e-6


def test_weights_are_those_before_dropout(features):
    """A layer that drops weights at inference too, as Monte Carlo dropout does."""
    inputs = keras.Input((None, WIDTH))
    layer = layers.MultiHeadAttention(2, 3, dropout=0.5, name="look")
    model = keras.Model(inputs, layer(inputs, inputs, training=True))
    capture = capture_attention(model, features)
    _, scores = layer(features, features, return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights, scores, atol=1e-6)
    np.testing.assert_allclose(capture.maps[0].weights.sum(-1), 1.0, atol=1e-5)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("causal", [False, True])
def test_group_query_attention_across_sequences(features, dropout, causal):
    query, value = keras.Input((None, WIDTH), name="query"), keras.Input((None, WIDTH), name="value")
    layer = layers.GroupQueryAttention(4, 6, 3, dropout=dropout, name="look")
    model = keras.Model([query, value], layer(query, value, use_causal_mask=causal))
    other = _image(np.random.default_rng(3), 2, 4, WIDTH)
    capture = capture_attention(model, [other, features])
    _, scores = layer(other, features, use_causal_mask=causal, return_attention_scores=True)
    assert capture.maps[0].weights.shape == (2, 6, 4, 5)
    np.testing.assert_allclose(capture.maps[0].weights, np.reshape(scores, (2, 6, 4, 5)), atol=1e-6)
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("query", "value")


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("kind", [layers.Attention, layers.AdditiveAttention])
def test_keras_attention_with_masks_across_sequences(features, kind, dropout):
    query, value = keras.Input((None, WIDTH), name="query"), keras.Input((None, WIDTH), name="value")
    layer = kind(dropout=dropout, name="look", **({"score_mode": "concat"} if kind is layers.Attention else {}))
    masked = layers.Masking()(value)
    model = keras.Model([query, value], layer([query, masked]))
    other, padded = _image(np.random.default_rng(3), 2, 4, WIDTH), features.copy()
    padded[1, 3:] = 0.0
    capture = capture_attention(model, [other, padded])
    real = (padded != 0).any(-1)
    _, scores = layer([other, padded, padded], mask=[None, real, None], return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], scores, atol=1e-6)
    np.testing.assert_array_equal(capture.maps[0].mask, np.broadcast_to(real[:, None, :], (2, 4, 5)))
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("query", "value")


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [((3, 4, WIDTH), (1, 2)), ((3, 4, WIDTH), None), ((2, 3, 4, WIDTH), (2, 3)), ((2, 3, 2, WIDTH), (1, 2, 3))],
    ids=["image", "all axes", "image of a video", "video"],
)
def test_attention_over_several_axes_lays_them_out_flat(shape, axes, dropout):
    inputs = keras.Input(shape, name="image")
    layer = layers.MultiHeadAttention(2, 3, attention_axes=axes, dropout=dropout, name="look")
    model = keras.Model(inputs, layer(inputs, inputs))
    image = _image(np.random.default_rng(7), 2, *shape)
    capture = capture_attention(model, image, compare=True)
    _, scores = layer(image, image, return_attention_scores=True)
    positions = int(np.prod(shape[:-1])) if axes is None else int(np.prod([shape[axis - 1] for axis in axes]))
    assert [one.name for one in capture.maps] == ["look"]
    expected = np.reshape(scores, (2, -1, positions, positions))
    np.testing.assert_allclose(capture.maps[0].weights, expected, atol=1e-6)
    np.testing.assert_allclose(capture.maps[0].weights.sum(-1), 1.0, atol=1e-5)
    assert capture.prediction_difference < 1e-6


def test_a_mask_over_several_axes():
    inputs, allowed = keras.Input((2, 3, WIDTH)), keras.Input((2, 3, 2, 3), dtype="bool")
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), name="look")
    model = keras.Model([inputs, allowed], layer(inputs, inputs, attention_mask=allowed))
    random = np.random.default_rng(7)
    image, mask = _image(random, 2, 2, 3, WIDTH), random.random((2, 2, 3, 2, 3)) < 0.7
    mask[..., 0, 0] = True
    capture = capture_attention(model, [image, mask])
    _, scores = layer(image, image, attention_mask=mask, return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights, np.reshape(scores, (2, 2, 6, 6)), atol=1e-6)
    np.testing.assert_array_equal(capture.maps[0].mask, mask.reshape(2, 6, 6))


def test_one_axis_of_an_image_is_attended_to_row_by_row():
    """Axial attention: the other axis is laid beside the heads."""
    inputs = keras.Input((3, 4, WIDTH))
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(2,), name="look")
    image = _image(np.random.default_rng(7), 2, 3, 4, WIDTH)
    capture = capture_attention(keras.Model(inputs, layer(inputs, inputs)), image)
    _, scores = layer(image, image, return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights, np.reshape(scores, (2, 6, 4, 4)), atol=1e-6)


class _Fused(layers.Layer):
    """`ops.dot_product_attention` on `[batch, length, heads, width]`; it keeps its weights to itself."""

    def __init__(self, key_heads, **options):
        super().__init__(name="look")
        self.key_heads, self.options = key_heads, options

    def call(self, inputs, bias=None, mask=None):
        query = ops.reshape(inputs, (-1, 5, 4, 2))
        key = query[:, :, : self.key_heads] * 0.5
        return ops.dot_product_attention(query, key, key, bias=bias, mask=mask, **self.options)

    def expected(self, features, bias=0.0, mask=True):
        query = features.reshape(-1, 5, 4, 2)
        key = np.repeat(query[:, :, : self.key_heads] * 0.5, 4 // self.key_heads, axis=2)
        scale = self.options.get("scale") or 1 / np.sqrt(2)
        scores = np.einsum("bqhd,bkhd->bhqk", query, key) * scale + bias
        causal = np.tril(np.ones((5, 5), bool)) if self.options.get("is_causal") else True
        return _softmax(np.where(causal & np.asarray(mask), scores, -1e30))


@pytest.mark.parametrize("key_heads", [4, 2], ids=["as many key heads", "grouped"])
@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.3}], ids=["plain", "causal", "scaled"])
def test_the_fused_path(features, options, key_heads):
    inputs = keras.Input((5, WIDTH), name="steps")
    layer = _Fused(key_heads, **options)
    capture = capture_attention(keras.Model(inputs, layer(inputs)), features, compare=True)
    np.testing.assert_allclose(capture.maps[0].weights, layer.expected(features), atol=1e-6)
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("steps", "steps")
    assert capture.prediction_difference < 1e-6


def test_the_fused_path_with_bias_and_mask(features):
    random = np.random.default_rng(3)
    bias, mask = _image(random, 2, 4, 5, 5), random.random((2, 1, 5, 5)) < 0.6
    mask[..., 0] = True
    inputs = keras.Input((5, WIDTH)), keras.Input((4, 5, 5)), keras.Input((1, 5, 5), dtype="bool")
    layer = _Fused(4)
    model = keras.Model(inputs, layer(inputs[0], bias=inputs[1], mask=inputs[2]))
    capture = capture_attention(model, [features, bias, mask])
    np.testing.assert_allclose(capture.maps[0].weights, layer.expected(features, bias, mask), atol=1e-6)
    np.testing.assert_array_equal(capture.maps[0].mask, mask[:, 0])


def test_flash_attention_may_be_enabled_or_disabled(features, flash_attention):
    """Keras keeps it for other backends; a layer that insists on it (`flash_attention=True`) cannot run on this one."""
    inputs = keras.Input((5, WIDTH), name="steps")
    heads, group = layers.MultiHeadAttention(2, 3, name="heads"), layers.GroupQueryAttention(4, 4, 2, name="group")
    fused = _Fused(4)
    model = keras.Model(inputs, [heads(inputs, inputs), group(inputs, inputs), fused(inputs)])
    capture = capture_attention(model, features, compare=True)
    captured = {one.name: one.weights for one in capture.maps}
    assert set(captured) == {"heads", "group", "look"}
    for layer in (heads, group):
        _, scores = layer(features, features, return_attention_scores=True)
        np.testing.assert_allclose(captured[layer.name], np.reshape(scores, captured[layer.name].shape), atol=1e-6)
    np.testing.assert_allclose(captured["look"], fused.expected(features), atol=1e-6)
    assert capture.prediction_difference < 1e-6


def test_soft_cap(features):
    """Keras has it in the fused path for TPUs only; elsewhere models cap their scores themselves, as Gemma does."""
    inputs = keras.Input((None, WIDTH))
    scores = ops.tanh(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1))) / 2.0) * 2.0
    capture = capture_attention(keras.Model(inputs, ops.matmul(ops.softmax(scores), inputs)), features)
    expected = _softmax(np.tanh(features @ features.transpose(0, 2, 1) / 2.0) * 2.0)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], expected, atol=1e-6)
