"""The figures of a classifier: loss, accuracy, precision, recall, F1, areas under curves, calibration error."""

import numpy as np
from sklearn.metrics import accuracy_score, precision_recall_fscore_support  # type: ignore[import-untyped]

from attnviz.evaluation.calibration import BINS, calibration_error, gaps_by_bin
from attnviz.evaluation.class_predictions import ClassCounts, ClassPredictions, class_predictions, resampled_counts
from attnviz.evaluation.curves import area_figures
from attnviz.evaluation.resampling import WILSON, percentile_interval, resampled_sums, share_interval
from attnviz.evaluation.results import Evaluation, Figure

AVERAGES = {
    "macro": "mean over the classes that occur in the labels or in the predictions",
    "micro": "over all examples together; equal to the accuracy",
    "weighted": "mean over the classes, each weighted by its number of examples",
}
NOTHING_CALLED = "never predicted: counted as 0"
NOTHING_TRUE = "no example of this class: counted as 0"


def metrics_of(evaluation: Evaluation) -> tuple[Figure, ...]:
    """The figures of a classifier over the evaluated examples, each with its 95 % bootstrap interval.

    Precision, recall and F1 that would divide by 0 count as 0, and their notes say so. For token_classification every
    token counts, and sentences are resampled.

    Raises:
        DataError: If the model predicts no classes, or nothing was evaluated.
    """
    given = class_predictions(evaluation)
    counts = resampled_counts(given)
    return (
        *_loss_and_calibration(given),
        _accuracy(given, counts),
        _baseline(given),
        *_averages(given, counts),
        *area_figures(given),
        *_per_class(given, counts),
    )


def _accuracy(given: ClassPredictions, counts: ClassCounts) -> Figure:
    right = int((given.truth == given.predicted).sum())
    total = len(given.truth)
    interval = share_interval(right, total, counts.hits.sum(axis=1) / counts.support.sum(axis=1))
    note = f"{right:,} of {total:,}{f'; {WILSON}' if right in (0, total) else ''}"
    return _figure("accuracy", accuracy_score(given.truth, given.predicted), interval, total, note)


def _baseline(given: ClassPredictions) -> Figure:
    """What always saying the most frequent class would reach on the same examples."""
    most = int(np.bincount(given.truth, minlength=len(given.classes)).argmax())
    hits = (given.truth == most).astype(np.int64)
    sums = resampled_sums(_by_example(given, np.stack([hits, np.ones_like(hits)], axis=1)))
    return _figure(
        "accuracy of the most frequent class",
        accuracy_score(given.truth, np.full_like(given.truth, most)),
        percentile_interval(sums[:, 0] / sums[:, 1]),
        len(given.truth),
        f"what always saying {given.classes[most]!r} reaches: the naive baseline",
    )


def _loss_and_calibration(given: ClassPredictions) -> tuple[Figure, Figure]:
    losses = given.losses
    gaps = gaps_by_bin(given)
    columns = np.concatenate([np.ones((len(losses), 1)), losses[:, None], gaps], axis=1)
    sums = resampled_sums(_by_example(given, columns))
    return (
        _figure(
            "loss",
            float(losses.mean()),
            percentile_interval(sums[:, 1] / sums[:, 0]),
            len(losses),
            "cross-entropy in nats, as Keras computes it: a probability below 1e-7 counts as 1e-7",
        ),
        _figure(
            "expected calibration error",
            calibration_error(gaps),
            percentile_interval(np.abs(sums[:, 2:]).sum(axis=1) / sums[:, 0]),
            len(losses),
            f"Guo et al. (2017), {BINS} bins of equal width; 0 is calibrated. Few examples a bin make it too large",
        ),
    )


def _averages(given: ClassPredictions, counts: ClassCounts) -> list[Figure]:
    occurs = (counts.support + counts.called) > 0
    weights = counts.support / counts.support.sum(axis=1, keepdims=True)
    every = counts.hits.sum(axis=1) / counts.support.sum(axis=1)
    resampled = _scores(counts)
    figures = []
    for average, note in AVERAGES.items():
        values = precision_recall_fscore_support(given.truth, given.predicted, average=average, zero_division=0)
        for name, value, each in zip(resampled, values, resampled.values(), strict=False):
            if average == "micro":
                drawn = every
            elif average == "macro":
                drawn = np.where(occurs, each, 0.0).sum(axis=1) / occurs.sum(axis=1)
            else:
                drawn = (weights * each).sum(axis=1)
            interval = percentile_interval(drawn)
            figures.append(_figure(f"{average} {name}", float(value), interval, len(given.truth), note))
    return figures


def _per_class(given: ClassPredictions, counts: ClassCounts) -> list[Figure]:
    labels = list(range(len(given.classes)))
    precision, recall, f1, support = precision_recall_fscore_support(
        given.truth, given.predicted, labels=labels, average=None, zero_division=0
    )
    called = np.bincount(given.predicted, minlength=len(labels))
    intervals = {name: percentile_interval(each) for name, each in _scores(counts).items()}
    figures = []
    for index, of_class in enumerate(given.classes):
        no_call = NOTHING_CALLED if not called[index] else ""
        no_truth = NOTHING_TRUE if not support[index] else ""
        for name, value, examples, note in (
            ("precision", precision[index], called[index], no_call),
            ("recall", recall[index], support[index], no_truth),
            ("F1", f1[index], support[index], no_truth or no_call),
        ):
            figures.append(
                _figure(name, float(value), intervals[name][:, index], int(examples), note, per_class=of_class)
            )
    return figures


def _scores(counts: ClassCounts) -> dict[str, np.ndarray]:
    """Precision, recall and F1 of each class in each resample, `[resamples, classes]`; 0 for what would divide by 0."""
    return {
        "precision": counts.hits / np.maximum(counts.called, 1),
        "recall": counts.hits / np.maximum(counts.support, 1),
        "F1": 2 * counts.hits / np.maximum(counts.support + counts.called, 1),
    }


def _by_example(given: ClassPredictions, columns: np.ndarray) -> np.ndarray:
    """`[rows, sums]` added up over the rows of each example, `[examples, sums]`."""
    if len(given.truth) == given.examples:
        return columns
    return np.stack([np.bincount(given.example, one, given.examples) for one in columns.T], axis=1)


def _figure(
    name: str, value: float, interval: np.ndarray, examples: int, note: str, *, per_class: str | None = None
) -> Figure:
    return Figure(
        name=name,
        value=float(value),
        lower=float(interval[0]),
        upper=float(interval[1]),
        examples=examples,
        note=note,
        per_class=per_class,
    )
