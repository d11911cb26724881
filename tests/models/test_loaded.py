"""`predict` and `capture` of a loaded model against the Keras model called by hand."""

import zipfile

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import attnviz
from attnviz import AttentionLayerWithWeights, AttentionPooling, CardError, InputError, SelfAttention
from attnviz.models.card import Card, write_card
from attnviz.models.loaded import LONGEST_REASON, LoadedModel
from attnviz.sequences.specification import NumericSpecification, TextSpecification

WORDS = TextSpecification(name="tokens", vocabulary=("good", "bad", "film", "."), maximum_length=6)


def _folder(path, outputs_of, specification=WORDS, **card):
    keras.utils.set_random_seed(5)
    if isinstance(specification, TextSpecification):
        inputs = keras.Input((None,), dtype="int32", name=specification.name)
        hidden = layers.Embedding(6, 4, mask_zero=True)(inputs)
    else:
        inputs = hidden = keras.Input((None, len(specification.features)), name=specification.name)
    path.mkdir()
    keras.Model(inputs, outputs_of(hidden)).save(path / "model.keras")
    fields = {"name": path.name, "title": "Toy", "description": "Toy.", "task": "classification", "classes": ("a", "b")}
    write_card(Card(**{**fields, "input": specification, **card}), path)
    return attnviz.load_model(path)


def _pooled(hidden):
    attended, _ = AttentionLayerWithWeights(name="look")([hidden, hidden, hidden])
    return layers.Dense(2, activation="softmax")(AttentionPooling(name="pool")(attended))


def test_classification_from_text(tmp_path):
    model = _folder(tmp_path / "toy", _pooled)
    table = model.predict(["Good film.", "bad"])
    ids = np.array([[2, 4, 5], [3, 0, 0]])
    expected = np.asarray(model.keras_model(ids))
    assert list(table.columns) == ["prediction", "a", "b"]
    np.testing.assert_allclose(table[["a", "b"]].to_numpy(), expected, atol=1e-6)
    assert list(table["prediction"]) == ["ab"[index] for index in expected.argmax(-1)]
    capture = model.capture(["Good film.", "bad"])
    assert capture.model == "toy"
    assert capture.sequences["tokens"] == (("Good", "film", "."), ("bad", "", ""))
    np.testing.assert_array_equal(capture.valid["tokens"], ids > 0)
    assert [one.name for one in capture.maps] == ["look", "pool"]


def test_one_text_counts_as_one_sequence(tmp_path):
    model = _folder(tmp_path / "toy", _pooled)
    assert len(model.predict("good film")) == 1
    with pytest.raises(InputError):
        model.predict("   ")


def test_prediction_for_every_token(tmp_path):
    model = _folder(
        tmp_path / "toy",
        lambda hidden: layers.Dense(2, activation="softmax")(SelfAttention()(hidden)),
        task="token_classification",
    )
    table = model.predict(["good bad film", "film"])
    assert list(table.columns) == ["sequence", "position", "token", "prediction", "a", "b"]
    assert list(table["token"]) == ["good", "bad", "film", "film"]
    assert list(table["sequence"]) == [0, 0, 0, 1]
    assert list(table["position"]) == [1, 2, 3, 1]
    expected = np.asarray(model.keras_model(np.array([[2, 3, 4]])))[0]
    np.testing.assert_allclose(table[["a", "b"]].to_numpy()[:3], expected, atol=1e-5)


def test_one_sigmoid_unit_gives_the_second_class(tmp_path):
    model = _folder(tmp_path / "toy", lambda hidden: layers.Dense(1, activation="sigmoid")(AttentionPooling()(hidden)))
    row = model.predict("good").iloc[0]
    expected = float(model.keras_model(np.array([[2]]))[0, 0])
    assert row["b"] == pytest.approx(expected, abs=1e-6)
    assert row["a"] + row["b"] == pytest.approx(1)


def test_regression_from_numbers(tmp_path):
    specification = NumericSpecification(name="days", features=("open", "close"), offset=1.0, scale=2.0)
    model = _folder(
        tmp_path / "toy",
        lambda hidden: layers.Dense(1)(AttentionPooling()(hidden)),
        specification,
        task="regression",
        classes=(),
        target="price",
    )
    series = np.array([[1.0, 3.0], [5.0, 7.0]])
    table = model.predict([series])
    expected = float(model.keras_model(((series - 1) / 2)[None].astype("float32"))[0, 0])
    assert table["prediction"].tolist() == [pytest.approx(expected, abs=1e-6)]
    np.testing.assert_array_equal(model.predict(series), table)
    np.testing.assert_array_equal(model.predict(series[None]), table)
    with pytest.raises(InputError):
        model.predict([np.array([[1.0, np.nan]])])


@pytest.mark.parametrize(
    ("outputs_of", "card", "message"),
    [
        (lambda hidden: layers.Dense(2)(AttentionPooling()(hidden)) + 3.0, {}, "must end in probabilities"),
        (
            lambda hidden: layers.Dense(3, activation="softmax")(AttentionPooling()(hidden)),
            {},
            "one number for each of the card's 2 classes",
        ),
        (
            lambda hidden: layers.Dense(2, activation="softmax")(SelfAttention()(hidden)),
            {},
            "its card's task is token_classification",
        ),
        (_pooled, {"prediction_output": 3}, "must be one of the model's outputs, 0 to 0. Received: 3"),
    ],
)
def test_outputs_that_are_not_what_the_card_says(tmp_path, outputs_of, card, message):
    model = _folder(tmp_path / "toy", outputs_of, **card)
    with pytest.raises(CardError, match=message):
        model.predict("good")


