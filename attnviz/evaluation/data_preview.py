"""A labelled data set at a glance: how much there is, of which class, and how long."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.evaluation.examples import LabelledData


@dataclass(frozen=True, eq=False, kw_only=True)
class DataPreview:
    """What a person sees of labelled data before anything is run.

    Attributes:
        examples: Rows that will be used.
        left_out: Rows of the file that will not be.
        class_balance: One row a class of the model, in its order: `class`, `examples` (tokens, for
            `token_classification`), `share` from 0 to 1. Empty for a task without classes.
        lengths: One row a bin: `from` and `to` (both inclusive) and `examples`. Words of a text, steps of a series.
        unit: What `lengths` counts: `"words"` or `"steps"`.
        shortest: Least length.
        median: The length that half of the examples have at most.
        longest: Greatest length.
        targets: For a regression one row: `least`, `mean`, `median`, `greatest` and `standard_deviation` of the
            numbers; else empty.
    """

    examples: int
    left_out: int
    class_balance: pd.DataFrame
    lengths: pd.DataFrame
    unit: str
    shortest: int
    median: float
    longest: int
    targets: pd.DataFrame


_MOST_BINS = 20
_LEAVE_OUT = ("unreadable", "missing label", "unknown label", "empty input", "unusable input")


def preview(labelled: LabelledData) -> DataPreview:
    """Counts, balance of the classes and lengths of labelled data."""
    is_text = bool(labelled.sequences) and isinstance(labelled.sequences[0], str)
    lengths = np.array([len(one.split()) if isinstance(one, str) else len(one) for one in labelled.sequences])
    return DataPreview(
        examples=len(labelled),
        left_out=sum(one.count for one in labelled.problems if one.kind in _LEAVE_OUT),
        class_balance=_class_balance(labelled),
        lengths=_histogram(lengths),
        unit="words" if is_text else "steps",
        shortest=int(lengths.min()),
        median=float(np.median(lengths)),
        longest=int(lengths.max()),
        targets=_summary(labelled),
    )


def _class_balance(labelled: LabelledData) -> pd.DataFrame:
    names = labelled.classes
    targets = labelled.targets
    if labelled.task == "token_classification":
        targets = np.concatenate(list(targets))
    counts = np.bincount(targets, minlength=len(names)) if names else np.array([], dtype=np.int64)
    return pd.DataFrame({"class": list(names), "examples": counts, "share": counts / max(1, counts.sum())})


def _histogram(lengths: np.ndarray) -> pd.DataFrame:
    """Bins of whole numbers, all equally wide."""
    least, greatest = int(lengths.min()), int(lengths.max())
    width = -(-(greatest - least + 1) // _MOST_BINS)
    bins = (lengths - least) // width
    starts = least + width * np.arange(bins.max() + 1)
    return pd.DataFrame({"from": starts, "to": starts + width - 1, "examples": np.bincount(bins)})


def _summary(labelled: LabelledData) -> pd.DataFrame:
    if labelled.task != "regression":
        return pd.DataFrame(columns=["least", "mean", "median", "greatest", "standard_deviation"])
    numbers = labelled.targets
    return pd.DataFrame(
        {
            "least": [numbers.min()],
            "mean": [numbers.mean()],
            "median": [np.median(numbers)],
            "greatest": [numbers.max()],
            "standard_deviation": [numbers.std()],
        }
    )
