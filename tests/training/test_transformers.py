import keras
import numpy as np
import pytest

from attnviz.capture.run import capture_attention
from attnviz.training.transformers import decoder_classifier, encoder_classifier, vision_transformer

IDS = np.array([[3, 7, 4, 8, 3], [5, 6, 5, 9, 2]], dtype=np.int32)


@pytest.fixture(scope="module")
def decoder():
    keras.utils.set_random_seed(0)
    return decoder_classifier(tokens=10, classes=3, maximum_length=9, heads=2, width=8)


@pytest.fixture(scope="module")
def encoder():
    keras.utils.set_random_seed(0)
    return encoder_classifier(words=10, classes=3, maximum_length=9, heads=2, width=8)


@pytest.mark.parametrize(("name", "side"), [("decoder", "left"), ("encoder", "right")])
def test_padding_changes_nothing_and_no_real_token_attends_to_it(name, side, request):
    model = request.getfixturevalue(name)
    padded = np.pad(IDS, ((0, 0), (4, 0) if side == "left" else (0, 4)))
    np.testing.assert_allclose(np.asarray(model(padded)), np.asarray(model(IDS)), atol=1e-6)
    real = padded != 0
    for one in capture_attention(model, padded).maps:
        for weights, own in zip(one.weights, real, strict=True):
            assert weights[:, own][:, :, ~own].sum() == 0
            np.testing.assert_allclose(weights[:, own].sum(axis=-1), 1, atol=1e-5)


def test_the_decoder_looks_at_no_later_token_and_the_encoder_does(decoder, encoder):
    ahead = np.triu(np.ones((5, 5), bool), 1)
    assert all(one.weights[..., ahead].sum() == 0 for one in capture_attention(decoder, IDS).maps)
    assert all(one.weights[..., ahead].min() > 0 for one in capture_attention(encoder, IDS).maps)


def test_places_matter(encoder):
    outputs = np.asarray(encoder(IDS)), np.asarray(encoder(IDS[:, ::-1]))
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-6


def test_what_keras_computes_itself_is_what_was_captured(encoder):
    layer = encoder.get_layer("attention_1")
    normal = keras.Model(encoder.inputs, encoder.get_layer("attention_1_normalization").output)(IDS)
    _, scores = layer(normal, normal, return_attention_scores=True)
    captured = capture_attention(encoder, IDS, layers="attention_1").maps[0].weights
    np.testing.assert_allclose(captured, np.asarray(scores), atol=1e-5)


def test_a_vision_transformer_attends_among_patches(tmp_path):
    keras.utils.set_random_seed(0)
    model = vision_transformer(side=6, patch=3, classes=2, input_name="rows", heads=2, width=8)
    pictures = np.random.default_rng(0).random((3, 6, 6)).astype(np.float32)
    patches = np.asarray(keras.Model(model.inputs, model.get_layer("patches").output)(pictures))
    np.testing.assert_array_equal(patches[1, 2], pictures[1, 3:, :3].ravel())  # the first of the second row
    assert {one.weights.shape for one in capture_attention(model, pictures).maps} == {(3, 2, 4, 4)}
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(np.asarray(loaded(pictures)), np.asarray(model(pictures)), atol=1e-6)