def test_the_prediction_among_several_outputs(tmp_path):
    def outputs_of(hidden):
        attended, weights = AttentionLayerWithWeights()([hidden, hidden, hidden])
        return [weights, layers.Dense(2, activation="softmax")(AttentionPooling()(attended))]

    model = _folder(tmp_path / "toy", outputs_of, prediction_output=1)
    assert model.predict("good film")[["a", "b"]].to_numpy().sum() == pytest.approx(1)


def test_lists_of_numbers_count_as_arrays_do(tmp_path):
    specification = NumericSpecification(name="days", features=("open", "close"))
    model = _folder(
        tmp_path / "toy", lambda hidden: layers.Dense(1)(AttentionPooling()(hidden)), specification,
        task="regression", classes=(),
    )  # fmt: skip
    one, other = [[1.0, 3.0], [5.0, 7.0], [2.0, 2.0]], [[0.5, 0.5], [0.0, 1.0], [4.0, 1.0]]
    expected = [float(model.keras_model(np.array([series], "float32"))[0, 0]) for series in (one, other)]
    for series in (one, tuple(map(tuple, one)), [np.array(row) for row in one], pd.DataFrame(one)):
        assert model.predict(series)["prediction"].tolist() == [pytest.approx(expected[0], abs=1e-6)]
    for several in ([one, other], [np.array(one), other], (series for series in (one, other))):
        assert model.predict(several)["prediction"].tolist() == pytest.approx(expected, abs=1e-6)
    for nothing in ([], [[]], 5, "1,2"):
        with pytest.raises(InputError):
            model.predict(nothing)


def test_lists_of_numbers_where_a_step_has_one_feature(tmp_path):
    specification = NumericSpecification(name="days", features=("price",))
    model = _folder(
        tmp_path / "toy", lambda hidden: layers.Dense(1)(AttentionPooling()(hidden)), specification,
        task="regression", classes=(),
    )  # fmt: skip
    assert model.encode([1.0, 2.0, 3.0]).inputs[..., 0].tolist() == [[1, 2, 3]]
    assert model.encode([[1.0], [2.0], [3.0]]).inputs[..., 0].tolist() == [[1, 2, 3]]
    assert model.encode([[1.0, 2.0], [3.0, 4.0]]).inputs[..., 0].tolist() == [[1, 2], [3, 4]]


class Subclassed(keras.Model):
    """Declares no inputs."""

    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(6, 4, mask_zero=True)
        self.look = SelfAttention(name="look")
        self.pool = AttentionPooling(name="pool")
        self.last = layers.Dense(2, activation="softmax")

    def call(self, tokens):
        return self.last(self.pool(self.look(self.embedding(tokens))))


@pytest.mark.parametrize("task", ["classification", "token_classification"])
def test_a_model_without_declared_inputs_takes_one(task):
    keras_model = Subclassed()
    if task == "token_classification":
        keras_model.pool = layers.Identity()
    card = Card(name="toy", title="", description="", task=task, input=WORDS, classes=("a", "b"))
    model = LoadedModel(card=card, keras_model=keras_model)
    capture = model.capture(["good film", "bad"])
    assert capture.sequences["tokens"] == (("good", "film"), ("bad", ""))
    assert capture.valid["tokens"].tolist() == [[True, True], [True, False]]
    assert "input" not in capture.sequences
    assert {one.key_axis for one in capture.maps} == {"tokens"}
    expected = np.asarray(keras_model(np.array([[2, 4], [3, 0]])))
    expected = expected if task == "classification" else expected[[0, 0, 1], [0, 1, 0]]
    np.testing.assert_allclose(model.predictions(capture)[["a", "b"]], expected, atol=1e-6)


def _damaged(path):
    _folder(path, _pooled)
    return path / "model.keras"


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"], ids=["empty", "text", "cut"])
def test_a_damaged_model_is_refused_in_one_line(tmp_path, content):
    file = _damaged(tmp_path / "toy")
    file.write_bytes(content)
    with pytest.raises(
        CardError, match="cannot load .*model.keras: .* Save the model again with `model.save`"
    ) as found:
        attnviz.load_model(tmp_path / "toy")
    assert "\n" not in str(found.value)


def test_a_model_with_a_class_that_nobody_registered_is_refused_in_one_line(tmp_path):
    file = _damaged(tmp_path / "toy")
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content.replace(b"AttentionPooling", b"SomebodysPooling"))
    with pytest.raises(CardError, match="custom layers must be registered") as found:
        attnviz.load_model(tmp_path / "toy")
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < LONGEST_REASON + 200 + len(str(file))


def test_the_models_name_is_the_folders(tmp_path):
    model = _folder(tmp_path / "toy", _pooled, name="another")
    assert model.card.name == "toy"
    assert model.capture("good").model == "toy"
