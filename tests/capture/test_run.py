"""Captured weights against weights computed another way, for every kind of model that issue and docs promise."""

import gc
import re
import threading
import warnings
import weakref

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import (
    AttentionLayer,
    AttentionLayerWithWeights,
    AttentionPooling,
    CaptureError,
    SelfAttention,
    ShapeError,
    capture_attention,
)
from attnviz.capture import compiled as compiled_module
from attnviz.records import POOLED_AXIS


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, 8)).astype("float32")


def _softmax(scores):
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _scores(query, key):
    return np.einsum("bqd,bkd->bqk", query, key)


def test_attention_layer_in_a_functional_model(features):
    inputs = keras.Input((None, 8), name="steps")
    outputs = layers.Dense(3, activation="softmax")(AttentionLayer(name="look")([inputs, inputs, inputs]))
    model = keras.Model(inputs, outputs, name="small")
    capture = capture_attention(model, features, compare=True)
    assert [one.name for one in capture.maps] == ["look"]  # and not the classifier's softmax
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], _softmax(_scores(features, features)), atol=1e-6)
    np.testing.assert_allclose(capture.outputs, model.predict(features, verbose=0), atol=1e-6)
    assert capture.prediction_difference < 1e-6
    assert capture.model == "small"
    assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("steps", "steps")


@pytest.mark.parametrize("scale", [False, True])
def test_layers_that_return_weights_are_captured_as_they_return_them(features, scale):
    inputs = keras.Input((None, 8))
    output, weights = AttentionLayerWithWeights(scale=scale)([inputs, inputs, inputs])
    output, own = SelfAttention(4, scale=scale, return_weights=True)(output)
    output, pooling = AttentionPooling(return_weights=True)(output)
    model = keras.Model(inputs, [output, weights, own, pooling])
    capture = capture_attention(model, features)
    _, weights, own, pooling = capture.outputs
    np.testing.assert_array_equal(capture.maps[0].weights[:, 0], weights)
    np.testing.assert_array_equal(capture.maps[1].weights[:, 0], own)
    np.testing.assert_array_equal(capture.maps[2].weights[:, 0, 0], pooling)
    assert capture.maps[2].query_axis == POOLED_AXIS
    assert capture.sequences[POOLED_AXIS] == ((POOLED_AXIS,),) * 2


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_against_its_own_scores(features, dropout, causal):
    attention = layers.MultiHeadAttention(3, 4, dropout=dropout)
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, attention(inputs, inputs, use_causal_mask=causal))
    capture = capture_attention(model, features, compare=True)
    _, scores = attention(features, features, use_causal_mask=causal, return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights, np.asarray(scores), atol=1e-6)
    assert capture.prediction_difference < 1e-5
    if causal:
        np.testing.assert_array_equal(capture.maps[0].mask[0], np.tril(np.ones((5, 5), bool)))
    else:
        assert capture.maps[0].mask is None


@pytest.mark.parametrize("kind", [layers.Attention, layers.AdditiveAttention])
@pytest.mark.parametrize("causal", [False, True])
def test_keras_attention_against_its_own_scores(features, kind, causal):
    attention = kind()
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, attention([inputs, inputs], use_causal_mask=causal))
    capture = capture_attention(model, features)
    _, scores = attention([features, features], use_causal_mask=causal, return_attention_scores=True)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], np.asarray(scores), atol=1e-6)
    assert (capture.maps[0].mask is not None) == causal


def test_padding_comes_from_the_embedding_and_reaches_mask_and_valid():
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    embedded = layers.Embedding(9, 4, mask_zero=True)(inputs)
    recurrent = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded)
    attended, _ = AttentionLayerWithWeights(name="look")([recurrent, recurrent, recurrent])
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(AttentionPooling(name="pool")(attended)))
    tokens = np.array([[4, 5, 6, 0, 0], [3, 3, 3, 3, 3]])
    capture = capture_attention(model, tokens)
    np.testing.assert_array_equal(capture.valid["tokens"], tokens != 0)
    for one in capture.maps:
        np.testing.assert_array_equal(one.mask[0, 0], [True, True, True, False, False])
        np.testing.assert_array_equal(one.weights[0, :, :, 3:], 0)
        np.testing.assert_allclose(one.weights[0, :, :, :3].sum(-1), 1, atol=1e-6)
    alone = capture_attention(model, tokens[:1, :3])
    np.testing.assert_allclose(alone.outputs, capture.outputs[:1], atol=1e-5)
    np.testing.assert_allclose(alone.maps[0].weights, capture.maps[0].weights[:1, :, :3, :3], atol=1e-5)


