"""The link that restores a view: what it asked for in vain is said, not swallowed."""

import math
from collections.abc import Collection

import streamlit as st

from attnviz.app.words import plain

_PROBLEMS = "link problems"
_CHECKED = "link parameters that were checked"


def check_link(parameter: str, exists: Collection[str], what: str) -> None:
    """Remember, once a session, that the link asked for something that does not exist.

    Streamlit drops an unknown value without a word; whoever followed the link should know. Call it before the widget
    that the parameter is bound to.
    """
    asked = _asked_first(parameter)
    if asked is not None and asked not in exists:
        _remember(
            f"The link asks for {what} {asked!r}, which does not exist here; {next(iter(exists), 'nothing')!r} is "
            f"shown instead. There is: {', '.join(exists)}."
        )


def check_link_number(parameter: str, lowest: float, highest: float, otherwise: float, what: str) -> None:
    """The same for a number: remember that the link asked for none, or for one that is too small or too large.

    Args:
        parameter: What the widget is bound to.
        lowest: Smallest number that it takes; whole numbers for a widget that takes no others.
        highest: Largest one.
        otherwise: What it shows if the link asks in vain.
        what: How the number is called.
    """
    asked = _asked_first(parameter)
    if asked is None:
        return
    number = _number(asked)
    whole = isinstance(otherwise, int)
    if lowest <= number <= highest and (number == int(number) or not whole):
        return
    kind = "a whole number" if whole else "a number"
    # Streamlit cuts off what is behind the point of a number that shall be whole.
    shown = int(number) if whole and lowest <= number <= highest else otherwise
    _remember(
        f"The link asks for {what} {asked!r}, which must be {kind} from {lowest} to {highest}; {shown} is used instead."
    )


def check_links_again(parameters: Collection[str]) -> None:
    """Look at what the link says of these once more: something else put it there than the address that was opened."""
    st.session_state.setdefault(_CHECKED, set()).difference_update(parameters)


def show_link_problems() -> None:
    """Say what the link asked for in vain, until it is dismissed."""
    problems = st.session_state.get(_PROBLEMS)
    if not problems:
        return
    with st.container(border=True, key="link_problems"):
        for problem in problems:
            st.warning(plain(problem), icon=":material/link_off:")
        if st.button("Dismiss"):
            st.session_state[_PROBLEMS] = []
            st.rerun()


def _asked_first(parameter: str) -> str | None:
    """What the link gives for `parameter`, the first time that somebody asks in this session."""
    checked = st.session_state.setdefault(_CHECKED, set())
    if parameter in checked:
        return None
    checked.add(parameter)
    return st.query_params.get(parameter)


def _remember(problem: str) -> None:
    st.session_state.setdefault(_PROBLEMS, []).append(problem)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
