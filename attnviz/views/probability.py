"""The probability of each class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed, quoted


@dataclass(frozen=True, eq=False, kw_only=True)
class ProbabilityView:
    """Classes with their probabilities.

    Attributes:
        classes: Names, in the order of the model's outputs.
        probabilities: `[class]`, float32, from 0 to 1; NaN where the model gave no number.
        predicted: Position of the predicted class.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If classes and probabilities differ in number, or `predicted` is not one of them.
    """

    classes: tuple[str, ...]
    probabilities: np.ndarray
    predicted: int
    title: str = "Prediction"
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "probabilities", read_only(self.probabilities, dtype=np.float32))
        if self.probabilities.shape != (len(self.classes),):
            raise ShapeError(
                f"`probabilities` must have one entry for each of the {len(self.classes)} classes. "
                f"Received: shape={self.probabilities.shape}."
            )
        if not 0 <= self.predicted < len(self.classes):
            raise ShapeError(
                f"`predicted` must be the position of a class, from 0 to {len(self.classes) - 1}. "
                f"Received: {self.predicted}."
            )


def probability_view(
    classes: Sequence[str], probabilities: npt.ArrayLike, *, title: str = "Prediction"
) -> ProbabilityView:
    """The prediction for one sequence; the class with the highest probability is the predicted one.

    Args:
        classes: Names, in the order of the model's outputs.
        probabilities: `[class]`, from 0 to 1.
        title: What the picture is.

    Raises:
        ShapeError: If classes and probabilities differ in number, or there are none.
    """
    shown = np.asarray(probabilities, dtype=np.float32)
    if shown.ndim != 1 or not shown.size:
        raise ShapeError(f"`probabilities` must have shape [class]. Received: shape={shown.shape}.")
    names = tuple(displayed(name) for name in classes)
    predicted = int(shown.argmax())
    told = ", ".join(f"{quoted(name)} {value:.1%}" for name, value in zip(names, shown, strict=False))
    return ProbabilityView(
        classes=names, probabilities=shown, predicted=predicted, title=title, description=f"{title}: {told}."
    )
