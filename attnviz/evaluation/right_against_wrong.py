"""Whether heads attend otherwise where the model is wrong: every head compared, with an interval and a test."""

import numpy as np
import pandas as pd
from scipy import stats  # type: ignore[import-untyped]

from attnviz.evaluation.resampling import CONFIDENCE
from attnviz.evaluation.results import Evaluation

TEST = "Mann-Whitney U test, two-sided; p values adjusted over the heads (Benjamini and Hochberg, 1995)"
"""What `p` and `adjusted p` are, in words for the page."""
INTERVAL = "Welch's 95 % interval of the difference of the means"
"""What `lower` and `upper` are."""
FEWEST = 2
"""Examples of each kind below which nothing is compared."""
MEASURES = {"entropy": "entropy", "normalised entropy": "normalised_entropy", "distance": "distance"}


def right_against_wrong(evaluation: Evaluation) -> pd.DataFrame:
    """How each head attends in examples that were predicted right, and in those that were predicted wrong.

    Of many heads some differ by chance: `adjusted p` says what is left of that, and no p value says that a head is the
    reason. Longer inputs have higher entropy whoever is right, which `normalised entropy` takes out.

    Args:
        evaluation: With attention. A regression is neither right nor wrong: there the half of the examples with the
            larger errors counts as wrong.

    Returns:
        One row for each measure and head (`MEASURES`: entropy in nats, normalised entropy from 0 to 1, distance in
        positions): `measure`, `layer`, `head`, `right` and `wrong` (means), `difference` (wrong minus right), `lower`
        and `upper` (its 95 % interval), `examples right`, `examples wrong`, `p` and `adjusted p`, NaN where there are
        fewer than `FEWEST` of either. No row without attention, and none for a measure that a head does not have.
    """
    attention = evaluation.attention
    columns = ["measure", "layer", "head", "right", "wrong", "difference", "lower", "upper"]
    columns += ["examples right", "examples wrong", "p", "adjusted p"]
    if attention is None:
        return pd.DataFrame(columns=columns)
    rows = np.flatnonzero(evaluation.evaluated)
    wrong = _wrong(evaluation)
    tables = []
    for measure, name in MEASURES.items():
        values = getattr(attention, name)[rows].astype(np.float64)
        compared = [
            {"measure": measure, "layer": place.name, "head": place.head, **_comparison(values[:, column], wrong)}
            for column, place in enumerate(attention.places)
            if not np.isnan(values[:, column]).all()
        ]
        table = pd.DataFrame(compared, columns=columns[:-1])
        table["adjusted p"] = _adjusted(table["p"].to_numpy(np.float64))
        tables.append(table)
    return pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)


def _wrong(evaluation: Evaluation) -> np.ndarray:
    """`[evaluated]`, bool."""
    if evaluation.task == "regression":
        losses = evaluation.examples["loss"].to_numpy(np.float64)
        return losses > np.median(losses) if len(losses) else np.zeros(0, bool)
    return ~evaluation.examples["right"].to_numpy(bool)


def _comparison(values: np.ndarray, wrong: np.ndarray) -> dict[str, float]:
    known = ~np.isnan(values)
    of_right, of_wrong = values[known & ~wrong], values[known & wrong]
    found = {"examples right": len(of_right), "examples wrong": len(of_wrong)}
    means = {
        "right": of_right.mean() if len(of_right) else np.nan,
        "wrong": of_wrong.mean() if len(of_wrong) else np.nan,
    }
    unknown = {"difference": np.nan, "lower": np.nan, "upper": np.nan, "p": np.nan}
    if min(len(of_right), len(of_wrong)) < FEWEST:
        return {**means, **unknown, **found}
    difference = float(means["wrong"] - means["right"])
    margin = _margin(of_wrong, of_right)
    lower, upper = difference - margin, difference + margin
    p = float(stats.mannwhitneyu(of_wrong, of_right, alternative="two-sided").pvalue)
    return {**means, "difference": difference, "lower": lower, "upper": upper, **found, "p": p}


def _margin(one: np.ndarray, other: np.ndarray) -> float:
    """Half of Welch's interval (Welch, 1947), whose two variances may differ; 0 without any spread."""
    errors = np.array([one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)])
    if errors.sum() == 0:
        return 0.0
    freedom = errors.sum() ** 2 / (errors**2 / (np.array([len(one), len(other)]) - 1)).sum()
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(errors.sum()))


def _adjusted(values: np.ndarray) -> np.ndarray:
    adjusted = np.full(len(values), np.nan)
    known = ~np.isnan(values)
    if known.any():
        adjusted[known] = stats.false_discovery_control(values[known], method="bh")
    return adjusted
