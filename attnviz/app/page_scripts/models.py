"""Models: what there is to look at, how good each was measured to be, and how to open one's own."""

import streamlit as st

from attnviz.app.jobs import preload
from attnviz.app.loading import show_loading
from attnviz.app.words import plain
from attnviz.errors import AttnVizError


def models() -> None:
    """The page from top to bottom."""
    st.title("Models", anchor=False)
    # pandas takes a while to import: the title does not wait for it.
    from attnviz.app import cache
    from attnviz.app.card_form import ask_for_card
    from attnviz.app.model_list import choose_from_list
    from attnviz.app.model_page import show_model
    from attnviz.app.model_picker import show_unusable
    from attnviz.app.model_upload import open_your_own, pending_model
    from attnviz.app.state import show_link_problems

    try:
        cards = cache.cards_here()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    show_unusable()
    listed, own = st.columns([3, 2], gap="large")
    with own:
        open_your_own()
    with listed:
        card = choose_from_list(cards) if cards else None
        show_link_problems()
    if not preload.progress.ready:
        show_loading(preload)
        return
    pending = pending_model()
    if pending is not None:
        ask_for_card(pending)
    if card is not None:
        show_model(card)


models()
