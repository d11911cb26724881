"""Widgets in which a person edits or pastes numbers, and draws them where they are a picture."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from attnviz.app.typed import key_of, take, written
from attnviz.components.pixel_editor import blank_value, can_be_drawn, pixel_editor
from attnviz.errors import InputError
from attnviz.sequences.numeric import parse_numbers
from attnviz.sequences.numeric_checks import checked_numbers
from attnviz.sequences.pictures import picture_shape
from attnviz.sequences.specification import NumericSpecification


def number_input(specification: NumericSpecification, otherwise: str, prefix: str = "") -> str:
    """The numbers, as they were typed, drawn or pasted last; may be empty or wrong.

    Args:
        specification: What the model takes.
        otherwise: What it begins with, where the link says nothing.
        prefix: Tells two of a page apart.
    """
    key = key_of(specification, prefix)
    current = st.session_state.get(key, st.query_params.get(key, otherwise))
    editors: dict[str, Callable[[NumericSpecification, str, str], None]] = {"Grid": _grid}
    if can_be_drawn(specification):
        editors = {"Draw": _drawing, **editors}
    *tabs, paste = st.tabs([*editors, "Paste"])
    for tab, editor in zip(tabs, editors.values(), strict=True):
        with tab:
            editor(specification, current, prefix)
    with paste:
        values = st.text_area(
            f"One {specification.step} a line, {len(specification.features)} numbers each",
            value=otherwise,
            key=key,
            bind="query-params",
            height=220,
            help="Numbers separated by commas, tabs or spaces, steps by lines or semicolons; JSON lists work too.",
        )
    return values or ""


def _drawing(specification: NumericSpecification, current: str, prefix: str) -> None:
    """The picture, to draw in; what is drawn becomes the pasted text, which the link holds."""
    rows, columns, _ = picture_shape(specification)
    try:
        values = checked_numbers(parse_numbers(current, specification), specification)
    except InputError:
        st.caption("The pasted values are no picture; the message below says why. What you draw replaces them.")
        values = np.full((rows, columns), blank_value(specification))
    drawn = partial(take, specification=specification, prefix=prefix)
    pixel_editor(specification, values, key=f"{prefix}pixels", on_draw=drawn)


def _grid(specification: NumericSpecification, current: str, prefix: str) -> None:
    """A table to edit; what is edited becomes the pasted text, which the link holds."""
    shown = st.session_state.setdefault(f"{prefix}grid", {"base": None, "result": None, "version": 0})
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
        key=f"{prefix}grid {shown['version']}",
        num_rows="fixed" if specification.length else "dynamic",
        # No limits here: the editor would change a number without a word, where the page says what is wrong with it.
        column_config={name: st.column_config.NumberColumn(name, width="small") for name in specification.features},
        alt=f"The numbers of the sequence, one {specification.step} a line",
    )
    text = written(edited.to_numpy(float))
    if text != written(values) and text != shown["result"]:
        shown["result"] = text
        st.session_state[key_of(specification, prefix)] = text
