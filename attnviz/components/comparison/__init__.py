"""Two attention maps and their difference side by side in the browser, on common tokens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from attnviz.components.attention import FOLDER as ATTENTION
from attnviz.components.attention.payload import Payload
from attnviz.components.scripts import joined_script, joined_styles

FOLDER = Path(__file__).parent
ENTRY = "component.js"

_MOUNT = st.components.v2.component(
    "attnviz.comparison",
    html='<div class="attnviz"></div>',
    css="\n".join([(ATTENTION / "heatmap.css").read_text(encoding="utf-8"), joined_styles(FOLDER)]),
    js=joined_script(FOLDER, ENTRY),
)


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What a person clicked; None for nothing.

    Attributes:
        query: Place on the common query axis, counted from 0.
        key: Place on the common key axis.
    """

    query: int | None = None
    key: int | None = None


def comparison_pictures(payload: Payload, *, key: str, subject: str, pinned: Pinned) -> Pinned:
    """Show A, B and their difference, and learn what a person pinned there.

    Args:
        payload: What the browser gets of the comparison.
        key: Identifies the component on the page.
        subject: Name of what is compared: as long as it stays, so does what is pinned.
        pinned: What to begin with, when the component is mounted; after that the browser is what knows.

    Returns:
        What was pinned last in this subject; `pinned` where nothing was.
    """
    result = _MOUNT(
        key=key,
        data={
            "meta": payload.meta,
            "cells": payload.cells,
            "subject": subject,
            "pinned": {"query": pinned.query, "key": pinned.key},
        },
        on_selection_change=lambda: None,
    )
    message = result.selection
    if not isinstance(message, dict) or message.get("subject") != subject:
        return pinned
    return Pinned(query=_place(message.get("query")), key=_place(message.get("key")))


def _place(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
