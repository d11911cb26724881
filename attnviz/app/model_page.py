"""Everything about one model: its card, figures, attention layers and summary."""

import json

import pandas as pd
import streamlit as st

from attnviz.app import cache
from attnviz.app.column_widths import width_of
from attnviz.app.model_details import TASKS, show_metrics, show_origin
from attnviz.app.model_picker import ONLY_HERE
from attnviz.app.model_upload import forget_outcome
from attnviz.app.uploaded import original_card, remove, your_models
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.models.card import Card, card_to_dict
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.pictures import picture_shape
from attnviz.sequences.specification import InputSpecification, NumericSpecification, TextSpecification

EXPLORE = "page_scripts/explore.py"  # beside main.py
_HEIGHT_OF_A_ROW = 35
_NAMES = ("layer", "query axis", "key axis")


def show_model(card: Card) -> None:
    """The model of that card, from its title to its summary."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(plain(card.title), anchor=False, width="content")
        _open_on_explore(card.name)
        _download_card(card)
        if card.name in your_models():
            st.button("Remove", icon=":material/delete:", on_click=_remove, args=(card.name,))
    if card.name in your_models():
        st.caption(f":material/link_off: {ONLY_HERE}")
    st.markdown(plain(card.description))
    try:
        description = cache.description_of(card.name)
    except AttnVizError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    facts, layers = st.columns([2, 3], gap="medium")
    with facts:
        _facts(card, description.parameters)
    with layers:
        _layers(description.layers)
        for notice in description.notices:
            st.warning(plain(notice), icon=":material/warning:")
    names = ["Figures", "Data and training", "Summary"]
    measured, origin, summary = st.tabs(
        names, default="Figures" if card.metrics else "Summary", key=f"tabs {card.name}"
    )
    with measured:
        show_metrics(card)
    with origin:
        show_origin(card)
    with summary:
        st.code(description.summary, language=None, height=360)


def card_file(card: Card) -> bytes:
    """`card.json` as it is downloaded."""
    return json.dumps(card_to_dict(original_card(card)), indent=2, ensure_ascii=False).encode()


def _remove(name: str) -> None:
    remove(name)
    cache.forget_uploads()
    forget_outcome()


def _open_on_explore(name: str) -> None:
    st.page_link(EXPLORE, label="Open on Explore", icon=":material/search:", query_params={"model": name})


def _download_card(card: Card) -> None:
    st.download_button(
        "Card",
        data=lambda: card_file(card),
        file_name="card.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
        help="The card as a file. Together with model.keras, in a folder or a zip, it opens without questions.",
    )


def _facts(card: Card, parameters: int) -> None:
    answer = ", ".join(card.classes) if card.classes else card.target
    facts = {
        "Task": TASKS[card.task] + (f": {answer}" if answer else ""),
        "Takes": _input_in_words(card.input),
        "Parameters": f"{parameters:,}",
    }
    for name, words in facts.items():
        st.markdown(f"**{name}.** {plain(words)}")


def _input_in_words(specification: InputSpecification) -> str:
    if isinstance(specification, NumericSpecification):
        if specification.picture is not None:
            rows, columns, channels = picture_shape(specification)
            return f"a {'grey' if channels == 1 else 'colour'} picture of {rows} × {columns} pixels"
        features = len(specification.features)
        length = specification.length or specification.maximum_length
        steps = f"{specification.step}s" if length is None else f"{length} {specification.step}s"
        kept = "" if specification.length or length is None else "up to "
        return f"{kept}{steps} of {features} {'number' if features == 1 else 'numbers'}"
    if isinstance(specification, DocumentSpecification):
        return (
            f"text of up to {specification.maximum_sentences:,} sentences of {specification.maximum_length:,} tokens "
            f"each, of which it knows {len(specification.vocabulary):,}"
        )
    if isinstance(specification, TextSpecification):
        return (
            f"text of up to {specification.maximum_length:,} tokens, of which it knows "
            f"{len(specification.vocabulary):,}"
        )
    limit = specification.maximum_length
    return "text, which it encodes itself" + ("" if limit is None else f", of up to {limit:,} tokens")


def _layers(layers: pd.DataFrame) -> None:
    if layers.empty:  # the notices say why
        return
    st.dataframe(
        layers,
        hide_index=True,
        height=min(8, len(layers) + 1) * _HEIGHT_OF_A_ROW + 3,
        column_config={name: st.column_config.TextColumn(width=width_of((name, *layers[name]))) for name in _NAMES},
        alt="The attention layers found, with heads and axes",
    )
