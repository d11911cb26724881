"""Widgets in which a person types, pastes, edits or uploads a sequence."""

from functools import singledispatch

import numpy as np
import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.settings import upload_limits, uploads_allowed
from attnviz.app.words import plain, shortened
from attnviz.errors import InputError
from attnviz.models.card import Card, Example
from attnviz.sequences.numeric import format_numbers, parse_numbers
from attnviz.sequences.reading import EXTENSIONS, Upload
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)

LONGEST_EXAMPLE_LABEL = 38
MOST_ROWS_SHOWN = 1_000


def choose_sequence(card: Card) -> str:
    """The sequence to look at: a text, or numbers as `format_numbers` writes them. May be empty or wrong."""
    sequence = _typed(card.input, card)
    if card.examples:
        _examples(card)
    if uploads_allowed():
        with st.expander("Upload a file", icon=":material/upload_file:", key="upload"):
            _upload(card)
    return sequence


@singledispatch
def _typed(specification: InputSpecification, card: Card) -> str:
    raise InputError(f"No input widget for {type(specification).__name__}.")


@_typed.register(TextSpecification)
@_typed.register(RawTextSpecification)
def _(specification: TextSpecification | RawTextSpecification, card: Card) -> str:
    limit = specification.maximum_length
    text = st.text_input(
        "Text",
        value=_first_example(card),
        key="text",
        bind="query-params",
        placeholder="Type a sentence and press Enter",
        help=None if limit is None else f"The model takes up to {limit:,} tokens of a text.",
    )
    return text or ""


@_typed.register
def _(specification: NumericSpecification, card: Card) -> str:
    otherwise = _first_example(card)
    grid, paste = st.tabs(["Grid", "Paste"])
    with grid:
        _grid(specification, st.session_state.get("values", st.query_params.get("values", otherwise)))
    with paste:
        values = st.text_area(
            f"One {specification.step} a line, {len(specification.features)} numbers each",
            value=otherwise,
            key="values",
            bind="query-params",
            height=220,
            help="Numbers separated by commas, tabs or spaces, steps by lines or semicolons; JSON lists work too.",
        )
    return values or ""


def _grid(specification: NumericSpecification, current: str) -> None:
    """A table to edit; what is edited becomes the pasted text, which the link holds."""
    shown = st.session_state.setdefault("grid", {"base": None, "result": None, "version": 0})
    if current != shown["result"]:
        shown.update(base=current, result=current, version=shown["version"] + 1)
    try:
        values = parse_numbers(shown["base"], specification)
    except InputError:
        st.caption("The pasted values cannot be shown as a grid; the message below says why.")
        return
    frame = pd.DataFrame(
        values,
        columns=list(specification.features),
        index=[f"{specification.step} {step + 1}" for step in range(len(values))],
    )
    edited = st.data_editor(
        frame,
        key=f"grid {shown['version']}",
        num_rows="fixed" if specification.length else "dynamic",
        # No limits here: the editor would change a number without a word, where the page says what is wrong with it.
        column_config={name: st.column_config.NumberColumn(name, width="small") for name in specification.features},
        alt=f"The numbers of the sequence, one {specification.step} a line",
    )
    text = _one_step_a_line(format_numbers(edited.to_numpy(float)))
    if text != _one_step_a_line(format_numbers(values)) and text != shown["result"]:
        shown["result"] = text
        st.session_state["values"] = text


def _examples(card: Card) -> None:
    labels = [_label(example, position) for position, example in enumerate(card.examples)]
    st.pills(
        "Examples",
        options=range(len(labels)),
        format_func=lambda position: plain(labels[position]),
        key="example",
        on_change=_take_example,
        args=(card,),
    )


def _take_example(card: Card) -> None:
    chosen = st.session_state.get("example")
    if chosen is not None and chosen < len(card.examples):
        _take(_as_text(card.examples[chosen]), card.input)
    st.session_state["example"] = None


def _upload(card: Card) -> None:
    limits = upload_limits()
    uploaded = st.file_uploader(
        f"{', '.join(EXTENSIONS)}, up to {limits.maximum_bytes // 2**20} MB and {limits.maximum_sequences:,} sequences",
        key="file",
        max_upload_size=limits.maximum_bytes // 2**20,
        help="Text: one sequence a line. CSV and TSV: a header, then one sequence a row. JSON: a list. NPY: an array.",
    )
    if uploaded is None:
        return
    try:
        upload = cache.upload_of(uploaded, card.input, limits)
    except InputError as error:
        st.error(plain(str(error)))
        return
    for notice in upload.notices:
        st.info(plain(notice))
    _pick(upload, uploaded.file_id, card)


def _pick(upload: Upload, file: str, card: Card) -> None:
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
    with st.container(key="rows"):
        st.dataframe(
            table.head(MOST_ROWS_SHOWN),
            key=key,
            on_select=lambda: _take_row(key, upload, column, rows, card.input),
            selection_mode="single-row",
            height=min(320, 40 + 35 * max(1, len(rows))),
            alt="Sequences of the uploaded file",
        )
    problem = st.session_state.pop("row problem", None)
    if problem:
        st.error(plain(problem))


def _take_row(key: str, upload: Upload, column: str, rows: pd.Index, specification: InputSpecification) -> None:
    selected = [row for row in st.session_state[key]["selection"]["rows"] if row < len(rows)]
    taken = (key, *selected)
    # While another file is on its way, the browser sends the selection of the table that is going once more.
    if taken == st.session_state.get("row taken"):
        return
    st.session_state["row taken"] = taken
    if not selected:
        return
    try:
        sequence = upload.sequence(int(rows[selected[0]]), column)
    except InputError as error:
        st.session_state["row problem"] = str(error)
        return
    _take(sequence if isinstance(sequence, str) else format_numbers(np.asarray(sequence)), specification)


def _take(sequence: str, specification: InputSpecification) -> None:
    if isinstance(specification, NumericSpecification):
        st.session_state["values"] = _one_step_a_line(sequence)
    else:
        st.session_state["text"] = " ".join(sequence.split())


def _one_step_a_line(numbers: str) -> str:
    return numbers.replace(";", "\n")


def _first_example(card: Card) -> str:
    return _as_text(card.examples[0]) if card.examples else ""


def _as_text(example: Example) -> str:
    if isinstance(example.sequence, str):
        return example.sequence
    return _one_step_a_line(format_numbers(np.asarray(example.sequence)))


def _label(example: Example, position: int) -> str:
    if isinstance(example.sequence, str):
        return shortened(example.sequence, LONGEST_EXAMPLE_LABEL)
    return f"{example.prediction} (example {position + 1})".lstrip()
