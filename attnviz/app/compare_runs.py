"""What A and B say of what they read; a model that writes does so as it is told."""

import streamlit as st

from attnviz.app import cache
from attnviz.app.compare_inputs import Asked
from attnviz.app.decoding import choose_decoding
from attnviz.app.run import ModelRun
from attnviz.app.words import plain
from attnviz.errors import AttnVizError
from attnviz.models.card import Card
from attnviz.models.decodings import Decoding


def choose_writing(asked: Asked) -> Decoding | None:
    """How both models write, for those that do; None if neither does."""
    return next((choose_decoding(card) for card in asked.cards if card.output is not None), None)


def run_both(asked: Asked, decoding: Decoding | None) -> tuple[ModelRun, ModelRun] | None:
    """A and B; None if one of them cannot be run, which is said. What a person should know of either is said too."""
    runs = []
    for name, card, sequence in zip("AB", asked.cards, asked.sequences, strict=True):
        try:
            runs.append(_run(card, sequence, decoding))
        except AttnVizError as error:
            st.error(f"{name}: {plain(str(error))}", icon=":material/error:")
    if len(runs) < 2:
        return None
    for name, run in zip("AB", runs, strict=True):
        for notice in run.notices:
            st.warning(f"{name}: {plain(notice.message)}", icon=":material/warning:")
    return runs[0], runs[1]


def _run(card: Card, sequence: str, decoding: Decoding | None) -> ModelRun:
    if card.output is None or decoding is None:
        return cache.run_for(card.name, sequence)
    return cache.run_for(card.name, sequence, cache.outputs_for(card.name, sequence, decoding)[0])
