"""Widgets that choose how a sequence-to-sequence model writes; the link holds each of them."""

import streamlit as st

from attnviz.app.state import check_link, check_link_number
from attnviz.models.card import Card
from attnviz.models.decodings import Beam, Decoding, Greedy, Sampled

BEAM, GREEDY, SAMPLED = "beam", "greedy", "sampled"

LARGEST_BEAM = 10
LARGEST_PENALTY = 2.0
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.1, 5.0
LAST_SEED = 2**31 - 1

HELP = """How the probabilities of the next token become a text.

- **beam** keeps the best beginnings at every length: it finds the most probable texts, unless it is too small.
- **greedy** takes the most probable token each time.
- **sampled** draws each token at random by its probability.
"""


def choose_decoding(card: Card) -> Decoding | None:
    """How the model writes, as chosen; None for a model that writes nothing."""
    if card.output is None:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", key="decoding_controls"):
        check_link("decoding", [BEAM, GREEDY, SAMPLED], "the decoding")
        kind = st.segmented_control(
            "How it writes",
            [BEAM, GREEDY, SAMPLED],
            default=BEAM,
            required=True,
            key="decoding",
            bind="query-params",
            help=HELP,
        )
        if kind == SAMPLED:
            return _sampled()
        return _beam() if kind == BEAM else Greedy()


def _beam() -> Beam:
    standard = Beam()
    check_link_number("beam", 1, LARGEST_BEAM, standard.size, "the beam size")
    check_link_number("penalty", 0.0, LARGEST_PENALTY, standard.length_penalty, "the length penalty")
    size = st.number_input(
        "Beam size",
        1,
        LARGEST_BEAM,
        standard.size,
        key="beam",
        bind="query-params",
        width=130,
        help="How many beginnings are kept at every length, and how many texts are shown. 1 is greedy.",
    )
    penalty = st.number_input(
        "Length penalty",
        0.0,
        LARGEST_PENALTY,
        standard.length_penalty,
        step=0.1,
        key="penalty",
        bind="query-params",
        width=150,
        help="Texts of n tokens are ranked by their log-probability divided by ((5 + n) / 6) to the power of this "
        "(Wu et al., 2016). At 0 the most probable one comes first, which is often a short one.",
    )
    return Beam(size=size, length_penalty=penalty)


def _sampled() -> Sampled:
    standard = Sampled()
    check_link_number("temperature", LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, standard.temperature, "the temperature")
    check_link_number("seed", 0, LAST_SEED, standard.seed, "the seed")
    temperature = st.number_input(
        "Temperature",
        LOWEST_TEMPERATURE,
        HIGHEST_TEMPERATURE,
        standard.temperature,
        step=0.1,
        key="temperature",
        bind="query-params",
        width=130,
        help="Below 1 the probable tokens are drawn even more often, above 1 less often.",
    )
    seed = st.number_input(
        "Seed",
        0,
        LAST_SEED,
        standard.seed,
        key="seed",
        bind="query-params",
        width=150,
        help="The same seed draws the same text again.",
    )
    st.button("Draw again", icon=":material/casino:", on_click=_next_seed)
    return Sampled(temperature=temperature, seed=seed)


def _next_seed() -> None:
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (LAST_SEED + 1)
