"""Numbers with the interval that each lies in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed, quoted

MOST_ROWS = 48


@dataclass(frozen=True, eq=False, kw_only=True)
class IntervalsView:
    """Points with intervals, first one at the top.

    Attributes:
        names: One a row.
        values: float32 `[row]`.
        lower: float32 `[row]`, at most `values`; NaN for no interval.
        upper: float32 `[row]`, at least `values`.
        marked: bool `[row]`, what a reader should look at first.
        x_title: What the numbers are.
        marked_means: What `marked` says; `""` if it says nothing.
        others_mean: What its absence says.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If they differ in number.
    """

    names: tuple[str, ...]
    values: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    marked: np.ndarray
    x_title: str
    marked_means: str = ""
    others_mean: str = ""
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        for name in ("values", "lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.float32))
        object.__setattr__(self, "marked", read_only(self.marked, dtype=np.bool_))
        for name in ("values", "lower", "upper", "marked"):
            if getattr(self, name).shape != (len(self.names),):
                raise ShapeError(
                    f"`{name}` must have one entry for each of the {len(self.names)} names. "
                    f"Received: shape={getattr(self, name).shape}."
                )


def differences_view(
    names: Sequence[str],
    values: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    marked: npt.ArrayLike,
    *,
    x_title: str,
    title: str,
    marked_means: str,
    others_mean: str,
) -> IntervalsView:
    """Differences as a picture around zero; of more than `MOST_ROWS` the largest are shown, in their order.

    Args:
        names: One a difference.
        values: `[difference]`.
        lower: `[difference]`, lower end of its interval.
        upper: `[difference]`, upper end.
        marked: bool `[difference]`.
        x_title: What is the difference of what.
        title: What the picture is.
        marked_means: What `marked` says.
        others_mean: What its absence says.

    Raises:
        ShapeError: As for `IntervalsView`.
    """
    every = [np.asarray(one, dtype=float) for one in (values, lower, upper)]
    flags = np.asarray(marked, dtype=bool)
    if any(one.shape != (len(names),) for one in (*every, flags)):
        raise ShapeError(f"All must have one entry for each of the {len(names)} names.")
    kept = list(range(len(names)))
    if len(names) > MOST_ROWS:
        largest = np.argsort(-np.abs(np.nan_to_num(every[0])), kind="stable")[:MOST_ROWS]
        kept = sorted(int(one) for one in largest)
        title = f"{title}: the {MOST_ROWS} largest of {len(names):,}"
    found = [displayed(names[one]) for one in kept if flags[one]]
    told = f"{marked_means}: {', '.join(map(quoted, found))}." if found else f"All: {others_mean}."
    return IntervalsView(
        names=tuple(displayed(names[one]) for one in kept),
        values=every[0][kept],
        lower=every[1][kept],
        upper=every[2][kept],
        marked=flags[kept],
        x_title=x_title,
        marked_means=marked_means,
        others_mean=others_mean,
        title=title,
        description=f"{title}, {len(kept)} in all. {told}",
    )
