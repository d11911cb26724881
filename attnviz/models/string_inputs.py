"""Text for a model that looks it up itself, labelled with the tokens that its own layers make of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.errors import CardError, InputError
from attnviz.models.model_layers import every_layer, layers_of_type
from attnviz.models.token_pieces import TokenPieces
from attnviz.sequences.encoding import EncodedSequences, Notice, encode
from attnviz.sequences.messages import place
from attnviz.sequences.specification import RawTextSpecification
from attnviz.sequences.text import split_words
from attnviz.sequences.text_encoding import check_texts
from attnviz.sequences.text_notices import cut_notice, unknown_notice

UNKNOWN_ID = 1
"""Of `TextVectorization`, which keeps 0 for padding."""

WORD_START = "\u2581"
"""How SentencePiece writes the space before a word, in the pieces of its vocabulary."""


def text_layer(model: keras.Model) -> keras.layers.TextVectorization | None:
    """The layer that turns texts into ids, if the model has one."""
    return next(
        (
            one
            for one in layers_of_type(model, keras.layers.TextVectorization)
            if one.get_config()["output_mode"] == "int"
        ),
        None,
    )


def lookup_layer(model: keras.Model) -> keras.layers.StringLookup | None:
    """The layer that turns strings into ids, if the model has one."""
    return next(iter(layers_of_type(model, keras.layers.StringLookup)), None)


def tokenizer_layer(model: keras.Model) -> Any:
    """The KerasHub tokenizer among the layers of the model; None if there is none."""
    return next((one for one in every_layer(model) if hasattr(one, "id_to_token") and hasattr(one, "tokenize")), None)


def known_strings(model: keras.Model, preprocessor: Any = None) -> list[str]:
    """What the layers of `model`, or the tokenizer of its preprocessor, have ids for, the first ids first.

    Args:
        model: Any Keras model.
        preprocessor: A KerasHub preprocessor that came with it; None if none did.

    Returns:
        Words, pieces or characters, special tokens perhaps among them; none where the model tells nothing.
    """
    layer = text_layer(model) or lookup_layer(model)
    if layer is not None and preprocessor is None:
        return [str(one) for one in layer.get_vocabulary(include_special_tokens=False)]
    tokenizer = tokenizer_layer(model) if preprocessor is None else preprocessor.tokenizer
    if not hasattr(tokenizer, "get_vocabulary"):
        return []
    return [str(one).removeprefix(WORD_START) for one in tokenizer.get_vocabulary()]


def words_apart_by(specification: RawTextSpecification, model: keras.Model) -> str | None:
    """What stands between the words of a text for `model`: a space, nothing for characters, None if it is one word."""
    if specification.splitting is not None:
        return "" if specification.splitting == "characters" else " "
    layer = text_layer(model)
    split = " " if layer is None else layer.get_config()["split"]
    return None if split is None else "" if split == "character" else " "


def encode_with_layers(
    specification: RawTextSpecification, model: keras.Model, texts: Sequence[str]
) -> EncodedSequences:
    """Texts for a model with a `TextVectorization`, or strings for one with a `StringLookup`.

    Raises:
        InputError: If a text cannot be used.
        CardError: If the model has no such layer.
    """
    if specification.splitting is not None:
        return _with_unknown(encode(specification, texts), lookup_layer(model), specification)
    check_texts(texts)
    for sample, text in enumerate(texts):  # an empty one would leave nothing to run the others with
        if not text.strip():
            raise InputError(f"{place(sample, len(texts))}The text is empty. Type at least one word.")
    layer = text_layer(model)
    if layer is None:
        if (tokenizer := tokenizer_layer(model)) is not None:
            return _with_tokenizer(model, tokenizer, texts)
        raise CardError(
            'The card says "raw_text" without `splitting`, but the model has neither a `TextVectorization` layer that '
            "gives ids nor a tokenizer. If it looks up strings, say in `splitting` how a text is split into them."
        )
    vocabulary = layer.get_vocabulary()
    ids = _ids(layer, texts)
    lengths = [int(row.nonzero()[0].max(initial=-1)) + 1 for row in ids]
    if 0 in lengths:
        sample = lengths.index(0)
        raise InputError(
            f"{place(sample, len(texts))}Layer {layer.name!r} of the model finds no token in the text. Type a word."
        )
    valid = np.arange(ids.shape[1]) < np.array(lengths)[:, None]
    labels = tuple(
        tuple(vocabulary[one] if real else "" for one, real in zip(row, reals, strict=True))
        for row, reals in zip(ids, valid, strict=True)
    )
    notices = [
        notice for sample, text in enumerate(texts) for notice in _notices(layer, sample, len(texts), text, ids[sample])
    ]
    return EncodedSequences(inputs=np.array(texts, dtype=np.str_), labels=labels, valid=valid, notices=tuple(notices))


def _with_tokenizer(model: keras.Model, tokenizer: Any, texts: Sequence[str]) -> EncodedSequences:
    # A preprocessor among the layers adds special tokens to what its tokenizer makes.
    packing = next((one for one in every_layer(model) if getattr(one, "tokenizer", None) is tokenizer), tokenizer)
    ids = _ids(packing, texts)
    padding = getattr(tokenizer, "pad_token_id", None) or 0
    lengths = [int(np.flatnonzero(row != padding).max(initial=-1)) + 1 for row in ids]
    valid = np.arange(ids.shape[1]) < np.array(lengths)[:, None]
    pieces = TokenPieces(tokenizer)
    notices = [
        notice
        for sample, text in enumerate(texts)
        for notice in pieces.unknown_words(sample, len(texts), text, ids[sample])
    ]
    return EncodedSequences(
        inputs=np.array(texts, dtype=np.str_), labels=pieces.labels(ids, valid), valid=valid, notices=tuple(notices)
    )


def _ids(layer: Any, texts: Sequence[str]) -> np.ndarray:
    """`[batch, length]`, 0 at padding."""
    strings = tf.constant(list(texts))
    ids = layer(strings)
    if isinstance(ids, Mapping):  # a preprocessor's
        ids = ids["token_ids"]
    dense = ids.to_tensor() if hasattr(ids, "to_tensor") else ids  # a layer with `ragged=True`
    return np.asarray(dense).reshape(len(texts), -1)  # one with `split=None` gives one id a text


def _notices(
    layer: keras.layers.TextVectorization, sample: int, samples: int, text: str, ids: np.ndarray
) -> list[Notice]:
    """Words that the layer does not know, and what it cuts off: seen by giving it one word at a time."""
    config = layer.get_config()
    words = text.split() if config["split"] == "whitespace" else split_words(text)
    tokens = _ids(layer, words or [text])
    where, notices = place(sample, samples), []
    made = [word for word, row in zip(words, tokens, strict=True) for _ in row.nonzero()[0]]
    if config["split"] == "whitespace" and config["ngrams"] is None and len(made) > len(ids):
        notices.append(cut_notice(sample, where, made, len(ids)))
        words = list(dict.fromkeys(made[: len(ids)]))
        tokens = _ids(layer, words)
    if UNKNOWN_ID in ids:
        unknown = [word for word, row in zip(words, tokens, strict=True) if UNKNOWN_ID in row]
        known = [word for word, row in zip(words, tokens, strict=True) if row.any() and UNKNOWN_ID not in row]
        if unknown:
            notices.append(unknown_notice(sample, where, tuple(dict.fromkeys(unknown)), known))
    return notices


def _with_unknown(
    encoded: EncodedSequences, layer: keras.layers.StringLookup | None, specification: RawTextSpecification
) -> EncodedSequences:
    if layer is None:
        return encoded
    vocabulary = set(layer.get_vocabulary())
    notices = list(encoded.notices)
    for sample, (strings, labels, reals) in enumerate(zip(encoded.inputs, encoded.labels, encoded.valid, strict=True)):
        pairs = [
            (label, string in vocabulary) for string, label, real in zip(strings, labels, reals, strict=True) if real
        ]
        unknown = tuple(dict.fromkeys(label for label, known in pairs if not known))
        if unknown:
            where = place(sample, len(encoded.labels))
            notices.append(unknown_notice(sample, where, unknown, [label for label, known in pairs if known]))
    return EncodedSequences(inputs=encoded.inputs, labels=encoded.labels, valid=encoded.valid, notices=tuple(notices))
