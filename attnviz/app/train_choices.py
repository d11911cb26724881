"""Which labelled data a model is trained on, and what of it is the input and the label."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from attnviz.app import cache
from attnviz.app.chosen_data import ChosenData, upload_data
from attnviz.app.settings import uploads_allowed
from attnviz.app.train_data import Reading, guess_columns_of, guess_reading, task_of
from attnviz.app.words import plain, shortened, told_apart
from attnviz.errors import AttnVizError
from attnviz.evaluation.labelled import Columns, guess_columns
from attnviz.evaluation.shipped_data import has_shipped_data, shipped_data_note
from attnviz.models.card import Card
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.architecture_list import SERIES, TASKS, TEXT

SHIPPED, OWN = "one that comes along", "a file of mine"
KINDS = {TEXT: "text", SERIES: "numbers"}
GOALS = {"classification": "classes", "regression": "a number"}
OPINIONS = "opinions"
ABOUT_OPINIONS = (
    "Short opinions, made by templates for a first training: one word decides, unless a *not* or a *never* turns it "
    "round. The others are the data sets of the models."
)
_LONGEST_NAME = 40


def choose_training_data() -> tuple[ChosenData, Reading | None] | None:
    """The widgets for the data set; None without one.

    Returns:
        The data, and how it most likely is meant, if that can be told.
    """
    kind = SHIPPED
    if uploads_allowed():
        kind = st.segmented_control(
            "Data set", (SHIPPED, OWN), default=SHIPPED, required=True, key="train data", persist_state="session"
        )
    try:
        return _shipped() if kind == SHIPPED else _upload()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def choose_reading(chosen: ChosenData, guess: Reading | None) -> Reading | None:
    """The widgets that say what the columns are, beginning with a guess; None where they cannot be."""
    data = chosen.data
    if len(data.columns) < 2:
        st.error(
            "The data set must have a column of inputs and a column of labels. "
            f"It has one column: {plain(shortened(', '.join(data.columns), 80))}.",
            icon=":material/error:",
        )
        return None
    key = f"train {chosen.source}"
    shown = told_apart(data.columns, _LONGEST_NAME)
    left, right = st.columns(2)
    label = right.selectbox(
        "Label column",
        data.columns,
        index=data.columns.index(guess.columns.label) if guess else len(data.columns) - 1,
        key=f"{key} label",
        format_func=shown.__getitem__,
        persist_state="session",
    )
    kind = left.segmented_control(
        "It reads",
        tuple(KINDS),
        default=guess.kind if guess else TEXT,
        required=True,
        format_func=KINDS.__getitem__,
        key=f"{key} kind",
        persist_state="session",
    )
    known = guess is not None and label == guess.columns.label
    task = right.segmented_control(
        "It learns",
        tuple(GOALS),
        default=guess.task if guess and known else task_of(data, label),
        required=True,
        format_func=GOALS.__getitem__,
        key=f"{key} task of {label}",
        persist_state="session",
    )
    inputs = left.multiselect(
        "Input columns",
        data.columns,
        default=list(_inputs(data, guess, kind, task, label)),
        key=f"{key} inputs of {kind}",
        format_func=shown.__getitem__,
        help="Several columns of text are joined with a space; several columns of numbers are the steps of a series.",
        persist_state="session",
    )
    if not inputs:
        st.info("Choose the column that the model reads.")
        return None
    return Reading(kind=kind, task=task, columns=Columns(inputs=tuple(inputs), label=label))


def _inputs(data: DataSet, guess: Reading | None, kind: str, task: str, label: str) -> Sequence[str]:
    if guess is not None and guess.kind == kind:
        return guess.columns.inputs
    try:
        guessed = guess_columns_of(data, kind, task).inputs
    except AttnVizError:
        return ()
    return tuple(name for name in guessed if name != label)


def _shipped() -> tuple[ChosenData, Reading | None] | None:
    cards = cache.all_cards()
    names = [name for name, card in cards.items() if card.task in TASKS and has_shipped_data(name)]
    name = st.selectbox(
        "Which", (OPINIONS, *names), key="train shipped", persist_state="session", label_visibility="collapsed"
    )
    if name == OPINIONS:
        data = cache.opinions()
        st.caption(ABOUT_OPINIONS)
        return ChosenData(source=f"shipped {name}", data=replace(data, name=name)), guess_reading(data)
    found = cache.shipped_data(name)
    if found is None:
        return None
    note = shipped_data_note(name)
    if note:
        with st.expander("About this data set", icon=":material/info:"):
            st.markdown(plain(note))
    named = replace(found, name=f"{name} examples")  # every shipped file has the same name
    return ChosenData(source=f"shipped {name}", data=named), _reading_of_card(named, cards[name])


def _reading_of_card(data: DataSet, card: Card) -> Reading:
    kind = SERIES if isinstance(card.input, NumericSpecification) else TEXT
    return Reading(kind=kind, task=card.task, columns=guess_columns(data, card))


def _upload() -> tuple[ChosenData, Reading | None] | None:
    chosen = upload_data("training file", "Upload a labelled file: some hundred examples are enough to begin with.")
    if chosen is None:
        return None
    try:
        return chosen, guess_reading(chosen.data)
    except AttnVizError:
        return chosen, None  # the widgets ask
