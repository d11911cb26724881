"""A training as it goes: how far it is, its figures over epochs, and the attention on the probes as it forms."""

import numpy as np
import streamlit as st

from attnviz.app.background_jobs import Job, JobState, jobs
from attnviz.app.plots import show_plot
from attnviz.app.session_jobs import drop_session_job
from attnviz.app.train_job import TrainingRun, best_of
from attnviz.app.train_outcome import show_ending
from attnviz.app.words import plain, shortened
from attnviz.components.epochs import attention_over_epochs
from attnviz.views.learning import LearningView

_SECONDS_BETWEEN_LOOKS = 1.0
_LONGEST_PROBE = 90


def show_training(job: Job) -> None:
    """The training, until it ends and after it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(plain(job.title), anchor=False, width="stretch")
        ended = job.state.ended  # once: it may end at any time
        if ended and st.button(
            "Discard", icon=":material/delete:", help="Forget this training; a model that is open already stays."
        ):
            drop_session_job(job.kind)
            st.rerun()

    # One fragment before and after the end, so that the film stays on the page, and with it what is looked at.
    @st.fragment(run_every=None if ended else _SECONDS_BETWEEN_LOOKS)
    def watch(was_ended: bool) -> None:
        jobs.find(job.id)  # whoever looks at it keeps it
        if job.state.ended and not was_ended:
            st.rerun()
        with st.container(key="training_state"):
            if job.state.ended:
                show_ending(job)
            else:
                _show_progress(job)
        with st.container(key="training_run"):
            _show_run(job)

    watch(ended)


def _show_progress(job: Job) -> None:
    with st.container(border=True):
        share, words = _progress(job)
        st.progress(share, text=words)
        with st.container(horizontal=True, vertical_alignment="center"):
            queued = job.state is JobState.QUEUED
            st.button(
                "Cancel" if queued else "Stop and keep the best",
                key="stop training",
                icon=":material/cancel:" if queued else ":material/stop_circle:",
                on_click=job.cancel,
                disabled=job.cancelled,
            )
            st.caption("It goes on while you look at other pages, and this page finds it again.", width="content")


def _progress(job: Job) -> tuple[float, str]:
    """How far it is, from 0 to 1 and in words."""
    if job.state is JobState.QUEUED:
        ahead = jobs.ahead_of(job)
        others = f"{ahead:,} {'other is' if ahead == 1 else 'others are'} before it" if ahead else "it is next"
        return 0.0, f"Waiting, {others} …"
    run: TrainingRun | None = job.progress
    if job.cancelled:
        return 1.0, "Stopping: the best weights so far are kept and measured …"
    if run is None or not run.reports:
        return 0.0, "Starting: a process of its own loads TensorFlow and reads the data …"
    last = run.reports[-1]
    share = last.number / last.epochs
    if last.number == last.epochs:
        return 1.0, "Measuring the best epoch on the test part …"
    left = in_time(last.seconds_left)
    return share, f"Epoch {last.number} of {last.epochs} done, at most {left} left"


def _show_run(job: Job) -> None:
    """Attention and figures over the epochs so far; nothing before the first."""
    run: TrainingRun | None = job.progress
    if run is None or not run.reports:
        return
    film, figures = st.columns([5, 2], gap="medium")
    with film:
        _show_film(run, job.id)
    with figures:
        for view in learning_views(run):
            show_plot(view, key=f"over epochs {view.name}")
        st.caption("The ring is the epoch whose weights are kept: the lowest loss on the validation part.")


def _show_film(run: TrainingRun, job_id: str) -> None:
    st.subheader("What it attends to, epoch by epoch", anchor=False)
    names = run.probes.names
    places = list(range(len(names)))
    place = 0
    if len(places) > 1:
        place = st.selectbox(
            "Sentence" if isinstance(run.probes.sequences[0], str) else "Series",
            places,
            format_func=lambda one: shortened(names[one], _LONGEST_PROBE),
            key=f"watched {job_id}",
            persist_state="session",
        )
    problem = run.film.problem(place)
    if problem:
        st.info(plain(problem), icon=":material/visibility_off:")
        return
    views = ("text", "heatmap", "grid") if run.film.heads(place) > 1 else ("text", "heatmap")
    attention_over_epochs(run.film.payload(place), key="film", subject=f"{job_id} {place}", views=views)


def learning_views(run: TrainingRun) -> list[LearningView]:
    """Loss and metrics over the epochs so far."""
    reports = run.reports  # once: another epoch may come at any time
    best = best_of(reports)
    lines = {"loss": ([one.loss for one in reports], [one.validation_loss for one in reports])}
    for name in reports[0].metrics:
        lines[name] = ([one.metrics[name] for one in reports], [one.validation_metrics[name] for one in reports])
    return [
        LearningView(
            name=name,
            training=np.array(training),
            validation=np.array(validation),
            best=best,
            share=name == "accuracy",
        )
        for name, (training, validation) in lines.items()
    ]


def in_time(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} min"
