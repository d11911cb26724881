"""Small seeded models with labelled data, and evaluations that are written down instead of run."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from attnviz.evaluation.examples import LabelledData
from attnviz.evaluation.results import EXAMPLE_COLUMNS, Evaluation
from attnviz.layers import AttentionPooling, SelfAttention
from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.specification import NumericSpecification, TextSpecification

VOCABULARY = ("good", "bad", "film", "very", ".")
WORDS = TextSpecification(name="tokens", vocabulary=VOCABULARY, maximum_length=8)


def model_of(outputs_of, specification=WORDS, **card):
    keras.utils.set_random_seed(5)
    if isinstance(specification, TextSpecification):
        inputs = keras.Input((None,), dtype="int32", name=specification.name)
        hidden = layers.Embedding(len(VOCABULARY) + 2, 6, mask_zero=True)(inputs)
    else:
        inputs = hidden = keras.Input((None, len(specification.features)), name=specification.name)
    model = keras.Model(inputs, outputs_of(hidden))
    model.set_weights([4 * one for one in model.get_weights()])  # untrained, but of many minds
    fields = {"name": "toy", "title": "Toy", "description": "", "task": "classification", "classes": ("no", "yes")}
    return LoadedModel(card=Card(**{**fields, "input": specification, **card}), keras_model=model)


def labelled(model, sequences, targets):
    return LabelledData(
        name="toy.csv",
        sequences=sequences,
        targets=targets,
        lines=np.arange(len(sequences)) + 2,
        task=model.card.task,
        classes=model.card.classes,
    )


@pytest.fixture(scope="session")
def texts():
    generator = np.random.default_rng(3)
    return [" ".join(generator.choice(VOCABULARY, generator.integers(1, 9))) for _ in range(70)]


@pytest.fixture(scope="session")
def classifier():
    return model_of(
        lambda hidden: layers.Dense(2, activation="softmax")(AttentionPooling()(SelfAttention(name="look")(hidden)))
    )


@pytest.fixture(scope="session")
def tagger():
    return model_of(
        lambda hidden: layers.Dense(2, activation="softmax")(SelfAttention(name="look")(hidden)),
        task="token_classification",
    )


@pytest.fixture(scope="session")
def forecaster():
    specification = NumericSpecification(name="days", features=("price",), step="day")
    return model_of(
        lambda hidden: layers.Dense(1)(AttentionPooling(name="pool")(layers.Dense(4)(hidden))),
        specification,
        task="regression",
        classes=(),
    )


@pytest.fixture(scope="session")
def classified():
    """Evaluation of a classifier by what is true and what was said."""

    def make(truth, probabilities, classes=None, **fields):
        chances = np.asarray(probabilities, np.float32)
        names = classes or tuple("abcdefgh"[: chances.shape[1]])
        card = Card(name="toy", title="", description="", task="classification", classes=names, input=WORDS)
        right = np.asarray(truth) == chances.argmax(1)
        return written_down(
            card,
            ["word"] * len(truth),
            np.asarray(truth, np.int64),
            chances,
            truth=[names[one] for one in truth],
            prediction=[names[one] for one in chances.argmax(1)],
            right=right,
            confidence=chances.max(1).astype(float),
            **fields,
        )

    return make


def written_down(card, sequences, targets, outputs, *, attention=None, evaluated=None, **columns):
    count = len(sequences)
    evaluated = np.ones(count, bool) if evaluated is None else evaluated
    data = LabelledData(
        name="toy.csv",
        sequences=sequences,
        targets=targets,
        lines=np.arange(count) + 2,
        task=card.task,
        classes=card.classes,
    )
    defaults = {
        "line": data.lines,
        "input": [str(one) for one in sequences],
        "truth": list(targets),
        "prediction": list(outputs),
        "right": [None] * count,
        "confidence": np.full(count, np.nan),
        "loss": np.zeros(count),
        "attention entropy": np.full(count, np.nan),
        "most attended token": [None] * count,
        "length": np.ones(count, int),
    }
    table = pd.DataFrame({name: {**defaults, **columns}[name] for name in EXAMPLE_COLUMNS})
    return Evaluation(
        model=card.name,
        card=card,
        data=data,
        evaluated=evaluated,
        outputs=outputs,
        examples=table[evaluated],
        attention=attention,
    )


@pytest.fixture(scope="session")
def regressed():
    """Evaluation of a regression over series of one number a day."""

    def make(truth, predictions, series=None):
        specification = NumericSpecification(name="days", features=("price",), step="day")
        card = Card(name="toy", title="", description="", task="regression", input=specification)
        series = series or [np.zeros((2, 1))] * len(truth)
        errors = (np.asarray(truth) - np.asarray(predictions)) ** 2
        return written_down(card, series, np.asarray(truth, float), np.asarray(predictions, float), loss=errors)

    return make


@pytest.fixture(scope="session")
def data_of():
    return labelled


@pytest.fixture(scope="session")
def toy_model():
    return model_of
