"""From a data set to an evaluation of it: columns, labels, what is wrong with it, and the button that starts."""

import streamlit as st

from attnviz.app import cache
from attnviz.app.chosen_data import ChosenData, show_rows
from attnviz.app.evaluate_columns import choose_columns, choose_label_names
from attnviz.app.evaluate_job import KIND, start_button
from attnviz.app.evaluate_preview import show_preview
from attnviz.app.session_jobs import session_job
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.models.card import Card


def set_up(card: Card, chosen: ChosenData) -> None:
    """The widgets between a data set and its evaluation; what cannot be evaluated is said, and nothing is lost."""
    show_rows(chosen)
    columns = choose_columns(chosen, card)
    if columns is None:
        return
    try:
        names = choose_label_names(chosen, card, columns)
        data = cache.labelled(chosen.source, chosen.data, card, columns, tuple(sorted(names.items())))
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    before = session_job(KIND) is None
    with st.expander("What is in the data", expanded=before, icon=":material/fact_check:"):
        show_preview(data, chosen.data.skipped)
    start_button(data, card.name)
