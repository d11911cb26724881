"""The task of the recall model: pairs of a key and a value, and then one of the keys again."""

import string
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

KEYS = tuple(string.ascii_lowercase)
VALUES = tuple(string.digits)
FEWEST_PAIRS, MOST_PAIRS = 2, 8
PARTS = ("training", "validation", "test")
_HELD_OUT = {0: "test", 1: "validation"}
_SHARES = 10


@dataclass(frozen=True, kw_only=True)
class Question:
    """Pairs and a key to look up, such as `a 4 c 9 b 1 c`, whose answer is 9.

    Attributes:
        text: The tokens with spaces between them.
        answer: Index of the right value in `VALUES`.
        place: Index of the token that is the right value.
    """

    text: str
    answer: int
    place: int


def draw_question(generator: np.random.Generator, *, most: int = MOST_PAIRS) -> Question:
    """A question with 2 to `most` pairs; its keys differ, its values may be the same."""
    count = int(generator.integers(FEWEST_PAIRS, most + 1))
    keys = generator.permutation(len(KEYS))[:count]
    values = generator.integers(len(VALUES), size=count)
    asked = int(generator.integers(count))
    pairs = (f"{KEYS[key]} {VALUES[value]}" for key, value in zip(keys, values, strict=True))
    return Question(text=f"{' '.join(pairs)} {KEYS[keys[asked]]}", answer=int(values[asked]), place=2 * asked + 1)


def part_of(text: str) -> str:
    """Which of `PARTS` a text belongs to, by its checksum: none stands on two sides, however many are drawn."""
    return _HELD_OUT.get(zlib.crc32(text.encode()) % _SHARES, "training")


def questions(part: str, generator: np.random.Generator, *, most: int = MOST_PAIRS) -> Iterator[Question]:
    """Questions of one of `PARTS` with 2 to `most` pairs, without end."""
    while True:
        question = draw_question(generator, most=most)
        if part_of(question.text) == part:
            yield question
