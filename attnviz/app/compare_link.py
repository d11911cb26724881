"""The way from one run on Explore to the page that compares it with another."""

from pathlib import Path

import streamlit as st

from attnviz.app.typed import key_of
from attnviz.models.card import Card

PAGE = Path(__file__).parent / "page_scripts" / "compare.py"

LONGEST_IN_A_LINK = 4_000
"""Characters: of a longer address servers and browsers refuse the end."""


def offer_comparison(card: Card, sequence: str) -> None:
    """A link to Compare with this model and this sequence as A; none for a sequence that no link can hold."""
    if len(sequence) > LONGEST_IN_A_LINK:
        return
    asked = {"a_model": card.name, key_of(card.input, "a_"): sequence}
    st.page_link(PAGE, label="Open in Compare", icon=":material/compare:", query_params=asked)
