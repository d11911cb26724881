"""A data set through a model: while one batch is counted, the next one runs and the one after is encoded."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attnviz.errors import CaptureError, InputError
from attnviz.evaluation.ahead import ahead
from attnviz.evaluation.reading import BatchReader, ReadBatch, WrittenBatch
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.encoded import EncodedSequences

SEED = 0
"""Of the order of the batches: it is the same in every run."""
PADDING_TOLERANCE = 1e-3
"""By which part a prediction may differ between a batch and alone: rounding stays far below it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedBatch:
    """Rows that were encoded together.

    Attributes:
        asked: `[asked]`, rows of the data set.
        rows: `[batch]`, those of them that the model can take.
        encoded: As it takes them; None if there is none.
        skipped: Why it cannot take the others, by row.
    """

    asked: np.ndarray
    rows: np.ndarray
    encoded: EncodedSequences | None
    skipped: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class DoneBatch:
    """What became of the rows of one batch.

    Attributes:
        asked: `[asked]`, rows of the data set.
        parts: Rows that were run together, and what the model made of them: one part, or several where the model could
            not be run on all at once.
        skipped: Why there is nothing of the others, by row.
    """

    asked: np.ndarray
    parts: Sequence[tuple[np.ndarray, ReadBatch]]
    skipped: Mapping[int, str]


class BatchRun:
    """Runs a model over sequences.

    Args:
        model: The model.
        reader: What reads its batches.
        sequences: What it is given.
    """

    def __init__(self, model: LoadedModel, reader: BatchReader, sequences: Sequence[Any]) -> None:
        self._model, self._reader, self._sequences = model, reader, sequences
        self._runs = False
        self._padding_counts: bool | None = None

    @property
    def padding_counts(self) -> bool:
        """Whether the model says something else where shorter inputs were padded: inputs then ran length by length."""
        return self._padding_counts is True

    def over(self, batches: Iterator[np.ndarray]) -> Generator[DoneBatch]:
        """What becomes of each batch of rows, in order.

        Raises:
            CaptureError: If the model can be run on no row of the first batch.
            CardError: If its outputs are not what its card says.
        """
        return ahead(self._read, ahead(self._encoded, batches))

    def _encoded(self, rows: np.ndarray) -> EncodedBatch:
        """These rows as the model takes them, without those that it cannot take."""
        try:
            encoded = self._model.encode([self._sequences[row] for row in rows.tolist()])
            return EncodedBatch(asked=rows, rows=rows, encoded=encoded)
        except InputError as error:
            if len(rows) == 1:
                return EncodedBatch(asked=rows, rows=rows[:0], encoded=None, skipped={int(rows[0]): str(error)})
        alone = [self._encoded(rows[place : place + 1]) for place in range(len(rows))]
        skipped = {row: reason for one in alone for row, reason in one.skipped.items()}
        usable = np.concatenate([one.rows for one in alone])
        together = self._model.encode([self._sequences[row] for row in usable.tolist()]) if len(usable) else None
        return EncodedBatch(asked=rows, rows=usable, encoded=together, skipped=skipped)

    def _read(self, batch: EncodedBatch) -> DoneBatch:
        if batch.encoded is None:
            return DoneBatch(asked=batch.asked, parts=(), skipped=batch.skipped)
        try:
            parts = self._parts(batch.rows, batch.encoded)
        except CaptureError as error:
            if len(batch.rows) > 1:
                return self._read_alone(batch, error)
            if not self._runs:  # the model itself, as far as is known
                raise
            return DoneBatch(asked=batch.asked, parts=(), skipped={**batch.skipped, int(batch.rows[0]): str(error)})
        self._runs = True
        return DoneBatch(asked=batch.asked, parts=parts, skipped=batch.skipped)

    def _parts(self, rows: np.ndarray, encoded: EncodedSequences) -> Sequence[tuple[np.ndarray, ReadBatch]]:
        lengths = encoded.valid.sum(axis=1)
        if not self._padding_counts:
            read = self._reader.read(encoded)
            if self._padding_counts is None and np.ptp(lengths) > 0 and not isinstance(read, WrittenBatch):
                self._padding_counts = self._differs_alone(rows, read, int(lengths.argmin()))
            if not self._padding_counts:
                return ((rows, read),)
        return self._read_by_length(rows, lengths)

    def _differs_alone(self, rows: np.ndarray, read: ReadBatch, place: int) -> bool:
        """Whether the model, run on one row without padding, says something else of it than among longer ones."""
        encoded = self._encoded(rows[place : place + 1]).encoded
        if encoded is None:
            return False
        alone, among = said_of(self._reader.read(encoded), 0), said_of(read, place)
        return alone.shape != among.shape or not np.allclose(alone, among, rtol=PADDING_TOLERANCE, atol=1e-4)

    def _read_by_length(self, rows: np.ndarray, lengths: np.ndarray) -> list[tuple[np.ndarray, ReadBatch]]:
        """Rows of one length at a time, without padding, so that each gets the prediction that it gets alone."""
        parts: list[tuple[np.ndarray, ReadBatch]] = []
        for length in np.unique(lengths):
            alike = rows[lengths == length]
            encoded = self._encoded(alike).encoded
            if encoded is not None:
                parts.append((alike, self._reader.read(encoded)))
        return parts

    def _read_alone(self, batch: EncodedBatch, problem: CaptureError) -> DoneBatch:
        """Row by row: which of them is it that the model cannot be run on?"""
        parts: list[tuple[np.ndarray, ReadBatch]] = []
        skipped = dict(batch.skipped)
        for place in range(len(batch.rows)):
            row = batch.rows[place : place + 1]
            encoded = self._encoded(row).encoded
            try:
                if encoded is not None:
                    parts.append((row, self._reader.read(encoded)))
            except CaptureError as error:
                skipped[int(row[0])] = str(error)
        if not parts and not self._runs:
            raise problem
        self._runs = True
        return DoneBatch(asked=batch.asked, parts=parts, skipped=skipped)


def said_of(read: ReadBatch, place: int) -> np.ndarray:
    """What a model said of one example of a batch, without padding."""
    found = read.outputs[place]
    real = read.valid[place]
    return found[real] if read.outputs.ndim > 2 and len(found) == len(real) else found


def batches_by_length(sizes: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Rows of about equal size, the batches in a random order that is always the same.

    Args:
        sizes: `[rows]`, something that grows with the length of each.
        batch_size: Rows in a batch; the one with the longest may have fewer.
    """
    ordered = np.argsort(sizes, kind="stable")
    starts = np.arange(0, len(ordered), batch_size)
    np.random.default_rng(SEED).shuffle(starts)
    for start in starts.tolist():
        yield ordered[start : start + batch_size]


def size_of(sequence: Any) -> int:
    """Something that grows with the length of a sequence, without splitting a text."""
    return len(sequence) if hasattr(sequence, "__len__") else 1
