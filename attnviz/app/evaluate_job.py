"""The evaluation as a background job: started, watched and cancelled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from attnviz.app import cache
from attnviz.app.background_jobs import Job, JobState, Work, jobs
from attnviz.app.session_jobs import drop_session_job, job_is_gone, session_job, start_session_job
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.evaluation.labelled import LabelledData
from attnviz.report.findings import Findings, findings_of

if TYPE_CHECKING:
    from attnviz.evaluation.results import Progress
    from attnviz.models.loaded import LoadedModel

KIND = "evaluation"
_PROBLEM = "problem of an evaluation"
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_AT_ONCE = 0.8
"""What takes less shows no progress: it would be gone before anybody has read it."""


@dataclass(frozen=True)
class Summarising:
    """Every example was run; intervals and curves are computed.

    Attributes:
        examples: That were run.
    """

    examples: int


def evaluation_work(model: "LoadedModel", data: LabelledData, *, model_digest: str | None = None) -> Work:
    """What the job does. Its result is `Findings`, which holds no model; None if it was cancelled before it began.

    Args:
        model: The model.
        data: The examples.
        model_digest: As in `Findings`.
    """

    def work(job: Job) -> Findings | None:
        from attnviz.evaluation.running import evaluate  # starts TensorFlow

        evaluation = evaluate(model, data, on_progress=job.report, cancelled=lambda: job.cancelled)
        if not evaluation.evaluated.any():
            return None
        job.report(Summarising(int(evaluation.evaluated.sum())))
        return findings_of(evaluation, model_digest=model_digest)

    return work


def start_button(data: LabelledData, name: str) -> None:
    """The button that starts, and why it did not."""
    job = session_job(KIND)
    busy = job is not None and not job.state.ended
    many = f"{len(data):,} {'example' if len(data) == 1 else 'examples'}"
    st.button(
        f"Evaluate {many}",
        key="evaluate",
        icon=":material/play_arrow:",
        disabled=busy,
        on_click=_start,
        args=(data, name),
    )
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(plain(problem), icon=":material/error:")


def _start(data: LabelledData, name: str) -> None:
    try:
        # Now: a session that is given the link may have another model of this name.
        work = evaluation_work(cache.model_named(name), data, model_digest=_digest(name))
        start_session_job(KIND, work, title=f"{name} on {data.name}").wait(_SECONDS_AT_ONCE)
    except AttnVizError as error:
        st.session_state[_PROBLEM] = str(error)


def _digest(name: str) -> str | None:
    try:
        return cache.digest_of(name)
    except (KeyError, OSError):  # the operator took its folder away; the model is still open
        return None


def show_job() -> Findings | None:
    """How far the evaluation is, or what became of it; its findings once there are any."""
    job = session_job(KIND)
    if job is None:
        if job_is_gone(KIND):
            st.info(
                "The evaluation that was asked for is not kept any more: results stay for an hour after somebody "
                "looked at them last. Start it again.",
                icon=":material/hourglass_disabled:",
            )
        return None
    if not job.state.ended:
        _watch(job.id)
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(plain(job.title), anchor=False, width="stretch")
        if st.button("Discard", icon=":material/delete:", help="Forget this evaluation and its results."):
            drop_session_job(KIND)
            st.rerun()
    if job.state is JobState.FAILED:
        st.error(plain(job.message), icon=":material/error:")
        return None
    if job.result is None:
        st.info("Cancelled before the first examples were run.", icon=":material/cancel:")
        return None
    findings: Findings = job.result
    return findings


@st.fragment(run_every=_SECONDS_BETWEEN_LOOKS)
def _watch(job_id: str) -> None:
    job = jobs.find(job_id)
    if job is None or job.state.ended:
        st.rerun()
    with st.container(border=True, key="evaluation_progress"):
        if job.state is JobState.QUEUED:
            ahead = jobs.ahead_of(job)
            others = f"{ahead:,} {'other is' if ahead == 1 else 'others are'} before it" if ahead else "it is next"
            st.progress(0.0, text=f"{plain(job.title)}: waiting, {others} …")
        else:
            share, words = _in_words(job.progress)
            st.progress(share, text=f"{plain(job.title)}: {words}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Cancel", key="cancel_evaluation", icon=":material/cancel:", on_click=job.cancel)
            st.caption(
                "Stopping …"
                if job.cancelled
                else "It goes on while you look at other pages, and this page finds it again.",
                width="content",
            )


def _in_words(progress: "Progress | Summarising | None") -> tuple[float, str]:
    if progress is None:
        return 0.0, "opening the model …"
    if isinstance(progress, Summarising):
        return 1.0, f"{progress.examples:,} examples run; computing intervals …"
    share = progress.done / progress.total if progress.total else 0.0
    words = f"{progress.done:,} of {progress.total:,} examples, {progress.rows_per_second:,.0f} a second"
    if progress.seconds_left is not None:
        words += f", {_time(progress.seconds_left)} left"
    return min(1.0, share), words


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} min"
