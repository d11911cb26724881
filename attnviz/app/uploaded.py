"""The models that a browser session uploaded: held by the session, and by nothing that another one can reach."""

import hashlib
import json
import threading
import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from attnviz.app.settings import model_uploads
from attnviz.errors import InputError
from attnviz.models.card import Card, card_to_dict

if TYPE_CHECKING:
    from attnviz.models.untrusted.checking import CheckedUpload

MARK = " (yours)"
"""Stands behind the name of an uploaded model wherever it is chosen."""

_BYTES_A_PARAMETER = 4
_KEY = "uploaded models"


class Space:
    """What one uploaded model takes; counted for as long as somebody holds it."""

    def __init__(self, size: int) -> None:
        self.size = size


_taken: "weakref.WeakSet[Space]" = weakref.WeakSet()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False, kw_only=True)
class YourModel:
    """An uploaded model that was checked and has a card.

    Attributes:
        card: Its card, under the name that it has in this session.
        checked: The file, as it was checked.
        space: What it takes of the room that all uploads share.
    """

    card: Card
    checked: "CheckedUpload"
    space: Space

    @cached_property
    def key(self) -> str:
        """Differs wherever the file or the card differs."""
        card = json.dumps(card_to_dict(self.card), sort_keys=True)
        return self.checked.sha256 + hashlib.sha256(card.encode()).hexdigest()


def your_models() -> Mapping[str, YourModel]:
    """The models that this session uploaded, by name."""
    return st.session_state.setdefault(_KEY, {})


def check_room() -> None:
    """See whether this session may upload one more model.

    Raises:
        InputError: If it holds as many as it may.
    """
    limit = model_uploads().a_session
    if len(your_models()) >= limit:
        raise InputError(
            f"This tab holds {limit} uploaded {'model' if limit == 1 else 'models'}, the most that it may: "
            "remove one first."
        )


def reserve(checked: "CheckedUpload") -> Space:
    """Room for a model among all uploads of the server, until what is returned is let go.

    Raises:
        InputError: If the uploads of all sessions together would take more than the operator allows.
    """
    size = len(checked.model) + _BYTES_A_PARAMETER * checked.parameters
    allowed = model_uploads().total_megabytes * 2**20
    with _lock:
        taken = sum(space.size for space in _taken)
        if taken + size > allowed:
            raise InputError(
                f"Uploaded models may take {allowed // 2**20:,} MB of this server together. {_megabytes(taken)} MB are "
                f"taken and this model needs {_megabytes(size)} MB. Try again later, or ask whoever runs the server to "
                "allow more with --models-megabytes."
            )
        space = Space(size)
        _taken.add(space)
    return space


def keep(checked: "CheckedUpload", card: Card, space: Space, others: Collection[str]) -> YourModel:
    """Add a checked model to this session, under a name that nothing else here has.

    Args:
        checked: The file.
        card: Its card; the name it gives is changed where `others` or another upload has it.
        space: From `reserve`.
        others: Names of the models that everybody may use.

    Raises:
        InputError: As for `check_room`.
    """
    check_room()
    name, number = card.name + MARK, 2
    while name in others or name in your_models():
        name, number = f"{card.name} {number}{MARK}", number + 1
    yours = YourModel(card=replace(card, name=name), checked=checked, space=space)
    st.session_state[_KEY] = {**your_models(), name: yours}
    return yours


def remove(name: str) -> None:
    """Let go of the model of that name."""
    st.session_state[_KEY] = {one: yours for one, yours in your_models().items() if one != name}


def original_card(card: Card) -> Card:
    """The card as it is downloaded: without the mark that its name has in this session."""
    return replace(card, name=card.name.removesuffix(MARK))


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f}"