def test_masking_layer_marks_padding_too():
    inputs = keras.Input((None, 2), name="steps")
    model = keras.Model(inputs, SelfAttention()(layers.Masking()(inputs)))
    series = np.array([[[1, 2], [3, 4], [0, 0]]], "float32")
    capture = capture_attention(model, series)
    np.testing.assert_array_equal(capture.valid["steps"], [[True, True, False]])
    np.testing.assert_array_equal(capture.maps[0].weights[..., 2], 0)


def test_a_row_without_any_key_is_zero_as_the_layer_computes_it():
    inputs = keras.Input((None,), dtype="int32")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(3, 2, mask_zero=True)(inputs)))
    capture = capture_attention(model, np.array([[0, 0]]), compare=True)
    np.testing.assert_array_equal(capture.maps[0].weights, np.zeros((1, 1, 2, 2)))
    assert capture.prediction_difference == 0


def test_sequential_model(features):
    model = keras.Sequential([SelfAttention(name="own"), layers.Dense(2, activation="softmax")])
    capture = capture_attention(model, features)
    kernels = [np.asarray(one) for one in model.layers[0].weights]
    expected = _softmax(_scores(features @ kernels[0], features @ kernels[1]))
    assert [one.name for one in capture.maps] == ["own"]
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], expected, atol=1e-5)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="subclassed")
        self.attention = layers.MultiHeadAttention(2, 4, name="heads")
        self.classifier = layers.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.classifier(ops.mean(self.attention(inputs, inputs), axis=1))


def test_subclassed_model_and_new_lengths_do_not_trace_again(features, monkeypatch):
    model = Subclassed()
    traces = []
    original = compiled_module.CompiledCapture.__init__

    def counted(self, *arguments):
        traces.append(arguments)
        original(self, *arguments)

    monkeypatch.setattr(compiled_module.CompiledCapture, "__init__", counted)
    for length in range(1, 6):
        for batch in (1, 2):
            capture = capture_attention(model, features[:batch, :length])
            assert capture.maps[0].weights.shape == (batch, 2, length, length)
            _, scores = model.attention(
                features[:batch, :length], features[:batch, :length], return_attention_scores=True
            )
            np.testing.assert_allclose(capture.maps[0].weights, np.asarray(scores), atol=1e-6)
    assert len(traces) == 1
    assert capture.maps[0].layer == "heads"


def test_a_layer_called_twice_gives_two_maps_in_call_order(features):
    shared = SelfAttention(8, name="shared")
    inputs = keras.Input((None, 8))
    once = shared(inputs)
    model = keras.Model(inputs, shared(once))
    capture = capture_attention(model, features)
    assert [(one.layer, one.call_index) for one in capture.maps] == [("shared", 0), ("shared", 1)]
    assert [one.name for one in capture.maps] == ["shared", "shared (call 2)"]
    first = capture_attention(keras.Model(inputs, once), features)
    np.testing.assert_allclose(first.maps[0].weights, capture.maps[0].weights, atol=1e-6)
    second = capture_attention(keras.Model(inputs, once), first.outputs)
    np.testing.assert_allclose(second.maps[0].weights, capture.maps[1].weights, atol=1e-6)


def test_nested_models_name_the_whole_path(features):
    inner_input = keras.Input((None, 8))
    inner = keras.Model(inner_input, layers.Attention(name="look")([inner_input, inner_input]), name="encoder")
    inputs = keras.Input((None, 8))
    capture = capture_attention(keras.Model(inputs, inner(inputs)), features)
    assert [one.layer for one in capture.maps] == ["encoder/look"]


