"""Where the attention of all examples went: tokens, heads, and parts of the data set."""

from typing import Any

import pandas as pd
import streamlit as st

from attnviz.app.plots import show_plot
from attnviz.evaluation.attended_tokens import AttendedTokens, token_table
from attnviz.evaluation.attention_over_data import head_table
from attnviz.report.evaluation_views import token_bars
from attnviz.report.findings import Findings

EVERY, RIGHT, WRONG = "all", "right", "wrong"
FEWEST = (1, 2, 5, 10, 20, 50)
_USUAL_FEWEST = 5


def show_attention(findings: Findings) -> None:
    """Tokens per class, heads, and right against wrong."""
    attention = findings.evaluation.attention
    if attention is None or not attention.places:
        st.info("This model computes no attention that could be gathered.")
        return
    st.caption(
        "Attention shows where a layer may mix information, not why the model predicted what it did. Padding counts "
        "nowhere."
    )
    st.subheader("Tokens that receive most attention", anchor=False)
    _show_tokens(attention.tokens, findings.evaluation.task)
    st.subheader("Heads", anchor=False)
    heads = head_table(attention)
    st.dataframe(
        heads.assign(head=heads["head"] + 1),
        hide_index=True,
        column_config=_three_digits(heads),
        alt="For every head: mean entropy, normalised entropy and distance of its attention",
    )


def _show_tokens(tokens: AttendedTokens, task: str) -> None:
    outcome: str = EVERY
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if task in ("classification", "token_classification"):
            outcome = st.segmented_control(
                "Predictions", (EVERY, RIGHT, WRONG), default=EVERY, required=True, key="attended_outcome"
            )
        fewest = st.select_slider(
            "Occurrences, at least",
            FEWEST,
            value=_USUAL_FEWEST,
            key="attended_fewest",
            width=240,
            help="A rare token can have a high mean by chance.",
        )
    table = token_table(tokens, right={EVERY: None, RIGHT: True, WRONG: False}[outcome], minimum_count=fewest)
    if table.empty:
        st.info("No token occurs so often. Choose a smaller number of occurrences.")
        return
    names = list(dict.fromkeys(table["class"]))
    for column, name in zip([*st.columns(min(2, len(names)), gap="medium")] * len(names), names, strict=False):
        with column:
            show_plot(token_bars(table[table["class"] == name], name), key=f"attended {name}")
    st.caption(
        "1 × is an even share of the example's attention. In brackets how often the token occurs; the means of rare "
        "tokens are drawn towards 1."
    )
    with st.expander("As a table", icon=":material/table_rows:"):
        st.dataframe(
            table,
            hide_index=True,
            column_config=_three_digits(table),
            alt="Tokens with the attention that they receive",
        )


def _three_digits(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): st.column_config.NumberColumn(format="%.3f") for name in table if table[name].dtype.kind == "f"}
