"""Which columns of a data set are the input and the label, and which label is which class."""

from collections.abc import Mapping, Sequence

import streamlit as st

from attnviz.app.chosen_data import ChosenData
from attnviz.app.words import plain, shortened, told_apart
from attnviz.errors import AttnVizError
from attnviz.evaluation.labelled import Columns, guess_columns, guess_label_names, labels_in
from attnviz.models.card import Card

LEAVE_OUT = "leave out"
MOST_LABELS_SHOWN = 24
MOST_PILLS = 40
"""Columns that are all offered at once; more are looked for in a list."""
_LONGEST_LABEL = 40
_WITH_CLASSES = ("classification", "token_classification")


def choose_columns(chosen: ChosenData, card: Card) -> Columns | None:
    """The widgets, which begin with a guess; None if the data set has too few columns, or none was chosen."""
    data = chosen.data
    if len(data.columns) < 2:
        st.error(
            "The data set must have a column of inputs and a column of labels. "
            f"It has one column: {plain(shortened(', '.join(data.columns), 80))}.",
            icon=":material/error:",
        )
        return None
    try:
        guess = guess_columns(data, card)
    except AttnVizError as error:
        st.warning(f"{plain(str(error))} Choose the columns.", icon=":material/warning:")
        guess = Columns(inputs=(data.columns[0],), label=data.columns[1])
    key = f"{chosen.source} {card.name}"
    shown = told_apart(data.columns, _LONGEST_LABEL)
    left, right = st.columns([2, 1])
    with left:
        inputs = _choose_inputs(shown, guess.inputs, key=f"inputs {key}")
    label = right.selectbox(
        "Label column",
        data.columns,
        index=data.columns.index(guess.label),
        key=f"label {key}",
        format_func=shown.__getitem__,
        persist_state="session",
    )
    if not inputs:
        st.info("Choose the column that the model reads.")
        return None
    return Columns(inputs=tuple(inputs), label=label)


def choose_label_names(chosen: ChosenData, card: Card, columns: Columns) -> Mapping[str, str]:
    """Which label of the file is which class; empty for a model without classes."""
    if card.task not in _WITH_CLASSES:
        return {}
    labels = labels_in(chosen.data, columns.label, task=card.task)
    guess = guess_label_names(chosen.data, columns, card)
    unknown = [label for label in labels if label not in guess]
    title = "Labels: " + (f"{len(unknown):,} of {len(labels):,} fit no class" if unknown else "each fits a class")
    names: dict[str, str] = dict(guess)
    with st.expander(title, expanded=bool(unknown), icon=":material/label:"):
        st.caption(
            "Which label of the file is which class of the model. Rows with a label that is left out are not used."
        )
        places = st.columns(2)
        options = [LEAVE_OUT, *card.classes]
        shown = told_apart(options, _LONGEST_LABEL)
        for position, label in enumerate(list(labels)[:MOST_LABELS_SHOWN]):
            with places[position % 2]:
                name = st.selectbox(
                    f"{plain(shortened(label, _LONGEST_LABEL)) or 'empty'} ({labels[label]:,})",
                    options,
                    index=options.index(guess[label]) if label in guess else 0,
                    key=f"label name {chosen.source} {card.name} {columns.label} {label}",
                    format_func=shown.__getitem__,
                    persist_state="session",
                )
            if name == LEAVE_OUT:
                names.pop(label, None)
            else:
                names[label] = name
        if len(labels) > MOST_LABELS_SHOWN:
            st.caption(f"The {MOST_LABELS_SHOWN} most frequent labels of {len(labels):,}; the others keep their guess.")
    return names


def _choose_inputs(shown: Mapping[str, str], guess: Sequence[str], *, key: str) -> list[str]:
    """The widget for the input columns; `shown` is what it shows for each column."""
    what = "Several columns of text are joined with a space; several columns of numbers are the steps of a series."
    columns = list(shown)
    if len(columns) > MOST_PILLS:
        return st.multiselect(
            "Input columns",
            columns,
            default=list(guess),
            key=key,
            format_func=shown.__getitem__,
            help=what,
            persist_state="session",
        )
    # Not where it can be helped: the tags of the other widget are too pale to read on a dark page.
    return st.pills(
        "Input columns",
        columns,
        selection_mode="multi",
        default=list(guess),
        key=key,
        format_func=lambda name: plain(shown[name]),
        help=what,
        persist_state="session",
    )
