"""What a model's outputs say, as its card explains them."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from attnviz.errors import CardError
from attnviz.models.card import Card
from attnviz.records import AttentionCapture

PROBABILITY_TOLERANCE = 1e-2
"""How far the probabilities of a row may sum from 1: half precision rounds each of them."""


def prediction_table(card: Card, capture: AttentionCapture) -> pd.DataFrame:
    """The predictions of a run.

    Args:
        card: What the outputs are.
        capture: A run of the card's model, whose tokens lie on the axis `card.input.name`.

    Returns:
        One row a sequence (or, for `token_classification`, a token): `prediction`, and for classes the probability of
        each, from 0 to 1, in a column of its name. For `features`, which predict nothing, rows without columns.

    Raises:
        CardError: If the outputs are not what the card says.
    """
    outputs = predicted_output(card, capture.outputs)
    if card.task == "features":
        return pd.DataFrame(index=range(len(outputs)))
    if card.task == "regression":
        return pd.DataFrame({"prediction": outputs.reshape(len(outputs), -1)[:, 0].astype(float)})
    probabilities = class_probabilities(card, outputs)
    if card.task == "token_classification":
        return _per_token(card, capture, probabilities)
    if probabilities.ndim != 2:
        raise CardError(
            f"Model {card.name!r} is for classification and must give [batch, classes]. Received: "
            f"shape={outputs.shape}. For a prediction at every position its card's task is token_classification."
        )
    return _table(card.classes, probabilities)


def predicted_output(card: Card, outputs: Any) -> np.ndarray:
    """The output that is the prediction, of all that a model returns.

    Raises:
        CardError: If there is none at the card's `prediction_output`.
    """
    flat: list[Any] = keras.tree.flatten(outputs)
    if card.prediction_output >= len(flat):
        raise CardError(
            f"`prediction_output` of card {card.name!r} must be one of the model's outputs, 0 to "
            f"{len(flat) - 1}. Received: {card.prediction_output}."
        )
    return np.asarray(flat[card.prediction_output])


def class_probabilities(card: Card, outputs: np.ndarray) -> np.ndarray:
    """What a classifier gives, as one probability a class.

    Args:
        card: With `classes`, and what the outputs are.
        outputs: `[..., classes]`, or `[..., 1]` where one unit gives the second of two classes.

    Returns:
        `[..., classes]`, 0 to 1, NaN where the model gave NaN.

    Raises:
        CardError: If these are no probabilities of the card's classes.
    """
    classes = len(card.classes)
    single = outputs.shape[-1] == 1 and classes == 2  # one unit gives the second class
    if outputs.shape[-1] != classes and not single:
        raise CardError(
            f"Model {card.name!r} must give one number for each of the card's {classes} classes. "
            f"Received: shape={outputs.shape}."
        )
    if card.outputs == "logits":
        logits = np.concatenate([np.zeros_like(outputs), outputs], axis=-1) if single else outputs
        return _softmax(logits)
    probabilities = np.concatenate([1 - outputs, outputs], axis=-1) if single else outputs
    if probabilities.min() < 0 or np.abs(probabilities.sum(axis=-1) - 1).max() > PROBABILITY_TOLERANCE:
        raise CardError(
            f"Model {card.name!r} must end in probabilities that sum to 1 over the classes. Received: "
            f"values from {probabilities.min():.3g} to {probabilities.max():.3g}. End the model in a softmax, or say "
            '`"outputs": "logits"` in its card.'
        )
    return probabilities


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis; of a logit beside 0 it is the sigmoid."""
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _table(classes: Sequence[str], probabilities: np.ndarray) -> pd.DataFrame:
    chosen = [classes[index] for index in probabilities.argmax(axis=-1)]
    columns = {name: probabilities[:, index] for index, name in enumerate(classes)}
    return pd.DataFrame({"prediction": chosen, **columns})


def _per_token(card: Card, capture: AttentionCapture, probabilities: np.ndarray) -> pd.DataFrame:
    axis = card.input.name
    valid = capture.valid.get(axis)
    if valid is None:
        raise CardError(
            f"Model {card.name!r} is for token_classification, but its input {axis!r} is no sequence of tokens. "
            f"Sequences of the run: {', '.join(map(repr, capture.valid))}."
        )
    if probabilities.ndim != 3 or probabilities.shape[:2] != valid.shape:
        raise CardError(
            f"Model {card.name!r} is for token_classification and must give [batch, tokens, classes] for inputs of "
            f"{list(valid.shape)}. Received: shape={probabilities.shape}."
        )
    samples, positions = np.nonzero(valid)
    labels = capture.sequences[axis]
    table = _table(card.classes, probabilities[samples, positions])
    tokens = [labels[sample][position] for sample, position in zip(samples, positions, strict=True)]
    table.insert(0, "sequence", samples)
    table.insert(1, "position", positions + 1)
    table.insert(2, "token", tokens)
    return table
