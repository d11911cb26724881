"""A vocabulary that a person uploads: which token each id of a model stands for, read from the usual kinds of file."""

import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attnviz.errors import InputError
from attnviz.sequences.file_content import text_file
from attnviz.sequences.messages import counted, quoted
from attnviz.sequences.specification import FIRST_WORD_ID, PADDING_ID, UNKNOWN_ID

MOST_TOKENS = 2_000_000
"""Tokens that a file may hold."""

_PADDING = ("", "[PAD]", "<pad>", "<PAD>", "[pad]", "_PAD_", "<|pad|>")
_UNKNOWN = ("[UNK]", "<unk>", "<UNK>", "[unk]", "<OOV>", "<oov>", "[OOV]", "UNK", "_UNK_")
_START = ("[CLS]", "[START]", "[start]", "<START>", "<start>", "<s>", "<bos>")
_END = ("[SEP]",)
_IMDB_SHIFT = 3
_IMDB_START, _IMDB_UNKNOWN = 1, 2


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What `TextSpecification` needs to know of a vocabulary; its fields have the same names there.

    Attributes:
        vocabulary: Tokens by id, from `first_id` on.
        first_id: Id of the first of them.
        padding_id: Id of padding.
        unknown_id: Id of any other token; None if there is none.
        before: Special tokens that texts start with, and their ids.
        after: Special tokens that texts end with, and their ids.
        splitting: The way of splitting that the tokens look made by.
        lowercase: Whether all tokens are in lower case.
        notices: What was assumed, a sentence each.
    """

    vocabulary: tuple[str, ...]
    first_id: int = FIRST_WORD_ID
    padding_id: int = PADDING_ID
    unknown_id: int | None = UNKNOWN_ID
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    splitting: str = "words_and_punctuation"
    lowercase: bool = True
    notices: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Everything but the notices, as fields of a card's `input`."""
        names = ("first_id", "padding_id", "unknown_id", "before", "after", "splitting", "lowercase")
        return {"vocabulary": list(self.vocabulary), **{name: getattr(self, name) for name in names}}


