"""The widget that chooses a model, with what it does and how good it is."""

from collections.abc import Callable, Mapping

import streamlit as st

from attnviz.app import cache
from attnviz.app.model_details import headline, show_metrics, show_origin
from attnviz.app.state import check_link
from attnviz.app.typed import begin_with_own_example
from attnviz.app.uploaded import your_models
from attnviz.app.words import plain
from attnviz.models.card import Card

MODEL = "model"
"""Key of the widget, and parameter of the link."""
_LINKED = "model that the link names"
ONLY_HERE = (
    "This model is yours: only this tab has it, until it is closed or loaded anew. A link to this page opens "
    "everything else, and another model."
)
MADE_UP = (
    "The example is made up, of what the model says that it takes: it came without one. What the model says about your "
    "own input tells more."
)


def choose_model(cards: Mapping[str, Card], *, leads_on: bool = False) -> Card:
    """The chosen model's card. Says which models are not offered, and why. `leads_on`: as for `pick_model`."""
    show_unusable()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        card = pick_model(cards, on_change=lambda: _chosen(cards), leads_on=leads_on)
        _offer_details(card)
    st.caption(f"{plain(card.description)} {plain(headline(card))}")
    if card.name in your_models():
        st.caption(f":material/link_off: {ONLY_HERE}")
    if any(example.made_up for example in card.examples):
        st.caption(f":material/edit_off: {MADE_UP}")
    return card


@st.fragment
def _offer_details(card: Card) -> None:
    if st.button("About this model", icon=":material/info:"):
        st.dialog("About this model", icon=":material/info:")(_details)(card)


def _details(card: Card) -> None:
    st.subheader(plain(card.title), anchor=False)
    st.markdown(plain(card.description))
    show_metrics(card)
    show_origin(card)
    if card.parameters:
        st.markdown(f"**Parameters.** {card.parameters:,}.")


def pick_model(
    cards: Mapping[str, Card], *, on_change: Callable[[], None] | None = None, leads_on: bool = False
) -> Card:
    """The widget alone; the link holds its choice.

    Args:
        cards: Of every model that can be chosen.
        on_change: Called when another is chosen.
        leads_on: Whether the page leads to others with a model of its own choice: Streamlit lets no page do that with
            a parameter that a widget of its own is bound to.
    """
    names = sorted(cards, key=lambda name: name != cache.FIRST)
    check_link("model", names, "the model")
    if st.session_state.get(MODEL, names[0]) not in names:  # an upload that was removed
        st.session_state[MODEL] = names[0]
    if not leads_on:
        return cards[st.selectbox("Model", names, key=MODEL, bind="query-params", width=240, on_change=on_change)]
    linked = st.query_params.get(MODEL)
    if linked in names and linked != st.session_state.get(_LINKED):
        st.session_state[MODEL] = linked
    chosen = st.selectbox("Model", names, key=MODEL, width=240, on_change=on_change)
    if linked != chosen:
        st.query_params[MODEL] = chosen
    st.session_state[_LINKED] = chosen
    return cards[chosen]


def _chosen(cards: Mapping[str, Card]) -> None:
    card = cards.get(st.session_state[MODEL])
    if card is not None:
        begin_with_own_example(card, cards.values())


def show_unusable() -> None:
    """Which models are not offered, and why."""
    for name, problem in cache.unusable_models().items():
        st.warning(f"Model {plain(name)} cannot be used: {plain(problem)}", icon=":material/warning:")
