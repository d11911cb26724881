"""What a model's card says, as a page shows it."""

import streamlit as st

from attnviz.app.words import plain
from attnviz.models.card import Card, Metric

TASKS = {
    "classification": "classifies a sequence",
    "token_classification": "classifies every token",
    "regression": "predicts a number",
    "seq2seq": "writes a text for a text",
    "features": "computes features, without a prediction",
}

NAMES_OF_TASKS = {"token_classification": "token classification", "seq2seq": "sequence to sequence"}
"""In a few words, where that is not the name that a card has for it."""


def headline(card: Card) -> str:
    """The first figure of the card, with its baseline."""
    if not card.metrics:
        return "No figures were measured."
    first = card.metrics[0]
    baseline = next((one for one in card.baselines if one.name == first.name), None)
    beside = f"; {(baseline.note or 'baseline').split(';')[0]} beside it: {baseline.value:.3f}" if baseline else ""
    return f"{first.name[:1].upper()}{first.name[1:]} on {first.split}: {_value(first)}{beside}."


def figure_of(card: Card) -> str:
    """The first figure of the card, in a few characters."""
    return f"{card.metrics[0].name} {card.metrics[0].value:.3f}" if card.metrics else ""


def show_metrics(card: Card) -> None:
    """What was measured, and the same of the baselines."""
    if not card.metrics and not card.baselines:
        st.caption("No figures were measured.")
        return
    st.table(
        [
            {"figure": one.name, "value": _value(one), "on": one.split, "of": one.note or "this model"}
            for one in (*card.metrics, *card.baselines)
        ],
        hide_index=True,
    )


def show_origin(card: Card) -> None:
    """Where the model comes from: data, sizes and training."""
    st.markdown(f"**Data.** {plain(card.data) or 'The card does not say.'}")
    sizes = ", ".join(f"{count:,} {split}" for split, count in card.splits.items())
    if sizes:
        st.markdown(f"**Examples.** {plain(sizes)}.")
    if card.training:
        seconds = f" {card.training_seconds:,.0f} s." if card.training_seconds else ""
        st.markdown(f"**Training.** {plain(card.training)}{seconds}")


def _value(metric: Metric) -> str:
    interval = f" ({metric.interval[0]:.3f} to {metric.interval[1]:.3f})" if metric.interval else ""
    return f"{metric.value:.3f}{interval}"
