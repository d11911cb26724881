"""Tokens back into text: the other direction of `attnviz.sequences.splitting`."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

_SENTENCE_ENDS = ".?!…"
_NO_SPACE_BEFORE = frozenset(".,…)]%")
_NO_SPACE_AFTER = frozenset("([")


def join_french(tokens: Sequence[str]) -> str:
    """Tokens of `split_french` as French text, every sentence with a capital at its start.

    No space after an elided word or before a hyphenated pronoun; one before `?`, `!`, `:` and `;`, as is French usage.
    """
    text = ""
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else ""
        if number == 0 or (before[-1:] in _SENTENCE_ENDS and before):
            token = token[:1].upper() + token[1:]
        apart = number > 0 and not (
            token in _NO_SPACE_BEFORE
            or re.fullmatch(r"-\w.*", token)
            or before in _NO_SPACE_AFTER
            or re.fullmatch(r"\w.*'", before)
        )
        text += " " * apart + token
    return text


JOININGS: Mapping[str, Callable[[Sequence[str]], str]] = MappingProxyType(
    {"characters": "".join, "words": " ".join, "french_words": join_french}
)
"""How a card says that the tokens that a model writes become text."""
