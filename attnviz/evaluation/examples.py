"""Labelled examples that a model can be measured on or learn from, and what had to be done to get them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError

MOST_LINES = 20
"""Lines that a problem names."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns of a data set are what.

    Attributes:
        inputs: Names of the columns that make the input: one, or several whose texts are joined with a space, or whose
            numbers are the steps of a series in this order.
        label: Name of the column with what the model should say; it is none of `inputs`.
    """

    inputs: tuple[str, ...]
    label: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something about a data set that a person should know.

    Attributes:
        kind: `"unreadable"`, `"missing label"`, `"unknown label"`, `"empty input"`, `"unusable input"`,
            `"repeated"`, `"contradictory"`, `"unknown words"`, `"cut"`, `"one class"`, `"absent class"` or
            `"few rows"`.
        count: Rows that it is about; for `"unknown words"` words, for `"absent class"` classes.
        lines: Lines of the file where it is, the first `MOST_LINES` of them.
        message: What is the matter, in a sentence.
        action: What will be done about it, in a sentence.
    """

    kind: str
    count: int
    lines: tuple[int, ...]
    message: str
    action: str


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledData:
    """Examples with what a model should say of each.

    Attributes:
        name: The data set's name.
        sequences: Texts, or float64 arrays `[steps, features]`, as `LoadedModel.encode` takes them.
        targets: For `classification` `[examples]` int64, indices into `classes`; for `regression` `[examples]` float64;
            for `seq2seq` `[examples]` objects, each the expected text; for `token_classification` `[examples]` objects,
            each an int64 array `[tokens]` of indices into `classes`.
        lines: `[examples]` int64: the line of the file that each example stands on.
        task: As in a card.
        classes: Names of the classes in the order of the model's outputs; empty where it has none.
        problems: What was found in the data set, and what was done about it.
        columns: Where input and label were taken from.

    Raises:
        ShapeError: If there is not one target and one line for each sequence.
    """

    name: str
    sequences: Sequence[str | np.ndarray]
    targets: np.ndarray
    lines: np.ndarray
    task: str
    classes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    columns: Columns | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequences", tuple(self.sequences))
        for name in ("targets", "lines"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if not self.targets.shape == self.lines.shape == (len(self.sequences),):
            raise ShapeError(
                f"There must be one target and one line for each of the {len(self.sequences)} sequences. Received: "
                f"targets of shape {self.targets.shape}, lines of shape {self.lines.shape}."
            )

    def __len__(self) -> int:
        return len(self.sequences)
