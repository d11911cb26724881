"""Gathers the attention of a data set while its batches come."""

from typing import Any

import numpy as np

from attnviz.evaluation.attended_tokens import TokenCounter
from attnviz.evaluation.attention_over_data import AttentionOverData
from attnviz.evaluation.batch_attention import BatchStatistics
from attnviz.evaluation.reading import BatchReader
from attnviz.evaluation.resampling import row_means
from attnviz.models.card import Card
from attnviz.sequences.specification import RawTextSpecification, TextSpecification


class AttentionGatherer:
    """The attention of a data set as it grows: three numbers for each example and head, and sums over tokens.

    Args:
        card: The model's card.
        examples: How many there are.
    """

    def __init__(self, card: Card, examples: int) -> None:
        specification = card.input
        text = isinstance(specification, TextSpecification | RawTextSpecification)
        special: frozenset[str] = frozenset()
        if isinstance(specification, TextSpecification):
            special = frozenset((*specification.before, *specification.after))
        self._special = special
        self._tokens = TokenCounter(
            card.classes, lowercase=text and getattr(specification, "lowercase", False), special=special
        )
        self._examples = examples
        self._statistics: np.ndarray | None = None
        self._strongest = np.full(examples, None, dtype=object)

    def add(
        self,
        rows: np.ndarray,
        counts: np.ndarray,
        batch: BatchStatistics,
        truth: np.ndarray,
        prediction: np.ndarray,
    ) -> None:
        """Add one batch.

        Args:
            rows: `[batch]`, positions of its examples.
            counts: `[batch]`, bool, False for those that were not evaluated.
            batch: Its statistics.
            truth: As for `TokenCounter.add`.
            prediction: As for `TokenCounter.add`.
        """
        if self._statistics is None:
            self._statistics = np.full((3, self._examples, batch.entropy.shape[1]), np.nan, np.float32)
        self._statistics[0, rows] = batch.entropy
        self._statistics[1, rows] = batch.normalised_entropy
        self._statistics[2, rows] = batch.distance
        valid = batch.valid
        if not counts.all():
            self._statistics[:, rows[~counts]] = np.nan
            valid = valid & counts[:, None]
        for name, classes in (("truth", truth), ("prediction", prediction)):
            if classes.ndim == 2 and classes.shape != valid.shape:  # the tokens that are read are not those with labels
                none = np.full(len(rows), -1)
                truth, prediction = (none, prediction) if name == "truth" else (truth, none)
        self._tokens.add(batch.labels, batch.shares, valid, truth, prediction)
        self._keep_strongest(rows, batch, valid)

    def finished(self, reader: BatchReader) -> AttentionOverData | None:
        """All of it; None if there was no attention."""
        if self._statistics is None or reader.reads is None:
            return None
        self._statistics.flags.writeable = False
        entropy, normalised, distance = self._statistics
        return AttentionOverData(
            places=reader.places,
            entropy=entropy,
            normalised_entropy=normalised,
            distance=distance,
            tokens=self._tokens.finished(),
            reads=reader.reads,
        )

    def columns(self, rows: np.ndarray) -> dict[str, Any]:
        """`attention entropy` and `most attended token` of these examples."""
        if self._statistics is None:
            return {}
        return {
            "attention entropy": row_means(self._statistics[0, rows]),
            "most attended token": self._strongest[rows],
        }

    def _keep_strongest(self, rows: np.ndarray, batch: BatchStatistics, valid: np.ndarray) -> None:
        shares = np.where(valid & ~np.isnan(batch.shares), batch.shares, -1.0)
        if self._special:
            special = np.array([[label in self._special for label in labels] for labels in batch.labels], bool)
            shares[special] = -1.0
        strongest = shares.argmax(axis=1)
        known = shares[np.arange(len(rows)), strongest] >= 0
        for row, labels, position, is_known in zip(
            rows.tolist(), batch.labels, strongest.tolist(), known.tolist(), strict=True
        ):
            self._strongest[row] = labels[position] if is_known else None
