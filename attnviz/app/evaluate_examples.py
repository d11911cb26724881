"""The examples of an evaluation: a confusion matrix to click, a table to search, and ways to look into each."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.evaluate_filter import ALL, RIGHT, WRONG, Filter, filtered, orders_of
from attnviz.app.evaluate_links import COMPARE, EXPLORE, compare_link, explore_link
from attnviz.app.plots import clickable_plot
from attnviz.app.words import plain, shortened
from attnviz.evaluation.results import LONGEST_INPUT, Evaluation
from attnviz.report.evaluation_views import confusion_of
from attnviz.report.findings import Findings
from attnviz.views.confusion import ConfusionView

ANY = "any class"
MOST_ROWS = 1_000
_TRUTH, _PREDICTION, _CELL = "evaluated_truth", "evaluated_prediction", "confusion cell"
_OPEN, _OPENED = "open_example", "example to open"
_LONGEST_SHOWN = 2_000


def show_examples(findings: Findings) -> None:
    """The matrix, the filters, the table, and what can be done with the rows that are selected."""
    _open_pending()
    view = confusion_of(findings)
    if view is not None:
        left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
        with left, st.container(key="confusion"):
            clickable_plot(view, key=_CELL, on_click=lambda point: _take_cell(view, findings, point))
        with right:
            st.caption(
                "Click a cell to see its examples below, and click it again to see all. A colour is the share of the "
                "examples of that truth."
            )
    asked = _ask(findings)
    table = filtered(findings.evaluation, asked)
    selected = _table(findings.evaluation, table, asked)
    _look_into(findings.evaluation, selected)


def _take_cell(view: ConfusionView, findings: Findings, point: list[Any] | None) -> None:
    classes = findings.evaluation.card.classes
    for key, place in ((_TRUTH, 0), (_PREDICTION, 1)):
        st.session_state[key] = ANY if point is None else classes[view.positions[int(point[place])]]


def _ask(findings: Findings) -> Filter:
    evaluation = findings.evaluation
    truth = prediction = ANY
    outcome: str = ALL
    with st.container(horizontal=True, vertical_alignment="bottom", key="example_filters"):
        if findings.confusion is not None:
            names = [ANY, *evaluation.card.classes]
            for key in (_TRUTH, _PREDICTION):
                if st.session_state.get(key, ANY) not in names:  # of another model
                    st.session_state[key] = ANY
            truth = st.selectbox("Truth", names, key=_TRUTH, width=170, persist_state="session")
            prediction = st.selectbox("Prediction", names, key=_PREDICTION, width=170, persist_state="session")
        if evaluation.task != "regression":
            outcome = st.segmented_control(
                "Outcome",
                (ALL, WRONG, RIGHT),
                default=ALL,
                required=True,
                key="evaluated_outcome",
                persist_state="session",
            )
        words = st.text_input(
            "Search",
            key="evaluated_search",
            type="search",
            placeholder="In the inputs",
            width=200,
            persist_state="session",
        )
        order = st.selectbox(
            "Order", orders_of(evaluation.task), key="evaluated_order", width=230, persist_state="session"
        )
    return Filter(
        truth=None if truth == ANY else truth,
        prediction=None if prediction == ANY else prediction,
        outcome=outcome,
        words=words or "",
        order=order,
    )


def _table(evaluation: Evaluation, table: pd.DataFrame, asked: Filter) -> list[int]:
    """The rows; positions in the data set of those that are selected."""
    every = len(evaluation.examples)
    count = f"{len(table):,} of {every:,} examples" if len(table) < every else f"{every:,} examples"
    more = f", the first {MOST_ROWS:,} shown" if len(table) > MOST_ROWS else ""
    st.caption(f"{count}{more}. Select one to read it whole, two to compare them.")
    if table.empty:
        return []
    shown = table.head(MOST_ROWS).copy()
    if evaluation.task == "regression":
        shown = shown.drop(columns=["right", "confidence"])
    if evaluation.attention is None:
        shown = shown.drop(columns=["attention entropy", "most attended token"])
    if evaluation.task in ("seq2seq", "token_classification"):
        for name in ("truth", "prediction"):
            shown[name] = shown[name].map(lambda text: shortened(text, LONGEST_INPUT))
    rows = [int(row) for row in shown.index]
    here = evaluation.card.name in cache.cards_here()
    if here:
        shown.insert(0, "open", ":material/search:")
    columns: dict[str, Any] = {
        "open": st.column_config.ButtonColumn(
            "Explore",
            key=_OPEN,
            help="Look into this example on Explore",
            width=70,
            on_click=_open,
            args=(evaluation, rows),
            pinned=True,
        ),
        "line": st.column_config.NumberColumn(format="%d", width=60, help="Line of the file"),
        "input": st.column_config.TextColumn(width=330),
        "right": st.column_config.CheckboxColumn(width=60),
        "confidence": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.3f", width=110),
        "loss": st.column_config.NumberColumn(format="%.3f", help="Cross-entropy in nats; squared error of a number"),
        "attention entropy": st.column_config.NumberColumn(format="%.3f", help="Nats; mean over heads and queries"),
    }
    with st.container(key="evaluated_examples"):
        state: Any = st.dataframe(
            shown,
            hide_index=True,
            key=f"examples {hash((evaluation.model, evaluation.data.name, every, asked))}",
            on_select="rerun",
            selection_mode="multi-row",
            height=min(420, 40 + 35 * len(shown)),
            column_config={name: config for name, config in columns.items() if name in shown},
            alt="The evaluated examples: truth, prediction, confidence, loss and attention",
        )
    return [rows[row] for row in state["selection"]["rows"] if row < len(rows)]


def _open(evaluation: Evaluation, rows: list[int]) -> None:
    clicked = st.session_state.get(_OPEN)
    if clicked is not None and clicked["row"] < len(rows):
        sequence = evaluation.data.sequences[rows[clicked["row"]]]
        st.session_state[_OPENED] = explore_link(evaluation.card, sequence)


def _open_pending() -> None:
    """Go where a button of the table led: a callback itself cannot change the page."""
    link = st.session_state.pop(_OPENED, None)
    if link is not None:
        st.switch_page(EXPLORE, query_params=link)


def _look_into(evaluation: Evaluation, selected: list[int]) -> None:
    """The selected examples whole, with links to the pages that look into them."""
    if not selected:
        return
    card, sequences = evaluation.card, evaluation.data.sequences
    here = card.name in cache.cards_here()
    if not here:
        st.caption("The model of this evaluation is not in this tab: its examples cannot be opened.")
    elif len(selected) == 2:
        link = compare_link(card, sequences[selected[0]], sequences[selected[1]])
        st.page_link(COMPARE, label="Compare the two", icon=":material/compare:", query_params=link)
    elif len(selected) > 2:
        st.caption("Compare takes two examples: select two.")
    for row in selected[:2]:
        example = evaluation.examples.loc[row]
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                told = (
                    f"Line {example['line']:,}: {_shown(example['truth'])} predicted as {_shown(example['prediction'])}"
                )
                st.markdown(f"**{plain(told)}**", width="stretch")
                if here:
                    link = explore_link(card, sequences[row])
                    st.page_link(EXPLORE, label="Open on Explore", icon=":material/search:", query_params=link)
            st.markdown(plain(_whole(sequences[row])))


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else shortened(str(value), 120)


def _whole(sequence: str | np.ndarray) -> str:
    if isinstance(sequence, str):
        return shortened(sequence, _LONGEST_SHOWN)
    numbers = np.asarray(sequence, dtype=float).ravel()
    return shortened(", ".join(f"{one:.6g}" for one in numbers[:_LONGEST_SHOWN]), _LONGEST_SHOWN)
