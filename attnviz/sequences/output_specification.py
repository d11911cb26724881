"""What a sequence-to-sequence model writes: the part of its card that turns its ids into text, and text into ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from attnviz.errors import CardError
from attnviz.sequences.field_checks import check_fields, received
from attnviz.sequences.joining import JOININGS
from attnviz.sequences.splitting import SPLITTINGS
from attnviz.sequences.text import lookup_form

START, END, UNKNOWN = "<start>", "<end>", "<unknown>"
"""How start, end and an unknown token are labelled."""

_SENTENCE_ENDS = frozenset((".", "?", "!", "…"))


@dataclass(frozen=True, kw_only=True)
class OutputSpecification:
    """Text that a model writes token by token.

    Attributes:
        name: Name of the model's input that takes what was written so far, after the start; and of the axis that the
            output's tokens run over.
        vocabulary: Tokens by id: `vocabulary[0]` has the id `first_id`, the next one more, and so on.
        maximum_length: Most tokens that are written, the end counted.
        splitting: How a text is split into tokens, one of `attnviz.sequences.splitting.SPLITTINGS`.
        joining: How tokens become text, one of `attnviz.sequences.joining.JOININGS`.
        sentence_case: Whether the vocabulary has the first word of a sentence in lower case, unless it is a name.
        first_id: Id of `vocabulary[0]`.
        padding_id: Id of padding.
        unknown_id: Id of any token that the vocabulary does not have; it is never written.
        start_id: Id that every output begins with.
        end_id: Id that ends an output.

    Raises:
        CardError: If a field has the wrong type, a token stands twice in the vocabulary, or two ids are the same.
    """

    name: str
    vocabulary: tuple[str, ...]
    maximum_length: int
    splitting: str = "words_and_punctuation"
    joining: str = "words"
    sentence_case: bool = False
    first_id: int = 4
    padding_id: int = 0
    unknown_id: int = 1
    start_id: int = 2
    end_id: int = 3

    def __post_init__(self) -> None:
        what = f"output {received(self.name)}"
        check_fields(self, what)
        if not self.vocabulary or len(set(self.vocabulary)) != len(self.vocabulary):
            raise CardError(f"`vocabulary` of {what} must hold a token or more, each once.")
        taken_labels = [one for one in (START, END, UNKNOWN, "") if one in self.vocabulary]
        if taken_labels:
            raise CardError(
                f"`vocabulary` of {what} must leave {START}, {END}, {UNKNOWN} and the empty token to what is no token. "
                f"Received: {taken_labels[0]!r}."
            )
        if self.maximum_length < 1:
            raise CardError(f"`maximum_length` of {what} must be at least 1. Received: {self.maximum_length}.")
        for name, known in (("splitting", SPLITTINGS), ("joining", JOININGS)):
            if getattr(self, name) not in known:
                raise CardError(
                    f"`{name}` of {what} must be one of {', '.join(known)}. Received: {getattr(self, name)!r}."
                )
        ids = self.special_ids
        taken = [one for one in ids if self.first_id <= one < self.size]
        if self.first_id < 0 or min(ids) < 0 or len(set(ids)) < len(ids) or taken:
            raise CardError(
                f"Padding, unknown, start and end of {what} must have ids of their own, not negative and outside the "
                f"vocabulary's {self.first_id} to {self.size - 1}. Received: {', '.join(map(str, ids))}."
            )

    @property
    def size(self) -> int:
        """One more than the last id of the vocabulary."""
        return self.first_id + len(self.vocabulary)

    @property
    def special_ids(self) -> tuple[int, int, int, int]:
        """Ids of padding, unknown, start and end."""
        return self.padding_id, self.unknown_id, self.start_id, self.end_id

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each known token."""
        return {token: position + self.first_id for position, token in enumerate(self.vocabulary)}

    def tokens_of(self, text: str) -> list[str]:
        """The tokens of a text as the vocabulary has them, known or not."""
        tokens = [lookup_form(token, lowercase=False) for token in SPLITTINGS[self.splitting](text)]
        if not self.sentence_case:
            return tokens
        return [
            self._in_sentence(token) if number == 0 or tokens[number - 1] in _SENTENCE_ENDS else token
            for number, token in enumerate(tokens)
        ]

    def ids_of(self, text: str) -> list[int]:
        """The ids of a text's tokens, without start and end; `unknown_id` for what the vocabulary does not have."""
        return [self.ids.get(token, self.unknown_id) for token in self.tokens_of(text)]

    def labels_of(self, ids: Sequence[int]) -> list[str]:
        """How ids are shown: tokens, and words in angle brackets for what is none."""
        special = {self.unknown_id: UNKNOWN, self.start_id: START, self.end_id: END, self.padding_id: ""}
        return [special[one] if one in special else self.vocabulary[one - self.first_id] for one in ids]

    def text_of(self, ids: Sequence[int]) -> str:
        """The text that ids stand for, those of start, end and padding left out."""
        kept = [one for one in ids if one not in (self.padding_id, self.start_id, self.end_id)]
        return JOININGS[self.joining](self.labels_of(kept))

    def _in_sentence(self, token: str) -> str:
        lower = token[:1].lower() + token[1:]
        return lower if lower in self.ids else token
