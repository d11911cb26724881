"""The figures of a regression, beside what a naive guess reaches."""

import numpy as np
import pandas as pd
from sklearn.metrics import (  # type: ignore[import-untyped]
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

from attnviz.errors import DataError
from attnviz.evaluation.resampling import percentile_interval, resampled_sums
from attnviz.evaluation.results import Evaluation, Figure
from attnviz.sequences.specification import NumericSpecification

SCORES = (
    ("MSE", mean_squared_error, "mean squared error, in the square of the target's unit"),
    ("RMSE", root_mean_squared_error, "root of the mean squared error, in the target's unit"),
    ("MAE", mean_absolute_error, "mean absolute error, in the target's unit"),
    ("R²", r2_score, "1 is perfect, 0 what always guessing the mean reaches"),
)


def metrics_of(evaluation: Evaluation) -> tuple[Figure, ...]:
    """MSE, RMSE, MAE and R² over the evaluated examples, and the same of naive guesses, with 95 % bootstrap intervals.

    The naive guesses are the mean of these very targets and, where the input is a series of one feature, its last
    value (persistence).

    Raises:
        DataError: If the model predicts no numbers, or nothing was evaluated.
    """
    truth, predicted = numbers(evaluation)
    guesses = {"": predicted, " of the mean": np.full_like(truth, truth.mean())}
    last = last_values(evaluation)
    if last is not None:
        guesses[" of persistence"] = last
    notes = {
        "": "",
        " of the mean": "naive baseline: always the mean of these targets; ",
        " of persistence": "naive baseline: the last value of the series; ",
    }
    return tuple(figure for what, guess in guesses.items() for figure in _figures(truth, guess, what, notes[what]))


def residuals(evaluation: Evaluation) -> pd.DataFrame:
    """What is left over: one row for each evaluated example.

    Returns:
        Indexed as `Evaluation.examples`: `truth`, `prediction` and `residual`, truth minus prediction: above 0 where
        the model guessed too low.

    Raises:
        DataError: As for `metrics_of`.
    """
    truth, predicted = numbers(evaluation)
    return pd.DataFrame(
        {"truth": truth, "prediction": predicted, "residual": truth - predicted}, index=evaluation.examples.index
    )


def numbers(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted numbers of the evaluated examples, float64 `[evaluated]` each.

    Raises:
        DataError: If the model predicts no numbers, or nothing was evaluated.
    """
    if evaluation.task != "regression":
        raise DataError(f"Model {evaluation.model!r} is for {evaluation.task}; numbers are predicted by a regression.")
    if not evaluation.evaluated.any():
        raise DataError("Nothing was evaluated yet: there is no figure of no example.")
    targets = np.asarray(evaluation.data.targets, np.float64)
    return targets[evaluation.evaluated], evaluation.outputs[evaluation.evaluated]


def last_values(evaluation: Evaluation) -> np.ndarray | None:
    """The last value of each evaluated series, `[evaluated]`; None if the input is no series of one feature."""
    specification = evaluation.card.input
    if not isinstance(specification, NumericSpecification) or specification.picture is not None:
        return None
    if len(specification.features) != 1:
        return None
    rows = np.flatnonzero(evaluation.evaluated)
    sequences = evaluation.data.sequences
    return np.array([np.asarray(sequences[row], np.float64).reshape(-1)[-1] for row in rows.tolist()])


def _figures(truth: np.ndarray, guess: np.ndarray, what: str, note: str) -> list[Figure]:
    errors, centred = truth - guess, truth - truth.mean()
    columns = np.stack([errors**2, np.abs(errors), centred, centred**2], axis=1)
    sums = resampled_sums(columns)
    count = len(truth)
    spread = sums[:, 3] - sums[:, 2] ** 2 / count
    spread = np.where(spread > 1e-12 * np.maximum(sums[:, 3], 1e-300), spread, np.nan)  # one target, drawn again
    drawn = {
        "MSE": sums[:, 0] / count,
        "RMSE": np.sqrt(sums[:, 0] / count),
        "MAE": sums[:, 1] / count,
        "R²": 1 - sums[:, 0] / spread,
    }
    figures = []
    for name, score, meaning in SCORES:
        defined = name != "R²" or bool(np.ptp(truth) > 0)
        interval = percentile_interval(drawn[name]) if defined else np.full(2, np.nan)
        figures.append(
            Figure(
                name=f"{name}{what}",
                value=float(score(truth, guess)) if defined else float("nan"),
                lower=float(interval[0]),
                upper=float(interval[1]),
                examples=count,
                note=f"{note}{meaning if defined else 'not defined: all targets are equal'}",
            )
        )
    return figures
