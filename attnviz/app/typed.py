"""The sequence that a person gave, as the session and the link hold it: a text, or numbers one step a line."""

import numpy as np
import streamlit as st

from attnviz.models.card import Card, Example
from attnviz.sequences.numeric import format_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification

TEXT, VALUES = "text", "values"
"""Keys of the widgets that hold it, and parameters of the link."""


def take(sequence: str | np.ndarray, specification: InputSpecification) -> None:
    """Look at `sequence` as if it had been typed; only before its widget is built, as in a callback.

    Args:
        sequence: A text, or numbers `[steps, features]`.
        specification: What the model takes.
    """
    if isinstance(specification, NumericSpecification):
        st.session_state[VALUES] = written(np.asarray(sequence))
    else:
        st.session_state[TEXT] = " ".join(str(sequence).split())


def written(numbers: np.ndarray) -> str:
    """Numbers `[steps, features]`, one step a line."""
    return one_step_a_line(format_numbers(numbers))


def one_step_a_line(numbers: str) -> str:
    """What `format_numbers` writes, with each step on a line of its own."""
    return numbers.replace(";", "\n")


def first_example(card: Card) -> str:
    """What the page begins with; empty for a model without examples."""
    return as_typed(card.examples[0]) if card.examples else ""


def as_typed(example: Example) -> str:
    """An example as a person would type it."""
    return example.sequence if isinstance(example.sequence, str) else written(np.asarray(example.sequence))
