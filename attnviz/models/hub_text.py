"""Text through the tokenizer of a KerasHub model, labelled with its pieces. Needs no KerasHub itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from attnviz.errors import CardError, InputError
from attnviz.models.model_layers import declared_inputs
from attnviz.sequences.encoding import EncodedSequences, Notice
from attnviz.sequences.messages import place
from attnviz.sequences.specification import RawTextSpecification
from attnviz.sequences.text import split_words
from attnviz.sequences.text_encoding import check_texts
from attnviz.sequences.text_notices import cut_notice, unknown_notice

TOKENS = "token_ids"
MASK = "padding_mask"


def encode_with_preprocessor(
    specification: RawTextSpecification, model: keras.Model, preprocessor: Any, texts: Sequence[str]
) -> EncodedSequences:
    """Texts as the preprocessor packs them: token ids, and the masks and segments that the model takes beside them.

    Where the model takes any length, padding that no text of the batch needs is cut off: `sequence_length` of a
    preprocessor is 512 by default, however short the texts are.

    Raises:
        InputError: If a text cannot be used.
        CardError: If the preprocessor does not make token ids.
    """
    check_texts(texts)
    for sample, text in enumerate(texts):
        if not text.strip():
            raise InputError(f"{place(sample, len(texts))}The text is empty. Type at least one word.")
    tokenizer = preprocessor.tokenizer
    packed = _packed(preprocessor, list(texts))
    ids = packed.pop(TOKENS)
    valid = packed[MASK].astype(bool) if MASK in packed else ids != tokenizer.pad_token_id
    if declared := {tensor.name for tensor in declared_inputs(model)}:  # some packers make more than the model takes
        packed = {name: one for name, one in packed.items() if name in declared}
    if _takes_any_length(model):
        longest = int(np.flatnonzero(valid.any(axis=0)).max(initial=0)) + 1
        ids, valid = ids[:, :longest], valid[:, :longest]
        packed = {name: one[:, :longest] for name, one in packed.items()}
    pieces = _Pieces(tokenizer)
    notices: list[Notice] = []
    for sample, text in enumerate(texts):
        notices.extend(_notices(preprocessor, pieces, sample, len(texts), text, ids[sample][valid[sample]]))
    return EncodedSequences(
        inputs=ids,
        labels=tuple(
            tuple(pieces.label(one) if real else "" for one, real in zip(row, reals, strict=True))
            for row, reals in zip(ids, valid, strict=True)
        ),
        valid=valid,
        notices=tuple(notices),
        companions=packed,
    )


class _Pieces:
    """The tokenizer's pieces by id."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.unknown: int | None = _unknown_id(tokenizer)

    def label(self, token: int) -> str:
        piece = self.tokenizer.id_to_token(int(token))
        piece = piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece)
        return _readable(piece) if _is_byte_level(self.tokenizer) else piece

    def ids(self, text: str) -> list[int]:
        return [int(one) for one in np.asarray(self.tokenizer(text)).reshape(-1)]


def _packed(preprocessor: Any, texts: list[str]) -> dict[str, np.ndarray]:
    if hasattr(preprocessor, "generate_preprocess"):  # `call` of these makes training pairs
        length = preprocessor.sequence_length
        packed = preprocessor.generate_preprocess(texts, sequence_length=length)
    else:
        packed = preprocessor(texts)
    if not isinstance(packed, Mapping) or TOKENS not in packed:
        received = sorted(packed) if isinstance(packed, Mapping) else type(packed).__name__
        raise CardError(
            f"{type(preprocessor).__name__} must make `{TOKENS}` of a text. Received: {received}. Models that take two "
            "texts at once, or no text, cannot be opened with their preprocessor."
        )
    return {name: np.asarray(one) for name, one in packed.items()}


def _takes_any_length(model: keras.Model) -> bool:
    lengths = [tensor.shape[1] for tensor in declared_inputs(model) if len(tensor.shape) > 1]
    return all(length is None for length in lengths)


def _notices(
    preprocessor: Any, pieces: _Pieces, sample: int, samples: int, text: str, packed: np.ndarray
) -> list[Notice]:
    where, notices = place(sample, samples), []
    if len(packed) >= (preprocessor.sequence_length or len(packed) + 1):
        own = pieces.ids(text)
        special = len(_packed(preprocessor, ["a"])[TOKENS][0].nonzero()[0]) - len(pieces.ids("a"))
        room = preprocessor.sequence_length - max(0, special)
        if len(own) > room > 0:
            notices.append(cut_notice(sample, where, [pieces.label(one) for one in own], room))
    if pieces.unknown is not None and pieces.unknown in packed:
        words = list(dict.fromkeys(split_words(text)))
        unknown = [word for word in words if pieces.unknown in pieces.ids(word)]
        if unknown:
            notices.append(unknown_notice(sample, where, unknown, [word for word in words if word not in unknown]))
    return notices


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
