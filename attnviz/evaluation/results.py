"""What an evaluation found, and how far it is: plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import ShapeError
from attnviz.evaluation.attention_over_data import AttentionOverData
from attnviz.evaluation.examples import LabelledData
from attnviz.models.card import Card
from attnviz.sequences.data_sets import SkippedRow

EXAMPLE_COLUMNS = (
    "line",
    "input",
    "truth",
    "prediction",
    "right",
    "confidence",
    "loss",
    "attention entropy",
    "most attended token",
    "length",
)
"""Columns of `Evaluation.examples`."""
LONGEST_INPUT = 160
"""Characters of an input that the table of examples shows."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an evaluation is.

    Attributes:
        done: Examples that were looked at, skipped ones among them.
        total: All examples.
        seconds: How long it has taken so far.
        rows_per_second: Examples a second so far; 0 before the first.
        seconds_left: How long the rest will take at this rate; None before the first examples are done.
    """

    done: int
    total: int
    seconds: float
    rows_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure with how sure it is.

    Attributes:
        name: What was measured ("accuracy").
        value: The figure; NaN where it is not defined, which `note` explains.
        lower: Lower end of its 95 % bootstrap interval; NaN where there is none.
        upper: Upper end.
        examples: Number of examples that it rests on.
        note: How it was measured, its unit, and what was counted how; may be empty.
        per_class: The class that it is about; None for the whole.
    """

    name: str
    value: float
    lower: float
    upper: float
    examples: int
    note: str = ""
    per_class: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """Predictions of a model beside the labels of a data set, and the attention behind them.

    Attributes:
        model: The model's name.
        card: The model's card.
        data: What was evaluated on.
        evaluated: `[examples]`, bool, True where there is a prediction. False for rows that were skipped, and for
            those that a cancelled evaluation did not come to (drawn at random, so that the rest is a fair sample).
        outputs: In the order of `data`: float32 `[examples, classes]` probabilities (classification), float64
            `[examples]` numbers (regression), `[examples]` objects: texts (seq2seq) or float32 `[tokens, classes]`
            probabilities (token_classification). NaN or None where nothing was evaluated.
        examples: One row for each evaluated example, indexed by its position in `data`, with `EXAMPLE_COLUMNS`:
            `line` of the file; `input`, shortened; `truth` and `prediction` as class names, numbers or texts (of
            token_classification the classes of all tokens, joined by spaces); `right` (None for regression);
            `confidence`, 0 to 1: the probability of what was predicted (a mean over the tokens of
            token_classification; NaN for regression); `loss`: cross-entropy in nats, for seq2seq that of the true
            text, a token's mean (NaN where the model cannot write it), for regression the squared error; `attention
            entropy` (nats, mean over all heads and real queries; NaN without attention); `most attended token`
            (None without attention); `length` in tokens or steps.
        skipped: Rows without a prediction, with their line and the reason.
        attention: The attention over all examples; None where none was gathered or the model has none.
        notices: What a person should know of all of it: texts that were cut, attention that cannot be seen.
        settings: Batch size, decoding and the like, by name.
        seconds: How long it took.
        complete: False where it was cancelled.

    Raises:
        ShapeError: If `evaluated` and `examples` do not fit the data.
    """

    model: str
    card: Card
    data: LabelledData
    evaluated: np.ndarray
    outputs: np.ndarray
    examples: pd.DataFrame
    skipped: tuple[SkippedRow, ...] = ()
    attention: AttentionOverData | None = None
    notices: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    complete: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))
        evaluated = np.array(self.evaluated, bool)
        evaluated.flags.writeable = False
        object.__setattr__(self, "evaluated", evaluated)
        count = len(self.data.lines)
        if evaluated.shape != (count,) or len(self.outputs) != count or len(self.examples) != evaluated.sum():
            raise ShapeError(
                f"`evaluated` and `outputs` must have one entry for each of the {count} examples, and `examples` one "
                f"row for each that was evaluated. Received: {evaluated.shape}, {len(self.outputs)} and "
                f"{len(self.examples)} for {int(evaluated.sum())}."
            )

    @property
    def task(self) -> str:
        """The task of the model's card."""
        return self.card.task
