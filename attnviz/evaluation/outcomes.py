"""What a model said beside what is true, collected batch by batch: one class for each task."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from attnviz.evaluation.reading import ReadBatch
from attnviz.models.card import Card
from attnviz.models.predictions import class_probabilities

TOGETHER = 8192
"""Examples whose losses are computed at once."""
NOT_A_NUMBER = (
    "The model's output is not a finite number (NaN or infinite). Look for values in this row that are far larger than "
    "those the model was trained on; if every row is like this, its weights have diverged."
)

Column = Sequence[Any] | np.ndarray


class Outcomes(ABC):
    """Predictions of one model for one data set, as they come.

    Args:
        card: The model's card.
        targets: What is true, one entry for each example.
    """

    def __init__(self, card: Card, targets: Any) -> None:
        self.card = card
        self.targets = targets

    @abstractmethod
    def add(self, rows: np.ndarray, read: ReadBatch) -> dict[int, str]:
        """Keep the predictions of one batch.

        Args:
            rows: `[batch]`, positions of its examples in the data set.
            read: What the model made of them.

        Returns:
            By its place in the batch, why an example cannot be counted; the others are kept.
        """

    @abstractmethod
    def classes_of_tokens(self, rows: np.ndarray, read: ReadBatch) -> tuple[np.ndarray, np.ndarray]:
        """True and predicted class index of what each token belongs to, `[batch]` or `[batch, length]`; -1 for none."""

    @abstractmethod
    def outputs(self) -> np.ndarray:
        """As `Evaluation.outputs` describes them."""

    @abstractmethod
    def columns(self, rows: np.ndarray) -> dict[str, Column]:
        """`truth`, `prediction`, `right`, `confidence` and `loss` of these examples, all of which were evaluated."""


class ClassOutcomes(Outcomes):
    """Of classification."""

    def __init__(self, card: Card, targets: Any) -> None:
        super().__init__(card, np.asarray(targets, np.int64))
        self._probabilities = np.full((len(self.targets), len(card.classes)), np.nan, np.float32)

    def add(self, rows: np.ndarray, read: ReadBatch) -> dict[int, str]:
        found = class_probabilities(self.card, read.outputs)
        self._probabilities[rows] = found
        return _without_numbers(found)

    def classes_of_tokens(self, rows: np.ndarray, read: ReadBatch) -> tuple[np.ndarray, np.ndarray]:
        return self.targets[rows], self._probabilities[rows].argmax(axis=1)

    def outputs(self) -> np.ndarray:
        return self._probabilities

    def columns(self, rows: np.ndarray) -> dict[str, Column]:
        probabilities, truth = self._probabilities[rows], self.targets[rows]
        predicted = probabilities.argmax(axis=1)
        names = np.array(self.card.classes, dtype=object)
        return {
            "truth": names[truth],
            "prediction": names[predicted],
            "right": truth == predicted,
            "confidence": probabilities.max(axis=1, initial=0.0).astype(np.float64),
            "loss": cross_entropies(truth, probabilities),
        }


class NumberOutcomes(Outcomes):
    """Of regression."""

    def __init__(self, card: Card, targets: Any) -> None:
        super().__init__(card, np.asarray(targets, np.float64))
        self._numbers = np.full(len(self.targets), np.nan)

    def add(self, rows: np.ndarray, read: ReadBatch) -> dict[int, str]:
        found = read.outputs.reshape(len(rows), -1)[:, :1].astype(np.float64)
        self._numbers[rows] = found[:, 0]
        return _without_numbers(found)

    def classes_of_tokens(self, rows: np.ndarray, read: ReadBatch) -> tuple[np.ndarray, np.ndarray]:
        none = np.full(len(rows), -1)
        return none, none

    def outputs(self) -> np.ndarray:
        return self._numbers

    def columns(self, rows: np.ndarray) -> dict[str, Column]:
        truth, predicted = self.targets[rows], self._numbers[rows]
        return {
            "truth": truth,
            "prediction": predicted,
            "right": [None] * len(rows),
            "confidence": np.full(len(rows), np.nan),
            "loss": np.asarray(keras.losses.mean_squared_error(truth[:, None], predicted[:, None]), np.float64),
        }


def cross_entropies(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Keras' cross-entropy of each example.

    Args:
        truth: `[examples]`, class indices.
        probabilities: `[examples, classes]`.

    Returns:
        float64 `[examples]`, nats, at most 16.1: Keras counts a probability below 1e-7 as 1e-7.
    """
    parts = [
        np.asarray(
            keras.losses.sparse_categorical_crossentropy(
                truth[start : start + TOGETHER], probabilities[start : start + TOGETHER]
            ),
            np.float64,
        )
        for start in range(0, len(truth), TOGETHER)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _without_numbers(outputs: np.ndarray) -> dict[int, str]:
    finite = np.isfinite(outputs).all(axis=1)
    return {} if finite.all() else dict.fromkeys(np.flatnonzero(~finite).tolist(), NOT_A_NUMBER)
