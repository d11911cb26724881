import keras
import numpy as np
import pytest

from attnviz.capture.run import capture_attention
from attnviz.training.architectures import (
    pooled_text_classifier,
    series_classifier,
    series_forecaster,
    text_classifier,
)


@pytest.fixture(scope="module")
def text_model():
    return text_classifier(words=20, classes=3, embedding=6, units=4)


def test_text_classifier_gives_probabilities_and_ignores_padding(text_model):
    short = np.array([[5, 6, 7], [8, 1, 0]], dtype=np.int32)
    padded = np.pad(short, ((0, 0), (0, 5)))
    probabilities = np.asarray(text_model(short))
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.asarray(text_model(padded)), probabilities, atol=1e-5)


def test_text_classifier_has_one_map_a_kind_of_attention(text_model):
    capture = capture_attention(text_model, np.array([[5, 6, 7, 0]], dtype=np.int32))
    assert {one.layer: one.weights.shape for one in capture.maps} == {
        "attention": (1, 1, 4, 4),
        "pooling": (1, 1, 1, 4),
    }
    assert np.all(capture.map_of("attention").weights[..., 3] == 0)  # the padded key


def test_series_classifier_gives_probabilities_and_attention():
    model = series_classifier(length=None, features=2, classes=4, input_name="days", units=5)
    series = np.random.default_rng(0).normal(size=(3, 7, 2)).astype(np.float32)
    assert model.inputs[0].name == "days"
    probabilities = np.asarray(model(series))
    assert probabilities.shape == (3, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    layers = [one.layer for one in capture_attention(model, series).maps]
    assert layers == ["attention", "pooling"]


def test_pooled_text_classifier_has_one_weight_a_word_and_ignores_padding():
    model = pooled_text_classifier(words=20, classes=2, embedding=6, units=4)
    ids = np.array([[5, 6, 7], [8, 1, 0]], dtype=np.int32)
    np.testing.assert_allclose(np.asarray(model(np.pad(ids, ((0, 0), (0, 3))))), np.asarray(model(ids)), atol=1e-5)
    (pooling,) = capture_attention(model, ids).maps
    assert pooling.weights.shape == (2, 1, 1, 3)
    assert pooling.weights[1, 0, 0, 2] == 0


def test_series_forecaster_gives_a_number_in_the_unit_of_the_target():
    keras.utils.set_random_seed(0)
    model = series_forecaster(length=12, features=1, input_name="years", target_scale=50.0, units=4)
    series = np.random.default_rng(0).normal(size=(3, 12, 1)).astype(np.float32)
    value = np.asarray(keras.Model(model.inputs, model.get_layer("value").output)(series))
    np.testing.assert_allclose(np.asarray(model(series)), 50 * value, rtol=1e-5)
    (attention,) = capture_attention(model, series).maps
    assert attention.weights.shape == (3, 1, 1, 12)
    assert attention.key_axis == "years"
