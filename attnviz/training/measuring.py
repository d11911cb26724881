"""The figures of a trained model on its test part, each with a 95 % interval."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error  # type: ignore[import-untyped]

from attnviz.evaluation.resampling import percentile_interval, resampled_sums
from attnviz.models.card import Metric
from attnviz.training.figures import DECIMALS, classification_figures
from attnviz.training.training_data import TrainingData

_DIGITS = 5
"""Of a regression's figures, whose unit may be anything."""

_LEAST_CHANCE = 1e-15


def figures_on_test(data: TrainingData, targets: np.ndarray, outputs: np.ndarray) -> tuple[Metric, ...]:
    """Accuracy (Wilson's interval), macro F1 and log loss of classes; MAE, RMSE and R² of numbers.

    The other intervals come from 1,000 resamples of the test part (percentile bootstrap).

    Args:
        data: Says what kind of figures there are.
        targets: `[examples]`, of the test part.
        outputs: `[examples, classes]` probabilities, or `[examples]` or `[examples, 1]` numbers.

    Returns:
        Without R² where all targets are equal, as it is not defined then.
    """
    if data.classes:
        return _of_classes(targets, np.asarray(outputs, dtype=np.float64))
    return _of_numbers(targets, np.asarray(outputs, dtype=np.float64).reshape(-1))


def _of_classes(targets: np.ndarray, chances: np.ndarray) -> tuple[Metric, ...]:
    accuracy, macro_f1, loss = classification_figures(targets, chances, split="test")
    every = np.arange(chances.shape[1])
    right = targets[:, None] == every
    said = chances.argmax(axis=1)[:, None] == every
    hits, support, called = np.split(resampled_sums(np.concatenate([right & said, right, said], axis=1)), 3, axis=1)
    named = support + called
    scores = np.divide(2 * hits, named, out=np.zeros_like(hits), where=named > 0).mean(axis=1)
    own = np.take_along_axis(chances, targets[:, None], axis=1)
    losses = resampled_sums(-np.log(np.maximum(own / chances.sum(axis=1, keepdims=True), _LEAST_CHANCE)))
    note = f"{len(targets)} examples; bootstrap interval"
    return (
        accuracy,
        replace(macro_f1, interval=_interval(scores), note=note),
        replace(loss, interval=_interval(losses[:, 0] / len(targets)), note=note),
    )


def _of_numbers(targets: np.ndarray, guesses: np.ndarray) -> tuple[Metric, ...]:
    count = len(targets)
    errors, centred = targets - guesses, targets - targets.mean()
    absolute, squared, shift, spread = resampled_sums(
        np.stack([np.abs(errors), errors**2, centred, centred**2], axis=1)
    ).T
    figures = [
        ("MAE", mean_absolute_error(targets, guesses), absolute / count),
        ("RMSE", root_mean_squared_error(targets, guesses), np.sqrt(squared / count)),
    ]
    if np.ptp(targets) > 0:
        varied = spread - shift**2 / count
        varied = np.where(varied > 1e-12 * spread, varied, np.nan)  # one example, drawn again and again
        figures.append(("R²", r2_score(targets, guesses), 1 - squared / varied))
    return tuple(
        Metric(
            name=name,
            value=_rounded(value),
            split="test",
            interval=_interval(drawn, digits=True),
            note=f"{count} examples; bootstrap interval",
        )
        for name, value, drawn in figures
    )


def _interval(drawn: np.ndarray, *, digits: bool = False) -> tuple[float, float] | None:
    lower, upper = percentile_interval(drawn).tolist()
    if not np.isfinite([lower, upper]).all():
        return None
    return (_rounded(lower), _rounded(upper)) if digits else (round(lower, DECIMALS), round(upper, DECIMALS))


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
