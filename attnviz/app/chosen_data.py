"""A labelled data set that a person chose, for Evaluate and for Train: the upload of one, and a look at its rows."""

from dataclasses import dataclass

import streamlit as st

from attnviz.app import cache
from attnviz.app.settings import upload_limits
from attnviz.app.words import plain, shortened
from attnviz.errors import AttnVizError
from attnviz.sequences.data_files import DATA_EXTENSIONS
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.messages import counted

_MOST_ROWS_SHOWN, _LONGEST_CELL = 100, 500


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


def upload_data(key: str, invitation: str) -> ChosenData | None:
    """The widget for a file of one's own, and what is said of one that cannot be used; None without data.

    Args:
        key: Of the widget. The file is kept beside it, so that it is still there after a look at another page.
        invitation: What is said while there is no file.
    """
    limits = upload_limits()
    megabytes = limits.maximum_bytes // 2**20
    uploaded = st.file_uploader(
        f"{', '.join(DATA_EXTENSIONS)}, up to {megabytes} MB and {limits.maximum_sequences:,} rows",
        key=key,
        on_change=_forget_removed,
        args=(key,),
        max_upload_size=megabytes,
        help="A table with a column of inputs and a column of labels. CSV and TSV begin with a header; JSON is a list "
        "of objects, JSONL has one a line; NPZ holds arrays that are as long as each other. Nothing in it is run.",
    )
    st.caption(":material/link_off: A file that you upload stays in this tab: a link to this page cannot hold it.")
    if uploaded is not None:
        try:
            data = cache.uploaded_data_set(uploaded, limits)
        except AttnVizError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return None
        st.session_state[_kept(key)] = ChosenData(source=f"upload {uploaded.file_id}", data=data)
    chosen: ChosenData | None = st.session_state.get(_kept(key))
    if chosen is None:
        st.info(invitation, icon=":material/upload_file:")
    elif uploaded is None:
        st.caption(f":material/draft: {plain(chosen.data.name)} is still here.")
    return chosen


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


def _forget_removed(key: str) -> None:
    """A file that is taken away is gone; one whose uploader was not on the page for a while is not."""
    if st.session_state.get(key) is None:
        st.session_state.pop(_kept(key), None)


def _kept(key: str) -> str:
    return f"data of {key}"
