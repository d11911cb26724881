"""What the Compare page shows of two runs: pictures, tables and downloads."""

import hashlib
from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from attnviz.app.compare_inputs import HEADS, Asked
from attnviz.app.compare_places import all_sides, paired_sides
from attnviz.app.compare_predictions import columns_of, prediction_differences
from attnviz.app.downloads import PICTURES
from attnviz.app.offered_file import csv_file, offer_file
from attnviz.app.run import ModelRun
from attnviz.app.state import check_link_number
from attnviz.components.comparison import Pinned, comparison_pictures
from attnviz.components.comparison.payload import comparison_payload
from attnviz.render.export import PictureFormat, figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.comparison import ComparisonView, Side
from attnviz.views.comparison_tables import head_differences, similar_heads, token_differences

KEY = "comparison"
_SUBJECT, _BEGINNING, _LAST = "comparison subject", "comparison beginning", "comparison last"
_HEADS = "comparison heads"
STEM = "comparison"

TOKENS_ALT = "For every token: attention received in A and in B, and the difference"
HEADS_ALT = "For every head: how far A and B are from each other"
PREDICTIONS_ALT = "What A and B predict, and the difference"
SIMILAR_ALT = "For every other head: how far it is from A"
DISTANCES = (
    "Divergence: Jensen-Shannon, in bits, the mean over the queries; total variation: the share of a query's attention "
    "that would have to move. Both run from 0, the same, to 1, over the tokens that both have."
)


def show_pictures(view: ComparisonView, subject: str) -> None:
    """A, B and their difference; the link holds what is pinned there."""
    begins = _beginning(view, subject)
    now = comparison_pictures(comparison_payload(view), key=KEY, subject=subject, pinned=begins)
    st.session_state.update({_SUBJECT: subject, _BEGINNING: begins, _LAST: now})
    for name, place in (("query", now.query), ("key", now.key)):
        if place is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(place + 1)


def show_tables(
    asked: Asked, runs: tuple[ModelRun, ModelRun], sides: tuple[Side, Side], subject: str
) -> dict[str, pd.DataFrame]:
    """Differences per token, per head and in what is predicted; returns what there is, by name."""
    heads = "heads like A" if asked.kind == HEADS else "heads"
    tables = {"tokens": token_differences(*sides), heads: _head_table(asked, runs, sides, subject)}
    alts = {"tokens": TOKENS_ALT, "heads": HEADS_ALT, "heads like A": SIMILAR_ALT, "predictions": PREDICTIONS_ALT}
    predictions = None if asked.kind == HEADS else prediction_differences(asked.cards, runs)
    if predictions is not None:
        tables["predictions"] = predictions
    for tab, (name, table) in zip(st.tabs([name.capitalize() for name in tables]), tables.items(), strict=True):
        with tab:
            if table.empty:
                st.caption("No two heads run over the same tokens, or the layers differ in the number of their heads.")
                continue
            if name == heads:
                st.caption(DISTANCES)
            st.dataframe(table, hide_index=True, column_config=columns_of(table), alt=alts[name])
    return tables


def show_downloads(view: ComparisonView | None, tables: Mapping[str, pd.DataFrame]) -> None:
    """One button a format. Nothing is made before it is asked for."""
    with st.container(horizontal=True):
        if view is not None:
            for kind, mime in PICTURES:
                offer_file(kind.upper(), f"{STEM}.{kind}", mime, partial(_picture, view, kind))
        for name, table in tables.items():
            if not table.empty:
                offer_file(f"CSV {name}", f"{STEM}-{name.replace(' ', '-')}.csv", "text/csv", partial(csv_file, table))


def subject_of(asked: Asked, sides: tuple[Side, Side]) -> str:
    """A name for what is compared: another one wherever a model, an input, a layer or a head are."""
    parts = [asked.kind, *(card.name for card in asked.cards), *asked.sequences]
    for side in sides:
        parts += [side.layer, str(side.sample), str(side.head)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _head_table(asked: Asked, runs: tuple[ModelRun, ModelRun], sides: tuple[Side, Side], subject: str) -> pd.DataFrame:
    """Computed once for what is compared: a pinned cell starts the page again."""
    known = st.session_state.get(_HEADS)
    if known is None or known[0] != subject:
        if asked.kind == HEADS:
            table = similar_heads(sides[0], all_sides(runs[0]))
        else:
            table = head_differences(paired_sides(runs, sides))
        st.session_state[_HEADS] = (subject, table)
    return st.session_state[_HEADS][1]


def _beginning(view: ComparisonView, subject: str) -> Pinned:
    """What the component is told to begin with.

    It stays the same while the component is on the page, whatever is pinned there: a change would send all cells again.
    """
    if _SUBJECT not in st.session_state:
        return _linked(view)
    if st.session_state[_SUBJECT] != subject:
        return Pinned()
    mounted = st.session_state.get(KEY) is not None
    return st.session_state[_BEGINNING if mounted else _LAST]


def _linked(view: ComparisonView) -> Pinned:
    """What the link asks for; of what does not exist here, the page says so."""
    places: list[int | None] = []
    for name, length in (("query", len(view.queries.labels)), ("key", len(view.keys.labels))):
        check_link_number(name, 1, length, 1, f"the pinned {name}")
        asked = st.query_params.get(name)
        if asked is None:
            places.append(None)
        else:
            places.append(int(asked) - 1 if asked.isdecimal() and 1 <= int(asked) <= length else 0)
    return Pinned(query=places[0], key=places[1])


def _picture(view: ComparisonView, kind: PictureFormat) -> bytes:
    return figure_bytes(to_matplotlib(view), kind)
