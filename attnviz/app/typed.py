"""The sequence that a person gave, as the session and the link hold it: a text, or numbers one step a line."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from attnviz.errors import InputError
from attnviz.models.card import Card, Example
from attnviz.sequences.numeric import format_numbers, parse_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification

TEXT, VALUES = "text", "values"
"""Keys of the widgets that hold it, and parameters of the link."""


def key_of(specification: InputSpecification, prefix: str = "") -> str:
    """Key of the widget that holds the sequence, and parameter of the link; `prefix` tells two of a page apart."""
    return f"{prefix}{VALUES if isinstance(specification, NumericSpecification) else TEXT}"


def take(sequence: str | np.ndarray, specification: InputSpecification, prefix: str = "") -> None:
    """Look at `sequence` as if it had been typed; only before its widget is built, as in a callback.

    Args:
        sequence: A text, or numbers `[steps, features]`.
        specification: What the model takes.
        prefix: As for `key_of`.
    """
    numbers = isinstance(specification, NumericSpecification)
    typed = written(np.asarray(sequence)) if numbers else " ".join(str(sequence).split())
    st.session_state[key_of(specification, prefix)] = typed


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


def begin_with_own_example(card: Card, others: Iterable[Card]) -> None:
    """After another model was chosen: begin with its first example, if what is there was an example of another one, or
    numbers that this one cannot read. What a person typed stays. Only before the widget is built, as in a callback.

    Args:
        card: The model that was chosen.
        others: Every model that there is.
    """
    specification = card.input
    key = key_of(specification)
    current = st.session_state.get(key, st.query_params.get(key))
    if current is None or not card.examples or any(as_typed(example) == current for example in card.examples):
        return
    if isinstance(specification, NumericSpecification):
        stays = _is_readable(current, specification)
    else:
        stays = not any(as_typed(example) == current for other in others for example in other.examples)
    if not stays:
        st.session_state[key] = first_example(card)


def _is_readable(numbers: str, specification: NumericSpecification) -> bool:
    try:
        parse_numbers(numbers, specification)
    except InputError:
        return False
    return True
