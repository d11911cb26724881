"""What the linked views ask for later: it comes in a message of its own, which holds nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from attnviz.components.scripts import joined_script

FOLDER = Path(__file__).parent
ENTRY = "supply.js"

_MOUNT = st.components.v2.component("attnviz.supply", js=joined_script(FOLDER, ENTRY))


def supply(
    *,
    key: str,
    subject: str,
    kind: Literal["cells", "vectors"],
    packed: Callable[[dict[str, Any] | None, dict[str, Any]], bytes],
) -> None:
    """Bring the linked views of the same page what they ask for; nothing of it is seen.

    In a fragment of its own, so that what is asked for runs nothing else.

    Args:
        key: Identifies the component on the page.
        subject: As for `attention_views`: a wish about another capture brings nothing.
        kind: What is brought, as in `channel.js`.
        packed: Called with the browser's message, unchecked, or None where nothing is asked for; and with what the
            header shall say. Returns what `read` of `channel.js` reads, its header with the `wish` that was understood.
    """
    component = st.session_state.get(key)
    message = None if component is None else component.wish
    asked = message if isinstance(message, dict) and message.get("subject") == subject else None
    data = packed(asked, {"kind": kind, "subject": subject, "wish": None})
    _MOUNT(key=key, data=data, on_wish_change=lambda: None)
