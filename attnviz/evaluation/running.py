"""`evaluate`: a model over a labelled data set, in batches, with the attention behind every prediction."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from attnviz.capture.heard import heard_warnings
from attnviz.errors import DataError
from attnviz.evaluation.attention_gathering import AttentionGatherer
from attnviz.evaluation.batches import BatchRun, batches_by_length, size_of
from attnviz.evaluation.examples import LabelledData
from attnviz.evaluation.labelled import guess_columns, guess_label_names, labelled_data
from attnviz.evaluation.outcomes import ClassOutcomes, NumberOutcomes, Outcomes
from attnviz.evaluation.reading import BatchReader, ReadBatch
from attnviz.evaluation.results import EXAMPLE_COLUMNS, LONGEST_INPUT, Evaluation, Progress
from attnviz.evaluation.token_outcomes import TokenOutcomes
from attnviz.evaluation.written_outcomes import WrittenOutcomes
from attnviz.models.decodings import Decoding, Greedy
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.data_sets import DataSet, SkippedRow
from attnviz.sequences.messages import counted

BATCH_SIZE = 32
SECONDS_BETWEEN_REPORTS = 0.2


def evaluate(
    model: LoadedModel,
    data: LabelledData | DataSet,
    *,
    batch_size: int = BATCH_SIZE,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    attention: bool = True,
    decoding: Decoding | None = None,
) -> Evaluation:
    """Predict every example of `data`, compare it with its label, and gather where the attention went.

    Examples of about equal length share a batch, and the batches come in a random order: what a cancelled evaluation
    has seen is a fair sample, and the time that is left can be told from the time that it took. Of the attention only
    sums and a few numbers an example are kept. A row that cannot be used is skipped, with its line and the reason.

    Args:
        model: Any model with a prediction.
        data: As `attnviz.evaluation.labelled.labelled_data` gives it for this model's card; or a data set as it was
            read, whose columns and labels are then guessed (`Evaluation.data.columns` says how).
        batch_size: Examples in a batch.
        on_progress: Called now and then, and once at the end, in the same thread.
        cancelled: Asked before every batch; once it says True, what was done so far is given back.
        attention: Whether to gather attention statistics.
        decoding: How a seq2seq model writes, `Greedy()` by default.

    Returns:
        The predictions in the order of the data; `complete` is False where it was cancelled.

    Raises:
        DataError: If the model has nothing to evaluate, the data are for another task, or no row can be used.
        CaptureError: If the model cannot be run.
        CardError: If its outputs are not what its card says.
    """
    _check_task(model)
    if isinstance(data, DataSet):
        columns = guess_columns(data, model.card)
        data = labelled_data(data, model.card, columns, guess_label_names(data, columns, model.card))
    outcomes = _outcomes(model, data)
    if batch_size < 1:
        raise DataError(f"`batch_size` must be at least 1. Received: {batch_size}.")
    if not len(data.lines):
        raise DataError(f"{data.name} has no row that could be evaluated.")
    decoding = (decoding or Greedy()) if model.card.output is not None else None
    run = _Run(model, data, outcomes, attention=attention, decoding=decoding)
    with heard_warnings() as warnings:
        complete = run.over(batch_size, on_progress, cancelled)
    settings: dict[str, Any] = {"batch size": batch_size, "attention": attention}
    if decoding is not None:
        settings["decoding"] = str(decoding)
    return run.evaluation(complete, (*warnings, *run.notices()), settings)


class _Run:
    """One evaluation while it runs."""

    def __init__(
        self, model: LoadedModel, data: LabelledData, outcomes: Outcomes, *, attention: bool, decoding: Decoding | None
    ) -> None:
        self._model, self._data, self._outcomes = model, data, outcomes
        self._reader = BatchReader(model, attention=attention, decoding=decoding)
        self._run = BatchRun(model, self._reader, data.sequences)
        self._attention = AttentionGatherer(model.card, len(data.lines)) if attention else None
        self._evaluated = np.zeros(len(data.lines), bool)
        self._lengths = np.zeros(len(data.lines), np.int64)
        self._skipped: dict[int, str] = {}
        self._cut = 0
        self._seconds = 0.0

    def over(
        self,
        batch_size: int,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> bool:
        """Run all batches; False if it was cancelled."""
        sizes = np.fromiter(map(size_of, self._data.sequences), np.int64, len(self._data.lines)) + 1
        total, every = len(sizes), int(sizes.sum())
        done, work = 0, 0
        started = reported = time.perf_counter()
        complete = True
        with contextlib.closing(self._run.over(batches_by_length(sizes, batch_size))) as batches:
            for batch in batches:
                if cancelled is not None and cancelled():
                    complete = False
                    break
                self._skipped.update(batch.skipped)
                for rows, read in batch.parts:
                    self._add(rows, read)
                done, work = done + len(batch.asked), work + int(sizes[batch.asked].sum())
                now = time.perf_counter()
                if on_progress is not None and now - reported >= SECONDS_BETWEEN_REPORTS:
                    reported = now
                    on_progress(_progress(done, total, work / every, now - started))
        self._seconds = time.perf_counter() - started
        if on_progress is not None:
            on_progress(_progress(done, total, work / every, self._seconds))
        if complete and not self._evaluated.any():
            raise DataError(
                f"No row of {self._data.name} could be evaluated. Line {self._data.lines[min(self._skipped)]}: "
                f"{self._skipped[min(self._skipped)]}"
            )
        return complete

    def notices(self) -> tuple[str, ...]:
        """What a person should know of all examples."""
        notices = []
        if self._cut:
            notices.append(f"{counted(self._cut, 'input')} longer than the model takes: the rest of each was left out.")
        if self._run.padding_counts:
            notices.append(
                "The model reads padding as if it were input. Each input was run without it, as it is on Explore; in a "
                "batch of different lengths its predictions would be others. Mask the padding, for instance with "
                "`Embedding(..., mask_zero=True)` or `layers.Masking()`."
            )
        return tuple(notices)

    def evaluation(self, complete: bool, notices: tuple[str, ...], settings: dict[str, Any]) -> Evaluation:
        """What was found."""
        lines = self._data.lines
        gathered = None if self._attention is None else self._attention.finished(self._reader)
        return Evaluation(
            model=self._model.card.name,
            card=self._model.card,
            data=self._data,
            evaluated=self._evaluated,
            outputs=self._outcomes.outputs(),
            examples=self._examples(),
            skipped=tuple(
                SkippedRow(line=int(lines[row]), reason=reason) for row, reason in sorted(self._skipped.items())
            ),
            attention=gathered,
            notices=notices,
            settings=settings,
            seconds=self._seconds,
            complete=complete,
        )

    def _add(self, rows: np.ndarray, read: ReadBatch) -> None:
        problems = self._outcomes.add(rows, read)
        self._skipped.update({int(rows[place]): reason for place, reason in problems.items()})
        counts = np.ones(len(rows), bool)
        counts[list(problems)] = False
        self._evaluated[rows[counts]] = True
        self._lengths[rows] = read.valid.sum(axis=1)
        self._cut += sum(notice.kind == "cut" for notice in read.encoded.notices)
        if self._attention is not None and read.attention is not None:
            self._attention.add(rows, counts, read.attention, *self._outcomes.classes_of_tokens(rows, read))

    def _examples(self) -> pd.DataFrame:
        rows = np.flatnonzero(self._evaluated)
        sequences = self._data.sequences
        columns: dict[str, Any] = {
            "line": self._data.lines[rows],
            "input": [shortened(sequences[row]) for row in rows.tolist()],
            **self._outcomes.columns(rows),
            "attention entropy": np.full(len(rows), np.nan),
            "most attended token": [None] * len(rows),
            "length": self._lengths[rows],
        }
        if self._attention is not None:
            columns |= self._attention.columns(rows)
        return pd.DataFrame({name: columns[name] for name in EXAMPLE_COLUMNS}, index=pd.Index(rows, name="example"))


def shortened(sequence: Any) -> str:
    """An input in one line of at most `LONGEST_INPUT` characters."""
    if isinstance(sequence, str):
        if len(sequence) <= LONGEST_INPUT and sequence.isprintable():
            return sequence
        text = " ".join(sequence[: 2 * LONGEST_INPUT].split())
        return text if len(text) <= LONGEST_INPUT and len(sequence) <= 2 * LONGEST_INPUT else f"{text[:LONGEST_INPUT]}…"
    numbers = np.asarray(sequence, np.float64).reshape(-1)
    text = ", ".join(f"{number:.6g}" for number in numbers[: LONGEST_INPUT // 2])
    return text if len(text) <= LONGEST_INPUT else f"{text[:LONGEST_INPUT].rsplit(',', 1)[0]}, …"


def _check_task(model: LoadedModel) -> None:
    if model.card.task == "features":
        raise DataError(
            f"Model {model.card.name!r} gives features and predicts nothing, so there is nothing to compare with "
            "labels. Choose a model for classification, regression or sequence to sequence."
        )


def _outcomes(model: LoadedModel, data: LabelledData) -> Outcomes:
    card = model.card
    if data.task != card.task or tuple(data.classes) != tuple(card.classes):
        raise DataError(
            f"{data.name} was read for {data.task} with the classes {', '.join(data.classes) or 'none'}, and model "
            f"{card.name!r} is for {card.task} with {', '.join(card.classes) or 'none'}. Read the file for this model."
        )
    if card.task == "seq2seq":
        return WrittenOutcomes(model, data.targets)
    kinds: dict[str, type[Outcomes]] = {
        "classification": ClassOutcomes,
        "token_classification": TokenOutcomes,
        "regression": NumberOutcomes,
    }
    return kinds[card.task](card, data.targets)


def _progress(done: int, total: int, share: float, seconds: float) -> Progress:
    return Progress(
        done=done,
        total=total,
        seconds=seconds,
        rows_per_second=done / seconds if seconds > 0 else 0.0,
        seconds_left=seconds * (1 - share) / share if share > 0 else None,
    )
