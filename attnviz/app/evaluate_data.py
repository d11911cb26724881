"""Which labelled data a model is evaluated on: the set that comes with it, or a file of one's own."""

from dataclasses import dataclass, replace

import streamlit as st

from attnviz.app import cache
from attnviz.app.settings import upload_limits, uploads_allowed
from attnviz.app.words import plain, shortened
from attnviz.errors import AttnVizError
from attnviz.evaluation.shipped_data import shipped_data_note
from attnviz.models.card import Card
from attnviz.sequences.data_files import DATA_EXTENSIONS
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.messages import counted

SHIPPED, OWN = "the model's own", "a file of mine"
SHIPPED_NAME = "its own data set"
"""Instead of a file's name, which is the same for every model."""
_MOST_ROWS_SHOWN, _LONGEST_CELL = 100, 500
_FILE, _LAST = "labelled_file", "labelled data that was uploaded"
NOT_IN_A_LINK = "A file that you upload stays in this tab: a link to this page cannot hold it."


@dataclass(frozen=True, eq=False, kw_only=True)
class ChosenData:
    """A data set and where it comes from.

    Attributes:
        source: Another text for another file; keeps the widgets of one from those of another.
        data: The rows.
        note: Where they come from.
    """

    source: str
    data: DataSet
    note: str = ""


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


def show_rows(chosen: ChosenData) -> None:
    """The first rows as the file holds them, and what was left out of it."""
    data = chosen.data
    for notice in data.notices:
        st.info(plain(notice))
    title = f"The data set: {counted(len(data.table), 'row')}, {counted(len(data.columns), 'column')}"
    with st.expander(title, icon=":material/table_rows:"):
        if chosen.note:
            st.markdown(plain(chosen.note.replace("`", "")))
        shown = data.table.head(_MOST_ROWS_SHOWN).astype(str)
        shown = shown.map(lambda text: shortened(text, _LONGEST_CELL), na_action="ignore")
        line = "line"
        while line in shown:  # no column of the file may have its name
            line += " "
        shown.insert(0, line, data.lines[: len(shown)])
        st.dataframe(shown, hide_index=True, height=240, alt="The first rows of the data set, as the file holds them")
        if len(data.table) > _MOST_ROWS_SHOWN:
            st.caption(f"The first {_MOST_ROWS_SHOWN} rows.")


def _shipped(card: Card, data: DataSet) -> ChosenData:
    named = replace(data, name=SHIPPED_NAME)
    return ChosenData(source=f"shipped {card.name}", data=named, note=shipped_data_note(card.name) or "")


def _upload() -> ChosenData | None:
    limits = upload_limits()
    megabytes = limits.maximum_bytes // 2**20
    uploaded = st.file_uploader(
        f"{', '.join(DATA_EXTENSIONS)}, up to {megabytes} MB and {limits.maximum_sequences:,} rows",
        key=_FILE,
        on_change=_forget_removed,
        max_upload_size=megabytes,
        help="A table with a column of inputs and a column of labels. CSV and TSV begin with a header; JSON is a list "
        "of objects, JSONL has one a line; NPZ holds arrays that are as long as each other. Nothing in it is run.",
    )
    st.caption(f":material/link_off: {NOT_IN_A_LINK}")
    if uploaded is not None:
        try:
            data = cache.uploaded_data_set(uploaded, limits)
        except AttnVizError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return None
        st.session_state[_LAST] = ChosenData(source=f"upload {uploaded.file_id}", data=data)
    chosen: ChosenData | None = st.session_state.get(_LAST)
    if chosen is None:
        st.info("Upload a labelled file to see how good the model is on it.", icon=":material/upload_file:")
    elif uploaded is None:
        st.caption(f":material/draft: {plain(chosen.data.name)} is still here.")
    return chosen


def _forget_removed() -> None:
    """A file that is taken away is gone; one whose uploader was not on the page for a while is not."""
    if st.session_state.get(_FILE) is None:
        st.session_state.pop(_LAST, None)
