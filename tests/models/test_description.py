import keras
import numpy as np
import pytest
from keras import layers

from attnviz import AttentionPooling, load_model
from attnviz.models.card import Card
from attnviz.models.description import LAYER_COLUMNS, describe_model
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.specification import TextSpecification

WORDS = TextSpecification(name="tokens", vocabulary=("good", "bad", "film", "."), maximum_length=6)


def _described(outputs_of, specification=WORDS, inputs=None, **card):
    if inputs is None:
        inputs = keras.Input((None,), dtype="int32", name=specification.name)
    hidden = layers.Embedding(6, 4, mask_zero=True)(inputs) if len(inputs.shape) == 2 else inputs
    model = keras.Model(inputs, outputs_of(hidden))
    fields = {"name": "toy", "title": "Toy", "description": "Toy.", "task": "features", "input": specification, **card}
    return describe_model(LoadedModel(card=Card(**fields), keras_model=model)), model


def _several(hidden):
    pooled = AttentionPooling(name="pool")(layers.MultiHeadAttention(3, 4, name="look")(hidden, hidden))
    short = layers.Conv1D(4, 2, strides=2, padding="same", name="halve")(hidden)
    return pooled, layers.MultiHeadAttention(2, 4, name="across")(hidden, short)


def test_the_attention_layers_are_listed_in_call_order():
    description, model = _described(_several)
    assert tuple(description.layers.columns) == LAYER_COLUMNS
    rows = description.layers.to_dict("records")
    assert [(row["layer"], row["call"], row["heads"], row["kind"]) for row in rows] == [
        ("look", 1, 3, "self"),
        ("across", 1, 2, "cross"),
        ("pool", 1, 1, "pooled"),
    ]
    assert (rows[0]["query axis"], rows[0]["key axis"]) == ("tokens", "tokens")
    assert rows[1]["query axis"] == "tokens"
    assert description.parameters == sum(int(np.prod(weight.shape)) for weight in model.weights)
    assert description.notices == ()


@pytest.mark.parametrize("columns", ["60", "200"])
def test_the_summary_is_plain_text_however_wide_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    description, _ = _described(_several)
    assert description.summary.isascii()
    assert max(map(len, description.summary.splitlines())) <= min(80, int(columns))
    assert "Param #" in description.summary
    for word in ("look", "pool", "halve", "Total params"):
        assert word in description.summary


def test_a_model_without_attention_is_said_to_have_none():
    description, _ = _described(
        lambda hidden: layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(hidden))
    )
    assert description.layers.empty
    assert description.notices[0].startswith("No attention was found")


def test_what_the_capture_warns_of_is_passed_on():
    class Cell(layers.Layer):
        state_size = 4
        output_size = 4

        def build(self, shape):
            self.kernel = self.add_weight(shape=(4, 4))

        def call(self, inputs, states):
            weights = keras.ops.softmax(inputs @ self.kernel)
            mixed = keras.ops.expand_dims(weights, 1) @ keras.ops.expand_dims(states[0], -1)
            return keras.ops.squeeze(mixed, 1) + inputs, [inputs]

    description, _ = _described(lambda hidden: layers.RNN(Cell(), name="loop")(hidden))
    assert any("loop" in notice for notice in description.notices)


def test_a_model_that_cannot_be_run_is_described_all_the_same():
    tokens = TextSpecification(name="tokens", vocabulary=("a",) * 1 + tuple("bcdefghij"), maximum_length=3, first_id=90)
    description, model = _described(_several, tokens)
    assert description.parameters == model.count_params()
    assert description.layers.empty
    assert description.notices[0].startswith("The model could not be run: ")


@pytest.mark.parametrize("name", ["sentiment", "digits"])
def test_the_shipped_models(name):
    model = load_model(name)
    description = describe_model(model)
    assert description.notices == ()
    assert set(description.layers["kind"]) <= {"self", "pooled"}
    assert len(description.layers) > 1
    assert description.parameters == model.card.parameters
