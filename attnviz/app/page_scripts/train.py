"""Train: a small attention model on one's own data, and its attention as it forms."""

import streamlit as st

from attnviz.app.jobs import preload
from attnviz.app.loading import show_loading
from attnviz.app.settings import training_allowed
from attnviz.app.words import plain
from attnviz.errors import AttnVizError


def train() -> None:
    """The page from top to bottom."""
    st.title("How does attention form?", anchor=False)
    if not training_allowed():
        st.info("Training is turned off on this server.", icon=":material/model_training:")
        return
    # pandas and Plotly take a while to import: the title does not wait for them.
    from attnviz.app.session_jobs import job_is_gone, session_job
    from attnviz.app.train_job import KIND
    from attnviz.app.train_setup import begin_loading, set_up_training
    from attnviz.app.train_watch import show_training

    st.markdown(
        "Train a small attention model on labelled data, here on the server, and watch after every epoch what it "
        "attends to. The model is yours afterwards: on every page, and as a file."
    )
    if not preload.progress.ready:
        show_loading(preload)
        return
    job = session_job(KIND)
    if job is None and job_is_gone(KIND):
        st.info(
            "The training that was asked for is not kept any more: it stays for an hour after somebody looked at it "
            "last.",
            icon=":material/hourglass_disabled:",
        )
    if job is not None:
        show_training(job)
        if not job.state.ended:
            return
    st.header("Train a model" if job is None else "Train another", anchor=False)
    begin_loading()
    try:
        set_up_training()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")


train()
