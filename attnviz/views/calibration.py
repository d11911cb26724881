"""Whether a model is right as often as it says that it is sure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationView:
    """Confidence against accuracy, in bins of confidence.

    Attributes:
        confidence: float32 `[bin]`, mean probability of the predicted class, from 0 to 1; only bins with examples.
        accuracy: float32 `[bin]`, share of right predictions, from 0 to 1.
        counts: int64 `[bin]`, examples.
        error: Expected calibration error, from 0 to 1: the mean distance of the two, weighted by the counts.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If the three are no lists of the same length.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    counts: np.ndarray
    error: float
    title: str = "Calibration"
    description: str = ""

    def __post_init__(self) -> None:
        for name, dtype in (("confidence", np.float32), ("accuracy", np.float32), ("counts", np.int64)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=dtype))
        shapes = {getattr(self, name).shape for name in ("confidence", "accuracy", "counts")}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ShapeError(
                "`confidence`, `accuracy` and `counts` must have shape [bin]. Received: shapes "
                f"{self.confidence.shape}, {self.accuracy.shape} and {self.counts.shape}."
            )


def calibration_view(
    confidence: npt.ArrayLike, accuracy: npt.ArrayLike, counts: npt.ArrayLike, error: float
) -> CalibrationView:
    """The bins as a picture; those without an example are left out.

    Args:
        confidence: `[bin]`, mean probability of the predicted class.
        accuracy: `[bin]`, share of right predictions.
        counts: `[bin]`, examples.
        error: Expected calibration error.

    Raises:
        ShapeError: As for `CalibrationView`.
    """
    sure, right, number = (np.asarray(one, dtype=float) for one in (confidence, accuracy, counts))
    if sure.ndim == 1 and sure.shape == right.shape == number.shape:
        filled = number > 0
        sure, right, number = sure[filled], right[filled], number[filled]
    title = f"Calibration: expected error {error:.3f}"
    said = ", ".join(f"{one:.0%} sure, {other:.0%} right" for one, other in zip(sure, right, strict=False))
    return CalibrationView(
        confidence=sure,
        accuracy=right,
        counts=number,
        error=float(error),
        title=title,
        description=f"{title}. By confidence: {said}.",
    )
