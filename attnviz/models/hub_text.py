"""Text through the tokenizer of a KerasHub model, labelled with its pieces. Needs no KerasHub itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from attnviz.errors import CardError, InputError
from attnviz.models.model_layers import declared_inputs
from attnviz.models.token_pieces import TokenPieces
from attnviz.sequences.encoding import EncodedSequences, Notice
from attnviz.sequences.messages import place
from attnviz.sequences.specification import RawTextSpecification
from attnviz.sequences.text_encoding import check_texts
from attnviz.sequences.text_notices import cut_notice

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
    pieces = TokenPieces(tokenizer)
    notices: list[Notice] = []
    for sample, text in enumerate(texts):
        notices.extend(_notices(preprocessor, pieces, sample, len(texts), text, ids[sample][valid[sample]]))
    return EncodedSequences(
        inputs=ids,
        labels=pieces.labels(ids, valid),
        valid=valid,
        notices=tuple(notices),
        companions=packed,
    )


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
    preprocessor: Any, pieces: TokenPieces, sample: int, samples: int, text: str, packed: np.ndarray
) -> list[Notice]:
    where, notices = place(sample, samples), []
    if len(packed) >= (preprocessor.sequence_length or len(packed) + 1):
        own = pieces.ids(text)
        special = len(_packed(preprocessor, ["a"])[TOKENS][0].nonzero()[0]) - len(pieces.ids("a"))
        room = preprocessor.sequence_length - max(0, special)
        if len(own) > room > 0:
            notices.append(cut_notice(sample, where, [pieces.label(one) for one in own], room))
    return [*notices, *pieces.unknown_words(sample, samples, text, packed)]
