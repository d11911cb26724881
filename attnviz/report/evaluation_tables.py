"""The figures of an evaluation as tables, which the page and the report show."""

import math
from collections.abc import Sequence

import pandas as pd

from attnviz.evaluation.results import Figure
from attnviz.report.findings import Findings

HEADLINES: dict[str, tuple[str, ...]] = {
    "classification": (
        *("accuracy", "accuracy of the most frequent class", "macro F1", "loss", "expected calibration error"),
        *("macro ROC area",),
    ),
    "regression": ("RMSE", "RMSE of persistence", "RMSE of the mean", "MAE", "MSE", "R²"),
    "seq2seq": ("exact match", "token accuracy", "BLEU", "chrF", "loss"),
}
HEADLINES["token_classification"] = HEADLINES["classification"]
"""Names of the figures that stand at the top, as far as there are such."""

SMALL = 0.01
"""Of an error of 0.0004, three decimals would say nothing: so small may be the unit of a target."""
PER_CLASS = ("precision", "recall", "F1", "ROC area", "average precision")


def headline_figures(findings: Findings) -> list[Figure]:
    """The figures that matter most, in their order."""
    whole = {figure.name: figure for figure in findings.figures if figure.per_class is None}
    return [whole[name] for name in HEADLINES[findings.evaluation.task] if name in whole]


def figure_table(figures: Sequence[Figure]) -> pd.DataFrame:
    """One row a figure."""
    return pd.DataFrame(
        {
            "figure": [one.name for one in figures],
            "class": [one.per_class or "" for one in figures],
            "value": [one.value for one in figures],
            "from": [one.lower for one in figures],
            "to": [one.upper for one in figures],
            "examples": [one.examples for one in figures],
            "note": [one.note for one in figures],
        }
    )


def per_class_table(figures: Sequence[Figure]) -> pd.DataFrame:
    """One row a class, one column a figure with its interval, and the number of its examples; empty without classes."""
    rows: dict[str, dict[str, str | int]] = {}
    for figure in figures:
        if figure.per_class is None or figure.name not in PER_CLASS:
            continue
        row = rows.setdefault(figure.per_class, {"class": figure.per_class})
        if figure.name == "recall":  # it rests on the examples of the class
            row["examples"] = figure.examples
        row[figure.name] = " ".join(filter(None, (number(figure.value), _in_brackets(figure))))
    columns = ["class", "examples", *PER_CLASS]
    return pd.DataFrame(list(rows.values()), columns=columns) if rows else pd.DataFrame(columns=columns)


def number(value: float) -> str:
    """A figure as it is read: three decimals, or three digits of what is smaller than they show."""
    if math.isnan(value):
        return "not defined"
    if 0 < abs(value) < SMALL:
        return f"{value:.3g}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def interval(figure: Figure) -> str | None:
    """`0.912 to 0.968`; None where there is none."""
    if math.isnan(figure.lower) or math.isnan(figure.upper):
        return None
    return f"{number(figure.lower)} to {number(figure.upper)}"


def _in_brackets(figure: Figure) -> str:
    told = interval(figure)
    return f"({told})" if told else ""
