"""The probes: a few sequences whose attention is watched while a model learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attnviz.app.words import plain
from attnviz.sequences.messages import listed
from attnviz.sequences.text import split_words
from attnviz.training.architecture_list import TEXT
from attnviz.training.probes import MOST_PROBE_TOKENS, MOST_PROBES
from attnviz.training.training_data import TrainingData

_PREFILLED = 3
_ROWS_LOOKED_AT = 1_000
_SHORT, _LONG = 4, 24  # words of a sentence that shows something and is read at a glance


@dataclass(frozen=True, eq=False, kw_only=True)
class Probes:
    """Sequences to watch.

    Attributes:
        sequences: Texts, or series `[steps, features]`.
        names: What a person calls each.
    """

    sequences: tuple[Any, ...]
    names: tuple[str, ...]


def choose_probes(data: TrainingData, subject: str) -> Probes | None:
    """Sentences to type, prefilled from the data; series of numbers are taken from it.

    Args:
        data: What the model learns from.
        subject: Names the data: each keeps what was typed for it.

    Returns:
        The probes; None, and a message at the place, where they cannot be used.
    """
    suggested = suggested_probes(data)
    if data.kind != TEXT:
        st.caption(f"Watched while it learns, from the data: {plain(listed(suggested.names))}.")
        return suggested
    typed = st.text_area(
        "Sentences to watch while it learns, one a line",
        value="\n".join(suggested.sequences),
        key=f"train probes of {subject}",
        persist_state="session",
        height=110,
        help=f"Up to {MOST_PROBES} of at most {MOST_PROBE_TOKENS} words. After every epoch you see what the model "
        "attends to in each of them. Good ones have a word that should matter, or one that should not.",
    )
    probes = tuple(dict.fromkeys(line.strip() for line in (typed or "").splitlines() if line.strip()))
    problem = problem_of(probes)
    if problem:
        st.error(plain(problem), icon=":material/error:")
        return None
    return Probes(sequences=probes, names=probes)


def problem_of(probes: Sequence[str]) -> str:
    """Why typed probes cannot be used, in a sentence; `""` if they can."""
    if not probes:
        return "Type at least one sentence: its attention is what there is to watch."
    if len(probes) > MOST_PROBES:
        return f"At most {MOST_PROBES} sentences can be watched. Received: {len(probes)}."
    for number, probe in enumerate(probes, start=1):
        words = len(split_words(probe))
        if not words:
            return f"Sentence {number} has no word in it."
        if words > MOST_PROBE_TOKENS:
            return (
                f"Sentence {number} has {words} words and signs, and at most {MOST_PROBE_TOKENS} can be watched: the "
                "attention of every epoch is kept. Shorten it."
            )
    return ""


def suggested_probes(data: TrainingData) -> Probes:
    """A few examples of the data, of different classes or of different size, neither very short nor long."""
    places = list(range(min(len(data.sequences), _ROWS_LOOKED_AT)))
    if data.kind == TEXT:
        words = [len(split_words(data.sequences[place])) for place in places]
        good = [place for place in places if _SHORT <= words[place] <= _LONG]
        places = good or [place for place in places if words[place] <= MOST_PROBE_TOKENS]
    chosen: list[int] = []
    if data.classes:
        for index in range(len(data.classes)):
            chosen += [place for place in places if data.targets[place] == index][:1]
    else:
        ordered = sorted(places, key=lambda place: float(data.targets[place]))
        chosen = [ordered[round(share * (len(ordered) - 1))] for share in (0.0, 0.5, 1.0)] if ordered else []
    chosen += [place for place in places if place not in chosen][: max(0, _PREFILLED - len(chosen))]
    shown = list(dict.fromkeys(chosen[:_PREFILLED]))
    if data.kind == TEXT:
        texts = tuple(" ".join(data.sequences[place].split()) for place in shown)
        return Probes(sequences=texts, names=texts)
    return Probes(
        sequences=tuple(data.sequences[place] for place in shown),
        names=tuple(_name(data, place, number) for number, place in enumerate(shown, start=1)),
    )


def _name(data: TrainingData, place: int, number: int) -> str:
    """What a series of the data is called: its number among those that are watched, and what it should be."""
    target = data.targets[place]
    right = data.classes[int(target)] if data.classes else f"{data.target} {target:.4g}"
    return f"series {number}, {right}"