def read_vocabulary(name: str, data: bytes, *, ids: int | None = None) -> Vocabulary:
    """The vocabulary in a file, with what can be guessed about its ids.

    Args:
        name: The file's name. One like that of Keras' `imdb_word_index.json` shifts ids by 3, as `load_data` does.
        data: Text with one token a line, a JSON list of tokens, a JSON object of token and id, or what Keras'
            `Tokenizer.to_json` writes.
        ids: How many ids the model takes, where that is known: says where the ids of a list start, and which tokens
            are too rare for the model to know.

    Raises:
        InputError: If it is none of these, a token stands twice, or two tokens have one id.
    """
    file = text_file(data)
    with file.open(newline="") as opened:
        text = opened.read()
    if name.lower().endswith(".json") or text.lstrip().startswith(('{"', '["')):
        content = _parsed(text)
        if isinstance(content, Mapping):
            return _of_mapping(name, content, ids)
        if isinstance(content, list) and all(isinstance(one, str) for one in content):
            return vocabulary_of_list(content, ids=ids)
        raise InputError("A vocabulary in JSON must be a list of tokens, or an object of tokens and their ids.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return vocabulary_of_list(lines[:-1] if lines[-1] == "" else lines, ids=ids)


def vocabulary_of_list(tokens: Sequence[str], *, ids: int | None = None) -> Vocabulary:
    """Tokens in the order of their ids.

    A list that has padding or unknown tokens in it counts from 0, as `get_vocabulary` and BERT's files do. Other
    lists hold words alone: `ids` then says how many ids stand before them.

    Raises:
        InputError: If there is no token, or one stands twice.
    """
    _check_count(len(tokens))
    found: set[str] = set()
    for token in tokens:
        if token in found:
            raise InputError(f"The vocabulary must hold each token once. It holds {quoted(token)} twice.")
        found.add(token)
    notices: list[str] = []
    has_special = any(token in found for token in (*_PADDING, *_UNKNOWN))
    before_words = (ids or 0) - len(tokens)
    if has_special:
        first_id = 1 if before_words == 1 and not any(token in found for token in _PADDING) else 0
    elif ids is not None and 0 <= before_words <= FIRST_WORD_ID:
        first_id = before_words
    else:
        first_id = FIRST_WORD_ID
        notices.append("The first token was taken to have id 2, after 0 for padding and 1 for unknown words.")
    return _described(list(tokens), first_id, notices, ids)


def number_vocabulary(ids: int) -> Vocabulary:
    """For a model whose ids stand for nothing with a name: a person types the ids themselves.

    Args:
        ids: How many ids the model takes.
    """
    return Vocabulary(
        vocabulary=tuple(str(one) for one in range(ids)), first_id=0, unknown_id=None, splitting="whitespace"
    )


def _of_mapping(name: str, content: Mapping[str, Any], ids: int | None) -> Vocabulary:
    shift = 0
    if content.get("class_name") == "Tokenizer" and isinstance(content.get("config"), Mapping):
        content = _word_index(content["config"])
    elif "imdb_word_index" in name.lower():
        shift = _IMDB_SHIFT
    wrong = next((one for one in content.items() if type(one[1]) is not int or one[1] < 0), None)
    if wrong is not None:
        raise InputError(
            f"A vocabulary in JSON must give each token its id, a whole number. Received: {quoted(str(wrong[0]))} "
            f"has {quoted(repr(wrong[1]))}."
        )
    _check_count(len(content))
    by_id: dict[int, str] = {}
    for token, one in content.items():
        if one in by_id:
            raise InputError(f"Tokens {quoted(by_id[one])} and {quoted(token)} have the same id {one}.")
        by_id[one] = token
    first, last = min(by_id), max(by_id)
    missing = last - first + 1 - len(by_id)
    if missing > len(by_id) + 1000:
        raise InputError(
            f"The ids of a vocabulary must stand close together. Received: {len(by_id):,} tokens with ids from "
            f"{first:,} to {last:,}."
        )
    notices = []
    if missing:
        notices.append(f"{counted(missing, 'id')} between {first:,} and {last:,} stand for no token of the file.")
    tokens = [by_id.get(one, f"[unused{one}]") for one in range(first, last + 1)]
    if shift:
        notices.append("Ids were shifted by 3, as `keras.datasets.imdb.load_data` does: 1 starts a text, 2 is unknown.")
    return _described(tokens, first + shift, notices, ids, imdb=bool(shift))


def _described(
    tokens: list[str], first_id: int, notices: list[str], ids: int | None, *, imdb: bool = False
) -> Vocabulary:
    if ids is not None and first_id + len(tokens) > ids:
        too_many = first_id + len(tokens) - ids
        tokens = tokens[: max(0, ids - first_id)]
        notices.append(f"The model takes ids below {ids:,}: the vocabulary was cut by {counted(too_many, 'token')}.")
    id_of = {token: position + first_id for position, token in enumerate(tokens)}
    padding = _first(id_of, _PADDING)
    unknown = _first(id_of, _UNKNOWN)
    start, end = _first(id_of, _START), _first(id_of, _END)
    special = {*_PADDING, *_UNKNOWN, *_START, *_END, "[MASK]"}
    words = [token for token in tokens if token not in special]
    splitting = _splitting(words)
    before = {} if start is None else {tokens[start - first_id]: start}
    unknown_id = unknown if unknown is not None else UNKNOWN_ID if first_id > UNKNOWN_ID else None
    if imdb:
        before, unknown_id, splitting = {"[start]": _IMDB_START}, _IMDB_UNKNOWN, "words"
    if unknown_id is None:
        notices.append("The vocabulary has no token for unknown words: they are left out.")
    return Vocabulary(
        vocabulary=tuple(tokens),
        first_id=first_id,
        padding_id=PADDING_ID if padding is None else padding,
        unknown_id=unknown_id,
        before=before,
        after={} if end is None else {tokens[end - first_id]: end},
        splitting=splitting,
        lowercase=not any(letter in word for word in words for letter in string.ascii_uppercase),
        notices=tuple(notices),
    )


def _splitting(words: Sequence[str]) -> str:
    if any(word.startswith("##") for word in words):
        return "wordpiece"
    if words and all(len(word) == 1 for word in words):
        return "characters"
    if any(word in (".", ",", "!", "?") for word in words):
        return "words_and_punctuation"
    return "words" if any("'" in word for word in words) else "stripped_words"


def _first(id_of: Mapping[str, int], names: Sequence[str]) -> int | None:
    return next((id_of[name] for name in names if name in id_of), None)


def _word_index(config: Mapping[str, Any]) -> Mapping[str, Any]:
    content = config.get("word_index")
    if isinstance(content, str):  # JSON within JSON
        content = _parsed(content)
    if not isinstance(content, Mapping):
        raise InputError("The Tokenizer in the file has no `word_index`. Save it after `fit_on_texts`.")
    return content


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(
            "The vocabulary file holds lists or objects inside each other, thousands deep. It must be one list of "
            "tokens, or one object of tokens and their ids: write it again as one of these, or with a token a line."
        ) from None
    except ValueError as error:
        raise InputError(f"The vocabulary is not valid JSON: {error}.") from None


def _check_count(tokens: int) -> None:
    if not 1 <= tokens <= MOST_TOKENS:
        raise InputError(f"A vocabulary must hold 1 to {MOST_TOKENS:,} tokens. Received: {tokens:,}.")
