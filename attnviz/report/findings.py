"""Everything that is shown of an evaluation, on the page and in the report, computed once: no click waits for it."""

from dataclasses import dataclass

import pandas as pd

from attnviz.evaluation.calibration import Calibration, calibration
from attnviz.evaluation.class_predictions import confusion
from attnviz.evaluation.curves import Curves, curves
from attnviz.evaluation.metrics import metrics_of
from attnviz.evaluation.results import Evaluation, Figure

WITH_CLASSES = ("classification", "token_classification")


@dataclass(frozen=True, eq=False, kw_only=True)
class Findings:
    """An evaluation with what follows from it.

    Attributes:
        evaluation: Predictions, labels and attention.
        figures: What was measured, the main ones first.
        confusion: Counts, one row a true class and one column a predicted class; None without classes.
        curves: ROC and precision against recall; None without classes.
        calibration: Confidence against accuracy; None without classes.
    """

    evaluation: Evaluation
    figures: tuple[Figure, ...]
    confusion: pd.DataFrame | None = None
    curves: Curves | None = None
    calibration: Calibration | None = None

    @property
    def source(self) -> str:
        """The model and the data, in words."""
        return f"{self.evaluation.model} on {self.evaluation.data.name}"


def findings_of(evaluation: Evaluation) -> Findings:
    """What follows from an evaluation of at least one example."""
    if evaluation.task not in WITH_CLASSES:
        return Findings(evaluation=evaluation, figures=metrics_of(evaluation))
    return Findings(
        evaluation=evaluation,
        figures=metrics_of(evaluation),
        confusion=confusion(evaluation),
        curves=curves(evaluation),
        calibration=calibration(evaluation),
    )
