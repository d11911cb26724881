"""The widget in which a person types a text."""

import streamlit as st

from attnviz.app.typed import TEXT, first_example
from attnviz.models.card import Card
from attnviz.sequences.specification import RawTextSpecification, TextSpecification


def text_input(specification: TextSpecification | RawTextSpecification, card: Card) -> str:
    """The text that was typed; may be empty."""
    limit = specification.maximum_length
    text = st.text_input(
        "Text",
        value=first_example(card),
        key=TEXT,
        bind="query-params",
        placeholder="Type a sentence and press Enter",
        help=None if limit is None else f"The model takes up to {limit:,} tokens of a text.",
    )
    return text or ""