def test_cross_attention_names_both_axes(features):
    source, target = keras.Input((None, 8), name="source"), keras.Input((None, 8), name="target")
    cross = layers.MultiHeadAttention(2, 4, name="cross")(target, source)
    model = keras.Model([source, target], cross)
    for lengths in ((5, 3), (4, 4)):
        inputs = [features[:, : lengths[0]], features[:, : lengths[1]]]
        capture = capture_attention(model, inputs)
        assert (capture.maps[0].query_axis, capture.maps[0].key_axis) == ("target", "source")
        by_name = capture_attention(model, dict(zip(("source", "target"), inputs, strict=True)))
        np.testing.assert_array_equal(by_name.maps[0].weights, capture.maps[0].weights)
        assert by_name.maps[0].query_axis == "target"


def test_labels_land_on_the_axis_of_their_input():
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(9, 4)(inputs)))
    capture = capture_attention(model, np.array([[4, 5, 0]]), sequences={"tokens": [["four", "five"]]})
    assert capture.sequences["tokens"] == (("four", "five", ""),)
    np.testing.assert_array_equal(capture.valid["tokens"], [[True, True, False]])
    np.testing.assert_array_equal(capture.maps[0].mask[0, 0], [True, True, False])
    bare = capture_attention(model, np.array([[4, 5, 0]]), sequences=[["a", "b", "c"]])
    assert bare.sequences["tokens"] == (("a", "b", "c"),)
    unlabelled = capture_attention(model, np.array([[4, 5, 0]]))
    assert unlabelled.sequences["tokens"] == (("4", "5", "0"),)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ({"words": [["a"]]}, "`sequences` must be keyed by the model's inputs, 'tokens'. Received: 'words'"),
        ([["a"], ["b"]], "must hold labels for 1 samples. Received: 2"),
        ([["a", "b", "c", "d"]], "at most 3 labels a sample, the length of the input. Received: 4"),
    ],
)
def test_labels_that_do_not_fit_are_refused(sequences, message):
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(9, 4)(inputs)))
    with pytest.raises(ShapeError, match=re.escape(message)):
        capture_attention(model, np.array([[4, 5, 0]]), sequences=sequences)


def test_mixed_precision_is_captured_in_float32(features):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inputs = keras.Input((None, 8))
        output, weights = AttentionLayerWithWeights()([inputs, inputs, inputs])
        model = keras.Model(inputs, [output, weights])
        capture = capture_attention(model, features, compare=True)
    finally:
        keras.config.set_dtype_policy("float32")
    assert capture.maps[0].weights.dtype == np.float32
    np.testing.assert_array_equal(capture.maps[0].weights[:, 0], capture.outputs[1].astype("float32"))
    assert capture.prediction_difference < 1e-3


def test_pooling_with_a_trailing_axis_of_one(features):
    inputs = keras.Input((None, 8), name="steps")
    weights = layers.Softmax(axis=1, name="softmax")(layers.Dense(1, name="score")(inputs))
    model = keras.Model(inputs, [ops.sum(weights * inputs, axis=1), weights])
    capture = capture_attention(model, features)
    assert [one.name for one in capture.maps] == ["softmax"]
    assert capture.maps[0].query_axis == POOLED_AXIS
    np.testing.assert_array_equal(capture.maps[0].weights[:, 0, 0], capture.outputs[1][..., 0])


def test_softmax_that_mixes_no_values_is_not_listed(features):
    inputs = keras.Input((None, 8))
    probabilities = layers.Dense(4, activation="softmax")(inputs)
    model = keras.Model(inputs, [probabilities, layers.Dense(2)(probabilities)])  # mixed with a kernel, not values
    assert capture_attention(model, features).maps == ()


def test_predictions_for_every_position(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(SelfAttention()(inputs)))
    capture = capture_attention(model, features)
    assert capture.outputs.shape == (2, 5, 10)
    assert len(capture.maps) == 1


