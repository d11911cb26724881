"""The sequence to look at: typed, drawn or pasted, one of the model's examples, or from a file."""

from functools import singledispatch

import numpy as np
import streamlit as st

from attnviz.app.file_input import file_input
from attnviz.app.number_input import number_input
from attnviz.app.settings import uploads_allowed
from attnviz.app.text_input import text_input
from attnviz.app.typed import first_example, take
from attnviz.app.words import plain, shortened
from attnviz.errors import InputError
from attnviz.models.card import Card, Example
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)

LONGEST_EXAMPLE_LABEL = 38


def choose_sequence(card: Card) -> str:
    """The sequence to look at: a text, or numbers as `format_numbers` writes them. May be empty or wrong."""
    sequence = _typed(card.input, card)
    if card.examples:
        _examples(card)
    if uploads_allowed():
        with st.expander("Upload a file", icon=":material/upload_file:", key="upload"):
            file_input(card)
    return sequence


@singledispatch
def _typed(specification: InputSpecification, card: Card) -> str:
    raise InputError(f"No input widget for {type(specification).__name__}.")


@_typed.register(TextSpecification)
@_typed.register(RawTextSpecification)
def _(specification: TextSpecification | RawTextSpecification, card: Card) -> str:
    return text_input(specification, card)


@_typed.register
def _(specification: NumericSpecification, card: Card) -> str:
    return number_input(specification, first_example(card))


def _examples(card: Card) -> None:
    labels = [_label(example, position) for position, example in enumerate(card.examples)]
    st.pills(
        "Examples",
        options=range(len(labels)),
        format_func=lambda position: plain(labels[position]),
        key="example",
        on_change=_take_example,
        args=(card,),
    )


def _take_example(card: Card) -> None:
    chosen = st.session_state.get("example")
    if chosen is not None and chosen < len(card.examples):
        sequence = card.examples[chosen].sequence
        take(sequence if isinstance(sequence, str) else np.asarray(sequence), card.input)
    st.session_state["example"] = None


def _label(example: Example, position: int) -> str:
    if isinstance(example.sequence, str):
        return shortened(example.sequence, LONGEST_EXAMPLE_LABEL)
    prediction = example.prediction if isinstance(example.prediction, str) else f"{example.prediction:.4g}"
    return f"{prediction} (example {position + 1})".lstrip()
