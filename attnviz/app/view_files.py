"""Opening a view file: the same model, input and selection as when it was written."""

from typing import Any

import streamlit as st

from attnviz.app import cache
from attnviz.app.decoding import (
    BEAM,
    GREEDY,
    HIGHEST_TEMPERATURE,
    LARGEST_BEAM,
    LARGEST_PENALTY,
    LOWEST_TEMPERATURE,
    SAMPLED,
)
from attnviz.app.linked_views import begin_anew
from attnviz.app.selection import YES, part_name, token_name
from attnviz.app.state import check_links_again
from attnviz.app.typed import TEXT, VALUES, one_step_a_line
from attnviz.app.uploaded import MARK, your_models
from attnviz.app.words import plain
from attnviz.errors import InputError
from attnviz.models.decodings import Beam, Decoding, Greedy, Sampled
from attnviz.report.view_file import ViewFile, read_view_file
from attnviz.sequences.specification import NumericSpecification

_SAID = "view file said"
_DIGITS = 12


def open_view_file(data: bytes) -> None:
    """Show what the file asks for; only before the page's widgets are built, as in a callback.

    What came of it is kept for `show_view_file`.
    """
    try:
        view = read_view_file(data)
        name = _model_of(view)
        settings = _settings(view, name)
    except InputError as error:
        st.session_state[_SAID] = (False, str(error))
        return
    st.session_state.update(settings)
    _put_into_link(view)
    begin_anew(view.drawn)
    st.session_state[_SAID] = (True, f"The view of {name} is open as it was written, by attnviz {view.attnviz}.")


def show_view_file() -> None:
    """Say what came of the file that was opened last."""
    opened, text = st.session_state.get(_SAID, (True, ""))
    if text:
        (st.success if opened else st.error)(plain(text))


def _model_of(view: ViewFile) -> str:
    """The model that the file was written with, under the name that it has here.

    Raises:
        InputError: If it is not here, or is another one of the same name.
    """
    here = cache.cards_here()
    uploads = [name for name, yours in your_models().items() if yours.checked.sha256 == view.model_sha256]
    named = next((name for name in (view.model, *your_models()) if name in here and _same_name(name, view)), None)
    if view.model in here and cache.digest_of(view.model) == view.model_sha256:
        return view.model
    if uploads:
        return uploads[0]
    wanted = f"{view.model!r} (SHA-256 {view.model_sha256[:_DIGITS]}…)"
    if named is not None:
        raise InputError(
            f"The view needs the model {wanted}. The {named!r} that is here is another one, or another version of it "
            f"(SHA-256 {cache.digest_of(named)[:_DIGITS]}…), whose attention would not be the same."
        )
    raise InputError(
        f"The view needs the model {wanted}, which is not here. If it was uploaded, upload the same file on the page "
        "Models, then open the view again."
    )


def _same_name(name: str, view: ViewFile) -> bool:
    return name.removesuffix(MARK) == view.model


def _settings(view: ViewFile, name: str) -> dict[str, Any]:
    """What the page's widgets hold, by their keys.

    Raises:
        InputError: If the model takes another kind of input, or a setting has no place on the page.
    """
    card = cache.cards_here()[name]
    kind = "numbers" if isinstance(card.input, NumericSpecification) else "text"
    if view.kind != kind:
        raise InputError(f"The model {name!r} takes {kind}. Received: a view of {view.kind}.")
    if (view.decoding is None) != (card.output is None):
        raise InputError(
            f"The model {name!r} {'writes nothing' if card.output is None else 'writes'}, and the view file says "
            f"{'how it writes' if card.output is None else 'nothing of how'}."
        )
    sequence = view.sequence if kind == "text" else one_step_a_line(view.sequence)
    settings: dict[str, Any] = {
        "model": name,
        (TEXT if kind == "text" else VALUES): sequence,
        "padding": view.padding,
    }
    if view.decoding is not None:
        settings |= _of_decoding(view.decoding)
        settings |= {"output": view.output or "", "output belongs to": (name, sequence)}
    return settings


def _of_decoding(decoding: Decoding) -> dict[str, Any]:
    match decoding:
        case Greedy():
            return {"decoding": GREEDY}
        case Beam(size=size, length_penalty=penalty):
            _within("beam size", size, 1, LARGEST_BEAM)
            _within("length penalty", penalty, 0, LARGEST_PENALTY)
            return {"decoding": BEAM, "beam": size, "penalty": penalty}
        case Sampled(temperature=temperature, seed=seed):
            _within("temperature", temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
            return {"decoding": SAMPLED, "temperature": temperature, "seed": seed}


def _within(what: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise InputError(f"The {what} of the view must be from {lowest} to {highest}. Received: {value}.")


def _put_into_link(view: ViewFile) -> None:
    """The link says what the views begin with; what is not there, the page says as of any other link."""
    parameters = {
        "layer": part_name(view.layer, view.part),
        "head": view.head if isinstance(view.head, str) else str(view.head + 1),
        "query": None if view.query is None else token_name(view.query.position, view.query.label),
        "key": None if view.key is None else token_name(view.key.position, view.key.label),
        "scale": view.scale,
        "shared": YES if view.shared else None,
    }
    check_links_again(parameters)
    for name, value in parameters.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value
