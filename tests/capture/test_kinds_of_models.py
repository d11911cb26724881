"""Every way to put a model together, to store its numbers and to run it."""

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


def _check(captured, layer, query, value=None, tolerance=1e-6):
    _, scores = layer(query, query if value is None else value, return_attention_scores=True)
    np.testing.assert_allclose(captured.weights, np.asarray(ops.cast(scores, "float32")), atol=tolerance)


class TwoSequences(keras.Model):
    """Takes a dict, a list or a tuple, and gives a dict."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.cross = layers.MultiHeadAttention(2, 3, name="cross")

    def call(self, inputs):
        first, second = (inputs["first"], inputs["second"]) if self.kind is dict else inputs
        return {"attended": self.cross(first, second), "length": ops.sum(ops.ones_like(second[..., 0]), axis=1)}


@pytest.mark.parametrize("kind", [dict, list, tuple])
def test_subclassed_models_take_inputs_in_any_package(features, kind):
    model = TwoSequences(kind)
    second = features[:, :3] * 0.5
    given = {"first": features, "second": second} if kind is dict else kind([features, second])
    capture = capture_attention(model, given)
    _check(capture.maps[0], model.cross, features, second)
    names = ("first", "second") if kind is dict else ("input", "input 2")
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == names
    np.testing.assert_array_equal(capture.outputs["length"], [3.0, 3.0])


@pytest.mark.parametrize("kind", [dict, list, tuple])
def test_functional_models_take_inputs_in_any_package(features, kind):
    first, second = keras.Input((None, WIDTH), name="first"), keras.Input((None, WIDTH), name="second")
    cross, own = layers.MultiHeadAttention(2, 3, name="cross"), layers.MultiHeadAttention(1, 2, name="own")
    inputs = {"first": first, "second": second} if kind is dict else kind([first, second])
    model = keras.Model(inputs, {"cross": cross(first, second), "own": [own(second, second), second]})
    other = features[:, :3] * 0.5
    given = {"second": other, "first": features} if kind is dict else kind([features, other])
    capture = capture_attention(model, given)
    maps = {one.name: one for one in capture.maps}
    _check(maps["cross"], cross, features, other)
    _check(maps["own"], own, other)
    assert (maps["own"].query_axis, maps["own"].key_axis) == ("second", "second")
    np.testing.assert_array_equal(capture.outputs["own"][1], other)


class _Block(layers.Layer):
    def __init__(self, **named):
        super().__init__(**named)
        self.heads, self.norm = layers.MultiHeadAttention(2, 3, name="heads"), layers.LayerNormalization()

    def call(self, inputs):
        return self.norm(inputs + self.heads(inputs, inputs))


def test_models_in_models_in_layers(features):
    block = _Block(name="block")
    inner = keras.Sequential([block, layers.Dense(WIDTH)], name="inner")
    inputs = keras.Input((None, WIDTH))
    encoder = keras.Model(inputs, inner(inputs), name="encoder")
    outer = keras.Model(inputs, layers.GlobalAveragePooling1D()(encoder(inputs)))
    capture = capture_attention(outer, features)
    assert [one.name for one in capture.maps] == ["encoder/inner/block/heads"]
    _check(capture.maps[0], block.heads, features)


def test_a_layer_that_is_shared_and_called_three_times(features):
    shared = layers.MultiHeadAttention(2, 3, name="shared")
    inputs = keras.Input((None, WIDTH))
    first = shared(inputs, inputs)
    second = shared(first, inputs)
    model = keras.Model(inputs, [first, second, shared(second, first)])
    capture = capture_attention(model, features)
    assert [(one.layer, one.call_index) for one in capture.maps] == [("shared", 0), ("shared", 1), ("shared", 2)]
    one, two, _ = (np.asarray(output) for output in capture.outputs)
    for captured, (query, value) in zip(capture.maps, [(features, features), (one, features), (two, one)], strict=True):
        _check(captured, shared, query, value, 1e-5)


def test_a_model_that_is_used_twice(features):
    inputs = keras.Input((None, WIDTH))
    heads = layers.MultiHeadAttention(2, 3, name="heads")
    twin = keras.Model(inputs, heads(inputs, inputs), name="twin")
    other = keras.Input((None, WIDTH))
    model = keras.Model([inputs, other], [twin(inputs), twin(other)])
    capture = capture_attention(model, [features, features[:, :3]])
    assert [(one.layer, one.call_index) for one in capture.maps] == [("twin/heads", 0), ("twin/heads", 1)]
    short, long = sorted(capture.maps, key=lambda one: one.weights.shape)  # Keras calls them in an order of its own
    _check(long, heads, features)
    _check(short, heads, features[:, :3])


def _encoder(dtype=None):
    inputs = keras.Input((None, WIDTH))
    heads = layers.MultiHeadAttention(2, 4, name="heads", dtype=dtype)
    return keras.Model(inputs, layers.Dense(2, dtype=dtype)(heads(inputs, inputs))), heads


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"])
def test_other_types_of_numbers(features, policy):
    model, heads = _encoder(keras.DTypePolicy(policy))
    capture = capture_attention(model, features, compare=True)
    assert capture.maps[0].weights.dtype == np.float32
    _check(capture.maps[0], heads, features, tolerance=1e-5 if policy == "float64" else 1e-2)
    assert capture.prediction_difference <= (1e-6 if policy == "float64" else 2e-2)


@pytest.mark.parametrize("how", [{"jit_compile": True}, {"run_eagerly": True}], ids=["XLA", "eagerly"])
def test_however_the_model_is_run_otherwise(features, how):
    model, heads = _encoder()
    model.compile(loss="mse", **how)
    capture = capture_attention(model, features, compare=True)
    _check(capture.maps[0], heads, features)
    np.testing.assert_allclose(capture.outputs, model.predict(features, verbose=0), atol=1e-5)


def test_quantised_projections(features):
    model, heads = _encoder()
    model(features)
    model.quantize("int8")
    capture = capture_attention(model, features)
    _check(capture.maps[0], heads, features, tolerance=1e-5)


def test_low_rank_adaptation(features):
    model, heads = _encoder()
    model(features)
    plain = capture_attention(model, features).maps[0].weights
    for dense in (heads.query_dense, heads.key_dense, heads.value_dense):
        dense.enable_lora(2)
        dense.lora_kernel_b.assign(np.full(dense.lora_kernel_b.shape, 0.3, "float32"))
    capture = capture_attention(model, features)
    _check(capture.maps[0], heads, features)
    assert np.abs(capture.maps[0].weights - plain).max() > 1e-3  # the adapted weights are what is shown


def test_frozen_and_saved_models(features, tmp_path):
    model, _ = _encoder()
    model.trainable = False
    before = capture_attention(model, features)
    model.save(tmp_path / "model.keras")
    after = capture_attention(keras.models.load_model(tmp_path / "model.keras"), features)
    np.testing.assert_allclose(after.maps[0].weights, before.maps[0].weights, atol=1e-6)
