"""The tokens of a KerasHub tokenizer, as a person can read them. Needs no KerasHub itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from attnviz.sequences.encoding import Notice
from attnviz.sequences.messages import place
from attnviz.sequences.text import split_words
from attnviz.sequences.text_notices import unknown_notice


class TokenPieces:
    """The pieces of a tokenizer.

    Attributes:
        tokenizer: Any tokenizer of KerasHub.
        unknown: Id of what it does not know; None if it knows all, as byte-level ones do.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.unknown: int | None = _unknown_id(tokenizer)

    def label(self, token: int) -> str:
        """The piece of that id: as the tokenizer writes it, or the text that a byte-level one stands for."""
        piece = self.tokenizer.id_to_token(int(token))
        piece = piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece)
        return _readable(piece) if _is_byte_level(self.tokenizer) else piece

    def labels(self, ids: np.ndarray, valid: np.ndarray) -> tuple[tuple[str, ...], ...]:
        """Labels for ids `[batch, length]`, `""` where `valid` is False."""
        return tuple(
            tuple(self.label(one) if real else "" for one, real in zip(row, reals, strict=True))
            for row, reals in zip(ids, valid, strict=True)
        )

    def ids(self, text: str) -> list[int]:
        """Ids of the text's own tokens, without special tokens and padding."""
        return [int(one) for one in np.asarray(self.tokenizer(text)).reshape(-1)]

    def unknown_words(self, sample: int, samples: int, text: str, ids: Sequence[int] | np.ndarray) -> list[Notice]:
        """Which words of `text`, sample `sample` of `samples`, are unknown, given the ids that it got; none if all are
        known."""
        if self.unknown is None or self.unknown not in ids:
            return []
        words = list(dict.fromkeys(split_words(text)))
        unknown = [word for word in words if self.unknown in self.ids(word)]
        if not unknown:
            return []
        known = [word for word in words if word not in unknown]
        return [unknown_notice(sample, place(sample, samples), unknown, known)]


def _unknown_id(tokenizer: Any) -> int | None:
    for attribute in ("oov_token", "unk_token"):
        token = getattr(tokenizer, attribute, None)
        if isinstance(token, str):
            return int(tokenizer.token_to_id(token))
    try:  # SentencePiece says it only by what it makes of a piece that it cannot have
        found = tokenizer.token_to_id("\x00no piece\x00")
    except (KeyError, ValueError, AttributeError, NotImplementedError):
        return None
    return None if found is None else int(found)


def _is_byte_level(tokenizer: Any) -> bool:
    return any(one.__name__ == "BytePairTokenizer" for one in type(tokenizer).__mro__)


def _readable(piece: str) -> str:
    """A byte-level piece as the text that it stands for; as it is where it cuts a character in two.

    Radford et al. (2019) write each byte as a printable character: those that are printable as themselves, the
    others from U+0100 on.
    """
    try:
        return bytes(_BYTES[one] for one in piece).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return piece


def _byte_characters() -> dict[str, int]:
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{chr(byte): byte for byte in printable}, **{chr(256 + n): byte for n, byte in enumerate(others)}}


_BYTES = _byte_characters()
