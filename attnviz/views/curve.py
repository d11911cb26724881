"""Curves over all thresholds: ROC, and precision against recall."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed, quoted

MOST_POINTS = 400
"""Of a drawn line: more than a screen has room for."""
MOST_LINES = 12
"""Lines that can be told apart, and not even these by colour alone."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CurveLine:
    """One line.

    Attributes:
        name: Whose it is, such as a class.
        x: float32 `[point]`, from 0 to 1.
        y: float32 `[point]`, from 0 to 1.
        area: Under the whole line, not only its drawn points.

    Raises:
        ShapeError: If x and y are no two lists of the same length.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    area: float

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.float32))
        if self.x.ndim != 1 or self.x.shape != self.y.shape:
            raise ShapeError(
                f"`x` and `y` of a curve must have shape [point]. Received: shapes {self.x.shape} and {self.y.shape}."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class CurveView:
    """Lines in the unit square.

    Attributes:
        lines: Those that are drawn.
        x_title: What runs across.
        y_title: What runs up.
        chance: Whether the diagonal, what guessing gives, is drawn.
        title: What the picture is.
        description: What the picture shows, in words.
    """

    lines: tuple[CurveLine, ...]
    x_title: str
    y_title: str
    chance: bool = False
    title: str = ""
    description: str = ""


def curve_line(name: str, x: npt.ArrayLike, y: npt.ArrayLike, area: float) -> CurveLine:
    """A line with no more points than are seen; its ends stay."""
    across, up = np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)
    if len(across) > MOST_POINTS and across.shape == up.shape:
        # Evenly along the line: where it is steep, even steps across would leave out what it does.
        length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(across), np.diff(up)))])
        kept = np.unique(np.searchsorted(length, np.linspace(0, length[-1], MOST_POINTS), side="left"))
        kept = np.union1d(kept, [0, len(across) - 1])
        across, up = across[kept], up[kept]
    return CurveLine(name=displayed(name), x=across, y=up, area=float(area))


def roc_view(lines: Sequence[CurveLine]) -> CurveView:
    """False positive rate against true positive rate, over all thresholds."""
    return _view(lines, "ROC", "False positive rate", "True positive rate", chance=True)


def precision_recall_view(lines: Sequence[CurveLine]) -> CurveView:
    """Recall against precision, over all thresholds."""
    return _view(lines, "Precision and recall", "Recall", "Precision", chance=False)


def _view(lines: Sequence[CurveLine], name: str, x_title: str, y_title: str, *, chance: bool) -> CurveView:
    # The hardest classes first where not all can be shown: those are what a person looks for.
    shown = sorted(lines, key=lambda line: line.area)[:MOST_LINES] if len(lines) > MOST_LINES else list(lines)
    left_out = f", the {len(shown)} of {len(lines)} with the smallest areas" if len(lines) > len(shown) else ""
    told = ", ".join(f"{quoted(line.name)} {line.area:.3f}" for line in shown)
    title = f"{name}{left_out}"
    return CurveView(
        lines=tuple(shown),
        x_title=x_title,
        y_title=y_title,
        chance=chance,
        title=title,
        description=f"{title}: {y_title.lower()} against {x_title.lower()}. Areas: {told}.",
    )
