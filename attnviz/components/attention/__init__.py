"""The linked views of one capture in the browser, where layer, head, query and key are chosen without the server."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from attnviz.components.attention.drawn import Drawn, drawn_data, drawn_of
from attnviz.components.attention.messages import head_of, position_of
from attnviz.components.attention.payload import Payload
from attnviz.components.scripts import joined_script, joined_styles
from attnviz.records import Head

FOLDER = Path(__file__).parent
ENTRY = "component.js"

_MOUNT = st.components.v2.component(
    "attnviz.attention",
    html='<div class="attnviz"></div>',
    css=joined_styles(FOLDER),
    js=joined_script(FOLDER, ENTRY),
)


Scale = Literal["linear", "log", "rank"]

SCALES: tuple[Scale, ...] = ("linear", "log", "rank")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What of a capture a person looks at.

    Attributes:
        map: Position among `ExplorerView.maps`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        query: Position of the pinned query among the shown tokens; None for none.
        key: Position of the pinned key among the shown tokens; None for none.
        scale: How a weight becomes a colour.
        drawn: How the views draw it.
        shared: Whether colours run from 0 to 1 for every map, or up to the largest weight of each.
    """

    map: int = 0
    head: Head = "mean"
    query: int | None = None
    key: int | None = None
    scale: Scale = "linear"
    shared: bool = False
    drawn: Drawn = field(default_factory=Drawn)


def attention_views(
    payload: Payload,
    *,
    key: str,
    subject: str,
    chosen: Chosen,
    views: Sequence[str],
    extras: Mapping[str, Any] | None = None,
    on_choose: Callable[[Chosen], None] | None = None,
) -> Chosen:
    """Show the views, and learn what a person chose in them.

    Args:
        payload: What the browser gets of the capture.
        key: Identifies the component on the page.
        subject: Name of what was captured: as long as it stays, so does what is chosen; for another one, query and key
            are let go, and layer and head kept where they exist.
        chosen: What to begin with, when the component is mounted; after that the browser is what knows.
        views: Names of the views, of those in `workspace.js`.
        extras: What a view needs beside the capture, by the view's name: plain JSON.
        on_choose: Called before the rerun that a choice starts.

    Returns:
        What was chosen last in this subject; `chosen` where nothing was.

    Raises:
        ValueError: If `extras` is no JSON.
    """

    def tell() -> None:
        message = st.session_state[key].selection
        if on_choose is not None and _is_about(message, subject):
            on_choose(chosen_of(message))

    more = dict(extras or {})
    json.dumps(more, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    result = _MOUNT(
        key=key,
        data={
            "id": payload.meta["id"],
            "meta": payload.text,
            "cells": payload.cells,
            "subject": subject,
            "chosen": chosen_data(chosen),
            "views": list(views),
            "extras": more,
        },
        on_selection_change=tell,
    )
    return chosen_of(result.selection) if _is_about(result.selection, subject) else chosen


def chosen_data(chosen: Chosen) -> dict[str, Any]:
    """What is chosen, as `workspace.js` takes it."""
    names = ("map", "head", "query", "key", "scale", "shared")
    return {name: getattr(chosen, name) for name in names} | drawn_data(chosen.drawn)


def chosen_of(message: Any) -> Chosen:
    """What a message of the browser says; whatever of it is no choice counts as the beginning's."""
    if not isinstance(message, dict):
        return Chosen()
    return Chosen(
        map=position_of(message.get("map")) or 0,
        head=head_of(message.get("head")),
        query=position_of(message.get("query")),
        key=position_of(message.get("key")),
        scale=next((one for one in SCALES if one == message.get("scale")), "linear"),
        shared=message.get("shared") is True,
        drawn=drawn_of(message),
    )


def _is_about(message: Any, subject: str) -> bool:
    """Whether a message speaks of what is shown, and not of what was shown before."""
    return isinstance(message, dict) and message.get("subject") == subject
