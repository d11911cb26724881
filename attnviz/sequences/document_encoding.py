"""Documents into what a hierarchical model takes: ids of the words of their sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.errors import InputError, ShapeError
from attnviz.records import read_only
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoded import EncodedSequences, Notice, padded_labels, real_positions
from attnviz.sequences.messages import counted, place, quoted
from attnviz.sequences.sentences import split_sentences
from attnviz.sequences.text import lookup_form
from attnviz.sequences.text_encoding import check_texts
from attnviz.sequences.text_notices import unknown_notice
from attnviz.sequences.tokens import Token, tokens_of


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedDocuments(EncodedSequences):
    """Documents as a hierarchical model takes them: `inputs` are int32 ids `[batch, sentences, words]`.

    Labels and `valid` are those of the sentences; those of the words stand here.

    Attributes:
        words: For each document, for each of its `sentences` places, `words` labels: tokens as typed; `""` at padding.
        valid_words: `[batch, sentences, words]`, bool, True at real tokens.

    Raises:
        ShapeError: As for `EncodedSequences`, or if labels, `valid_words` and `inputs` differ in size.
    """

    words: tuple[tuple[tuple[str, ...], ...], ...]
    valid_words: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "valid_words", read_only(self.valid_words, dtype=bool))
        sizes = {len(words) for document in self.words for words in document}
        if self.valid_words.shape != self.inputs.shape or sizes != {self.inputs.shape[-1]}:
            raise ShapeError(
                f"`words`, `valid_words` and `inputs` must agree on [batch, sentences, words]. Received: labels of "
                f"{sorted(sizes)}, {self.valid_words.shape}, {self.inputs.shape}."
            )


def encode_documents(specification: DocumentSpecification, texts: Sequence[str]) -> EncodedDocuments:
    """Documents as ids; arguments and errors as for `attnviz.sequences.encoding.encode`."""
    check_texts(texts)
    documents: list[list[list[Token]]] = []
    labels: list[list[str]] = []
    notices: list[Notice] = []
    for sample, text in enumerate(texts):
        where = place(sample, len(texts))
        read = [
            (sentence, tokens) for sentence in split_sentences(text) if (tokens := _tokens(specification, sentence))
        ]
        if not read:
            raise InputError(f"{where}The text is empty, or the model knows none of it. Type at least one word.")
        kept = read[: specification.maximum_sentences]
        if len(read) > len(kept):
            notices.append(_sentences_cut(sample, where, [sentence for sentence, _ in read], len(kept)))
        notices.extend(_words_cut(sample, where, [tokens for _, tokens in kept], specification.maximum_length))
        documents.append([tokens[: specification.maximum_length] for _, tokens in kept])
        labels.append([sentence for sentence, _ in kept])
        notices.extend(_unknown(specification, sample, where, documents[-1]))
    return _encoded(specification, documents, labels, tuple(notices))


def _encoded(
    specification: DocumentSpecification,
    documents: list[list[list[Token]]],
    labels: list[list[str]],
    notices: tuple[Notice, ...],
) -> EncodedDocuments:
    sentences, length = specification.maximum_sentences, specification.maximum_length
    inputs = np.full((len(documents), sentences, length), specification.padding_id, dtype=np.int32)
    valid_words = np.zeros(inputs.shape, bool)
    for sample, document in enumerate(documents):
        for position, tokens in enumerate(document):
            # An unknown token has been left out where there is no id for it.
            inputs[sample, position, : len(tokens)] = [
                specification.unknown_id or 0 if one.id is None else one.id for one in tokens
            ]
            valid_words[sample, position, : len(tokens)] = True
    for one in (inputs, valid_words):
        one.flags.writeable = False  # ours alone, so that the record need not copy it
    return EncodedDocuments(
        inputs=inputs,
        labels=padded_labels(labels, sentences),
        valid=real_positions(list(map(len, documents)), sentences),
        notices=notices,
        words=tuple(
            padded_labels(
                [[one.label for one in tokens] for tokens in document] + [[]] * (sentences - len(document)), length
            )
            for document in documents
        ),
        valid_words=valid_words,
    )


def _tokens(specification: DocumentSpecification, sentence: str) -> list[Token]:
    tokens = tokens_of(specification, sentence)
    return tokens if specification.unknown_id is not None else [one for one in tokens if one.id is not None]


def _sentences_cut(sample: int, where: str, sentences: Sequence[str], kept: int) -> Notice:
    left_out = len(sentences) - kept
    message = (
        f"{where}The text has {counted(len(sentences), 'sentence')} and the model takes {kept}: it reads the first "
        f"{kept} and leaves out {counted(left_out, 'sentence')}, from {quoted(sentences[kept])} on."
    )
    return Notice(sample=sample, kind="cut", message=message, words=(sentences[kept],))


def _words_cut(sample: int, where: str, sentences: Sequence[Sequence[Token]], most: int) -> list[Notice]:
    return [
        Notice(
            sample=sample,
            kind="cut",
            message=(
                f"{where}Sentence {number} has {counted(len(tokens), 'token')} and the model takes {most} of a "
                f"sentence: it leaves out {counted(len(tokens) - most, 'token')}, from {quoted(tokens[most].label)} on."
            ),
            words=(tokens[most].label,),
        )
        for number, tokens in enumerate(sentences, start=1)
        if len(tokens) > most
    ]


def _unknown(
    specification: DocumentSpecification, sample: int, where: str, sentences: Sequence[Sequence[Token]]
) -> list[Notice]:
    every = [token for tokens in sentences for token in tokens]
    unknown: dict[str, str] = {}
    for token in every:
        if token.id is None or token.id == specification.unknown_id:
            unknown.setdefault(lookup_form(token.word, lowercase=specification.lowercase), token.word)
    if not unknown:
        return []
    known = [token.word for token in every if token.id is not None and token.id != specification.unknown_id]
    return [unknown_notice(sample, where, tuple(unknown.values()), known)]
