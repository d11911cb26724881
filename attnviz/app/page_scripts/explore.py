"""Explore: type or upload a sequence, see the prediction and what the model attends to."""

from functools import partial

import streamlit as st

from attnviz.app.jobs import preload
from attnviz.app.loading import show_loading
from attnviz.app.words import plain
from attnviz.errors import AttnVizError

WHAT_ATTENTION_TELLS = "what-attention-tells"


def explore() -> None:
    """The page from top to bottom."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title("What does the model attend to?", anchor=False, width="content")
        stage = st.empty()  # beside the title, so that nothing moves when it goes
    if not preload.progress.ready:
        stage.caption(f"{preload.progress.name} …", width="content")
    # pandas and what reads the models take a while to import: the title does not wait for them.
    from attnviz.app import cache
    from attnviz.app.inputs import choose_sequence
    from attnviz.app.model_picker import choose_model

    try:
        cards = cache.cards_here()
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not cards:
        st.error("There is no model: sample_models/ is missing, and ATTNVIZ_MODELS names no directory of models.")
        for reason in cache.unusable_models().values():
            st.warning(plain(reason))
        return
    card = choose_model(cards)
    sequence = choose_sequence(card)
    stage.empty()
    if preload.progress.ready:
        results(card.name, sequence)
    else:
        show_loading(preload)


@st.fragment
def results(name: str, sequence: str) -> None:
    """What belongs to one sequence; a change of layer, head or query runs this part alone."""
    from attnviz.app import cache
    from attnviz.app.compare_link import offer_comparison
    from attnviz.app.decoding import choose_decoding
    from attnviz.app.downloads import show_downloads
    from attnviz.app.exports import Export
    from attnviz.app.linked_views import show_linked_views
    from attnviz.app.notices import show_comparison, show_notices
    from attnviz.app.pictured import pictured
    from attnviz.app.results import show_prediction, show_tables, subject_of
    from attnviz.app.state import show_link_problems
    from attnviz.app.writing import show_tokens, show_writing

    card = cache.cards_here()[name]
    if not sequence.strip() and not card.examples:
        st.info("Type something, or upload a file, to see what the model attends to.")
        return
    decoding = choose_decoding(card)
    notices = st.container()  # also when empty, so that what follows keeps its place and is not built anew
    left, right = st.columns([1, 2], gap="medium")
    try:
        with left:
            run = cache.run_for(name, sequence) if decoding is None else show_writing(card, sequence, decoding)
            comparison = cache.comparison_for(name, sequence)
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    capture = run.capture

    with notices:
        show_notices(run, comparison)
    if decoding is None:
        with left:
            show_prediction(card, run.predictions)
    if not capture.maps:
        show_comparison(comparison)
        st.info("This model computes no attention that could be shown.")
        return
    with right:
        show_tokens(run)
        show_comparison(comparison)
        st.markdown(
            ":small[Attention shows where a layer may mix information, not why the model predicted what it did: "
            f"[what attention can and cannot tell]({WHAT_ATTENTION_TELLS}).]"
        )
        offer_comparison(card, sequence)
        downloads = st.container()
    shown = pictured(card, sequence, run)
    chosen = show_linked_views(
        run.explored,
        subject=subject_of(card, sequence, run),
        views=shown.views,
        inside=partial(cache.queries_and_keys_for, card.name, sequence, run.output),
        extras=shown.extras,
    )
    with st.container():
        show_link_problems()
    with downloads:
        asked = st.session_state.get("output") if decoding else None
        show_downloads(
            Export(
                card=card,
                sequence=sequence,
                run=run,
                selection=chosen,
                shown=shown,
                decoding=decoding,
                output=asked or None,
            )
        )
    show_tables(capture, chosen)


explore()
