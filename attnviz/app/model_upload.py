"""Opening a model of one's own: the file is taken, checked beside the sessions, and asked for a card if it has none."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from attnviz.app import cache
from attnviz.app.checking import Check, start_check
from attnviz.app.model_list import choose
from attnviz.app.settings import model_uploads, uploads_allowed
from attnviz.app.uploaded import Space, YourModel, check_room, keep, reserve
from attnviz.app.words import plain
from attnviz.errors import AttnVizError

if TYPE_CHECKING:
    from attnviz.models.untrusted.checking import CheckedUpload

_CHECK, _PENDING, _OUTCOME, _TAKEN = "model check", "model without a card", "outcome of a model", "models taken"
_SECONDS_BETWEEN_LOOKS = 0.3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, kw_only=True)
class Pending:
    """An upload that passed the check and has no card yet.

    Attributes:
        checked: The file.
        space: Its room among all uploads.
    """

    checked: "CheckedUpload"
    space: Space


@dataclass(frozen=True)
class _Outcome:
    """What became of the last upload: a refusal, or the name of the model that was opened."""

    refused: str = ""
    opened: str = ""


def open_your_own() -> None:
    """The uploader, and what happens to the file under it; or the sentence that says why there is none."""
    st.header("Open your own model", anchor=False)
    if not uploads_allowed():
        st.info("Uploading is turned off on this server.", icon=":material/upload_file:")
        return
    with st.container(key="own_model"):
        check: Check | None = st.session_state.get(_CHECK)
        if check is None:
            _take_file()
        else:
            _wait(check)
        _show_outcome()


def pending_model() -> Pending | None:
    """The upload that waits for its card."""
    return st.session_state.get(_PENDING)


def keep_pending(pending: Pending, yours: YourModel) -> None:
    """The upload has its card now, and is one of this session's models."""
    if st.session_state.get(_PENDING) is pending:
        del st.session_state[_PENDING]
    st.session_state[_OUTCOME] = _Outcome(opened=yours.card.name)
    choose(yours.card.name)


def discard_pending() -> None:
    """Let go of the upload that waits for its card."""
    if st.session_state.pop(_PENDING, None) is not None:
        cache.forget_uploads()
    forget_outcome()


def forget_outcome() -> None:
    """What became of the last upload is no news any more: there is room again, or another file."""
    st.session_state.pop(_OUTCOME, None)


def _take_file() -> None:
    taken = st.session_state.get(_TAKEN, 0)
    uploaded = st.file_uploader(
        "`model.keras`, or a zip of `model.keras` and `card.json`",
        key=f"model file {taken}",  # another key empties it, so that the file is not kept twice
        max_upload_size=model_uploads().megabytes,
        help="As `model.save('model.keras')` writes it, made of layers of Keras, KerasHub or attnviz. The file is "
        "checked before it is opened, and no code in it is run. It stays in this tab.",
    )
    if uploaded is None:
        return
    st.session_state[_TAKEN] = taken + 1
    discard_pending()
    try:
        check_room()
    except AttnVizError as error:
        st.session_state[_OUTCOME] = _Outcome(refused=str(error))
    else:
        st.session_state[_CHECK] = start_check(uploaded.name, uploaded.getvalue())
    st.rerun()


@st.fragment(run_every=_SECONDS_BETWEEN_LOOKS)
def _wait(check: Check) -> None:
    if not check.future.done():
        with st.status(f"{plain(check.name)}: {check.stage} …", expanded=False):
            st.caption("The other pages can be used meanwhile.")
        return
    if st.session_state.get(_CHECK) is check:
        del st.session_state[_CHECK]
        _finish(check)
    st.rerun()


def _finish(check: Check) -> None:
    try:
        checked = check.future.result()
        space = reserve(checked)
        if checked.card is None:
            st.session_state[_PENDING] = Pending(checked=checked, space=space)
        else:
            yours = keep(checked, checked.card, space, cache.all_cards())
            st.session_state[_OUTCOME] = _Outcome(opened=yours.card.name)
            choose(yours.card.name)
    except AttnVizError as error:
        st.session_state[_OUTCOME] = _Outcome(refused=str(error))
    except Exception:  # noqa: BLE001 - whatever it is, the page says so and the log has it
        _log.exception("An upload could not be checked")
        refused = f"{check.name!r} could not be checked: something on the server failed, and its log says what."
        st.session_state[_OUTCOME] = _Outcome(refused=refused)


def _show_outcome() -> None:
    outcome: _Outcome = st.session_state.get(_OUTCOME, _Outcome())
    if outcome.refused:
        show_refusal(outcome.refused)
    elif outcome.opened in cache.cards_here():
        st.success(f"{plain(outcome.opened)} is open: on every page, in this tab.", icon=":material/check:")


def show_refusal(message: str) -> None:
    """Why a file was refused; lines after the first are code that helps."""
    words, _, code = message.partition("\n")
    st.error(plain(words), icon=":material/error:")
    if code:
        st.code(code, language="python", wrap_lines=True)
