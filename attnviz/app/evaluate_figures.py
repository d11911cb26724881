"""The figures of an evaluation, each with its interval, its number of examples and a naive baseline beside it."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from attnviz.app.evaluate_findings import Findings
from attnviz.app.words import plain
from attnviz.evaluation.results import Figure

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

SHORT = {
    "accuracy of the most frequent class": "baseline accuracy",
    "expected calibration error": "calibration error",
}
"""Names that have room above a figure."""

PER_CLASS = ("precision", "recall", "F1", "ROC area", "average precision")


def show_figures(findings: Findings) -> None:
    """Main figures at the top, figures of each class, and the table of all."""
    top = headline_figures(findings)
    with st.container(horizontal=True, gap="medium", key="headline"):
        for figure in top:
            st.metric(
                SHORT.get(figure.name, figure.name),
                number(figure.value),
                delta=interval(figure),
                delta_color="off",
                delta_arrow="off",
                help=plain(figure.note) or None,
                width="content",
            )
    examples = sorted({figure.examples for figure in top})
    of = " or ".join(f"{count:,}" for count in examples)
    what = "tokens" if findings.evaluation.task == "token_classification" else "examples"
    st.caption(f"Of {of} {what}. Under each figure the 95 % interval of a bootstrap.")
    by_class = per_class_table(findings.figures)
    if not by_class.empty:
        st.subheader("By class", anchor=False)
        st.dataframe(
            by_class, hide_index=True, alt="For every class: precision, recall, F1 and areas, with 95 % intervals"
        )
    with st.expander("All figures", icon=":material/table_rows:"):
        st.dataframe(
            figure_table(findings.figures),
            hide_index=True,
            column_config={
                "note": st.column_config.TextColumn(width="large"),
                **{name: st.column_config.NumberColumn(format="%.4f") for name in ("value", "from", "to")},
            },
            alt="Every figure with its 95 % interval and its number of examples",
        )


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
    """A figure as it is read."""
    if math.isnan(value):
        return "not defined"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def interval(figure: Figure) -> str | None:
    """`0.912 to 0.968`; None where there is none."""
    if math.isnan(figure.lower) or math.isnan(figure.upper):
        return None
    return f"{number(figure.lower)} to {number(figure.upper)}"


def _in_brackets(figure: Figure) -> str:
    told = interval(figure)
    return f"({told})" if told else ""
