"""Which of the evaluated examples are shown, and in which order: plain functions of the table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.evaluation.class_predictions import class_predictions
from attnviz.evaluation.results import Evaluation

ALL, WRONG, RIGHT = "all", "wrong", "right"

MISTAKES = "most confident mistakes"
FILE = "order of the file"
ORDERS: dict[str, tuple[str, bool]] = {
    "largest loss": ("loss", False),
    "least confident": ("confidence", True),
    "most even attention": ("attention entropy", False),
    "most narrow attention": ("attention entropy", True),
    "longest": ("length", False),
}
"""Column and whether it ascends, by the name of the order."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a person asks for.

    Attributes:
        truth: Name of the true class; None for any.
        prediction: Name of the predicted class; None for any.
        outcome: `ALL`, `WRONG` or `RIGHT`.
        words: What the input must contain, whatever the case; `""` for anything.
        order: `MISTAKES`, `FILE` or one of `ORDERS`.
    """

    truth: str | None = None
    prediction: str | None = None
    outcome: str = ALL
    words: str = ""
    order: str = MISTAKES


def orders_of(task: str) -> list[str]:
    """The orders that make sense for a task, the first one to begin with."""
    if task == "regression":
        return [name for name in (*ORDERS, FILE) if name != "least confident"]
    return [MISTAKES, *ORDERS, FILE]


def filtered(evaluation: Evaluation, asked: Filter) -> pd.DataFrame:
    """The rows of `evaluation.examples` that were asked for, in the order that was asked for."""
    table = evaluation.examples
    kept = np.ones(len(table), dtype=bool)
    if asked.truth is not None or asked.prediction is not None:
        kept &= _in_cell(evaluation, asked.truth, asked.prediction)
    if asked.outcome != ALL:
        kept &= (table["right"] == (asked.outcome == RIGHT)).to_numpy()
    if asked.words.strip():
        kept &= _contains(evaluation, asked.words)
    return ordered(table[kept], asked.order)


def ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """The table in that order; what has no number comes last."""
    if order == FILE:
        return table
    if order == MISTAKES:  # then what was right, the least confident first: nearly a mistake
        right = table["right"].to_numpy(dtype=bool)
        confidence = table["confidence"].to_numpy(dtype=float)
        return table.iloc[np.lexsort((np.where(right, confidence, -confidence), right))]
    column, ascending = ORDERS[order]
    return table.sort_values(column, ascending=ascending, kind="stable", na_position="last")


def _in_cell(evaluation: Evaluation, truth: str | None, prediction: str | None) -> np.ndarray:
    """`[evaluated]`: whether an example, or a token of it, is of these classes."""
    given = class_predictions(evaluation)
    inside = np.ones(len(given.truth), dtype=bool)
    for name, classes in ((truth, given.truth), (prediction, given.predicted)):
        if name is not None:
            inside &= classes == given.classes.index(name)
    return np.bincount(given.example[inside], minlength=given.examples) > 0


def _contains(evaluation: Evaluation, words: str) -> np.ndarray:
    wanted = words.strip().casefold()
    table, sequences = evaluation.examples, evaluation.data.sequences
    if sequences and not isinstance(sequences[0], str):
        return np.array([wanted in str(text).casefold() for text in table["input"]], dtype=bool)
    return np.array([wanted in str(sequences[row]).casefold() for row in table.index], dtype=bool)
