"""The linked views of one sequence with a slider over the epochs of a training: attention as it forms."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from attnviz.components.attention import FOLDER as ATTENTION
from attnviz.components.attention.payload import Payload
from attnviz.components.scripts import joined_script, joined_styles

FOLDER = Path(__file__).parent
ENTRY = "component.js"

_MOUNT = st.components.v2.component(
    "attnviz.epochs",
    html='<div class="attnviz"></div>',
    css="\n".join([joined_styles(ATTENTION), joined_styles(FOLDER)]),
    js=joined_script(FOLDER, ENTRY),
)


def attention_over_epochs(payload: Payload, *, key: str, subject: str, views: Sequence[str]) -> None:
    """Show a film; which epoch, layer, head and token are looked at, only the browser knows.

    Args:
        payload: From `film_payload`. More epochs may come with a later run of the page: whoever
            looks at the last one sees the new last one then.
        key: Identifies the component on the page.
        subject: Names the sequence and the training: as long as it stays, so does what is chosen.
        views: Names of the views, of those in `workspace.js` that need nothing beside the run.
    """
    _MOUNT(
        key=key,
        data={
            "id": payload.meta["id"],
            "meta": payload.text,
            "cells": payload.cells,
            "subject": subject,
            "views": list(views),
        },
    )
