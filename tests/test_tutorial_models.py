"""The four models of the attention tutorial, corrected: built, trained, evaluated, captured and plotted."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.figure import Figure

from attnviz import (
    AttentionLayer,
    AttentionLayerWithWeights,
    SelfAttention,
    capture_attention,
    plot_attention_weights,
)

FEATURES = 64
CLASSES = 10
LENGTH = 6
ATTENTION = "attention"


def dense_attention_model() -> keras.Model:
    """Dense query, key and value of 32 units, attention, and a class for every position."""
    inputs = keras.Input((None, FEATURES))
    query, key, value = (layers.Dense(32, name=name)(inputs) for name in ("query", "key", "value"))
    attended = AttentionLayer(name=ATTENTION)([query, key, value])
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(attended))


def dense_attention_model_with_weights() -> keras.Model:
    """The same with the layer that hands its weights over."""
    inputs = keras.Input((None, FEATURES))
    query, key, value = (layers.Dense(32, name=name)(inputs) for name in ("query", "key", "value"))
    attended, _ = AttentionLayerWithWeights(name=ATTENTION)([query, key, value])
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(attended))


def self_attention_model() -> keras.Model:
    """Self-attention on the features, and logits for every position."""
    return keras.Sequential([keras.Input((None, FEATURES)), SelfAttention(name=ATTENTION), layers.Dense(CLASSES)])


def recurrent_model() -> keras.Model:
    """An LSTM's states, self-attention between them, and logits for every position."""
    return keras.Sequential(
        [
            keras.Input((None, FEATURES)),
            layers.LSTM(128, return_sequences=True),
            SelfAttention(name=ATTENTION),
            layers.Dense(CLASSES),
        ]
    )


MODELS = (dense_attention_model, self_attention_model, recurrent_model, dense_attention_model_with_weights)


def sequences_and_classes(samples: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features `[sample, time, 64]` that lie around their class' own point, and the class of each position."""
    random = np.random.default_rng(seed)
    points = np.random.default_rng(99).normal(size=(CLASSES, FEATURES))
    classes = random.integers(0, CLASSES, samples)
    features = points[classes][:, None] + 0.3 * random.normal(size=(samples, LENGTH, FEATURES))
    return features.astype(np.float32), np.repeat(classes[:, None], LENGTH, axis=1)


def softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def weights_by_numpy(model: keras.Model, features: np.ndarray) -> np.ndarray:
    """Softmax of query times key in float64, `[batch, query, key]`, from what goes into the attention layer."""
    layer = model.get_layer(ATTENTION)
    entering = keras.Model(model.inputs[0], layer.input)(features)
    if isinstance(layer, SelfAttention):
        sequence = np.asarray(entering, np.float64)
        query, key = (sequence @ layer_kernel.numpy() for layer_kernel in (layer.query_kernel, layer.key_kernel))
    else:
        query, key = (np.asarray(tensor, np.float64) for tensor in entering[:2])
    return softmax(np.einsum("bqd,bkd->bqk", query, key))


@pytest.mark.parametrize("build", MODELS)
def test_tutorial_model_learns_and_shows_what_it_attends_to(build: Callable[[], keras.Model], tmp_path: Path):
    keras.utils.set_random_seed(0)
    model = build()
    model.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=model.layers[-1].activation.__name__ != "softmax"),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    features, classes = sequences_and_classes()
    history = model.fit(features, classes, validation_split=0.2, batch_size=8, epochs=6, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]

    unseen, their_classes = sequences_and_classes(samples=20, seed=1)
    loss, accuracy = model.evaluate(unseen, their_classes, verbose=0)
    assert np.isfinite(loss)
    assert accuracy > 0.5  # a guess is right one time in ten

    capture = capture_attention(model, unseen, compare=True)
    assert [(one.layer.split("/")[-1], one.weights.shape) for one in capture.maps] == [
        (ATTENTION, (20, 1, LENGTH, LENGTH))
    ]
    attention = capture.maps[0]
    np.testing.assert_allclose(attention.weights[:, 0], weights_by_numpy(model, unseen), rtol=0, atol=1e-5)
    assert attention.query_axis == attention.key_axis
    assert capture.prediction_difference == pytest.approx(0, abs=1e-5)
    assert capture.outputs.shape == (20, LENGTH, CLASSES)
    np.testing.assert_allclose(capture.outputs, model.predict(unseen, verbose=0), rtol=0, atol=1e-5)
    assert (capture.outputs.argmax(axis=-1) == their_classes).mean() == pytest.approx(accuracy)

    matrix = attention.read(3, 0)
    labels = [f"step {position}" for position in range(1, LENGTH + 1)]
    figure = plot_attention_weights(matrix, labels, labels, title="What step attends to what")
    assert isinstance(figure, Figure)
    picture = figure.axes[0]
    assert figure.get_suptitle() == "What step attends to what"
    (image,) = picture.images
    np.testing.assert_array_equal(np.asarray(image.get_array()).reshape(LENGTH, LENGTH), matrix)
    assert image.get_cmap().name == "viridis"
    assert [label.get_text() for label in picture.get_yticklabels()] == labels
    assert len(figure.axes) == 2  # the matrix and its colour bar
    of_the_map = plot_attention_weights(attention, sample=3).axes[0].images[0]
    np.testing.assert_array_equal(of_the_map.get_array(), image.get_array())
    figure.savefig(tmp_path / "attention.png")
    assert (tmp_path / "attention.png").read_bytes().startswith(b"\x89PNG")


def test_the_layer_hands_over_the_weights_that_are_captured():
    keras.utils.set_random_seed(0)
    model = dense_attention_model_with_weights()
    features, _ = sequences_and_classes(samples=3)
    _, weights = keras.Model(model.inputs[0], model.get_layer(ATTENTION).output)(features)
    np.testing.assert_allclose(capture_attention(model, features).maps[0].weights[:, 0], weights, rtol=0, atol=1e-6)


@pytest.mark.parametrize("build", MODELS)
def test_tutorial_model_takes_sequences_of_any_length(build: Callable[[], keras.Model]):
    keras.utils.set_random_seed(0)
    model = build()
    for length in (1, 4, 9):
        features = np.random.default_rng(length).normal(size=(2, length, FEATURES)).astype(np.float32)
        weights = capture_attention(model, features).maps[0].weights
        assert weights.shape == (2, 1, length, length)
        np.testing.assert_allclose(weights[:, 0], weights_by_numpy(model, features), rtol=0, atol=1e-5)
