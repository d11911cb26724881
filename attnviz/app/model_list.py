"""The table of all models that a session may use; the chosen row is the model that the page shows."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.column_widths import width_of
from attnviz.app.model_details import NAMES_OF_TASKS, figure_of
from attnviz.app.settings import operators_directory
from attnviz.app.state import check_link
from attnviz.app.uploaded import your_models
from attnviz.models.card import Card
from attnviz.models.registry import model_folders
from attnviz.sequences.specification import NumericSpecification

_TABLE, _CHOSEN = "models", "chosen on Models"
_HEIGHT_OF_A_ROW = 35
_NAMES = ("model", "task", "first figure")
_WIDEST = 300
"""Pixels: what a table has on a phone 360 pixels wide."""


def choose_from_list(cards: Mapping[str, Card]) -> Card:
    """The table; returns the card of the chosen model, which the link names."""
    names = sorted(cards, key=lambda name: (name not in your_models(), name != cache.FIRST))
    check_link("model", names, "the model")
    chosen = st.session_state.get(_CHOSEN, st.query_params.get("model"))
    if chosen not in cards:
        chosen = names[0]
    st.session_state[_TABLE] = {"selection": {"rows": [names.index(chosen)], "columns": [], "cells": []}}
    table = _table([cards[name] for name in names])
    st.dataframe(
        table,
        hide_index=True,
        key=_TABLE,
        on_select=lambda: _take_row(names),
        selection_mode="single-row-required",
        height=min(12, len(names) + 1) * _HEIGHT_OF_A_ROW + 3,
        column_config={
            "parameters": st.column_config.NumberColumn(format="localized"),
            **{name: st.column_config.TextColumn(width=_width(name, table[name])) for name in _NAMES},
        },
        alt="The models, with task, input, size, first figure and origin",
    )
    return cards[chosen]


def _width(column: str, cells: pd.Series) -> int:
    return width_of((column, *cells), widest=_WIDEST)


def choose(name: str) -> None:
    """Show the model of that name, as if its row had been chosen."""
    st.session_state[_CHOSEN] = name
    st.query_params["model"] = name


def _take_row(names: list[str]) -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows and rows[0] < len(names):
        choose(names[rows[0]])


def _table(cards: list[Card]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": [card.name for card in cards],
            "task": [NAMES_OF_TASKS.get(card.task, card.task) for card in cards],
            "takes": [_taken(card) for card in cards],
            "parameters": pd.array([card.parameters or None for card in cards], dtype="Int64"),
            "first figure": [figure_of(card) for card in cards],
            "from": [_origin(card.name) for card in cards],
        }
    )


def _taken(card: Card) -> str:
    if not isinstance(card.input, NumericSpecification):
        return "text"
    return "numbers" if card.input.picture is None else "a picture"


def _origin(name: str) -> str:
    if name in your_models():
        return "you"
    return "this server" if model_folders()[name].parent == operators_directory() else "attnviz"
