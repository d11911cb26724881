"""What a person sees while TensorFlow loads."""

import streamlit as st

from attnviz.app.jobs import STAGES, Preload
from attnviz.app.words import plain

SECONDS_BETWEEN_LOOKS = 0.3


def show_loading(preload: Preload) -> None:
    """The stages of the preload, until it is ready; then the page runs again."""

    @st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
    def stages() -> None:
        progress = preload.progress
        if progress.ready:
            st.rerun()
        if progress.failed:
            st.error(f"{plain(progress.name)} failed: {plain(progress.failed)}")
            if st.button("Try again"):
                preload.start()
            return
        st.progress(
            (progress.stage + 1) / len(STAGES),
            text=f"{progress.name} … The first prediction is possible in a few seconds; you can type already.",
        )

    stages()
