"""Text into word tokens: the one splitting that training, encoding and labels share."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = "'\u2018\u2019\u02bc\uff07"  # typewriter, curly left and right, modifier letter, full width
_HYPHENS = "\\-\u2010\u2011"  # hyphen-minus, hyphen, non-breaking hyphen
_JOINERS = "\u200c\u200d"  # shape letters in Persian and Indic scripts, and glue emoji together
_INVISIBLE_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters and symbols that show nothing
_ZERO_WIDTH_SPACE = "\u200b"  # shows nothing, but marks the end of a word
_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TO_LOOKUP = str.maketrans({**dict.fromkeys(_APOSTROPHES, "'"), "\u2010": "-", "\u2011": "-"})

_DIGIT = re.compile(r"\d")

MOST_MARKS = 30
"""Combining marks kept on one character; further ones are left out."""


def split_words(text: str) -> list[str]:
    """The word tokens of a text, as typed.

    A token is a word with its inner apostrophes and hyphens (`don't`, `well-made`), a number with its decimals
    and thousands (`3.5`, `2,000`), one Chinese or Japanese character, or one punctuation mark or emoji (an emoji of
    several code points stays whole). White space and zero-width spaces end a token; other characters that show
    nothing are left out. Accents are composed (NFC); case and apostrophes stay as typed, see `lookup_form`.

    Args:
        text: Any text, in any script.

    Returns:
        The tokens in order; empty if there is nothing to see in the text.
    """
    unseen, piled_marks, token = _patterns()
    seen = piled_marks.sub(r"\1", unseen.sub(_replacement, text))
    return token.findall(unicodedata.normalize("NFC", seen))


def lookup_form(word: str, *, lowercase: bool, digits_alike: bool = False) -> str:
    """The form in which a word token stands in a vocabulary: straight apostrophes and hyphens, composed accents.

    Args:
        word: One token of `split_words`.
        lowercase: Whether the vocabulary is in lower case.
        digits_alike: Whether the vocabulary has 0 for every digit.
    """
    plain = word.translate(_TO_LOOKUP)
    if digits_alike:
        plain = _DIGIT.sub("0", plain)
    return unicodedata.normalize("NFC", plain.lower()) if lowercase else plain


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    return " " if character == _ZERO_WIDTH_SPACE or unicodedata.category(character) == "Cc" else ""


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What is taken out of a text, and what a token is. Made on first use: it looks at every Unicode character.

    `re` knows no Unicode categories, and without the combining marks every Hindi or Arabic vowel would end a word.
    """
    marks, unseen = _marks_and_unseen()
    letter = f"(?:[^\\W_][{marks}]*)"
    picture = f"[^\\s\\w{marks}{_JOINERS}][{marks}\U0001f3fb-\U0001f3ff]*"
    token = "|".join(
        (
            f"[{_CJK}][{marks}]*",
            "[0-9#*]\ufe0f?\u20e3",  # key caps
            r"\d+(?:[.,]\d+)+",
            f"(?:(?![{_CJK}]){letter})+(?:[{_APOSTROPHES}{_HYPHENS}{_JOINERS}](?:(?![{_CJK}]){letter})+)*",
            "[\U0001f1e6-\U0001f1ff]{2}",  # flags
            f"{picture}(?:\u200d{picture})*",
            "_",
        )
    )
    return (
        # Between letters of an alphabet below Arabic a joiner does nothing, and would only hide a known word.
        re.compile(f"[{unseen}]|(?<![\u0600-\U0010ffff])[{_JOINERS}]"),
        # Unicode's stream-safe limit; composing accents takes quadratic time in longer piles.
        re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+"),
        re.compile(token),
    )


def _marks_and_unseen() -> tuple[str, str]:
    """Two character classes: combining marks, and what shows nothing (controls, formats, surrogates, no characters)."""
    marks: list[int] = []
    unseen: list[int] = [ord(filler) for filler in _INVISIBLE_FILLERS]
    for point, category in enumerate(map(unicodedata.category, map(chr, range(0x110000)))):
        if category in ("Mn", "Mc", "Me"):
            marks.append(point)
        elif category in ("Cc", "Cf", "Cs"):
            if chr(point) not in _JOINERS and chr(point) not in "\t\n\v\f\r":
                unseen.append(point)
        elif category == "Cn" and (point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF):
            unseen.append(point)
    return _character_class(marks), _character_class(unseen)


def _character_class(points: list[int]) -> str:
    ranges: list[list[int]] = []
    for point in sorted(points):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)
