"""The ways in which models split a text: what each gives is looked up in the model's vocabulary."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from attnviz.sequences.clitics import split_english, split_french
from attnviz.sequences.text import split_words

_KERAS_FILTERS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ceaf\U0002f800-\U0002fa1f]")
_STRIPPED = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']")


def split_like_keras_tokenizer(text: str) -> list[str]:
    """Words between punctuation and white space, as `keras.preprocessing.text.Tokenizer` split them by default.

    Apostrophes stay in their words; all other punctuation of ASCII separates words.
    """
    return text.translate(_KERAS_FILTERS).split()


def split_stripped(text: str) -> list[str]:
    """Words between white space without their punctuation, as `keras.layers.TextVectorization` splits by default.

    Punctuation of ASCII is taken out, so that what it stood between becomes one word.
    """
    return _STRIPPED.sub("", text).split()


def split_characters(text: str) -> list[str]:
    """Every character of the text, white space among them."""
    return list(text)


def split_like_bert(text: str) -> list[str]:
    """Words between white space, with every punctuation mark and every Chinese character apart (Devlin et al., 2019).

    Each word is then cut into the pieces that are known, see `attnviz.sequences.tokens`.
    """
    spaced = (f" {one} " if _stands_alone(one) else one for one in text if one not in "\x00\ufffd")
    return "".join(" " if unicodedata.category(one) == "Cc" else one for one in "".join(spaced)).split()


def _stands_alone(character: str) -> bool:
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character).startswith("P") or _CHINESE.match(character) is not None


SPLITTINGS: Mapping[str, Callable[[str], list[str]]] = MappingProxyType(
    {
        "words_and_punctuation": split_words,
        "english_words": split_english,
        "french_words": split_french,
        "words": split_like_keras_tokenizer,
        "stripped_words": split_stripped,
        "whitespace": str.split,
        "characters": split_characters,
        "wordpiece": split_like_bert,
    }
)
"""How a card says that texts are split. `"wordpiece"` goes on to cut each word into the pieces that are known."""
