"""Download buttons for an evaluation: its examples, its figures, a report. Nothing is made before it is asked for."""

import streamlit as st

from attnviz.app.uploaded import MARK
from attnviz.evaluation.results_files import results_csv, results_json
from attnviz.report.evaluation_report import evaluation_report
from attnviz.report.findings import Findings


def show_downloads(findings: Findings) -> None:
    """Buttons beside each other."""
    evaluation = findings.evaluation
    stem = f"{evaluation.model.removesuffix(MARK)}-evaluation"
    with st.container(horizontal=True, key="evaluation_downloads"):
        for label, ending, mime, make, what in (
            (
                "CSV of examples",
                "csv",
                "text/csv",
                lambda: results_csv(evaluation),
                "Every example with its prediction, in full.",
            ),
            (
                "JSON of figures",
                "json",
                "application/json",
                lambda: results_json(
                    evaluation,
                    model_digest=findings.model_digest,
                    figures=findings.figures,
                    heads=findings.heads,
                    parts=findings.slices,
                ),
                "Figures, confusions, calibration, attention, and what they are of.",
            ),
            (
                "HTML report",
                "html",
                "text/html",
                lambda: evaluation_report(findings),
                "One file with the figures and pictures, which opens anywhere without a server.",
            ),
        ):
            st.download_button(
                label,
                data=make,
                file_name=f"{stem}.{ending}",
                mime=mime,
                key=f"download evaluation {ending}",
                on_click="ignore",
                icon=":material/download:",
                help=what,
            )
