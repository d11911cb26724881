"""Names with a number each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed, quoted

MOST_BARS = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class BarsView:
    """Bars, first one at the top.

    Attributes:
        names: One a bar; they may repeat.
        values: float64 `[bar]`, 0 or more.
        labels: What is written at the end of each bar.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If names, values and labels differ in number, or a value is below 0.
    """

    names: tuple[str, ...]
    values: np.ndarray
    labels: tuple[str, ...]
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values, dtype=np.float64))
        if not self.values.shape == (len(self.names),) == (len(self.labels),):
            raise ShapeError(
                f"`values` and `labels` must have one entry for each of the {len(self.names)} names. "
                f"Received: shape={self.values.shape} and {len(self.labels)} labels."
            )
        if self.values.size and not self.values.min() >= 0:
            raise ShapeError(f"`values` must be 0 or more. Received: {self.values.min()}.")


def bars_view(
    names: Sequence[str],
    values: npt.ArrayLike,
    *,
    title: str,
    labels: Sequence[str] | None = None,
    most: int = MOST_BARS,
) -> BarsView:
    """Names with their numbers as a picture; of more than `most` the first are shown.

    Args:
        names: One a bar, in the order in which they are shown.
        values: `[bar]`, 0 or more.
        title: What the picture is.
        labels: What is written at the end of each bar; whole numbers as they are, by default, others shortened.
        most: Bars that are shown.

    Raises:
        ShapeError: As for `BarsView`.
    """
    every = np.asarray(values, dtype=float)
    if labels is None:
        labels = [f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}" for value in every]
    shown = slice(0, most)
    heading = title if len(names) <= most else f"{title}: the first {most} of {len(names):,}"
    kept = tuple(displayed(name) for name in names[shown])
    told = ", ".join(f"{quoted(name)} {label}" for name, label in zip(kept, labels, strict=False))
    return BarsView(
        names=kept,
        values=every[shown],
        labels=tuple(labels[shown]),
        title=heading,
        description=f"{heading}: {told}.",
    )
