"""Texts into the ids, or the strings, that a model takes."""

from collections.abc import Sequence

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.encoded import EncodedSequences, Notice, padded_labels, real_positions
from attnviz.sequences.messages import place
from attnviz.sequences.specification import RawTextSpecification, TextSpecification
from attnviz.sequences.splitting import SPLITTINGS
from attnviz.sequences.text import lookup_form
from attnviz.sequences.text_notices import cut_notice, unknown_notice
from attnviz.sequences.tokens import Token, tokens_of

MAXIMUM_CHARACTERS = 1_000_000
"""Longest text that is split into tokens."""


def encode_ids(specification: TextSpecification, texts: Sequence[str]) -> EncodedSequences:
    """Texts as ids `[batch, length]`; arguments and errors as for `attnviz.sequences.encoding.encode`."""
    check_texts(texts)
    room = specification.maximum_length - len(specification.before) - len(specification.after)
    ids: list[list[int]] = []
    labels: list[list[str]] = []
    notices: list[Notice] = []
    for sample, text in enumerate(texts):
        where = place(sample, len(texts))
        tokens = tokens_of(specification, text)
        if not tokens or text.isspace():  # a space is a token of a model that reads characters
            raise InputError(f"{where}The text is empty. Type at least one word.")
        read = tokens if specification.unknown_id is not None else [one for one in tokens if one.id is not None]
        kept = read[:room]
        if not kept:
            raise InputError(
                f"{where}The model knows none of the words, and leaves unknown words out. Type words of its vocabulary."
            )
        if len(read) > room:
            notices.append(cut_notice(sample, where, [one.label for one in read], room))
        notices.extend(_unknown(specification, sample, where, kept if specification.unknown_id is not None else tokens))
        # An unknown token has been left out above where there is no id for it.
        found = [specification.unknown_id or 0 if one.id is None else one.id for one in kept]
        ids.append([*specification.before.values(), *found, *specification.after.values()])
        labels.append([*specification.before, *(one.label for one in kept), *specification.after])
    length = specification.maximum_length if specification.fixed_length else max(map(len, ids))
    valid = real_positions(list(map(len, ids)), length, side=specification.padding_side)
    inputs = np.full(valid.shape, specification.padding_id, dtype=np.int32)
    inputs[valid] = [one for row in ids for one in row]
    inputs.flags.writeable = False  # ours alone, so that the record need not copy it
    return EncodedSequences(
        inputs=inputs,
        labels=padded_labels(labels, length, side=specification.padding_side),
        valid=valid,
        notices=tuple(notices),
        companions={name: _companion(content, valid) for name, content in specification.companions.items()},
    )


def encode_strings(specification: RawTextSpecification, texts: Sequence[str]) -> EncodedSequences:
    """Texts as strings `[batch, length]`, for a model that looks them up itself.

    Raises:
        InputError: As for `attnviz.sequences.encoding.encode`.
        TypeError: If the model takes texts whole: only it can say what their tokens are.
    """
    if specification.splitting is None:
        raise TypeError("Only the model can encode its text. Use `attnviz.models.encoders.encode_for`.")
    check_texts(texts)
    labels: list[list[str]] = []
    notices: list[Notice] = []
    for sample, text in enumerate(texts):
        where = place(sample, len(texts))
        tokens = SPLITTINGS[specification.splitting](text)
        if not tokens:
            raise InputError(f"{where}The text is empty. Type at least one word.")
        room = specification.maximum_length or len(tokens)
        if len(tokens) > room:
            notices.append(cut_notice(sample, where, tokens, room))
        labels.append(tokens[:room])
    length = specification.maximum_length if specification.fixed_length else None
    length = length or max(map(len, labels))
    valid = real_positions(list(map(len, labels)), length)
    inputs = np.full(valid.shape, specification.padding, dtype=object)
    inputs[valid] = [_form(token, specification) for row in labels for token in row]
    return EncodedSequences(inputs=inputs, labels=padded_labels(labels, length), valid=valid, notices=tuple(notices))


def check_texts(texts: Sequence[str]) -> None:
    """Check that there is a text, and that each is one of a length that can be split.

    Raises:
        InputError: If not; the message says which.
    """
    if isinstance(texts, (str, bytes)):
        raise InputError(f"`sequences` must be a list of texts. Received: {type(texts).__name__}.")
    if len(texts) == 0:
        raise InputError("There is no sequence. Give at least one.")
    for sample, text in enumerate(texts):
        where = place(sample, len(texts))
        if not isinstance(text, str):
            raise InputError(f"{where}The model takes text. Received: {type(text).__name__}.")
        if len(text) > MAXIMUM_CHARACTERS:
            raise InputError(
                f"{where}The text may have at most {MAXIMUM_CHARACTERS:,} characters. Received: {len(text):,}."
            )


def _unknown(specification: TextSpecification, sample: int, where: str, tokens: Sequence[Token]) -> list[Notice]:
    unknown: dict[str, str] = {}
    for token in tokens:
        if token.id is None or token.id == specification.unknown_id:
            unknown.setdefault(lookup_form(token.word, lowercase=specification.lowercase), token.word)
    if not unknown:
        return []
    known = [token.word for token in tokens if token.id is not None and token.id != specification.unknown_id]
    left_out = specification.unknown_id is None
    noun = "character" if specification.splitting == "characters" else "word"
    return [unknown_notice(sample, where, tuple(unknown.values()), known, left_out=left_out, noun=noun)]


def _companion(content: str, valid: np.ndarray) -> np.ndarray:
    if content == "mask":
        return valid.astype(np.int32)
    if content == "positions":
        return np.broadcast_to(np.arange(valid.shape[1], dtype=np.int32), valid.shape)
    return np.zeros(valid.shape, np.int32)


def _form(token: str, specification: RawTextSpecification) -> str:
    return token.lower() if specification.lowercase else token
