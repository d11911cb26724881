"""The form for an uploaded model's card: what the model says of itself is filled in, the rest is asked for."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.card_form_input import ask_for_input
from attnviz.app.card_form_output import ask_for_output
from attnviz.app.form_fields import FormFields
from attnviz.app.model_upload import Pending, discard_pending, keep_pending, show_refusal
from attnviz.app.uploaded import keep
from attnviz.app.words import plain
from attnviz.errors import AttnVizError, CardError
from attnviz.models.card import Card, Example

if TYPE_CHECKING:
    from attnviz.models.guessing import GuessedCard


def ask_for_card(pending: Pending) -> None:
    """The form; once it is answered, the model is one of this session's."""
    try:
        guess = cache.guess_for(pending.checked)
    except AttnVizError as error:
        show_refusal(str(error))
        return
    with st.container(border=True, key="card_form"):
        st.subheader(f"What is {plain(pending.checked.name)}?", anchor=False)
        st.caption(
            "The file holds no card, so a few things have to be said once. What the model says of itself is filled "
            "in. You can download the finished card and need not answer again."
        )
        fields = FormFields(pending.checked.sha256, guess.card_fields, guess.reasons)
        answers = _answers(fields, guess)
        with st.container(horizontal=True):
            if st.button("Open the model", icon=":material/check:"):
                _finish(pending, guess, fields, answers)
            st.button("Discard", on_click=_discard)
        fields.show_other_problem()


def _answers(fields: FormFields, guess: "GuessedCard") -> Mapping[str, Any]:
    name, title = st.columns(2, gap="medium")
    with name:
        answers: dict[str, Any] = {
            "name": fields.text("name", "Name", help="What the model is called in lists and links.")
        }
    with title:
        answers["title"] = fields.text("title", "Title")
    answers["description"] = fields.text("description", "What it does, in a sentence")
    taken, given = st.columns(2, gap="large")
    with taken:
        answers |= ask_for_input(fields, guess)
    with given:
        answers |= ask_for_output(fields, guess)
    return answers


def _finish(pending: Pending, guess: "GuessedCard", fields: FormFields, answers: Mapping[str, Any]) -> None:
    fields.forget_problem()
    try:
        card = _tried_card(pending, guess, answers)
        yours = keep(pending.checked, card, pending.space, cache.all_cards())
    except AttnVizError as error:
        words = str(error).removeprefix(f"The card of {answers['name']!r}: ")  # the form says whose card it is
        fields.remember_problem(_field_of(error), words)
    else:
        keep_pending(pending, yours)
    st.rerun()


def _discard() -> None:
    FormFields.forget_problem()
    discard_pending()


def _tried_card(pending: Pending, guess: "GuessedCard", answers: Mapping[str, Any]) -> Card:
    """The card, with which the model was run once: whether the outputs are what the card says only a run can show."""
    from attnviz.models.guessing import finished_card
    from attnviz.models.loaded import LoadedModel
    from attnviz.models.made_up import made_up_sequence

    card = finished_card(guess, answers)
    model = LoadedModel(card=card, keras_model=cache.uploaded_keras_model(pending.checked))
    sequence = made_up_sequence(model)
    return replace(card, examples=(_example(card, sequence, model.predict([sequence])),))


def _example(card: Card, sequence: Any, predictions: pd.DataFrame) -> Example:
    """What the model says of a made-up sequence, so that Explore has something to begin with."""
    if not isinstance(sequence, str):
        sequence = tuple(tuple(float(value) for value in step) for step in np.asarray(sequence))
    if card.task == "classification":
        first = predictions.iloc[0]
        probabilities = tuple(float(first[name]) for name in card.classes)
        return Example(
            sequence=sequence, prediction=str(first["prediction"]), probabilities=probabilities, made_up=True
        )
    if card.task == "regression":
        return Example(sequence=sequence, prediction=float(predictions["prediction"].iloc[0]), made_up=True)
    return Example(sequence=sequence, prediction="", made_up=True)


def _field_of(error: AttnVizError) -> str:
    """The field that an error is about, as `card.json` names it; empty where it names none."""
    found = re.search(r"`([a-z_.]+)`", str(error)) if isinstance(error, CardError) else None
    return found.group(1).removeprefix("input.") if found else ""
