"""How far predicted numbers are from the true ones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.labels import displayed

MOST_POINTS = 2_000
"""Points that are drawn."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ResidualView:
    """True numbers against residuals, truth minus prediction.

    Attributes:
        truth: float32 `[example]`.
        residuals: float32 `[example]`.
        examples: int64 `[example]`, position of each among all examples.
        target: What is predicted, with its unit.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If the three are no lists of the same length.
    """

    truth: np.ndarray
    residuals: np.ndarray
    examples: np.ndarray
    target: str
    title: str = "Residuals"
    description: str = ""

    def __post_init__(self) -> None:
        for name, dtype in (("truth", np.float32), ("residuals", np.float32), ("examples", np.int64)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=dtype))
        shapes = {getattr(self, name).shape for name in ("truth", "residuals", "examples")}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ShapeError(
                "`truth`, `residuals` and `examples` must have shape [example]. Received: shapes "
                f"{self.truth.shape}, {self.residuals.shape} and {self.examples.shape}."
            )


def residual_view(truth: npt.ArrayLike, prediction: npt.ArrayLike, *, target: str, seed: int = 0) -> ResidualView:
    """True and predicted numbers as a picture; of many examples a random part is drawn, with the largest residuals.

    Args:
        truth: `[example]`.
        prediction: `[example]`.
        target: What is predicted, with its unit.
        seed: Of what is drawn.

    Raises:
        ShapeError: If both are no lists of the same length.
    """
    true, predicted = np.asarray(truth, dtype=float), np.asarray(prediction, dtype=float)
    if true.ndim != 1 or true.shape != predicted.shape:
        raise ShapeError(
            f"`truth` and `prediction` must have shape [example]. Received: shapes {true.shape} and {predicted.shape}."
        )
    residuals = true - predicted
    examples, title = np.arange(len(true)), "Residuals"
    if len(true) > MOST_POINTS:
        farthest = np.argsort(-np.abs(residuals), kind="stable")[: MOST_POINTS // 10]
        others = np.setdiff1d(examples, farthest)
        drawn = np.random.default_rng(seed).choice(others, MOST_POINTS - len(farthest), replace=False)
        examples = np.sort(np.concatenate([farthest, drawn]))
        title = f"Residuals: {MOST_POINTS:,} of {len(true):,} examples, the largest among them"
    told = ""
    if len(true):
        low, middle, high = np.percentile(residuals, [5, 50, 95])
        told = f" Half of them are below {middle:.3g}; nine of ten lie between {low:.3g} and {high:.3g}."
    return ResidualView(
        truth=true[examples],
        residuals=residuals[examples],
        examples=examples,
        target=displayed(target) if target else "truth",
        title=title,
        description=f"{title}: truth minus prediction, against the truth.{told}",
    )
