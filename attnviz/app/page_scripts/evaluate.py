"""Evaluate: how good a model is on labelled data, and what it attends to where it is wrong."""

import streamlit as st

from attnviz.app.jobs import preload
from attnviz.app.loading import show_loading
from attnviz.app.words import plain
from attnviz.errors import AttnVizError


def evaluate() -> None:
    """The page from top to bottom."""
    st.title("Is the model any good?", anchor=False)
    # pandas takes a while to import: the title does not wait for it.
    from attnviz.app import cache
    from attnviz.app.evaluate_data import choose_data
    from attnviz.app.model_picker import choose_model
    from attnviz.app.state import show_link_problems

    try:
        cards = cache.cards_here()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not cards:
        st.error("There is no model: sample_models/ is missing, and ATTNVIZ_MODELS names no directory of models.")
        return
    card = choose_model(cards, leads_on=True)
    show_link_problems()
    if card.task == "features":
        st.info("This model gives features and predicts nothing: there is nothing to compare with labels.")
        return
    chosen = choose_data(card)
    if not preload.progress.ready:
        show_loading(preload)
        return
    from attnviz.app.evaluate_job import show_job
    from attnviz.app.evaluate_results import show_results
    from attnviz.app.evaluate_setup import set_up

    if chosen is not None:
        set_up(card, chosen)
    findings = show_job()
    if findings is not None:
        show_results(findings)


evaluate()
