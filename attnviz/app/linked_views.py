"""The linked views of a run on the page: what they begin with, what a person chose in them, and the link to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from attnviz.app.explored import Explored
from attnviz.app.selection import Selection, linked_choice, put_into_link, selection_of
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.components.attention import Chosen, attention_views
from attnviz.components.attention.cells_supply import cells_supply
from attnviz.components.attention.drawn import Drawn
from attnviz.components.attention.neuron import VectorsWish, packed_problem, packed_vectors
from attnviz.components.attention.vectors_supply import vectors_supply
from attnviz.errors import AttnVizError
from attnviz.views.explorer import ExplorerView, Wanted

KEY = "attention"
_SUBJECT, _BEGINNING, _LAST = "attention subject", "attention beginning", "attention last"
_FIRST = "attention first map"
_TIMES, _DRAWN = "attention times", "attention drawn"


def show_linked_views(
    explored: Explored,
    *,
    subject: str,
    views: Sequence[str],
    inside: Callable[[str], QueriesAndKeys],
    extras: Mapping[str, Any] | None = None,
) -> Selection:
    """Show a run, and learn what is chosen in it.

    Args:
        explored: The run.
        subject: Names the run: what is chosen stays as long as it does.
        views: Names of the views.
        inside: What a layer, by its name, computed its attention from in this run.
        extras: What a view needs beside the run.
    """
    padded = any(not valid.all() for valid in explored.capture.valid.values())
    padding = padded and st.toggle("Show padding", key="padding", bind="query-params")
    subject = f"{subject} padding {padding}"
    chosen = _beginning(explored, subject, hide_padding=not padding)
    # What it begins with, whatever is chosen meanwhile: the same message is not sent again.
    sent = explored.sent(hide_padding=not padding, wanted=Wanted(map=chosen.map, head=chosen.head))
    with st.container(gap=None):
        now = attention_views(
            sent.payload, key=_key(), subject=subject, chosen=chosen, views=views, extras=extras, on_choose=_remember
        )
        if not sent.view.complete:
            _bring_cells(explored, sent.view, subject)
        _bring_vectors(explored, sent.view, subject, inside)
    put_into_link(now, sent.view, explored.first_map(hide_padding=not padding))
    return selection_of(now, sent.view)


@st.fragment
def _bring_cells(explored: Explored, view: ExplorerView, subject: str) -> None:
    """Heads and windows that did not fit, when they are looked at; only this runs for them."""
    cells_supply(
        key=f"{_key()} supply",
        subject=subject,
        cells=lambda wish: explored.brought(view, wish.wanted, whole=wish.whole),
    )


@st.fragment
def _bring_vectors(
    explored: Explored, view: ExplorerView, subject: str, inside: Callable[[str], QueriesAndKeys]
) -> None:
    """Queries and keys of a layer, when somebody looks inside one of its numbers; only this runs for them."""

    def vectors(wish: VectorsWish, about: dict[str, Any]) -> bytes:
        one = view.maps[wish.map if wish.map < len(view.maps) else 0]
        try:
            return packed_vectors(explored.capture, inside(one.name), one, wish, about, hide_padding=view.hides_padding)
        except AttnVizError as error:
            return packed_problem(str(error), about)

    vectors_supply(key=f"{_key()} vectors", subject=subject, vectors=vectors)


def begin_anew(drawn: Drawn) -> None:
    """Forget what was chosen: the link says what to begin with, as it does for who opens the page with it.

    Args:
        drawn: How to draw it, of which no link speaks.
    """
    for name in (_SUBJECT, _BEGINNING, _LAST):
        st.session_state.pop(name, None)
    st.session_state[_DRAWN] = drawn
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def _key() -> str:
    """Identifies the component; one that begins anew is another one, for the browser knows what was chosen."""
    return f"{KEY} {st.session_state.get(_TIMES, 0)}"


def _beginning(explored: Explored, subject: str, *, hide_padding: bool) -> Chosen:
    """What the component is told to begin with.

    It stays the same while the component is on the page, whatever is chosen there: a change would send all cells again.
    """
    component = st.session_state.get(_key())
    mounted = component is not None and component.selection is not None
    first = explored.first_map(hide_padding=hide_padding)
    if _BEGINNING not in st.session_state:
        view = explored.sent(hide_padding=hide_padding, wanted=Wanted()).view
        st.session_state[_BEGINNING] = st.session_state[_LAST] = replace(
            linked_choice(view, first), drawn=st.session_state.pop(_DRAWN, Drawn())
        )
    elif st.session_state[_SUBJECT] != subject:
        last: Chosen = st.session_state[_LAST]
        # What nobody chose, the card of the model says; what somebody chose stays.
        shown = first if last.map == st.session_state[_FIRST] else last.map
        st.session_state[_LAST] = replace(last, map=shown, query=None, key=None)
        st.session_state[_BEGINNING] = st.session_state[_LAST]
    elif not mounted:
        st.session_state[_BEGINNING] = st.session_state[_LAST]
    st.session_state[_SUBJECT], st.session_state[_FIRST] = subject, first
    return st.session_state[_BEGINNING]


def _remember(chosen: Chosen) -> None:
    st.session_state[_LAST] = chosen
