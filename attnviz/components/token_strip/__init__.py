"""The tokens of a sequence in the browser, shaded by the attention they receive; a click chooses the query."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from attnviz.views.token_strip import TokenStripView

_FOLDER = Path(__file__).parent

_MOUNT = st.components.v2.component(
    "attnviz.token_strip",
    html='<div class="strip"></div>',
    css=(_FOLDER / "component.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "component.js").read_text(encoding="utf-8"),
)


def token_strip(view: TokenStripView, *, key: str, on_choose: Callable[[int | None], None] | None = None) -> int | None:
    """Show the strip, and learn which token a person chose as the query.

    A click, Enter or Space chooses a token; the chosen one again, or Escape, returns to the mean over all queries.

    Args:
        view: What to show. `view.selected` is the one truth about the selection: the component never keeps its own.
        key: Identifies the component on the page; a stable one keeps the keyboard's focus over reruns.
        on_choose: Called before the rerun that a choice starts, with the chosen position or None, so that the page can
            store it and build the next view with it.

    Returns:
        Position of the chosen token, None for the mean; `view.selected` where nothing new was chosen.
    """

    def chosen() -> None:
        if on_choose is not None:
            on_choose(_position(st.session_state[key].chosen, view))

    result = _MOUNT(key=key, data=payload(view), on_chosen_change=chosen)
    return view.selected if result.chosen is None else _position(result.chosen, view)


def payload(view: TokenStripView) -> dict[str, Any]:
    """What the browser gets, in plain JSON types.

    Raises:
        ValueError: If a value is not finite.
    """
    low, high = view.limits
    data = {
        "tokens": list(view.tokens),
        "values": [float(value) for value in view.values],
        "low": float(low),
        "high": float(high),
        "selected": view.selected,
        "selectable": view.selectable,
        "title": view.title,
        "scaleNote": view.scale_note,
        "description": view.description,
    }
    json.dumps(data, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, and say nothing
    return data


def _position(message: Any, view: TokenStripView) -> int | None:
    """The position in a message of the browser; what is no position of the strip counts as the mean."""
    position = message.get("position") if isinstance(message, dict) else None
    return position if type(position) is int and 0 <= position < len(view.tokens) else None
