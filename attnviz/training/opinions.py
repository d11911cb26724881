"""Short opinions to train a first model on: made by templates, so that everybody can see which words decide.

Written anew by `python -m attnviz.training.opinions`; nothing in them was taken from anywhere.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.data_sets import DataSet

FILE = Path(__file__).parent / "opinions.csv"
COUNT, SEED = 800, 0
NEGATED_SHARE = 0.25
"""Share of the opinions whose word is turned round by a `not` or a `never` before it."""

GOOD = ("wonderful", "excellent", "delicious", "charming", "superb", "lovely", "brilliant", "delightful")
BAD = ("terrible", "awful", "disgusting", "boring", "dreadful", "nasty", "horrible", "disappointing")
PLACES = ("the hotel", "the café", "the museum", "the concert", "the market", "the train", "the film", "the garden")
THINGS = ("the soup", "the coffee", "the room", "the music", "the staff", "the view", "the bread", "the service")
TIMES = (
    "On Monday",
    "Last week",
    "In spring",
    "After work",
    "On our trip",
    "Yesterday",
    "With friends",
    "On a rainy day",
)
NEUTRAL = (
    "we sat near the window",
    "it opened at nine",
    "our table was on the left",
    "we came by bus",
    "two people waited outside",
    "the street was quiet",
    "we stayed for an hour",
    "the tickets were at the door",
)
PLAIN = (
    "{time} we visited {place}, and {thing} was {word}.",
    "{thing} at {place} was {word}, and {neutral}.",
    "{time} {neutral}, and {thing} was {word}.",
    "{neutral}. {thing} was {word} in {place}.",
    "I tried {thing} at {place}: {word}.",
    "{place} is where {thing} was {word}; {neutral}.",
)
NEGATED = (
    "{time} we visited {place}, and {thing} was not {word}.",
    "{thing} at {place} was never {word}, and {neutral}.",
    "{neutral}, but {thing} was not {word}.",
)


def opinions(count: int = COUNT, seed: int = SEED) -> list[tuple[str, str]]:
    """Texts, each another, with `positive` or `negative`: half of them each.

    Args:
        count: How many.
        seed: Of the words that are drawn.
    """
    generator = np.random.default_rng(seed)
    written: dict[str, str] = {}
    while len(written) < count:
        label = ("positive", "negative")[len(written) % 2]
        negated = bool(generator.random() < NEGATED_SHARE)
        word = str(generator.choice(GOOD if (label == "positive") != negated else BAD))
        template = str(generator.choice(NEGATED if negated else PLAIN))
        drawn = {
            name: str(generator.choice(words))
            for name, words in (("time", TIMES), ("place", PLACES), ("thing", THINGS), ("neutral", NEUTRAL))
        }
        written.setdefault(_sentences(template.format(word=word, **drawn)), label)
    return list(written.items())


def opinions_data() -> DataSet:
    """The shipped opinions: a column `text` and a column `label`."""
    return read_data_set("opinions.csv", FILE)


def _sentences(text: str) -> str:
    """With capitals where sentences begin."""
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". "))


def _write() -> None:
    with FILE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows(opinions())


if __name__ == "__main__":
    _write()
    print(f"written to {FILE}", file=sys.stderr)  # noqa: T201 - a script
