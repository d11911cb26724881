"""The link that restores a view: what it asked for in vain is said, not swallowed."""

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
    checked = st.session_state.setdefault(_CHECKED, set())
    if parameter in checked:
        return
    checked.add(parameter)
    asked = st.query_params.get(parameter)
    if asked is not None and asked not in exists:
        st.session_state.setdefault(_PROBLEMS, []).append(
            f"The link asks for {what} {asked!r}, which does not exist here; {next(iter(exists), 'nothing')!r} is "
            f"shown instead. There is: {', '.join(exists)}."
        )


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
