"""The part of the form that asks what a model takes."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from attnviz.app.form_fields import FormFields
from attnviz.app.words import plain
from attnviz.errors import InputError
from attnviz.sequences.specification import PADDING_SIDES
from attnviz.sequences.splitting import SPLITTINGS
from attnviz.sequences.vocabulary_files import Vocabulary, number_vocabulary, read_vocabulary

if TYPE_CHECKING:
    from attnviz.models.guessing import GuessedCard

KINDS = {
    "text": "Text, as numbers that stand for tokens",
    "raw_text": "Text, which the model encodes itself",
    "numeric": "Numbers, a few for each step",
}
SPLITTING_WORDS = {
    "words_and_punctuation": "Words and punctuation marks",
    "words": "Words, without punctuation (Keras Tokenizer)",
    "stripped_words": "Words, punctuation taken out (TextVectorization)",
    "whitespace": "At white space",
    "characters": "Characters",
    "wordpiece": "Word pieces (BERT)",
}
PADDING_WORDS = {"right": "At the end", "left": "In front (keras.utils.pad_sequences)"}
LARGEST_VOCABULARY_MEGABYTES = 50
_MOST_TYPED_IDS = 1_000_000


def ask_for_input(fields: FormFields, guess: "GuessedCard") -> dict[str, Any]:
    """Answers for `input` of the card, by the names that `finished_card` takes."""
    kind = fields.one_of("input.kind", "What does it take?", tuple(KINDS), KINDS.__getitem__)
    answers: dict[str, Any] = {"input.kind": kind}
    if kind == "text":
        return answers | _text(fields, guess)
    if kind == "raw_text":
        limit = fields.whole("input.maximum_length", "Most tokens (empty: the model says)", None, smallest=1)
        return answers | {"input.maximum_length": limit}
    return answers | _numbers(fields)


def _text(fields: FormFields, guess: "GuessedCard") -> dict[str, Any]:
    vocabulary, version = _vocabulary(fields, guess)
    answers: dict[str, Any] = {
        "input.vocabulary": vocabulary,
        "input.maximum_length": fields.whole("input.maximum_length", "Most tokens", 512, smallest=1),
    }
    if vocabulary is not None:
        with st.expander("How texts become ids", key=fields.key(f"ids {version}")):
            answers |= _ids(fields, vocabulary, version)
    return answers


def _vocabulary(fields: FormFields, guess: "GuessedCard") -> tuple[Vocabulary | None, str]:
    """The vocabulary, and what tells it from another one."""
    size = guess.vocabulary_size
    uploaded = st.file_uploader(
        "Vocabulary: one token a line in the order of the ids, or JSON",
        type=("txt", "json", "vocab"),
        key=fields.key("vocabulary"),
        max_upload_size=LARGEST_VOCABULARY_MEGABYTES,
        on_change=fields.forget_problem,
        help=None if size is None else f"The model takes {size:,} ids, 0 to {size - 1:,}.",
    )
    fields.show_problem("vocabulary")
    if uploaded is not None:
        try:
            vocabulary = read_vocabulary(uploaded.name, uploaded.getvalue(), ids=size)
        except InputError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return None, ""
        st.caption(plain(" ".join((f"{len(vocabulary.vocabulary):,} tokens.", *vocabulary.notices))))
        return vocabulary, uploaded.file_id
    if size is None or size > _MOST_TYPED_IDS:
        return None, ""
    typed = st.checkbox("I have none: I type the ids", key=fields.key("typed ids"), on_change=fields.forget_problem)
    return (number_vocabulary(size), "typed") if typed else (None, "")


def _ids(fields: FormFields, vocabulary: Vocabulary, version: str) -> dict[str, Any]:
    splitting = tuple(SPLITTINGS)
    chosen = st.selectbox(
        "Texts are split into",
        splitting,
        index=splitting.index(vocabulary.splitting),
        format_func=lambda name: SPLITTING_WORDS.get(name, name),
        key=fields.key(f"splitting {version}"),
        on_change=fields.forget_problem,
    )
    side = st.selectbox(
        "Shorter texts are padded",
        PADDING_SIDES,
        index=PADDING_SIDES.index(fields.guess("input.padding_side", PADDING_SIDES[0])),
        format_func=PADDING_WORDS.__getitem__,
        key=fields.key(f"padding side {version}"),
        on_change=fields.forget_problem,
    )
    lowercase = st.toggle(
        "In lower case",
        value=vocabulary.lowercase,
        key=fields.key(f"lowercase {version}"),
        on_change=fields.forget_problem,
    )
    left, right = st.columns(2)
    with left:
        first = _id(fields, "first_id", f"Id of {vocabulary.vocabulary[0]!r}", vocabulary.first_id, version)
        unknown = _id(fields, "unknown_id", "Id of other words (empty: left out)", vocabulary.unknown_id, version)
    with right:
        padding = _id(fields, "padding_id", "Id of padding", vocabulary.padding_id, version)
    return {
        "input.splitting": chosen,
        "input.lowercase": lowercase,
        "input.first_id": first,
        "input.padding_id": padding,
        "input.unknown_id": unknown,
        "input.padding_side": side,
    }


def _id(fields: FormFields, name: str, label: str, guess: int | None, version: str) -> int | None:
    value = st.number_input(
        plain(label),
        value=guess,
        min_value=0,
        step=1,
        key=fields.key(f"{name} {version}"),
        on_change=fields.forget_problem,
    )
    fields.show_problem(f"input.{name}")
    return None if value is None else int(value)


def _numbers(fields: FormFields) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "input.features": fields.lines("input.features", "Names of the numbers of one step, one a line")
    }
    left, right = st.columns(2)
    with left:
        answers["input.step"] = fields.text("input.step", "What is one step?") or "step"
        answers["input.minimum"] = fields.number("input.minimum", "Smallest value (if there is one)")
        answers["input.offset"] = fields.number("input.offset", "Subtracted from every value", 0.0)
    with right:
        answers["input.length"] = fields.whole(
            "input.length", "Steps, where there are always as many", None, smallest=1
        )
        answers["input.maximum"] = fields.number("input.maximum", "Largest value (if there is one)")
        answers["input.scale"] = fields.number("input.scale", "Then divided by", 1.0)
    return answers
