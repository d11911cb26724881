"""Everything that is shown of an evaluation, on the page and in the report, computed once: no click waits for it."""

from dataclasses import dataclass

import pandas as pd

from attnviz.evaluation.calibration import Calibration, calibration
from attnviz.evaluation.class_predictions import confusion
from attnviz.evaluation.curves import Curves, curves
from attnviz.evaluation.metrics import metrics_of
from attnviz.evaluation.results import Evaluation, Figure
from attnviz.evaluation.right_against_wrong import right_against_wrong
from attnviz.evaluation.slices import slices

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
        heads: How heads attend where the model is right and where it is wrong; empty without attention.
        slices: How good the model is on parts of the data.
        model_digest: Which model exactly, as `attnviz.models.digest.folder_digest` gives it; None if not known.
    """

    evaluation: Evaluation
    figures: tuple[Figure, ...]
    heads: pd.DataFrame
    slices: pd.DataFrame
    confusion: pd.DataFrame | None = None
    curves: Curves | None = None
    calibration: Calibration | None = None
    model_digest: str | None = None

    @property
    def source(self) -> str:
        """The model and the data, in words."""
        return f"{self.evaluation.model} on {self.evaluation.data.name}"


def findings_of(evaluation: Evaluation, *, model_digest: str | None = None) -> Findings:
    """What follows from an evaluation of at least one example; `model_digest` as in `Findings`."""
    figures, heads, parts = metrics_of(evaluation), right_against_wrong(evaluation), slices(evaluation)
    if evaluation.task not in WITH_CLASSES:
        return Findings(evaluation=evaluation, figures=figures, heads=heads, slices=parts, model_digest=model_digest)
    return Findings(
        evaluation=evaluation,
        figures=figures,
        heads=heads,
        slices=parts,
        confusion=confusion(evaluation),
        curves=curves(evaluation),
        calibration=calibration(evaluation),
        model_digest=model_digest,
    )
