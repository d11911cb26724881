"""What a sequence-to-sequence model wrote beside what is right."""

from typing import Any

import numpy as np

from attnviz.errors import InputError
from attnviz.evaluation.outcomes import Column, Outcomes
from attnviz.evaluation.reading import ReadBatch, WrittenBatch
from attnviz.models.loaded import LoadedModel
from attnviz.models.sequence_to_sequence import forced_ids, output_of
from attnviz.sequences.encoded import EncodedSequences


class WrittenOutcomes(Outcomes):
    """Of seq2seq.

    Args:
        model: The model, which is run once more with the right texts to learn how probable it finds them.
        targets: The right texts.
    """

    def __init__(self, model: LoadedModel, targets: Any) -> None:
        super().__init__(model.card, [str(one) for one in targets])
        self._model = model
        self._texts = np.full(len(self.targets), None, dtype=object)
        self._confidence = np.full(len(self.targets), np.nan)
        self._loss = np.full(len(self.targets), np.nan)

    def add(self, rows: np.ndarray, read: ReadBatch) -> dict[int, str]:
        if not isinstance(read, WrittenBatch):
            raise TypeError(f"Texts are scored from what was written. Received: {type(read).__name__}.")
        table = self._model.predictions(read.capture)
        self._texts[rows] = table["prediction"].to_numpy(dtype=object)
        self._confidence[rows] = table["probability"]
        self._loss[rows] = self._losses([self.targets[row] for row in rows.tolist()], read.encoded)
        return {}

    def classes_of_tokens(self, rows: np.ndarray, read: ReadBatch) -> tuple[np.ndarray, np.ndarray]:
        none = np.full(len(rows), -1)
        return none, none

    def outputs(self) -> np.ndarray:
        return self._texts

    def columns(self, rows: np.ndarray) -> dict[str, Column]:
        right = [self.targets[row] for row in rows.tolist()]
        written = self._texts[rows]
        return {
            "truth": right,
            "prediction": written,
            "right": [same_text(one, other) for one, other in zip(right, written, strict=True)],
            "confidence": self._confidence[rows],
            "loss": self._loss[rows],
        }

    def _losses(self, texts: list[str], encoded: EncodedSequences) -> np.ndarray:
        """Of each right text -ln p a token, its end counted; NaN for one that the model cannot write."""
        output = output_of(self.card)
        writable = []
        for place, text in enumerate(texts):
            try:
                forced_ids(output, [text])
            except InputError:
                continue
            writable.append(place)
        losses = np.full(len(texts), np.nan)
        if not writable:
            return losses
        stand_in = texts[writable[0]]  # so that the batch stays as it was encoded
        given = [text if place in set(writable) else stand_in for place, text in enumerate(texts)]
        capture = self._model.capture_encoded(encoded, outputs=given)
        found = self._model.predictions(capture)["log_probability"].to_numpy(np.float64)
        tokens = np.array([sum(map(bool, labels)) for labels in capture.sequences[output.name]])
        losses[writable] = (-found / tokens)[writable]
        return losses


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, but for space around and between their words."""
    return one.split() == other.split()
