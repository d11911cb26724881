"""The part of the form that asks what a model predicts."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from attnviz.app.form_fields import FormFields
from attnviz.app.model_details import TASKS
from attnviz.app.words import plain
from attnviz.models.card import OUTPUTS

if TYPE_CHECKING:
    from attnviz.models.guessing import GuessedCard

ASKED_FOR = tuple(task for task in TASKS if task != "seq2seq")
"""What a form can describe; a model that writes texts has a vocabulary for them too, and needs a card of its own."""

OUTPUT_WORDS = {"probabilities": "Probabilities, which sum to 1", "logits": "Logits, before the softmax"}


def ask_for_output(fields: FormFields, guess: "GuessedCard") -> dict[str, Any]:
    """Answers for `task`, `classes`, `outputs` and `target`, by the names that `finished_card` takes."""
    task = fields.one_of("task", "What does it do?", ASKED_FOR, TASKS.__getitem__)
    answers: dict[str, Any] = {"task": task}
    if task == "regression":
        return answers | {"target": fields.text("target", "What it predicts, with the unit")}
    if task == "features":
        if task == guess.card_fields.get("task"):  # why nothing is predicted has to be seen, not looked for
            st.info(plain(guess.reasons["task"]), icon=":material/info:")
        return answers
    count = guess.class_count
    label = "Names of the classes, one a line" if count is None else f"Names of the {count} classes, one a line"
    answers["classes"] = fields.lines("classes", label)
    answers["outputs"] = fields.one_of("outputs", "What does it give?", OUTPUTS, OUTPUT_WORDS.__getitem__)
    return answers
