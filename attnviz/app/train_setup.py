"""What a person chooses before a training: data, architecture, settings, sentences to watch, a name."""

import re

import streamlit as st

from attnviz.app import cache
from attnviz.app.background_jobs import KindLimits
from attnviz.app.chosen_data import ChosenData, show_rows
from attnviz.app.evaluate_preview import show_preview
from attnviz.app.session_jobs import start_session_job
from attnviz.app.settings import training_limits, trainings_at_once
from attnviz.app.train_choices import choose_reading, choose_training_data
from attnviz.app.train_data import Prepared, Reading
from attnviz.app.train_job import KIND, TrainingPlan, training_work
from attnviz.app.train_probes import choose_probes
from attnviz.app.train_settings import choose_settings
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.training.architecture_list import ARCHITECTURES, Architecture
from attnviz.training.model_code import generated_code
from attnviz.training.settings import TrainingSettings
from attnviz.training.training_process import prepare

LONGEST_NAME = 60
_FIRST = "bilstm_pooling"
_SEEN = "runs of the form of a training"


def set_up_training() -> None:
    """The form, and the button that begins the training."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Data", anchor=False)
        found = choose_training_data()
        prepared = None if found is None else _prepared(*found)
    with right:
        st.subheader("Model", anchor=False)
        architecture = _choose_architecture(prepared)
        kind = architecture.inputs[0] if prepared is None else prepared.training.kind
        settings = choose_settings(architecture, kind, training_limits().epochs)
    if found is not None and prepared is not None:
        _look_at(found[0], prepared)
        _begin(found[0], prepared, architecture, settings)
    if settings is not None:
        with st.expander("The Keras code of this model", icon=":material/code:"):
            show_code(generated_code(architecture.name, settings))
            st.caption(
                "With the vocabulary and the ranges of your data, which the training finds, it builds the very model: "
                "you get that code with the result."
            )


def begin_loading() -> None:
    """Let TensorFlow load for a training while a person still chooses: from the first thing on that is changed here."""
    if st.session_state.setdefault(_SEEN, 0) == 1:
        prepare()
    st.session_state[_SEEN] += 1


def show_code(code: str) -> None:
    """Code to copy."""
    st.code(code, language="python", height=360)


def _prepared(chosen: ChosenData, guess: Reading | None) -> Prepared | None:
    reading = choose_reading(chosen, guess)
    if reading is None:
        return None
    try:
        prepared = cache.prepared(chosen.source, chosen.data, reading)
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    counted = f"{len(prepared.training.targets):,} examples"
    classes = f" of {len(prepared.training.classes)} classes" if prepared.training.classes else ""
    problems = len(prepared.labelled.problems)
    told = f"{problems} {'thing' if problems == 1 else 'things'} to know, below." if problems else "Nothing is wrong."
    st.caption(f"{counted}{classes}. {told}")
    return prepared


def _choose_architecture(prepared: Prepared | None) -> Architecture:
    offered = [
        one.name
        for one in ARCHITECTURES.values()
        if prepared is None or (prepared.training.kind in one.inputs and prepared.training.task in one.tasks)
    ]
    if st.session_state.get("train architecture", _FIRST) not in offered:
        st.session_state["train architecture"] = offered[0]
    name = st.selectbox(
        "Architecture",
        offered,
        index=offered.index(_FIRST) if _FIRST in offered else 0,
        format_func=lambda one: ARCHITECTURES[one].title,
        key="train architecture",
        persist_state="session",
    )
    architecture = ARCHITECTURES[name]
    st.caption(plain(architecture.description))
    return architecture


def _look_at(chosen: ChosenData, prepared: Prepared) -> None:
    problems = prepared.labelled.problems
    with st.expander("Look at the data", icon=":material/table_chart:", expanded=bool(problems)):
        show_preview(prepared.labelled, chosen.data.skipped)
        for notice in prepared.training.notices:
            st.info(plain(notice))
        show_rows(chosen)


def _begin(
    chosen: ChosenData, prepared: Prepared, architecture: Architecture, settings: TrainingSettings | None
) -> None:
    st.subheader("Watch", anchor=False)
    probes = choose_probes(prepared.training, chosen.source)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the model",
            value=suggested_name(prepared.training.name, architecture.name),
            max_chars=LONGEST_NAME,
            key=f"train name {chosen.source} {architecture.name}",
            persist_state="session",
            width=320,
        )
        pressed = st.button(
            "Train",
            icon=":material/model_training:",
            disabled=probes is None or settings is None,
        )
    if not pressed or probes is None or settings is None:
        return
    limits = training_limits()
    plan = TrainingPlan(
        architecture=architecture.name,
        data=prepared.training,
        settings=settings,
        probes=probes,
        name=folder_name(name) or suggested_name(prepared.training.name, architecture.name),
    )
    try:
        limits.check(plan.data, plan.settings)
        start_session_job(
            KIND,
            training_work(plan, limits),
            title=f"{architecture.title} on {prepared.training.name}",
            limits=KindLimits(at_once=trainings_at_once()),
        )
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()


def suggested_name(data: str, architecture: str) -> str:
    """A name for a model, made of the names of its data and its architecture."""
    stem = folder_name(re.sub(r"(\.\w+)+$", "", data)) or "trained"
    return f"{stem[: LONGEST_NAME - len(architecture) - 1]}_{architecture}"


def folder_name(typed: str) -> str:
    """A name as a folder can have it; `""` if nothing is left of it."""
    return re.sub(r"[/\\\x00-\x1f]+", " ", typed)[:LONGEST_NAME].strip(" .")
