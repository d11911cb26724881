"""What the forecast model is compared with: last year, eleven years ago, and autoregression."""

from dataclasses import replace

import numpy as np

from attnviz.models.card import Metric
from attnviz.training.figures import regression_figures
from attnviz.training.recipe import Part

CYCLE = 11
ORDER = 9


def baseline_figures(known: list[Part], tested: Part) -> tuple[Metric, ...]:
    """Figures of each baseline on the test; those of the strongest, autoregression, have the names of the model's own.

    Args:
        known: Parts that come before the test; autoregression is fitted on all of them.
        tested: The test.
    """
    tests = {
        "": (f"AR({ORDER}), by least squares on all years before the test", autoregression(known, tested)),
        " of persistence": ("as many as last year", past(tested, 1)),
        f" of lag {CYCLE}": (f"as many as {CYCLE} years before", past(tested, CYCLE)),
    }
    return tuple(
        replace(figure, name=f"{figure.name}{name}", note=note)
        for name, (note, predicted) in tests.items()
        for figure in regression_figures(tested.targets, predicted, split="test")
    )


def past(part: Part, years: int) -> np.ndarray:
    """The value `years` before the one that is asked for, `[examples]`."""
    return np.asarray(part.sequences)[:, -years, 0]


def autoregression(known: list[Part], tested: Part) -> np.ndarray:
    """What a linear function of the last `ORDER` years and a constant says (Yule, 1927), `[examples]`."""
    factors, *_ = np.linalg.lstsq(
        np.concatenate([_lags(part) for part in known]), np.concatenate([part.targets for part in known])
    )
    return _lags(tested) @ factors


def _lags(part: Part) -> np.ndarray:
    recent = np.asarray(part.sequences)[:, -ORDER:, 0]
    return np.column_stack([recent, np.ones(len(recent))])
