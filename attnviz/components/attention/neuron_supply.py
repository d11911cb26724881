"""Queries and keys of a layer, brought to the linked views when somebody looks inside one of its numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from attnviz.components.attention.neuron import VectorsWish, packed_problem
from attnviz.components.scripts import joined_script

FOLDER = Path(__file__).parent
ENTRY = "neuron_supply.js"

_MOUNT = st.components.v2.component("attnviz.neuron", js=joined_script(FOLDER, ENTRY))


def vectors_supply(*, key: str, subject: str, vectors: Callable[[VectorsWish, dict[str, Any]], bytes]) -> None:
    """Bring the linked views of the same page the vectors that they ask for; nothing of it is seen.

    In a fragment of its own, so that a look inside a number runs nothing else.

    Args:
        key: Identifies the component on the page.
        subject: As for `attention_views`: a wish about another capture brings nothing.
        vectors: What is asked for, as `packed_vectors` or `packed_problem` writes it, with what its header shall say.
    """
    component = st.session_state.get(key)
    message = None if component is None else component.wish
    wish = vectors_wish(message) if isinstance(message, dict) and message.get("subject") == subject else None
    if wish is None:
        data = packed_problem("", {"subject": subject, "wish": None})
    else:
        named = {"subject": subject, "map": wish.map, "head": wish.head, "query": wish.query, "key": wish.key}
        data = vectors(wish, {"subject": subject, "wish": named})
    _MOUNT(key=key, data=data, on_wish_change=lambda: None)


def vectors_wish(message: Any) -> VectorsWish:
    """What a message of the browser asks for; whatever of it is no position counts as none."""
    positions = {name: _position(message.get(name)) for name in ("map", "head", "query", "key")}
    return VectorsWish(**(positions | {"map": positions["map"] or 0}))  # type: ignore[arg-type]


def _position(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
