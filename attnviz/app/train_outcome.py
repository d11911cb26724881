"""What became of a training: the model with its figures, on every page of this session and to take along."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from attnviz.app import cache
from attnviz.app.background_jobs import Job, JobState
from attnviz.app.uploaded import keep, reserve, your_models
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.models.card import Card, Metric
from attnviz.models.untrusted.checking import CheckedUpload
from attnviz.training.reports import FINISHED, PATIENCE, STOPPED, TIME

if TYPE_CHECKING:
    from attnviz.training.trained_files import TrainedFiles

EXPLORE, EVALUATE = "page_scripts/explore.py", "page_scripts/evaluate.py"  # beside main.py
ENDINGS = {
    FINISHED: "all epochs are done",
    PATIENCE: "validation no longer improved",
    STOPPED: "you stopped it",
    TIME: "its time was over",
}
_KEPT = "models of trainings"


def show_ending(job: Job) -> None:
    """Why it ended, and the model if there is one."""
    files: TrainedFiles | None = job.result
    if job.state is JobState.FAILED:
        if job.cancelled:
            st.info(plain(job.message), icon=":material/stop_circle:")
        else:
            st.error(plain(job.message), icon=":material/error:")
        return
    if files is None:
        st.info("Cancelled before it began.", icon=":material/cancel:")
        return
    epochs = len(files.history)
    st.markdown(
        f"{epochs} {'epoch' if epochs == 1 else 'epochs'} in {files.seconds:.0f} s: {ENDINGS[files.ending]}. The "
        f"weights of epoch {files.best_epoch} are kept, the best on the validation part."
    )
    _figures(files.card)
    for notice in files.notices:
        st.caption(plain(notice))
    _keep(job.id, files)
    with st.expander("The Keras code of this model", icon=":material/code:"):
        st.code(files.code, language="python", height=360)


def kept_name(job_id: str) -> str | None:
    """The name under which this session has the model of a training; None if it has not, or removed it since."""
    name = st.session_state.get(_KEPT, {}).get(job_id)
    return name if name in your_models() else None


def keep_model(job_id: str, files: "TrainedFiles") -> None:
    """Add the model of a training to this session.

    Raises:
        InputError: If there is no room for it.
    """
    checked = CheckedUpload(  # nobody's upload: this server wrote it
        name=files.card.name,
        sha256=hashlib.sha256(files.model).hexdigest(),
        model=files.model,
        card=files.card,
        parameters=files.card.parameters,
    )
    yours = keep(checked, files.card, reserve(checked), cache.all_cards())
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), job_id: yours.card.name}


def _keep(job_id: str, files: "TrainedFiles") -> None:
    """Open the model in this session, once; where there is no room, or it was removed, offer it."""
    offered = job_id in st.session_state.get(_KEPT, {})
    problem = ""
    if not offered:
        try:
            keep_model(job_id, files)
        except AttnVizError as error:
            problem = str(error)
    name = kept_name(job_id)
    if name is not None:
        st.success(f"{plain(name)} is open: on every page, in this tab.", icon=":material/check:")
    elif problem:
        st.warning(f"The model is not open in this tab yet. {plain(problem)}", icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if name is not None:
            for page, label, icon in (
                (EXPLORE, "Open on Explore", ":material/search:"),
                (EVALUATE, "Evaluate it", ":material/fact_check:"),
            ):
                st.page_link(page, label=label, icon=icon, query_params={"model": name})
        elif st.button("Open it in this tab", icon=":material/deployed_code:"):
            _open_again(job_id, files)
        st.download_button(
            "Model and card",
            data=lambda: files.archive,
            file_name=f"{files.card.name}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            help="A zip of model.keras and card.json: the Models page opens it, and so does Python.",
        )


def _open_again(job_id: str, files: "TrainedFiles") -> None:
    try:
        keep_model(job_id, files)
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.rerun()


def _figures(card: Card) -> None:
    """The figures of the test part, each with its interval and that of the simplest model."""
    with st.container(horizontal=True, gap="medium"):
        for one in card.metrics:
            beside = next((other for other in card.baselines if other.name == one.name), None)
            with st.container(width="content"):
                st.metric(f"{one.name[:1].upper()}{one.name[1:]} ({one.split})", _written(one.value), width="content")
                st.caption(" · ".join(_beside(one, beside)))


def _beside(metric: Metric, baseline: Metric | None) -> Sequence[str]:
    told = []
    if metric.interval is not None:
        told.append(f"95 %: {_written(metric.interval[0])} to {_written(metric.interval[1])}")
    if baseline is not None:
        told.append(plain(f"{(baseline.note or 'baseline').split(';')[0]}: {_written(baseline.value)}"))
    return told


def _written(value: float) -> str:
    """A figure to three decimals; a large one has none, and a small one three digits, whatever its unit."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if 0 < abs(value) < 0.1 else f"{value:.3f}"
