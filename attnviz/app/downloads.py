"""Download buttons for what is shown: pictures, tables, weights, a report, a file that opens the view again.

Nothing is made before it is asked for.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from attnviz.app import cache
from attnviz.app.exports import Export, Picture
from attnviz.app.number_picture import number_picture, pinned_number
from attnviz.app.offered_file import offer_file
from attnviz.app.uploaded import MARK
from attnviz.app.words import plain
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.errors import AttnVizError
from attnviz.render.export import PictureFormat

PICTURES: tuple[tuple[PictureFormat, str], ...] = (
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("pdf", "application/pdf"),
)

WHAT_IT_SHOWS: dict[Picture, str] = {
    "Heatmap": "The weights of the chosen head, in the chosen colours; what is pinned is framed.",
    "Heads": "Every head of every layer, small, in the order, with the filter and the numbers that are set there.",
    "Links": "Lines from queries to keys, of the heads that are switched on and up to the share that is set there.",
    "Inside one number": "How the pinned query and key become their weight: vectors, score and softmax.",
    "Text": "The tokens, shaded by what the pinned query attends to, or by the mean over all queries.",
    "Sentences and words": "The sentences and their words, shaded by the attention that they receive.",
    "Series": "The numbers over time, with the attention that each step receives.",
    "Picture": "The picture that the model saw, its parts tinted by the attention that they receive.",
}


def show_downloads(export: Export) -> None:
    """What there is to take along, at its place on the page.

    No popover: it hangs on its button, and in a low window its end stands outside, where nobody reaches it.
    """
    with st.expander("Export", icon=":material/download:", key="export"):
        _downloads(export)


def _downloads(export: Export) -> None:
    _pictures(export)
    st.markdown("**Everything**")
    with st.container(horizontal=True):
        model = export.run.capture.model
        digest = cache.digest_reader(export.card.name)
        offer_file("HTML report", f"{model}.html", "text/html", partial(export.report, _inside(export)))
        offer_file("View file", f"{model}-view.json", "application/json", partial(_view, export, digest))
    st.caption(
        "The report holds the views themselves, to click and to hover, with a look inside the number that is pinned, "
        "and opens anywhere without a server. The view file opens this view again, when it is uploaded on this page."
    )
    st.markdown("**Numbers**")
    with st.container(horizontal=True):
        offer_file("CSV per token", f"{export.stem}-tokens.csv", "text/csv", export.tokens)
        offer_file("CSV per head", f"{export.stem}-heads.csv", "text/csv", export.heads)
        offer_file("NPZ, all weights", f"{model}.npz", "application/zip", export.weights)


def _pictures(export: Export) -> None:
    st.markdown("**A picture, as it is shown**")
    pictures = export.pictures()
    if st.session_state.get("picture") not in pictures:  # of another layer, or another model
        st.session_state["picture"] = pictures[0]
    chosen = st.segmented_control("Which", pictures, required=True, key="picture", label_visibility="collapsed")
    picture = chosen or pictures[0]
    st.caption(WHAT_IT_SHOWS[picture])
    stem = export.stem if picture == pictures[0] else f"{export.stem}-{picture.lower().replace(' ', '-')}"
    make = _number_picture(export) if picture == "Inside one number" else partial(export.picture, picture)
    if make is None:
        return
    with st.container(horizontal=True):
        for kind, mime in PICTURES:
            offer_file(kind.upper(), f"{stem}.{kind}", mime, partial(make, kind))


def _number_picture(export: Export) -> Callable[[PictureFormat], bytes] | None:
    """What makes the picture; None, and a reason on the page, where there is nothing to make it of."""
    capture, selection = export.run.capture, export.selection
    number = pinned_number(capture, selection)
    if number is None:
        st.info(
            "No single weight is pinned. Choose one head, and pin a query and a key: click on a cell of the heatmap."
        )
        return None
    try:
        with st.spinner("Reading the queries and keys of the layer …"):
            inside = cache.queries_and_keys_for(export.card.name, export.sequence, export.run.output, selection.layer)
    except AttnVizError as error:
        st.warning(plain(str(error)))
        return None
    return lambda kind: number_picture(
        capture, inside, number, hide_padding=selection.hide_padding, picture_format=kind
    )


def _inside(export: Export) -> Callable[[str], QueriesAndKeys] | None:
    """What reads a layer of the model, where a number is pinned to look into."""
    if pinned_number(export.run.capture, export.selection) is None:
        return None
    return cache.reader_for(export.card.name, export.sequence, export.run.output)


def _view(export: Export, digest: Callable[[], str]) -> bytes:
    return export.view(export.card.name.removesuffix(MARK), digest())
