"""What is known of words before training: the valences of a sentiment lexicon, and phrases that negate its words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np

from attnviz.sequences.specification import FIRST_WORD_ID

PLAIN = (
    "{word}",
    "very {word}",
    "so {word}",
    "really {word}",
    "it was {word}",
    "it is {word}",
    "i am {word}",
    "a {word} {thing}",
    "the {thing} was {word}",
    "the {thing} is {word}",
    "this {thing} is very {word}",
)
NEGATED = (
    "not {word}",
    "not so {word}",
    "not very {word}",
    "not that {word}",
    "not {word} at all",
    "never {word}",
    "it was not {word}",
    "it is not {word}",
    "it's not {word}",
    "i am not {word}",
    "i was not {word}",
    "they were not {word}",
    "not a {word} {thing}",
    "the {thing} was not {word}",
    "the {thing} is not {word}",
    "the {thing} wasn't {word}",
    "this {thing} isn't {word}",
)
THINGS = ("book", "film", "food", "movie", "phone", "place", "price", "product", "quality", "room", "service", "story")
JOINTS = (", ", " and ", ", and ")
JOINED_SHARE = 0.4
"""Share of the phrases that are joined with a second one of the same class, so that a negation ends somewhere."""

WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*")
"""A plain word; the lexicon has emoticons and phrases too."""

STRONG = 1.5
"""Absolute valence from which a word is taken to have a clear side; the scale ends at 4."""


def read_lexicon() -> Mapping[str, float]:
    """Valence of each plain word of VADER (Hutto & Gilbert, 2014), from -4 (most negative) to 4 (most positive).

    Read from the package `vaderSentiment`, which only training needs.
    """
    lines = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8").splitlines()
    valences = (line.split("\t")[:2] for line in lines)
    return {word: float(valence) for word, valence in valences if WORD.fullmatch(word)}


@dataclass(frozen=True, eq=False, kw_only=True)
class PhraseSource:
    """Where short phrases around strong words come from, half of them negated, which turns the word's side round.

    Attributes:
        lexicon: Valence of each word.
        counts: How often the training sentences have each word. Half of the phrases take a word as often as it occurs
            there, because the sentences teach "bad" a hundred times and "not bad" hardly ever; the other half takes
            every strong word alike.
    """

    lexicon: Mapping[str, float]
    counts: Mapping[str, int]

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(word for word, valence in self.lexicon.items() if abs(valence) >= STRONG)

    @cached_property
    def _chances(self) -> np.ndarray:
        frequent = np.array([self.counts.get(word, 0) for word in self._words], dtype=np.float64)
        alike = np.full(len(frequent), 1 / len(frequent))
        return alike if frequent.sum() == 0 else (alike + frequent / frequent.sum()) / 2

    def draw(self, count: int, generator: np.random.Generator) -> tuple[list[str], np.ndarray]:
        """`count` phrases, and the class of each `[count]`: 0 negative, 1 positive."""
        drawn: list[str] = []
        classes = np.empty(count, dtype=np.int64)
        for position, word in enumerate(generator.choice(self._words, count, p=self._chances)):
            negated = bool(generator.integers(2))
            forms = NEGATED if negated else PLAIN
            form, thing = forms[generator.integers(len(forms))], THINGS[generator.integers(len(THINGS))]
            drawn.append(form.format(word=word, thing=thing))
            classes[position] = (self.lexicon[word] > 0) != negated
        return [
            self._ended(phrase, drawn, classes, position, generator) for position, phrase in enumerate(drawn)
        ], classes

    @staticmethod
    def _ended(
        phrase: str, drawn: Sequence[str], classes: np.ndarray, position: int, generator: np.random.Generator
    ) -> str:
        """The phrase, sometimes joined with another of its class, sometimes with a full stop."""
        if generator.random() < JOINED_SHARE:
            alike = np.flatnonzero(classes == classes[position])
            joint = JOINTS[generator.integers(len(JOINTS))]
            phrase = f"{phrase}{joint}{drawn[alike[generator.integers(len(alike))]]}"
        return f"{phrase}." if generator.integers(2) else phrase


def valence_vectors(
    vocabulary: tuple[str, ...], lexicon: Mapping[str, float], generator: np.random.Generator, *, size: int
) -> np.ndarray:
    """Where word vectors start: the valence in four numbers, from -1 to 1, and noise in the others.

    Four, because dropout takes numbers away one by one.

    Args:
        vocabulary: Words by id; the first has id `FIRST_WORD_ID`.
        lexicon: Valence of each word; 0 for a word that is not in it.
        generator: Draws the noise.
        size: Numbers of a vector.

    Returns:
        `[ids, size]`, float32, padding (0) and the unknown word (1) included.
    """
    vectors = generator.uniform(-0.05, 0.05, (len(vocabulary) + FIRST_WORD_ID, size)).astype(np.float32)
    vectors[FIRST_WORD_ID:, :4] = np.array([lexicon.get(word, 0.0) / 4 for word in vocabulary])[:, np.newaxis]
    return vectors
