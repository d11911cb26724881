"""Curves over all thresholds, calibration and residuals of an evaluation."""

import streamlit as st

from attnviz.app.plots import show_plot
from attnviz.app.words import plain
from attnviz.report.evaluation_views import calibration_of, curve_views, residual_views
from attnviz.report.findings import Findings
from attnviz.views.calibration import CalibrationView
from attnviz.views.curve import CurveView


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
