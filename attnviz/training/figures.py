"""The figures that a card quotes, measured on predictions that are already there."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score, log_loss  # type: ignore[import-untyped]

from attnviz.errors import CardError
from attnviz.models.card import Metric
from attnviz.training.intervals import mean_interval, share_interval

DECIMALS = 4
"""To how many decimals a card quotes a figure; `check_figures` allows the last one to differ by one."""


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


def mean_over_seeds(accuracies: Sequence[float], seeds: Sequence[int], *, split: str) -> Metric:
    """The mean accuracy of one recipe over several training seeds, with Student's t interval where there are two.

    Args:
        accuracies: From 0 to 1, one a seed.
        seeds: In the same order.
        split: What the accuracies were measured on.
    """
    each = ", ".join(f"{seed}: {accuracy:.{DECIMALS}f}" for seed, accuracy in zip(seeds, accuracies, strict=True))
    return Metric(
        name="mean accuracy over training seeds",
        value=round(float(np.mean(accuracies)), DECIMALS),
        split=split,
        interval=_rounded(mean_interval(accuracies)) if len(accuracies) > 1 else None,
        note=f"by seed {each}; t interval over the seeds, on one fixed split",
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
        if abs(quoted.get((figure.name, figure.split), np.inf) - figure.value) > 1.01 * 10**-DECIMALS
    ]
    if wrong:
        raise CardError("The figures differ from those of the card. " + "; ".join(wrong) + ".")


def _line(figure: Metric) -> str:
    interval = (
        "" if figure.interval is None else f"  95 % interval {figure.interval[0]:.4f} to {figure.interval[1]:.4f}"
    )
    note = f"  ({figure.note})" if figure.note else ""
    return f"  {figure.name:34} {figure.split:11} {figure.value:.{DECIMALS}f}{interval}{note}"


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    lower, upper = interval
    return round(max(lower, 0.0), DECIMALS), round(min(upper, 1.0), DECIMALS)  # an accuracy ends there
