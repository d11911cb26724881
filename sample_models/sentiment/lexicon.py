"""What is known of words before training: the valences of a sentiment lexicon, and phrases that negate its words."""

import csv
from collections.abc import Mapping
from pathlib import Path

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
STRONG = 1.5
"""Absolute valence from which a word is taken to have a clear side; the scale ends at 4."""


def read_lexicon() -> Mapping[str, float]:
    """Valence of each word of `lexicon.csv`, from -4 (most negative) to 4 (most positive)."""
    with (Path(__file__).parent / "lexicon.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: float(row["valence"]) for row in csv.DictReader(file)}


def phrases(lexicon: Mapping[str, float], count: int, generator: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Short phrases around strong words, half of them negated, which turns the word's side round.

    Args:
        lexicon: Valence of each word.
        count: How many.
        generator: Draws words, phrases and whether a full stop ends them.

    Returns:
        The phrases, and the class of each `[count]`: 0 negative, 1 positive.
    """
    strong = [word for word, valence in lexicon.items() if abs(valence) >= STRONG]
    drawn: list[str] = []
    classes = np.empty(count, dtype=np.int64)
    for position in range(count):
        word = strong[generator.integers(len(strong))]
        negated = bool(generator.integers(2))
        forms = NEGATED if negated else PLAIN
        phrase = forms[generator.integers(len(forms))].format(word=word, thing=THINGS[generator.integers(len(THINGS))])
        drawn.append(f"{phrase}." if generator.integers(2) else phrase)
        classes[position] = (lexicon[word] > 0) != negated
    return drawn, classes


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