def test_outputs_keep_their_structure(features):
    inputs = keras.Input((None, 8))
    attended = SelfAttention()(inputs)
    model = keras.Model(
        inputs, {"sequence": attended, "heads": [ops.mean(attended, axis=1), ops.max(attended, axis=1)]}
    )
    capture = capture_attention(model, features)
    plain = model.predict(features, verbose=0)
    assert set(capture.outputs) == {"sequence", "heads"}
    np.testing.assert_allclose(capture.outputs["heads"][1], plain["heads"][1], atol=1e-6)
    np.testing.assert_allclose(capture.outputs["sequence"], plain["sequence"], atol=1e-6)


def test_weights_are_read_only_views_that_outlive_the_run(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, SelfAttention()(inputs))
    capture = capture_attention(model, features)
    weights = capture.maps[0].weights
    assert not weights.flags.writeable
    assert not weights.flags.owndata  # a view of the tensor, not a copy
    before = weights.copy()
    del capture
    for _ in range(3):
        capture_attention(model, features * 2)
    np.testing.assert_array_equal(weights, before)


def test_training_goes_on_and_the_capture_follows(features):
    inputs = keras.Input((None, 8))
    attention = SelfAttention()
    model = keras.Model(inputs, attention(inputs))
    before = capture_attention(model, features).maps[0].weights.copy()
    attention.query_kernel.assign(attention.query_kernel * 3)
    after = capture_attention(model, features, compare=True)
    assert np.abs(after.maps[0].weights - before).max() > 1e-3
    assert after.prediction_difference < 1e-5


def test_the_compiled_capture_dies_with_its_model(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, SelfAttention()(inputs))
    capture_attention(model, features)
    watched = weakref.ref(model)
    held = len(compiled_module._compiled)
    del model, inputs
    gc.collect()
    assert watched() is None
    assert len(compiled_module._compiled) < held


def test_many_threads_share_one_model_and_two_models_never_mix(features):
    models = []
    for units in (4, 6):
        inputs = keras.Input((None, 8))
        models.append(keras.Model(inputs, SelfAttention(units, name=f"own_{units}")(inputs), name=f"model_{units}"))
    kernels = [[np.asarray(one) for one in model.layers[1].weights] for model in models]
    problems = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for turn in range(12):
            index = (seed + turn) % 2
            inputs = rng.normal(size=(1, rng.integers(1, 9), 8)).astype("float32")
            capture = capture_attention(models[index], inputs)
            query, key, _ = kernels[index]
            expected = _softmax(_scores(inputs @ query, inputs @ key))
            if capture.model != models[index].name or np.abs(capture.maps[0].weights[:, 0] - expected).max() > 1e-5:
                problems.append((seed, turn))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


class _AttentionCell(layers.Layer):
    state_size = 4

    def call(self, inputs, states):
        weights = ops.softmax(inputs[:, None] * states[0][:, :, None])
        state = ops.squeeze(ops.matmul(weights, inputs[..., None]), -1)
        return state, [state]


def test_a_softmax_inside_a_loop_is_said_to_be_out_of_reach(features):
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, layers.RNN(_AttentionCell(), name="recurrent")(inputs))
    with pytest.warns(UserWarning, match=r"'recurrent.*inside a loop"):
        capture = capture_attention(model, features[..., :4])
    assert capture.maps == ()


def test_inputs_that_the_model_cannot_take(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, SelfAttention()(inputs), name="eight")
    with pytest.raises(CaptureError, match=r"must have shape \(None, None, 8\).* Received: \(2, 5, 7\)"):
        capture_attention(model, features[..., :7])
    with pytest.raises(CaptureError, match="same batch of at least 1"):
        capture_attention(model, features[:0])
    with pytest.raises(CaptureError, match="ragged"):
        capture_attention(model, np.array([[1], [2, 3]], dtype=object))
    with pytest.raises(CaptureError, match=r"must be a Keras model. Received: SelfAttention"):
        capture_attention(SelfAttention(), features)


def test_comparing_gives_no_warning_where_nothing_differs(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, layers.MultiHeadAttention(2, 4)(inputs, inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        capture = capture_attention(model, features, compare=True)
    assert capture.prediction_difference <= 1e-5
    assert capture_attention(model, features).prediction_difference is None
