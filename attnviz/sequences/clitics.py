"""Short forms that lean on a neighbour (I'm, l'eau, dit-il) as tokens, so that a small vocabulary goes far."""

import re

from attnviz.sequences.text import split_words

_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\uff07": "'", "\u2010": "-", "\u2011": "-"})
_ENGLISH_ENDING = re.compile(r"(.+?)('(?:s|m|re|ve|ll|d))", re.IGNORECASE)
_FRENCH_ELISION = re.compile(r"((?:[^\W\d_]|qu|jusqu|lorsqu|puisqu|quoiqu)')(.+)", re.IGNORECASE)
_FRENCH_ENDING = re.compile(
    r"(.+?)(-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|lui|leur|les?|la|y|en|là|ci|mêmes?))",
    re.IGNORECASE,
)


def split_english(text: str) -> list[str]:
    """Words and punctuation, with what is short for *is*, *am*, *are*, *have*, *will*, *would* or a genitive apart.

    `I'm` gives `I` and `'m`, `Tom's` gives `Tom` and `'s`; `don't` stays whole, as there are few words like it.
    """
    return [part for word in split_words(text) for part in _english_parts(word.translate(_STRAIGHT))]


def split_french(text: str) -> list[str]:
    """Words and punctuation, with elided words and the pronouns after a hyphen apart.

    `l'eau` gives `l'` and `eau`, `donne-le-moi` gives `donne`, `-le` and `-moi`, `a-t-il` gives `a` and `-t-il`;
    `aujourd'hui`, `quelqu'un` and `grand-mère` stay whole. `join_french` undoes it.
    """
    return [part for word in split_words(text) for part in _french_parts(word.translate(_STRAIGHT))]


def _english_parts(word: str) -> list[str]:
    endings: list[str] = []
    while found := _ENGLISH_ENDING.fullmatch(word):
        word = found[1]
        endings.insert(0, found[2])
    return [word, *endings]


def _french_parts(word: str) -> list[str]:
    parts: list[str] = []
    while found := _FRENCH_ELISION.fullmatch(word):
        parts.append(found[1])
        word = found[2]
    endings: list[str] = []
    while found := _FRENCH_ENDING.fullmatch(word):
        word = found[1]
        endings.insert(0, found[2])
    return [*parts, word, *endings]
