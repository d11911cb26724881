"""Which labelled data a model is evaluated on: the set that comes with it, or a file of one's own."""

from dataclasses import replace

import streamlit as st

from attnviz.app import cache
from attnviz.app.chosen_data import ChosenData, upload_data
from attnviz.app.settings import uploads_allowed
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.evaluation.shipped_data import shipped_data_note
from attnviz.models.card import Card
from attnviz.sequences.data_sets import DataSet

SHIPPED, OWN = "the model's own", "a file of mine"
SHIPPED_NAME = "its own data set"
"""Instead of a file's name, which is the same for every model."""


def choose_data(card: Card) -> ChosenData | None:
    """The widgets, and what is said of a file that cannot be used; None without data."""
    try:
        shipped = cache.shipped_data(card.name)
    except AttnVizError as error:
        st.warning(f"The data set of this model cannot be used: {plain(str(error))}", icon=":material/warning:")
        shipped = None
    if not uploads_allowed():
        if shipped is None:
            st.info("This model comes without a data set, and uploading is turned off on this server.")
            return None
        return _shipped(card, shipped)
    if shipped is None:
        return _upload()
    kind = st.segmented_control(
        "Data set", (SHIPPED, OWN), default=SHIPPED, required=True, key="data_set", persist_state="session"
    )
    return _upload() if kind == OWN else _shipped(card, shipped)


def _shipped(card: Card, data: DataSet) -> ChosenData:
    named = replace(data, name=SHIPPED_NAME)
    return ChosenData(source=f"shipped {card.name}", data=named, note=shipped_data_note(card.name) or "")


def _upload() -> ChosenData | None:
    return upload_data("labelled_file", "Upload a labelled file to see how good the model is on it.")
