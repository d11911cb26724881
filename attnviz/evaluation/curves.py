"""ROC and precision-recall curves of each class against the rest, and the areas under them."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from attnviz.evaluation.class_predictions import ClassPredictions, class_predictions
from attnviz.evaluation.resampling import RESAMPLES, percentile_interval, resampled_weights, row_means
from attnviz.evaluation.results import Evaluation, Figure

MOST_POINTS = 500
"""Points of a curve that are kept to be drawn; areas are those of the whole curve."""
MOST_CELLS = 6 * 10**7
"""Scores that are drawn again and ordered for the intervals of the areas: a few seconds."""
FEWEST_RESAMPLES = 200
NOT_DEFINED = "not defined: {} has examples of one kind only, so nothing can be ranked against the rest"
NOT_DEFINED_AT_ALL = "not defined: all examples are of one class, so nothing can be ranked against the rest"


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """A curve of one class against the rest.

    Attributes:
        name: The class.
        x: `[points]`: false positive rate, or recall; 0 to 1.
        y: `[points]`: true positive rate, or precision.
        thresholds: `[points]`: from this probability on an example counts as of the class; infinity for never.
        area: ROC: the area under it, 0.5 for chance. Precision-recall: average precision, the share of the class for
            chance. NaN where all examples, or none, are of the class.
        chance: The area that chance reaches.
        positives: Examples of the class.
        examples: All examples.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    thresholds: np.ndarray
    area: float
    chance: float
    positives: int
    examples: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Curves:
    """Curves of all classes that can have one.

    Attributes:
        roc: One a class, false positive rate to true positive rate.
        precision_recall: One a class, recall to precision.
        left_out: Classes of which there is no example, or nothing but.
    """

    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    left_out: tuple[str, ...]


def curves(evaluation: Evaluation) -> Curves:
    """ROC and precision-recall curves of each class against the rest, as scikit-learn draws them.

    Raises:
        DataError: As for `class_predictions`.
    """
    given = class_predictions(evaluation)
    roc, precision_recall, left_out = [], [], []
    for index, name in enumerate(given.classes):
        truth, scores = given.truth == index, given.probabilities[:, index]
        positives = int(truth.sum())
        if positives in (0, len(truth)):
            left_out.append(name)
            continue
        false_positives, true_positives, thresholds = roc_curve(truth, scores)
        area = float(roc_auc_score(truth, scores))
        roc.append(_curve(name, truth, (false_positives, true_positives, thresholds), area, chance=0.5))
        precision, recall, thresholds = precision_recall_curve(truth, scores, drop_intermediate=True)
        area, points = float(average_precision_score(truth, scores)), (recall, precision, np.append(thresholds, np.inf))
        precision_recall.append(_curve(name, truth, points, area, chance=positives / len(truth)))
    return Curves(roc=tuple(roc), precision_recall=tuple(precision_recall), left_out=tuple(left_out))


def area_figures(given: ClassPredictions) -> list[Figure]:
    """Area under the ROC curve and average precision of each class against the rest, and the mean of both.

    Resamples of which an area is not defined do not count. Many examples of many classes are drawn less often than
    `RESAMPLES` times, and of more than a hundred thousand scores a draw there is no interval; the notes say so.
    """
    classes = len(given.classes)
    resamples = int(min(RESAMPLES, MOST_CELLS // max(1, given.probabilities.size)))
    drawn = _resampled_areas(given, resamples) if resamples >= FEWEST_RESAMPLES else None
    if drawn is None:
        note = "; no interval, as there are too many scores to draw them again"
    else:
        note = "" if resamples == RESAMPLES else f"; {resamples} resamples"
    figures = []
    for kind, name, what in (
        (0, "ROC area", "one class against the rest, 0.5 is chance"),
        (1, "average precision", "area under the precision-recall curve, one class against the rest"),
    ):
        areas = np.array([_area(given, index, kind) for index in range(classes)])
        mean = float(areas[~np.isnan(areas)].mean()) if (~np.isnan(areas)).any() else np.nan
        means = None if drawn is None else row_means(drawn[kind][:, ~np.isnan(areas)])
        of_all = f"mean over the classes that have one; {what}{note}" if not np.isnan(mean) else NOT_DEFINED_AT_ALL
        figures.append(_figure(f"macro {name}", mean, means, len(given.truth), of_all))
        for index, of_class in enumerate(given.classes):
            undefined = NOT_DEFINED.format(of_class) if np.isnan(areas[index]) else ""
            figures.append(
                _figure(
                    name,
                    float(areas[index]),
                    None if drawn is None else drawn[kind][:, index],
                    len(given.truth),
                    undefined or f"{what}{note}",
                    per_class=of_class,
                )
            )
    return figures


def _area(given: ClassPredictions, index: int, kind: int) -> float:
    truth = given.truth == index
    if truth.all() or not truth.any():
        return float("nan")
    area = roc_auc_score if kind == 0 else average_precision_score
    return float(area(truth, given.probabilities[:, index]))


def _resampled_areas(given: ClassPredictions, resamples: int) -> tuple[np.ndarray, np.ndarray]:
    """ROC areas and average precisions in each resample, `[resamples, classes]` each; NaN where not defined."""
    orders = []
    for index in range(len(given.classes)):
        scores = given.probabilities[:, index]
        order = np.argsort(-scores, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])  # examples with one score come together
        orders.append((order, starts, (given.truth == index)[order]))
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for weights in resampled_weights(given.examples, resamples=resamples):
        of_rows = weights if len(given.truth) == given.examples else weights[:, given.example]
        both = [_areas(of_rows[:, order], starts, truth) for order, starts, truth in orders]
        parts.append((np.stack([one for one, _ in both], axis=1), np.stack([one for _, one in both], axis=1)))
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])


def _areas(weights: np.ndarray, starts: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ROC area and average precision for weights `[resamples, rows]` of rows from the largest score down."""
    positive = np.add.reduceat(weights * truth, starts, axis=1, dtype=np.float64)
    every = np.add.reduceat(weights, starts, axis=1, dtype=np.float64)
    negative = every - positive
    found, called = positive.cumsum(axis=1), every.cumsum(axis=1)
    positives, negatives = found[:, -1], called[:, -1] - found[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # A negative loses against the positives before it, and draws with those that have the same score.
        roc = (negative * (found - positive / 2)).sum(axis=1) / (positives * negatives)
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        average = (positive * precision).sum(axis=1) / positives
    defined = (positives > 0) & (negatives > 0)
    return np.where(defined, roc, np.nan), np.where(defined, average, np.nan)


def _curve(
    name: str, truth: np.ndarray, points: tuple[np.ndarray, np.ndarray, np.ndarray], area: float, *, chance: float
) -> Curve:
    """A curve of at most `MOST_POINTS` of its points."""
    count = len(points[0])
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
    x, y, thresholds = (one[kept] for one in points)
    return Curve(
        name=name,
        x=x,
        y=y,
        thresholds=thresholds,
        area=area,
        chance=chance,
        positives=int(truth.sum()),
        examples=len(truth),
    )


def _figure(
    name: str, value: float, drawn: np.ndarray | None, examples: int, note: str, *, per_class: str | None = None
) -> Figure:
    interval = np.full(2, np.nan) if drawn is None or np.isnan(value) else percentile_interval(drawn)
    return Figure(
        name=name,
        value=value,
        lower=float(interval[0]),
        upper=float(interval[1]),
        examples=examples,
        note=note,
        per_class=per_class,
    )
