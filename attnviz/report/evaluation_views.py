"""The pictures of an evaluation: from what was found to views, which the page and the report draw."""

import pandas as pd

from attnviz.evaluation.curves import Curve
from attnviz.evaluation.regression import residuals
from attnviz.report.findings import Findings
from attnviz.views.bars import BarsView, bars_view
from attnviz.views.calibration import CalibrationView, calibration_view
from attnviz.views.confusion import ConfusionView, confusion_view
from attnviz.views.curve import CurveLine, CurveView, curve_line, precision_recall_view, roc_view
from attnviz.views.histogram import HistogramView, histogram_view
from attnviz.views.intervals import IntervalsView, differences_view
from attnviz.views.labels import head_name, shortened
from attnviz.views.residual import ResidualView, residual_view

MOST_TOKENS = 12
"""Of a class, as a picture; the table has all."""
SIGNIFICANT = 0.05
UNITS = {"entropy": "nats", "normalised entropy": "share of the largest entropy", "distance": "positions"}
_LONGEST_CLASS = 20


def confusion_of(findings: Findings) -> ConfusionView | None:
    """Truth against prediction; None without classes."""
    if findings.confusion is None:
        return None
    what = "tokens" if findings.evaluation.task == "token_classification" else "examples"
    return confusion_view(
        findings.evaluation.card.classes, findings.confusion.to_numpy(), title=f"Truth against prediction, in {what}"
    )


def curve_views(findings: Findings) -> list[CurveView]:
    """ROC and precision against recall; empty where no class can have one."""
    found = findings.curves
    if found is None or not found.roc:
        return []
    return [roc_view(list(map(_line, found.roc))), precision_recall_view(list(map(_line, found.precision_recall)))]


def calibration_of(findings: Findings) -> CalibrationView | None:
    """Confidence against accuracy; None without classes."""
    found = findings.calibration
    if found is None:
        return None
    bins = found.bins
    return calibration_view(bins["confidence"], bins["accuracy"], bins["examples"], found.error)


def residual_views(findings: Findings) -> tuple[ResidualView, HistogramView]:
    """Residuals of a regression against the truth, and how often each size occurs."""
    table = residuals(findings.evaluation)
    return (
        residual_view(table["truth"], table["prediction"], target=findings.evaluation.card.target),
        histogram_view(table["residual"], x_title="truth minus prediction", title="How large they are"),
    )


def head_differences(findings: Findings, measure: str) -> IntervalsView | None:
    """How much more of `measure` each head has where the model is wrong; None where nothing can be compared.

    Args:
        findings: What was found.
        measure: One of `MEASURES`.
    """
    table = findings.heads[(findings.heads["measure"] == measure) & findings.heads["difference"].notna()]
    attention = findings.evaluation.attention
    if table.empty or attention is None:
        return None
    heads = {place.name: place.heads for place in attention.places}
    names = [
        ", ".join(filter(None, (layer, head_name(int(head), heads[layer]))))
        for layer, head in zip(table["layer"], table["head"], strict=True)
    ]
    return differences_view(
        names,
        table["difference"],
        table["lower"],
        table["upper"],
        table["adjusted p"] < SIGNIFICANT,
        x_title=f"{UNITS[measure]}, wrong minus right",
        title=f"{measure.capitalize()}: where it is wrong, against where it is right",
        marked_means=f"differs (adjusted p < {SIGNIFICANT})",
        others_mean="no difference found",
    )


def token_bars(table: pd.DataFrame, name: str) -> BarsView:
    """The tokens of one class that receive most attention; at the end of each bar how often the token occurs.

    Args:
        table: Rows of `token_table` of one class.
        name: The class; `""` for none.
    """
    return bars_view(
        list(table["token"]),
        table["score"],
        title=f"Attention as a multiple of an even share{f', {shortened(name, _LONGEST_CLASS)}' if name else ''}",
        labels=[f"{score:.2f} × ({count:,})" for score, count in zip(table["score"], table["count"], strict=True)],
        most=MOST_TOKENS,
    )


def _line(curve: Curve) -> CurveLine:
    return curve_line(curve.name, curve.x, curve.y, curve.area)
