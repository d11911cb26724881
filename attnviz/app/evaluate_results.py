"""What the page shows of an evaluation that has ended."""

import streamlit as st

from attnviz.app.evaluate_attention import show_attention
from attnviz.app.evaluate_curves import show_curves
from attnviz.app.evaluate_downloads import show_downloads
from attnviz.app.evaluate_examples import show_examples
from attnviz.app.evaluate_figures import show_figures
from attnviz.app.evaluate_preview import show_skipped
from attnviz.app.state import check_link
from attnviz.app.words import plain
from attnviz.report.findings import Findings

FIGURES, EXAMPLES, CURVES, RESIDUALS, ATTENTION = "Figures", "Examples", "Curves", "Residuals", "Attention"


@st.fragment
def show_results(findings: Findings) -> None:
    """Figures, examples, curves or attention, as chosen; a choice runs this part alone."""
    _show_notices(findings)
    show_downloads(findings)
    st.caption(
        ":material/link: The link of this page finds this evaluation again, for an hour after somebody looked last. "
        "Whoever has the link can see it."
    )
    sections = sections_of(findings.evaluation.task)
    check_link("show", sections, "the results")
    if st.session_state.get("show", FIGURES) not in sections:  # of a model of another task
        st.session_state["show"] = FIGURES
    section = st.segmented_control(
        "Show",
        sections,
        default=FIGURES,
        required=True,
        key="show",
        bind="query-params",
        label_visibility="collapsed",
    )
    if section == EXAMPLES:
        show_examples(findings)
    elif section in (CURVES, RESIDUALS):
        show_curves(findings)
    elif section == ATTENTION:
        show_attention(findings)
    else:
        show_figures(findings)


def sections_of(task: str) -> list[str]:
    """What there is to show for a task."""
    curves = {"seq2seq": [], "regression": [RESIDUALS]}.get(task, [CURVES])
    return [FIGURES, EXAMPLES, *curves, ATTENTION]


def _show_notices(findings: Findings) -> None:
    evaluation = findings.evaluation
    done, every = int(evaluation.evaluated.sum()), len(evaluation.data)
    if not evaluation.complete:
        st.warning(
            f"Cancelled after {done:,} of {every:,} examples: all figures are of these. They were drawn at random.",
            icon=":material/warning:",
        )
    for notice in evaluation.notices:
        st.warning(plain(notice), icon=":material/warning:")
    if evaluation.skipped:
        count = len(evaluation.skipped)
        with st.expander(f"{count:,} {'row was' if count == 1 else 'rows were'} left out", icon=":material/warning:"):
            show_skipped(evaluation.skipped)
