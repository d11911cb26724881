import numpy as np
import pytest

from attnviz.capture.run import capture_attention
from attnviz.training.architectures import series_classifier, text_classifier


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
