"""What the messages of this room share: counting, quoting, and naming one of several sequences."""

import unicodedata
from collections.abc import Iterable

LONGEST_QUOTE = 40
"""Characters of a word that a message quotes; the record's fields hold it whole."""

_RIGHT_TO_LEFT = ("R", "AL")
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def place(sample: int, count: int) -> str:
    """How a message starts that is about one of several sequences: `"Sequence 3 of 12: "`; `""` for a single one."""
    return f"Sequence {sample + 1} of {count}: " if count > 1 else ""


def quoted(word: str) -> str:
    """A word as a message quotes it: in curly quotes, and shortened if it is very long.

    One that is written from right to left is isolated, or it would turn the sentence around it.
    """
    shown = f"“{word}”" if len(word) <= LONGEST_QUOTE else f"“{word[:LONGEST_QUOTE]}…”"
    if any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in word[:LONGEST_QUOTE]):
        return f"{_ISOLATE}{shown}{_END_OF_ISOLATE}"
    return shown


def counted(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Iterable[str], *, most: int = 20) -> str:
    """Names in quotes, separated by commas; after `most` of them only how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(map(quoted, every[:most])) + more
