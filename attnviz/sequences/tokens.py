"""The tokens of one text, each with its id in the model's vocabulary."""

import string
import unicodedata
from typing import NamedTuple

from attnviz.sequences.specification import TextSpecification
from attnviz.sequences.splitting import SPLITTINGS
from attnviz.sequences.text import lookup_form

_SMALL_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
LONGEST_WORD = 100
"""Characters of a word that is still cut into pieces; a longer one is unknown, as in BERT."""


class Token(NamedTuple):
    """One token.

    Attributes:
        label: As typed; for `"wordpiece"` the piece as the vocabulary has it.
        id: Its id; None if the vocabulary does not have it.
        word: The word that it is, or is a piece of, as typed.
    """

    label: str
    id: int | None
    word: str


def tokens_of(specification: TextSpecification, text: str) -> list[Token]:
    """The tokens of `text` in order, without those of `before` and `after`; none where there is nothing to see."""
    words = SPLITTINGS[specification.splitting](text)
    if specification.splitting == "wordpiece":
        return [token for word in words for token in _pieces(specification, word)]
    return [Token(word, _id(specification, word), word) for word in words]


def _id(specification: TextSpecification, word: str) -> int | None:
    """By the form in which attnviz' own vocabularies have it; else as it is typed, which may have curly apostrophes or
    accents that are not composed; else with small letters of ASCII alone, as `TextVectorization` makes them."""
    ids = specification.ids
    found = ids.get(lookup_form(word, lowercase=specification.lowercase, digits_alike=specification.digits_alike))
    if found is None:
        found = ids.get(word.lower() if specification.lowercase else word)
    if found is None and specification.lowercase:
        found = ids.get(word.translate(_SMALL_ASCII))
    return found


def _pieces(specification: TextSpecification, word: str) -> list[Token]:
    """The longest known pieces from left to right, as in WordPiece (Wu et al., 2016); the whole word if one is unknown.

    Where BERT lowers case it also takes accents off.
    """
    form = _without_accents(word.lower()) if specification.lowercase else word
    unknown = [Token(word, None, word)]
    if len(form) > LONGEST_WORD:
        return unknown
    pieces: list[Token] = []
    start = 0
    while start < len(form):
        for end in range(len(form), start, -1):
            piece = form[start:end] if start == 0 else f"##{form[start:end]}"
            found = specification.ids.get(piece)
            if found is not None:
                pieces.append(Token(piece, found, word))
                start = end
                break
        else:
            return unknown
    return pieces


def _without_accents(word: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", word) if unicodedata.category(one) != "Mn")
