"""What the Compare page runs: one or two models on one or two sequences; the link holds each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import streamlit as st

from attnviz.app import cache
from attnviz.app.file_input import file_input
from attnviz.app.number_input import number_input
from attnviz.app.settings import uploads_allowed
from attnviz.app.state import check_link
from attnviz.app.typed import as_typed, key_of
from attnviz.app.uploaded import your_models
from attnviz.app.words import shortened
from attnviz.models.card import Card
from attnviz.sequences.specification import NumericSpecification

INPUTS, MODELS, HEADS = "two inputs", "two models", "two heads"
KINDS = (INPUTS, MODELS, HEADS)
SIDES = ("a", "b")

LONGEST_EXAMPLE_LABEL = 60
NOT_IN_A_LINK = (
    "A model that you uploaded is in this tab alone: a link to this page opens everything else, and another model."
)
PLACES = tuple(f"{side}_{what}" for side in SIDES for what in ("layer", "head"))
"""Keys of the widgets that choose a layer and a head."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is run for both sides.

    Attributes:
        kind: What is compared, of `KINDS`.
        cards: Model of A and of B.
        sequences: What each reads, as a person types it.
    """

    kind: str
    cards: tuple[Card, Card]
    sequences: tuple[str, str]


def choose_inputs(cards: Mapping[str, Card]) -> Asked:
    """The widgets, from top to bottom."""
    check_link("compare", KINDS, "the comparison")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Compare",
            KINDS,
            default=KINDS[0],
            required=True,
            key="compare",
            bind="query-params",
            on_change=_forget_places,
        )
        names = sorted(cards, key=lambda name: name != cache.FIRST)
        first = second = _model("a", names, "Model A" if kind == MODELS else "Model", cards)
        if kind == MODELS:
            second = _model("b", likely_seconds(cards, first), "Model B", cards)
    if your_models():
        st.caption(f":material/link_off: {NOT_IN_A_LINK}")
    if kind == INPUTS:
        sides = st.columns(2, gap="medium")
        with sides[0]:
            one = _sequence("a", first, 0, "A")
        with sides[1]:
            other = _sequence("b", first, most_alike(first), "B")
        return Asked(kind=kind, cards=(first, first), sequences=(one, other))
    sequence = _sequence("a", first, 0, "")
    return Asked(kind=kind, cards=(first, second), sequences=(sequence, sequence))


def most_alike(card: Card) -> int:
    """The example that has most in common with the first: what two inputs share is what can be compared."""
    texts = [example.sequence.split() for example in card.examples if isinstance(example.sequence, str)]
    if len(texts) != len(card.examples) or len(texts) < 2:
        return 1
    return max(
        range(1, len(texts)), key=lambda one: SequenceMatcher(None, texts[0], texts[one], autojunk=False).ratio()
    )


def takes_the_same(card: Card, other: Card) -> bool:
    """Whether two models can read the same sequence: both text, or numbers of the same steps and features."""
    one, another = card.input, other.input
    if isinstance(one, NumericSpecification) and isinstance(another, NumericSpecification):
        return (one.features, one.length) == (another.features, another.length)
    return not isinstance(one, NumericSpecification) and not isinstance(another, NumericSpecification)


def likely_seconds(cards: Mapping[str, Card], first: Card) -> list[str]:
    """Models that read what `first` does: those that answer the same question first, itself last."""
    names = [name for name, card in cards.items() if takes_the_same(card, first)]
    asks = (first.task, set(first.classes), first.target)

    def distance(name: str) -> tuple[bool, bool, bool]:
        card = cards[name]
        other = (card.task, set(card.classes), card.target) != asks
        return name == first.name, other, type(card.input) is not type(first.input)

    return sorted(names, key=distance)


def _model(side: str, names: list[str], label: str, cards: Mapping[str, Card]) -> Card:
    key = f"{side}_model"
    check_link(key, names, f"model {side.upper()}")
    if st.session_state.get(key, names[0]) not in names:
        st.session_state[key] = names[0]
    chosen = st.selectbox(
        label, names, key=key, bind="query-params", on_change=_other_model, args=(side, cards), width=260
    )
    return cards[chosen]


def _sequence(side: str, card: Card, example: int, name: str) -> str:
    """What one side reads. Begins with one of the model's examples."""
    specification, key = card.input, _key(side, card)
    begins = _example(card, example)
    text: str | None
    if isinstance(specification, NumericSpecification):
        st.markdown(f"**Values {name}**" if name else "**Values**")
        text = number_input(specification, begins, f"{side}_")
    else:
        text = st.text_input(f"Text {name}".strip(), value=begins, key=key, bind="query-params")
    if len(card.examples) > 1:
        st.selectbox(
            f"Example for {name}" if name else "Example",
            range(len(card.examples)),
            format_func=lambda position: _label(card, position),
            index=None,
            key=f"{side}_example",
            placeholder="Take one of the model's examples",
            label_visibility="collapsed",
            on_change=_take,
            args=(side, key, card),
        )
    if uploads_allowed():
        label = f"Upload a file for {name}" if name else "Upload a file"
        with st.expander(label, icon=":material/upload_file:", key=f"{side}_upload"):
            file_input(card, f"{side}_")
    return text or ""


def _label(card: Card, position: int) -> str:
    example = card.examples[position]
    if isinstance(example.sequence, str):
        return shortened(example.sequence, LONGEST_EXAMPLE_LABEL)
    return f"{example.prediction} (example {position + 1})".lstrip()


def _take(side: str, key: str, card: Card) -> None:
    chosen = st.session_state.get(f"{side}_example")
    if chosen is not None and chosen < len(card.examples):
        st.session_state[key] = as_typed(card.examples[chosen])
    st.session_state[f"{side}_example"] = None


def _key(side: str, card: Card) -> str:
    return key_of(card.input, f"{side}_")


def _example(card: Card, position: int) -> str:
    return as_typed(card.examples[position % len(card.examples)]) if card.examples else ""


def _forget_places() -> None:
    """Two heads begin with other ones than two inputs."""
    for key in PLACES:
        st.session_state.pop(key, None)


def _other_model(side: str, cards: Mapping[str, Card]) -> None:
    """Another model reads its own examples; a second one what the first reads."""
    _forget_places()
    card = cards[st.session_state[f"{side}_model"]]
    if side == "a":
        for one, position in (("a", 0), ("b", most_alike(card))):
            st.session_state[_key(one, card)] = _example(card, position)
