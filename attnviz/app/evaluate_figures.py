"""The figures of an evaluation, each with its interval, its number of examples and a naive baseline beside it."""

import streamlit as st

from attnviz.app.words import plain
from attnviz.report.evaluation_tables import figure_table, headline_figures, interval, number, per_class_table
from attnviz.report.findings import Findings

SHORT = {
    "accuracy of the most frequent class": "baseline accuracy",
    "expected calibration error": "calibration error",
}
"""Names that have room above a figure."""


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
