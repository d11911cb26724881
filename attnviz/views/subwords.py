"""How the pieces of a tokenizer join into words, read off their labels: WordPiece, SentencePiece, byte-pair encoding.

Every tokenizer marks its pieces so that text can be made of them again, each in its own way. None of it is told with
the labels, so it is recognised here; labels without any such mark are words already.
"""

import re
import unicodedata
from collections.abc import Sequence

from attnviz.views.labels import PADDING_LABEL, SPACE_SYMBOL

_BEGINNINGS = ("\u2581", "\u0120", "\u010a", " ")
"""What starts a word: SentencePiece's block, the space and the line break of byte-level pieces (as their vocabulary
writes them), and a space (the same piece as text)."""

_CONTINUED = re.compile(r"##[^#\s].*", re.DOTALL)  # WordPiece: this piece goes on with the word
_SPECIAL = re.compile(r"\[[A-Z][A-Z0-9_]*\]|<(?!0x[0-9A-Fa-f]{2}>)[^<>\s]+>")  # but <0x0A> is a byte of a word
_BLANK = re.compile(rf"[\s{SPACE_SYMBOL}\u2400-\u2421\u010a]+")
_UNSPACED = ("CJK UNIFIED", "CJK COMPATIBILITY", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def words_of(labels: Sequence[str]) -> tuple[int, ...] | None:
    """The first token of each word.

    A word is what stands between two spaces, without punctuation at its ends, which is a word of its own, as are
    special tokens and blanks. Scripts that are written without spaces keep their pieces apart.

    Args:
        labels: Tokens in reading order, as a tokenizer writes them (`"##ing"`, `"▁the"`, `"Ġthe"`, `"ing</w>"`,
            `"play@@"`), as the text that they stand for (`" the"`), or single characters with blanks among them; as
            they are or as `displayed` shows them.

    Returns:
        Positions, ascending from 0; None where the tokens are words already.
    """
    joins = _joins(labels)
    starts = tuple(position for position, joined in enumerate(joins) if not joined)
    return starts if len(starts) < len(labels) else None


def word_labels(labels: Sequence[str], words: Sequence[int]) -> tuple[str, ...]:
    """What each word is called: its pieces without their marks.

    Args:
        labels: Tokens in reading order.
        words: First token of each word, ascending from 0.
    """
    ends = [*words[1:], len(labels)]
    return tuple(_joined(labels[start:end]) for start, end in zip(words, ends, strict=True))


def _joined(pieces: Sequence[str]) -> str:
    last = len(pieces) - 1
    if last and _BLANK.fullmatch(pieces[0]):  # a space with a piece of its own
        return _joined(pieces[1:])
    text = "".join(_bare(piece, place == 0, place == last) for place, piece in enumerate(pieces))
    return text or "".join(pieces)


def _bare(piece: str, first: bool, last: bool) -> str:
    if first:
        piece = piece if _BLANK.fullmatch(piece) else piece.lstrip(" \u2581").removeprefix("\u0120")
    else:
        piece = piece.removeprefix("##")
    piece = piece.removesuffix("</w>")
    return piece if last else piece.removesuffix("@@")


def _joins(labels: Sequence[str]) -> list[bool]:
    """For each token whether it goes on with the word of the token before it."""
    blank = [bool(_BLANK.fullmatch(label)) for label in labels]
    special = [label in ("", PADDING_LABEL) or bool(_SPECIAL.fullmatch(label)) for label in labels]
    alone = [one or other for one, other in zip(blank, special, strict=True)]
    pairs = [position > 0 and not alone[position] and not alone[position - 1] for position in range(len(labels))]
    ordinary = [label for label, apart in zip(labels, alone, strict=True) if not apart]
    if any(map(_begins, ordinary)):
        return _from_beginnings(labels, special)
    if any(_CONTINUED.fullmatch(label) for label in ordinary):
        return [pair and bool(_CONTINUED.fullmatch(label)) for label, pair in zip(labels, pairs, strict=True)]
    for ending, joins_after in (("</w>", False), ("@@", True)):
        if any(label.endswith(ending) and label != ending for label in ordinary):
            return [
                pair and labels[position - 1].endswith(ending) is joins_after for position, pair in enumerate(pairs)
            ]
    characters = any(blank) and all(len(label) == 1 for label in ordinary)
    return pairs if characters else [False] * len(labels)


def _begins(label: str) -> bool:
    return label.startswith(_BEGINNINGS)


def _from_beginnings(labels: Sequence[str], special: Sequence[bool]) -> list[bool]:
    """Where the pieces that start a word are marked, or have a space before them that is a piece of its own."""
    spaces = [set(label) <= {" ", SPACE_SYMBOL, "\u2581", "\u0120"} for label in labels]
    joins = [
        position > 0
        and not (special[position] or special[position - 1] or _begins(label) or spaces[position])
        and not (_BLANK.fullmatch(label) or (_BLANK.fullmatch(labels[position - 1]) and not spaces[position - 1]))
        and not _apart(labels[position - 1], label)
        for position, label in enumerate(labels)
    ]
    marks = [_is_punctuation(_bare(label, True, True)) for label in labels]
    starts = [position for position, joined in enumerate(joins) if not joined]
    for start, end in zip(starts, [*starts[1:], len(labels)], strict=True):
        first, last = start + spaces[start], end - 1
        while first < last and marks[first]:  # the bracket of `(cat`
            first += 1
            joins[first] = False
        while first < last and marks[last]:  # the comma of `cat,`, but not the apostrophe of `don't`
            joins[last] = False
            last -= 1
    return joins


def _apart(before: str, after: str) -> bool:
    """Whether two pieces belong to a script without spaces, whose pieces are as near to words as one can get."""
    return _unspaced(before[-1:]) and _unspaced(after[:1])


def _unspaced(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith(_UNSPACED)


def _is_punctuation(text: str) -> bool:
    return bool(text) and all(unicodedata.category(character).startswith("P") for character in text)
