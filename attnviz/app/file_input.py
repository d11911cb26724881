"""Widgets in which a person uploads a file, and picks one of its sequences."""

import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.picture_input import is_picture_file, picture_input, take_picture
from attnviz.app.settings import upload_limits
from attnviz.app.typed import take
from attnviz.app.view_files import open_view_file, show_view_file
from attnviz.app.words import plain
from attnviz.errors import InputError
from attnviz.models.card import Card
from attnviz.report.view_file import is_view_file
from attnviz.sequences.picture_files import PICTURE_EXTENSIONS
from attnviz.sequences.reading import accepted_extensions
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import Upload

MOST_ROWS_SHOWN = 1_000


def file_input(card: Card, prefix: str = "") -> None:
    """A file, and what of it can be looked at; what is picked counts as typed.

    Args:
        card: The model's.
        prefix: Tells two of a page apart; view files are for the page that has one, without a prefix.
    """
    limits = upload_limits()
    extensions = accepted_extensions(card.input)
    uploaded = st.file_uploader(
        f"{', '.join(extensions)}, up to {limits.maximum_bytes // 2**20} MB and {limits.maximum_sequences:,} sequences",
        key=f"{prefix}file",
        max_upload_size=limits.maximum_bytes // 2**20,
        help="Text: one sequence a line. CSV and TSV: a header, then one sequence a row. JSON: a list; JSONL: an "
        "object a line. Parquet: one sequence a row. NPY: an array; NPZ: several."
        + (" Pictures: one sequence each." if PICTURE_EXTENSIONS[0] in extensions else ""),
        on_change=_take_at_once,
        args=(card.input, prefix),
    )
    if uploaded is None:
        return
    if not prefix and is_view_file(uploaded.name, uploaded.getvalue()):
        show_view_file()
        return
    try:
        if isinstance(card.input, NumericSpecification) and is_picture_file(uploaded.name, card.input):
            picture_input(uploaded, card.input, prefix)
            return
        upload = cache.upload_of(uploaded, card.input, limits)
    except InputError as error:
        st.error(plain(str(error)))
        return
    for notice in upload.notices:
        st.info(plain(notice))
    _pick(upload, uploaded.file_id, card, prefix)


def _take_at_once(specification: InputSpecification, prefix: str) -> None:
    """A picture or a view is looked at as soon as it is there: there is nothing to pick."""
    uploaded = st.session_state.get(f"{prefix}file")
    if uploaded is None:
        return
    if not prefix and is_view_file(uploaded.name, uploaded.getvalue()):
        open_view_file(uploaded.getvalue())
    elif isinstance(specification, NumericSpecification) and is_picture_file(uploaded.name, specification):
        take_picture(uploaded, specification, prefix)


def _pick(upload: Upload, file: str, card: Card, prefix: str) -> None:
    """A searchable table whose selected row is taken; `file` keeps one upload's widgets from another's."""
    left, right = st.columns([1, 2])
    column = left.selectbox(
        "Column",
        options=upload.columns,
        index=upload.columns.index(upload.suggested_column),
        key=f"column {file}",
    )
    wanted = right.text_input("Search", key=f"search {file}", type="search", placeholder="Words to look for", live=True)
    table = upload.table
    if wanted:
        found = table[column].astype(str).str.contains(wanted, case=False, regex=False)
        table = table[found]
    every = f"{len(upload.table):,} {'sequence' if len(upload.table) == 1 else 'sequences'}"
    count = f"{len(table):,} of {every}" if wanted else every
    more = f", the first {MOST_ROWS_SHOWN:,} shown: search to find others" if len(table) > MOST_ROWS_SHOWN else ""
    st.caption(f"{count}{more}. Select one to look at it.")
    rows = table.index[:MOST_ROWS_SHOWN]
    key = f"rows {file} {column} {wanted}"  # a selection belongs to the rows that it was made in
    with st.container(key=f"{prefix}rows"):
        st.dataframe(
            table.head(MOST_ROWS_SHOWN),
            key=key,
            on_select=lambda: _take_row(key, upload, column, rows, card.input, prefix),
            selection_mode="single-row",
            height=min(320, 40 + 35 * max(1, len(rows))),
            alt="Sequences of the uploaded file",
        )
    problem = st.session_state.pop("row problem", None)
    if problem:
        st.error(plain(problem))


def _take_row(
    key: str, upload: Upload, column: str, rows: pd.Index, specification: InputSpecification, prefix: str
) -> None:
    selected = [row for row in st.session_state[key]["selection"]["rows"] if row < len(rows)]
    taken = (key, *selected)
    # While another file is on its way, the browser sends the selection of the table that is going once more.
    if taken == st.session_state.get(f"{prefix}row taken"):
        return
    st.session_state[f"{prefix}row taken"] = taken
    if not selected:
        return
    try:
        sequence = upload.sequence(int(rows[selected[0]]), column)
    except InputError as error:
        st.session_state["row problem"] = str(error)
        return
    take(sequence, specification, prefix)
