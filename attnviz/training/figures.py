"""The figures that a card quotes, measured on predictions that are already there."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (  # type: ignore[import-untyped]
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_recall_fscore_support,
    r2_score,
)

from attnviz.errors import CardError
from attnviz.models.card import Metric
from attnviz.training.intervals import mean_interval, share_interval

DECIMALS = 4
"""To how many decimals a card quotes a figure.

`check_figures` allows the last one to differ by one, and figures above 1 by as many parts of themselves.
"""


def classification_figures(classes: npt.ArrayLike, probabilities: npt.ArrayLike, *, split: str) -> tuple[Metric, ...]:
    """Accuracy with its 95 % interval (Wilson), macro F1 and log loss.

    Args:
        classes: `[examples]`, the right class indices.
        probabilities: `[examples, classes]`, each row summing to 1.
        split: What the examples are, such as `"test"`.

    Returns:
        Accuracy and macro F1 from 0 to 1, log loss in nats; rounded to `DECIMALS`.
    """
    right = np.asarray(classes)
    chances = np.asarray(probabilities, dtype=np.float64)
    chosen = chances.argmax(axis=-1)
    hits = int((chosen == right).sum())
    every = np.arange(chances.shape[-1])
    chances = chances / chances.sum(axis=-1, keepdims=True)  # float32 sums to 1 only to about 1e-7
    return (
        Metric(
            name="accuracy",
            value=round(hits / len(right), DECIMALS),
            split=split,
            interval=_rounded(share_interval(hits, len(right))),
            note=f"{hits} of {len(right)} examples; Wilson interval",
        ),
        Metric(
            name="macro F1",
            value=round(float(f1_score(right, chosen, labels=every, average="macro", zero_division=0)), DECIMALS),
            split=split,
        ),
        Metric(name="log loss", value=round(float(log_loss(right, chances, labels=every)), DECIMALS), split=split),
    )


def class_figures(
    classes: npt.ArrayLike, probabilities: npt.ArrayLike, *, index: int, name: str, split: str
) -> tuple[Metric, ...]:
    """F1, precision and recall of one class, such as spam among messages.

    Args:
        classes: `[examples]`, the right class indices.
        probabilities: `[examples, classes]`.
        index: Index of the class.
        name: Its name.
        split: What the examples are, such as `"test"`.

    Returns:
        Each from 0 to 1, rounded to `DECIMALS`; 0 where nothing was found of the class.
    """
    right, chosen = np.asarray(classes) == index, np.asarray(probabilities).argmax(axis=-1) == index
    precision, recall, f1, _ = precision_recall_fscore_support(right, chosen, average="binary", zero_division=0)
    hits = int((right & chosen).sum())
    return (
        Metric(name=f"F1 of {name}", value=round(float(f1), DECIMALS), split=split),
        Metric(
            name=f"precision of {name}",
            value=round(float(precision), DECIMALS),
            split=split,
            note=f"{hits} of {int(chosen.sum())} that were called {name}",
        ),
        Metric(
            name=f"recall of {name}",
            value=round(float(recall), DECIMALS),
            split=split,
            note=f"{hits} of {int(right.sum())} that are {name}",
        ),
    )


def regression_figures(values: npt.ArrayLike, predictions: npt.ArrayLike, *, split: str) -> tuple[Metric, ...]:
    """Mean absolute error, mean squared error and R².

    Args:
        values: `[examples]`, the right values.
        predictions: `[examples]`, or `[examples, 1]` as a model gives them.
        split: What the examples are, such as `"test"`.

    Returns:
        MAE in the unit of the values, MSE in its square, R² up to 1 (0 for a guess of the mean); rounded to `DECIMALS`.
    """
    right, guessed = (np.asarray(one, dtype=np.float64).reshape(-1) for one in (values, predictions))
    return tuple(
        Metric(name=name, value=round(float(figure(right, guessed)), DECIMALS), split=split)
        for name, figure in (("MAE", mean_absolute_error), ("MSE", mean_squared_error), ("R²", r2_score))
    )


def mean_over_seeds(
    values: Sequence[float],
    seeds: Sequence[int],
    *,
    split: str,
    figure: str = "accuracy",
    limits: tuple[float, float] = (0.0, 1.0),
) -> Metric:
    """The mean of one figure of a recipe over several training seeds, with Student's t interval where there are two.

    Args:
        values: One a seed.
        seeds: In the same order.
        split: What the values were measured on.
        figure: Name of the figure.
        limits: Lowest and highest value that the figure can have; the interval ends there.
    """
    each = ", ".join(f"{seed}: {value:.{DECIMALS}f}" for seed, value in zip(seeds, values, strict=True))
    return Metric(
        name=f"mean {figure} over training seeds",
        value=round(float(np.mean(values)), DECIMALS),
        split=split,
        interval=_rounded(mean_interval(values), limits) if len(values) > 1 else None,
        note=f"by seed {each}{'; t interval over the seeds' if len(values) > 1 else ''}, on one fixed split",
    )


def printed(figures: Iterable[Metric]) -> str:
    """Figures as a table of text, one a line."""
    return "\n".join(_line(figure) for figure in figures)


def check_figures(stored: Iterable[Metric], measured: Iterable[Metric], *, source: str) -> None:
    """Compare figures that were measured again with those that a card quotes.

    Args:
        stored: The card's, among others.
        measured: What was measured now.
        source: What the message calls the card.

    Raises:
        CardError: If one of `measured` is not in the card, or differs there by more than rounding does.
    """
    quoted = {(figure.name, figure.split): figure.value for figure in stored}
    wrong = [
        f"{figure.name} on {figure.split}: {source} says {quoted.get((figure.name, figure.split))}, "
        f"measured {figure.value}"
        for figure in measured
        if abs(quoted.get((figure.name, figure.split), np.inf) - figure.value)
        > 1.01 * 10**-DECIMALS * max(1.0, abs(figure.value))
    ]
    if wrong:
        raise CardError("The figures differ from those of the card. " + "; ".join(wrong) + ".")


def _line(figure: Metric) -> str:
    interval = (
        "" if figure.interval is None else f"  95 % interval {figure.interval[0]:.4f} to {figure.interval[1]:.4f}"
    )
    note = f"  ({figure.note})" if figure.note else ""
    return f"  {figure.name:34} {figure.split:11} {figure.value:.{DECIMALS}f}{interval}{note}"


def _rounded(interval: tuple[float, float], limits: tuple[float, float] = (0.0, 1.0)) -> tuple[float, float]:
    lower, upper = interval
    return round(max(lower, limits[0]), DECIMALS), round(min(upper, limits[1]), DECIMALS)
