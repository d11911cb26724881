"""Truth against prediction: how many examples of each class were taken for which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed, quoted

MOST_CLASSES = 30
"""Classes that a picture shows; of more, those with most examples."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ConfusionView:
    """A confusion matrix.

    Attributes:
        classes: Names, one a row and a column.
        positions: Of the classes among all classes of the model.
        counts: int64 `[truth, prediction]`, examples.
        shares: float32 `[truth, prediction]`, of the examples of each truth that are in `counts`, from 0 to 1; NaN
            where a class has no example.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If the counts are no square of the classes, or one is below 0.
    """

    classes: tuple[str, ...]
    positions: tuple[int, ...]
    counts: np.ndarray
    shares: np.ndarray
    title: str = "Truth against prediction"
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", read_only(self.counts, dtype=np.int64))
        object.__setattr__(self, "shares", read_only(self.shares, dtype=np.float32))
        square = (len(self.classes), len(self.classes))
        for name in ("counts", "shares"):
            if getattr(self, name).shape != square:
                raise ShapeError(
                    f"`{name}` of a confusion matrix must have shape [truth, prediction] = {square}, as its classes "
                    f"say. Received: shape={getattr(self, name).shape}."
                )
        if self.counts.size and self.counts.min() < 0:
            raise ShapeError(f"`counts` must be 0 or more. Received: {self.counts.min()}.")


def confusion_view(
    classes: Sequence[str], counts: npt.ArrayLike, *, title: str = "Truth against prediction"
) -> ConfusionView:
    """The matrix as a picture.

    Args:
        classes: Names, one a row and a column.
        counts: `[truth, prediction]`, examples.
        title: What the picture is.

    Raises:
        ShapeError: As for `ConfusionView`.
    """
    every = np.asarray(counts)
    if every.shape != (len(classes), len(classes)):
        raise ShapeError(
            f"`counts` must have shape [truth, prediction] = {(len(classes), len(classes))}. "
            f"Received: shape={every.shape}."
        )
    # Of most examples, counting those that were taken for it too, and in the order of the model.
    taken = np.sort(np.argsort(-(every.sum(axis=0) + every.sum(axis=1)), kind="stable")[:MOST_CLASSES])
    shown = every[np.ix_(taken, taken)].astype(np.int64)
    totals = every[taken].sum(axis=1, keepdims=True)
    shares = np.divide(shown, totals, out=np.full(shown.shape, np.nan), where=totals > 0)
    names = tuple(displayed(classes[one]) for one in taken)
    left_out = len(classes) - len(taken)
    if left_out:
        title = f"{title}: the {len(taken)} of {len(classes)} classes with most examples"
    return ConfusionView(
        classes=names,
        positions=tuple(int(one) for one in taken),
        counts=shown,
        shares=shares,
        title=title,
        description=_in_words(names, shown, title),
    )


def _in_words(names: Sequence[str], counts: np.ndarray, title: str) -> str:
    examples, right = int(counts.sum()), int(np.trace(counts))
    told = f"{title}. {right:,} of {examples:,} examples lie on the diagonal, where both agree."
    wrong = counts - np.diag(np.diag(counts))
    if wrong.any():
        truth, prediction = np.unravel_index(wrong.argmax(), wrong.shape)
        told += (
            f" The most frequent mistake: {quoted(names[truth])} taken for {quoted(names[prediction])}, "
            f"{wrong.max():,} times."
        )
    return told
