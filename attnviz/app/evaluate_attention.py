"""Where the attention of all examples went: tokens, heads, and parts of the data set."""

from typing import Any

import pandas as pd
import streamlit as st

from attnviz.app.plots import show_plot
from attnviz.evaluation.attended_tokens import AttendedTokens, token_table
from attnviz.evaluation.attention_over_data import AttentionOverData, head_table
from attnviz.evaluation.right_against_wrong import INTERVAL, MEASURES, TEST
from attnviz.evaluation.slices import SCORES, word_slices
from attnviz.report.evaluation_views import head_differences, token_bars
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
    _show_heads(findings, attention)
    st.subheader("Parts of the data", anchor=False)
    _show_slices(findings)


def _show_heads(findings: Findings, attention: AttentionOverData) -> None:
    measures = list(dict.fromkeys(findings.heads["measure"])) or list(MEASURES)
    measure = st.segmented_control(
        "Compare",
        measures,
        default="normalised entropy" if "normalised entropy" in measures else measures[0],
        required=True,
        key="compared_measure",
        help="Entropy: how evenly a query spreads its attention; normalised, by the most that it could. Distance: how "
        "far it looks.",
    )
    view = head_differences(findings, measure)
    if view is None:
        st.info("There are too few right or too few wrong predictions to compare.")
    else:
        show_plot(view, key="head differences")
        halves = " Of a regression, the half with the larger errors counts as wrong."
        st.caption(
            f"{INTERVAL}. {TEST}. A difference does not say that a head is the reason."
            + (halves if findings.evaluation.task == "regression" else "")
        )
    with st.expander("Every head as a table", icon=":material/table_rows:"):
        for name, table in (
            ("Means over the examples", head_table(attention)),
            ("Right against wrong", findings.heads),
        ):
            st.markdown(f"**{name}**")
            shown = table.assign(head=table["head"] + 1)
            columns = _three_digits(shown)
            columns |= {name: st.column_config.NumberColumn(format="%.2g") for name in ("p", "adjusted p")}
            st.dataframe(shown, hide_index=True, column_config=columns, alt=f"Heads: {name.lower()}")


def _show_slices(findings: Findings) -> None:
    evaluation = findings.evaluation
    table = findings.slices
    if evaluation.data.sequences and isinstance(evaluation.data.sequences[0], str):
        word = st.text_input(
            "Compare inputs with and without a word", key="slice_word", placeholder="A word", width=320
        ).strip()
        if word:
            table = pd.concat([table, word_slices(evaluation, [word])], ignore_index=True)
    named = table.rename(columns={"score": SCORES[evaluation.task], "lower": "from", "upper": "to"})
    st.dataframe(
        named,
        hide_index=True,
        column_config=_three_digits(named),
        alt="How good the model is on parts of the data, and how even its attention is there",
    )
    st.caption(f"{SCORES[evaluation.task].capitalize()} with its 95 % interval, mean loss and mean attention entropy.")


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
