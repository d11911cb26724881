"""`compare=True` against models whose plain and traced predictions really differ, each for a reason of its own."""

import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from attnviz import CaptureError, SelfAttention, capture_attention
from attnviz.capture.comparison import LARGEST_DIFFERENCE, largest_difference
from attnviz.errors import CaptureWarning


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def features():
    return np.random.default_rng(7).normal(size=(2, 5, 8)).astype("float32")


class _MoreWhenTraced(layers.Layer):
    """A layer that looks at whether it is traced, as some third-party layers do."""

    def __init__(self, more):
        super().__init__()
        self.more = more

    def call(self, inputs):
        return inputs if tf.executing_eagerly() else inputs + ops.cast(self.more, inputs.dtype)


def _model_that_differs_by(more, scale=1.0):
    inputs = keras.Input((None, 8))
    return keras.Model(inputs, _MoreWhenTraced(more)(layers.Rescaling(scale)(SelfAttention()(inputs))), name="odd")


def test_a_difference_is_measured_and_warned_of(features):
    message = r"model 'odd' differs from the plain model's by 0\.5\. Why is not known"
    with pytest.warns(CaptureWarning, match=message) as caught:
        capture = capture_attention(_model_that_differs_by(0.5), features, compare=True)
    assert capture.prediction_difference == pytest.approx(0.5, abs=1e-5)
    assert caught[0].filename == __file__  # the caller's line


def test_a_small_difference_is_kept_without_a_word(features):
    with warnings.catch_warnings():
        warnings.simplefilter("error", CaptureWarning)
        capture = capture_attention(_model_that_differs_by(6e-5), features, compare=True)
    assert 5e-5 < capture.prediction_difference <= LARGEST_DIFFERENCE
    assert capture_attention(_model_that_differs_by(6e-5), features).prediction_difference is None


class _ZerosOrEqualWeights(layers.Layer):
    """Attention on two paths that treat a query without any key differently: zeros, or equal weights."""

    def call(self, tokens, hidden):
        allowed = ops.expand_dims(ops.not_equal(tokens, 0), 1)
        scores = ops.where(allowed, ops.matmul(hidden, ops.transpose(hidden, (0, 2, 1))), -1e9)
        weights = ops.softmax(scores)
        if tf.executing_eagerly():
            weights = ops.where(allowed, weights, 0.0)
        return ops.matmul(weights, hidden)


def _model_with_two_paths():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = layers.Embedding(9, 4, embeddings_initializer=keras.initializers.RandomNormal(stddev=2.0))(tokens)
    return keras.Model(tokens, _ZerosOrEqualWeights(name="look")(tokens, hidden), name="two_paths")


def test_fully_masked_rows_are_named_as_the_cause():
    model = _model_with_two_paths()
    with pytest.warns(CaptureWarning, match=r"In every sample that differs, layer 'look' has queries whose keys are"):
        capture = capture_attention(model, np.array([[4, 5, 0], [0, 0, 0]]), compare=True)
    difference = np.abs(capture.outputs[1] - 0.0).max()  # the plain model gives zeros there
    assert capture.prediction_difference == pytest.approx(difference, rel=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CaptureWarning)
        capture_attention(model, np.array([[4, 5, 0]]), compare=True)  # no row without any key: no difference


def test_fully_masked_rows_are_not_blamed_for_what_other_samples_do():
    inner = _model_with_two_paths()
    model = keras.Model(inner.inputs, _MoreWhenTraced(0.5)(inner.outputs[0]))
    with pytest.warns(CaptureWarning, match="Why is not known"):
        capture_attention(model, np.array([[4, 5, 0], [0, 0, 0]]), compare=True)


def test_a_model_that_draws_random_numbers_is_said_to():

    class AlwaysNoisy(layers.Layer):
        def call(self, inputs):
            return inputs + keras.random.normal(ops.shape(inputs))

    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, AlwaysNoisy()(SelfAttention()(inputs)))
    with pytest.warns(CaptureWarning, match=r"differs by .* from one run to the next: it draws random numbers"):
        capture = capture_attention(model, np.ones((1, 3, 8), "float32"), compare=True)
    assert capture.prediction_difference > 1e-2


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_is_named_as_the_cause(features, precision):
    inputs = keras.Input((None, 8), dtype=precision)
    attended = SelfAttention(dtype=precision)(inputs)
    model = keras.Model(inputs, _MoreWhenTraced(0.004)(attended))
    with pytest.warns(CaptureWarning, match=rf"computes in {precision}, which rounds to 2 or 3 digits"):
        capture_attention(model, features, compare=True)


def test_half_precision_is_no_excuse_for_what_rounding_cannot_do(features):
    inputs = keras.Input((None, 8), dtype="float16")
    model = keras.Model(inputs, _MoreWhenTraced(0.5)(SelfAttention(dtype="float16")(inputs)))
    with pytest.warns(CaptureWarning, match="Why is not known"):
        capture_attention(model, features, compare=True)


def test_large_outputs_round_by_more_than_a_ten_thousandth(features):
    with pytest.warns(CaptureWarning, match=r"That is rounding: the outputs are as large as .* \(relative difference"):
        capture = capture_attention(_model_that_differs_by(0.0625, scale=1e5), features, compare=True)
    assert capture.prediction_difference == pytest.approx(0.0625, abs=0.02)


def test_outputs_that_are_no_floats(features):
    inputs = keras.Input((None, 8))
    attended = SelfAttention()(inputs)
    best = ops.argmax(attended, axis=-1)

    class Named(layers.Layer):
        def call(self, positions):
            return tf.gather(tf.constant([f"class {number}" for number in range(8)]), positions)

        def compute_output_spec(self, positions):
            return keras.KerasTensor(positions.shape, dtype="string")

    model = keras.Model(inputs, {"best": best, "high": attended > 0, "named": Named()(best)})
    capture = capture_attention(model, features, compare=True)
    assert capture.prediction_difference == 0
    assert capture.outputs["best"].dtype.kind == "i"
    assert capture.outputs["high"].dtype == bool
    assert capture.outputs["named"][0, 0] == f"class {capture.outputs['best'][0, 0]}".encode()


@pytest.mark.parametrize(
    ("some", "others", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.5], 0.5),
        ([1, 7], [1, 3], 4.0),
        ([True, False], [True, True], 1.0),
        ([b"a", b"b"], [b"a", b"c"], 1.0),
        (["a"], ["a"], 0.0),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0),
        ([np.nan], [1.0], np.inf),
        ([np.inf], [-np.inf], np.inf),
        ([1 + 1j], [1 - 1j], 2.0),
        ([1.0], [1.0, 2.0], np.inf),
        ([], [], 0.0),
        (np.float16([0.5]), np.float16([0.25]), 0.25),
    ],
)
def test_largest_difference(some, others, expected):
    assert largest_difference([np.asarray(some)], [np.asarray(others)]) == expected


def test_outputs_that_a_model_leaves_out():
    assert largest_difference([None, np.zeros(2)], [None, np.ones(2)]) == 1.0
    assert largest_difference([None], [np.zeros(2)]) == np.inf


def test_a_plain_model_that_cannot_run_is_an_error_of_its_own(features):
    class OnlyTraced(layers.Layer):
        def call(self, inputs):
            if tf.executing_eagerly():
                raise ValueError("trace me")
            return inputs

    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, OnlyTraced()(SelfAttention()(inputs)), name="shy")
    assert len(capture_attention(model, features).maps) == 1
    with pytest.raises(CaptureError, match=re.escape("`compare=True` runs the plain model too, and model 'shy'")):
        capture_attention(model, features, compare=True)
