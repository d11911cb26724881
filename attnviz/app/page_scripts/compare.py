"""Compare: two inputs, two models or two heads beside each other, and what differs."""

from typing import TYPE_CHECKING

import streamlit as st

from attnviz.app.jobs import preload
from attnviz.app.loading import show_loading
from attnviz.app.words import plain
from attnviz.errors import AttnVizError

if TYPE_CHECKING:
    from attnviz.app.compare_inputs import Asked


def compare() -> None:
    """The page from top to bottom."""
    st.title("What differs?", anchor=False)
    # pandas and matplotlib take a while to import: the title does not wait for them.
    from attnviz.app import cache
    from attnviz.app.compare_inputs import choose_inputs
    from attnviz.app.model_picker import show_unusable

    try:
        cards = cache.cards_here()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    show_unusable()
    if not cards:
        st.error("There is no model: sample_models/ is missing, and ATTNVIZ_MODELS names no directory of models.")
        return
    asked = choose_inputs(cards)
    if preload.progress.ready:
        results(asked)
    else:
        show_loading(preload)


@st.fragment
def results(asked: "Asked") -> None:
    """What belongs to two runs; a change of layer, head or cell runs this part alone."""
    from attnviz.app.compare_places import are_the_same, choose_colours, choose_places, hides_gaps
    from attnviz.app.compare_predictions import show_predictions
    from attnviz.app.compare_results import show_downloads, show_pictures, show_tables, subject_of
    from attnviz.app.compare_runs import choose_writing, run_both
    from attnviz.app.state import show_link_problems
    from attnviz.views.comparison import comparison_view

    if not all(one.strip() or card.examples for one, card in zip(asked.sequences, asked.cards, strict=True)):
        st.info("Type something on both sides to see what differs.")
        return
    decoding = choose_writing(asked)
    pair = run_both(asked, decoding)
    if pair is None:
        return
    show_predictions(asked, pair)
    sides = choose_places(asked.kind, pair) if all(run.capture.maps for run in pair) else None
    problems = st.container()
    if sides is None:
        with problems:
            show_link_problems()
        st.info("There is no attention that could be compared.")
        return
    if are_the_same(sides):
        st.info("A and B are the same head of the same run. Choose another layer or head for one of them.")
    view = None
    subject = f"{subject_of(asked, sides)} {decoding}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colours, hidden = choose_colours(), hides_gaps(asked)
    try:
        view = comparison_view(*sides, hide_gaps=hidden, scale=colours)
        show_pictures(view, f"{subject} {len(view.queries.labels)} {len(view.keys.labels)}")
    except AttnVizError as error:
        st.warning(plain(str(error)), icon=":material/warning:")
    with problems:
        show_link_problems()
    downloads = st.container()
    tables = show_tables(asked, pair, sides, subject)
    with downloads:
        show_downloads(view, tables)


compare()
