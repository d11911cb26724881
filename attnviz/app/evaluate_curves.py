"""Curves over all thresholds, calibration and residuals of an evaluation."""

import streamlit as st

from attnviz.app.evaluate_findings import Findings
from attnviz.app.plots import show_plot
from attnviz.app.words import plain
from attnviz.evaluation.curves import Curve
from attnviz.evaluation.regression import residuals
from attnviz.views.calibration import CalibrationView, calibration_view
from attnviz.views.curve import CurveLine, CurveView, curve_line, precision_recall_view, roc_view
from attnviz.views.histogram import HistogramView, histogram_view
from attnviz.views.residual import ResidualView, residual_view


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
    """Residuals against the truth, and how often each occurs."""
    table = residuals(findings.evaluation)
    return (
        residual_view(table["truth"], table["prediction"], target=findings.evaluation.card.target),
        histogram_view(table["residual"], x_title="truth minus prediction", title="How large they are"),
    )


def show_curves(findings: Findings) -> None:
    """Whatever curves the model's task has."""
    if findings.evaluation.task == "regression":
        left, right = st.columns(2, gap="medium")
        scattered, counted = residual_views(findings)
        with left:
            show_plot(scattered, key="residuals")
        with right:
            show_plot(counted, key="residual counts")
        return
    places = st.columns(3, gap="medium")
    calibrated = calibration_of(findings)
    views: list[CurveView | CalibrationView] = [*curve_views(findings), *([calibrated] if calibrated else [])]
    for place, view in zip(places, views, strict=False):
        with place:
            show_plot(view, key=f"curve {view.title}")
    st.caption(
        "ROC: the share of a class that is found, against the share of the others that is taken for it, for every "
        "threshold. Calibration: among examples with a confidence of 80 %, 80 % should be right; the larger a point, "
        "the more examples."
    )
    if findings.curves is not None and findings.curves.left_out:
        names = ", ".join(findings.curves.left_out)
        st.info(f"No curves for {plain(names)}: all examples, or none, are of this class.")


def _line(curve: Curve) -> CurveLine:
    return curve_line(curve.name, curve.x, curve.y, curve.area)
