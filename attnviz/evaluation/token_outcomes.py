"""What a model said of every token beside what is true."""

from typing import Any

import numpy as np

from attnviz.evaluation.outcomes import NOT_A_NUMBER, Column, Outcomes, cross_entropies
from attnviz.evaluation.reading import ReadBatch
from attnviz.models.card import Card
from attnviz.models.predictions import class_probabilities
from attnviz.sequences.messages import counted
from attnviz.sequences.specification import TextSpecification


class TokenOutcomes(Outcomes):
    """Of token_classification: tokens that the model puts around a text have no label and do not count."""

    def __init__(self, card: Card, targets: Any) -> None:
        super().__init__(card, targets)
        around = card.input if isinstance(card.input, TextSpecification) else None
        self._before = len(around.before) if around else 0
        self._after = len(around.after) if around else 0
        self._probabilities = np.full(len(targets), None, dtype=object)

    def add(self, rows: np.ndarray, read: ReadBatch) -> dict[int, str]:
        every = class_probabilities(self.card, read.outputs)
        cut = {notice.sample for notice in read.encoded.notices if notice.kind == "cut"}
        problems: dict[int, str] = {}
        for place, row in enumerate(rows.tolist()):
            found = every[place][self._positions(read.valid[place])]
            labels = len(self.targets[row])
            if labels != len(found) and not (place in cut and labels > len(found)):
                problems[place] = (
                    f"There are {counted(labels, 'label')} for {counted(len(found), 'token')}. Give each token a "
                    "label, and split the text as the model's card says."
                )
            elif not np.isfinite(found).all():
                problems[place] = NOT_A_NUMBER
            else:
                self._probabilities[row] = found.astype(np.float32)
        return problems

    def classes_of_tokens(self, rows: np.ndarray, read: ReadBatch) -> tuple[np.ndarray, np.ndarray]:
        truth = np.full(read.valid.shape, -1)
        prediction = np.full(read.valid.shape, -1)
        for place, row in enumerate(rows.tolist()):
            found = self._probabilities[row]
            if found is not None:
                positions = self._positions(read.valid[place])
                truth[place, positions] = self.targets[row][: len(found)]
                prediction[place, positions] = found.argmax(axis=1)
        return truth, prediction

    def outputs(self) -> np.ndarray:
        return self._probabilities

    def columns(self, rows: np.ndarray) -> dict[str, Column]:
        names = self.card.classes
        found = [self._probabilities[row] for row in rows.tolist()]
        truths = [np.asarray(self.targets[row])[: len(one)] for row, one in zip(rows.tolist(), found, strict=True)]
        predicted = [one.argmax(axis=1) for one in found]
        ends = np.cumsum([len(one) for one in found])
        losses = cross_entropies(np.concatenate(truths), np.concatenate(found)) if found else np.empty(0)
        return {
            "truth": [" ".join(names[index] for index in one) for one in truths],
            "prediction": [" ".join(names[index] for index in one) for one in predicted],
            "right": [bool((one == other).all()) for one, other in zip(truths, predicted, strict=True)],
            "confidence": [float(one.max(axis=1).mean()) for one in found],
            "loss": [float(part.mean()) for part in np.split(losses, ends[:-1])] if found else [],
        }

    def _positions(self, valid: np.ndarray) -> np.ndarray:
        real = np.flatnonzero(valid)
        return real[self._before : len(real) - self._after]
