"""Labelled data before anything is run: how much there is, of what, and what is wrong with it."""

import numpy as np
import pandas as pd
import streamlit as st

from attnviz.app.plots import show_plot
from attnviz.app.words import plain
from attnviz.evaluation.labelled import LabelledData, preview
from attnviz.sequences.data_sets import SkippedRow
from attnviz.views.bars import bars_view
from attnviz.views.histogram import HistogramView, histogram_view


def show_preview(data: LabelledData, skipped: tuple[SkippedRow, ...]) -> None:
    """Counts, balance of the classes, lengths, and the problems with what will be done about each."""
    found = preview(data)
    figures = st.container(horizontal=True, gap="medium")
    figures.metric("Examples", f"{found.examples:,}", width="content")
    figures.metric("Left out", f"{found.left_out:,}", width="content")
    if data.classes:
        figures.metric("Classes", f"{len(data.classes):,}", width="content")
    figures.metric(
        f"{found.unit.capitalize()} an example",
        f"{found.median:,.0f}",
        help=f"Half of the examples have at most so many; from {found.shortest:,} to {found.longest:,}.",
        width="content",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        if data.classes:
            balance = found.class_balance.sort_values("examples", ascending=False, kind="stable")
            labels = [f"{row.examples:,} ({row.share:.0%})" for row in balance.itertuples()]
            what = "Tokens" if data.task == "token_classification" else "Examples"
            show_plot(
                bars_view(list(balance["class"]), balance["examples"], title=f"{what} of each class", labels=labels),
                key="class balance",
            )
        elif data.task == "regression":
            show_plot(histogram_view(data.targets, x_title="label", title="Labels"), key="labels")
    with right:
        if found.shortest < found.longest:
            show_plot(_lengths(found.lengths, found.unit), key="lengths")
        else:
            st.caption(f"Every example has {found.longest:,} {found.unit}.")
    _show_problems(data, skipped)


def _lengths(lengths: pd.DataFrame, unit: str) -> HistogramView:
    edges = np.append(lengths["from"], lengths["to"].iloc[-1] + 1) - 0.5
    counts = lengths["examples"].to_numpy()
    return HistogramView(
        edges=edges,
        counts=counts,
        x_title=unit,
        title="Lengths",
        description=f"Lengths: {counts.sum():,} examples of {lengths['from'].iloc[0]:,} to "
        f"{lengths['to'].iloc[-1]:,} {unit}.",
    )


def _show_problems(data: LabelledData, skipped: tuple[SkippedRow, ...]) -> None:
    if not data.problems:
        st.markdown(":green-badge[:material/check: Nothing is wrong with this data set]")
        return
    st.markdown(f"**{len(data.problems)} {'thing' if len(data.problems) == 1 else 'things'} to know of this data set**")
    st.markdown(
        "\n".join(f"- {plain(one.message)} {plain(one.action)}{_lines(one.lines, one.count)}" for one in data.problems)
    )
    if skipped:
        with st.expander(f"Rows that could not be read: {len(skipped):,}", icon=":material/warning:"):
            show_skipped(skipped)


def show_skipped(skipped: tuple[SkippedRow, ...]) -> None:
    """Lines with the reason why each was left out."""
    st.dataframe(
        pd.DataFrame({"line": [one.line for one in skipped], "reason": [one.reason for one in skipped]}),
        hide_index=True,
        height=min(320, 38 + 35 * len(skipped)),
        column_config={"reason": st.column_config.TextColumn(width="large")},
        alt="Lines that were left out, and why",
    )


def _lines(lines: tuple[int, ...], count: int) -> str:
    if not lines:
        return ""
    told = ", ".join(f"{line:,}" for line in lines)
    return f" :gray[{'Line' if len(lines) == 1 else 'Lines'} {told}{' …' if count > len(lines) else ''}]"
