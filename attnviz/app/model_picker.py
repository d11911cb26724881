"""The widget that chooses a model, with what it does and how good it is."""

from collections.abc import Mapping

import streamlit as st

from attnviz.app import cache
from attnviz.app.state import check_link
from attnviz.app.words import plain
from attnviz.models.card import Card, Metric

FIRST = "sentiment"


def choose_model(cards: Mapping[str, Card]) -> Card:
    """The chosen model's card. Says which models are not offered, and why."""
    for name, problem in cache.unusable_models().items():
        st.warning(f"Model {plain(name)} cannot be used: {plain(problem)}", icon=":material/warning:")
    names = sorted(cards, key=lambda name: name != FIRST)
    check_link("model", names, "the model")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Model", names, key="model", bind="query-params", width=240)
        card = cards[chosen]
        with st.popover("About this model", icon=":material/info:"):
            _details(card)
    st.caption(f"{plain(card.description)} {plain(_headline(card))}")
    return card


def _headline(card: Card) -> str:
    """The first figure of the card, with its baseline."""
    if not card.metrics:
        return "No figures were measured."
    first = card.metrics[0]
    baseline = next((one for one in card.baselines if one.name == first.name), None)
    beside = f"; {(baseline.note or 'baseline').split(';')[0]} beside it: {baseline.value:.3f}" if baseline else ""
    return f"{first.name[:1].upper()}{first.name[1:]} on {first.split}: {_figure(first)}{beside}."


def _details(card: Card) -> None:
    st.subheader(plain(card.title), anchor=False)
    st.markdown(plain(card.description))
    st.table(
        [
            {"figure": one.name, "value": _figure(one), "on": one.split, "of": one.note or "this model"}
            for one in (*card.metrics, *card.baselines)
        ],
        hide_index=True,
    )
    st.markdown(f"**Data.** {plain(card.data)}")
    sizes = ", ".join(f"{count:,} {split}" for split, count in card.splits.items())
    st.markdown(f"**Examples.** {plain(sizes)}. **Parameters.** {card.parameters:,}.")
    st.markdown(f"**Training.** {plain(card.training)} {card.training_seconds:,.0f} s.")


def _figure(metric: Metric) -> str:
    interval = f" ({metric.interval[0]:.3f} to {metric.interval[1]:.3f})" if metric.interval else ""
    return f"{metric.value:.3f}{interval}"
