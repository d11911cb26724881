"""Models that people really save: each passes the checks and predicts what it predicted before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import attnviz.layers
from attnviz.errors import CardError, UnsafeModelError
from attnviz.models.card import card_of_folder
from attnviz.models.untrusted.checking import CheckedUpload, check_upload
from attnviz.models.untrusted.opening import load_checked
from tests.models.untrusted.model_files import saved, transformer_classifier, zip_of

SHIPPED = sorted(path.parent for path in (Path(__file__).resolve().parents[3] / "sample_models").glob("*/model.keras"))
TOKENS = np.array([[3, 5, 7, 0], [9, 2, 0, 0]])
STEPS = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fine", "film", "dull"]


def opened(content: bytes, name: str = "model.keras", **options: Any) -> tuple[CheckedUpload, keras.Model]:
    upload = check_upload(name, content, **options)
    return upload, load_checked(upload)


def check_equal(model: keras.Model, inputs: Any) -> None:
    upload, again = opened(saved(model))
    assert upload.parameters == sum(int(np.prod(weight.shape)) for weight in model.weights)
    expected, received = model(inputs), again(inputs)
    for one, other in zip(tf.nest.flatten(expected), tf.nest.flatten(received), strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))


def recurrent() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((5, 4)),
            layers.Normalization(mean=0.5, variance=2.0),
            layers.Bidirectional(layers.LSTM(6, return_sequences=True)),
            attnviz.layers.SelfAttention(),
            layers.BatchNormalization(),
            attnviz.layers.AttentionPooling(),
            layers.Dense(2, activation="gelu", kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(2)),
        ]
    )


def shared_and_nested() -> keras.Model:
    inner_input = keras.Input((5, 4))
    inner = keras.Model(inner_input, layers.Dense(4, activation="relu")(inner_input), name="inner")
    inputs = keras.Input((5, 4))
    hidden = keras.ops.where(inputs > 0, inner(inner(inputs)), inputs[:, :1])
    scores = keras.ops.softmax(keras.ops.einsum("bqd,bkd->bqk", hidden, hidden) / 2.0)
    mixed = keras.ops.matmul(scores, hidden)
    return keras.Model(inputs, {"mixed": mixed, "mean": keras.ops.mean(mixed, axis=1)})


def half_precision() -> keras.Model:
    return keras.Sequential(
        [keras.Input((5, 4)), layers.Dense(3, dtype="mixed_float16"), layers.Dense(2, dtype="bfloat16")]
    )


def compiled() -> keras.Model:
    model = keras.Sequential([keras.Input((5, 4)), layers.Flatten(), layers.Dropout(0.2), layers.Dense(2)])
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(1)],
    )
    model.fit(STEPS, np.array([0, 1]), verbose=0)
    return model


@pytest.mark.parametrize("build", [recurrent, shared_and_nested, half_precision, compiled])
def test_numeric_models(build: Callable[[], keras.Model]) -> None:
    keras.utils.set_random_seed(3)
    check_equal(build(), STEPS)


def test_a_transformer_classifier_with_operations_between_its_layers() -> None:
    check_equal(transformer_classifier(), TOKENS)


def test_vocabularies_inside_of_the_archive() -> None:
    vectorize = layers.TextVectorization(max_tokens=12, output_sequence_length=4)
    vectorize.adapt(["a fine film", "a dull film"])
    text = keras.Input((), dtype="string")
    check_equal(
        keras.Model(text, layers.Embedding(12, 3, mask_zero=True)(vectorize(text))), tf.constant(["a film", "dull"])
    )
    label = keras.Input((1,), dtype="string")
    check_equal(
        keras.Model(label, layers.StringLookup(vocabulary=["red", "blue"])(label)), tf.constant([["blue"], ["?"]])
    )


def bert() -> keras.Model:
    return keras_hub.models.BertBackbone(
        vocabulary_size=len(WORDS), num_layers=1, num_heads=2, hidden_dim=8, intermediate_dim=16, max_sequence_length=6
    )


def test_a_keras_hub_classifier_with_its_tokenizer() -> None:
    keras.utils.set_random_seed(4)
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(
        keras_hub.models.BertTokenizer(vocabulary=WORDS), sequence_length=6
    )
    model = keras_hub.models.BertTextClassifier(bert(), num_classes=2, preprocessor=preprocessor)
    _, again = opened(saved(model))
    texts = ["fine film", "dull"]
    np.testing.assert_array_equal(model.predict(texts, verbose=0), again.predict(texts, verbose=0))


def test_a_keras_hub_backbone() -> None:
    keras.utils.set_random_seed(5)
    inputs = {name: np.ones((1, 6), "int32") for name in ("token_ids", "segment_ids", "padding_mask")}
    check_equal(bert(), inputs)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_models_with_their_cards(folder: Path) -> None:
    content, card = (folder / "model.keras").read_bytes(), (folder / "card.json").read_bytes()
    for prefix in ("", f"{folder.name}/"):
        packed = zip_of({f"{prefix}model.keras": content, f"{prefix}card.json": card, f"{prefix}train.py": b"raise"})
        upload, model = opened(packed, "upload.zip")
        assert upload.card == card_of_folder(folder)
        assert upload.name == folder.name
        original = keras.models.load_model(folder / "model.keras", compile=False)
        for one, other in zip(original.weights, model.weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_card_that_describes_nothing_is_refused_as_a_card(transformer: bytes) -> None:
    with pytest.raises(CardError, match="`card.json` in 'upload.zip' does not describe a model"):
        check_upload("upload.zip", zip_of({"model.keras": transformer, "card.json": b"{}"}))


def test_what_was_checked_is_what_is_handed_on(transformer: bytes) -> None:
    upload = check_upload("My classifier.keras", transformer)
    assert upload.name == "My classifier"
    assert upload.card is None
    assert upload.sha256 == check_upload("other.keras", transformer).sha256
    assert check_upload("again.keras", upload.model).model == upload.model


@keras.saving.register_keras_serializable("Somebody")
class Twice(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 2


def test_a_class_of_somebodys_own_is_named_in_the_refusal() -> None:
    model = keras.Sequential([keras.Input((2,)), Twice(name="doubled")])
    with pytest.raises(
        UnsafeModelError, match=r"'doubled' \(Twice\) names '.*\.Twice', which is not part of Keras"
    ) as caught:
        check_upload("model.keras", saved(model))
    assert "--allow-module" in str(caught.value)


def test_a_loss_of_somebodys_own_is_refused_and_the_advice_helps() -> None:
    def somebodys_loss(expected: Any, received: Any) -> Any:
        return keras.ops.mean(expected - received)

    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss=somebodys_loss)
    with pytest.raises(UnsafeModelError, match=r"names a Python function, 'builtins\.somebodys_loss'") as caught:
        check_upload("model.keras", saved(model))
    assert "`model.compiled = False` before `model.save`" in str(caught.value)
    model.compiled = False
    assert check_upload("model.keras", saved(model)).parameters == 3
