"""What a model takes: the part of its card that turns a person's sequence into the model's input."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from attnviz.errors import CardError
from attnviz.sequences.field_checks import check_fields, received
from attnviz.sequences.picture_specification import PictureSpecification, check_picture
from attnviz.sequences.splitting import SPLITTINGS

PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_WORD_ID = 2

COMPANIONS = ("mask", "zeros", "positions")
"""What a further input of a text model can hold: 1 at real tokens and 0 at padding; 0 everywhere; 0, 1, 2 …"""

PADDING_SIDES = ("right", "left")


@dataclass(frozen=True, kw_only=True)
class TextSpecification:
    """Text that is split into tokens and looked up in a vocabulary.

    Attributes:
        name: Name of the model's input, and of the axis that its tokens run over.
        vocabulary: Tokens by id: `vocabulary[0]` has the id `first_id`, the next one more, and so on.
        maximum_length: Most tokens that the model takes, those of `before` and `after` counted; a longer text is cut,
            and the notice says so.
        lowercase: Whether words are looked up in lower case.
        digits_alike: Whether every digit is looked up as 0, so that numbers of one shape are one word: all years, or
            all telephone numbers of eleven digits.
        splitting: How a text is split into tokens, one of `attnviz.sequences.splitting.SPLITTINGS`.
        first_id: Id of `vocabulary[0]`.
        padding_id: Id of padding.
        unknown_id: Id of any token that the vocabulary does not have; None leaves such tokens out.
        before: Special tokens that stand before every text, by the label they are shown with: their ids, in order.
        after: The same, after every text.
        padding_side: Where shorter texts are padded, one of `PADDING_SIDES`.
        fixed_length: Whether the model takes exactly `maximum_length` tokens, so that every text is padded to it.
        companions: Further inputs of the model by name, and what each holds, one of `COMPANIONS`.

    Raises:
        CardError: If a field has the wrong type, a word stands twice in the vocabulary, or the model would take no
            token.
    """

    name: str
    vocabulary: tuple[str, ...]
    maximum_length: int
    lowercase: bool = True
    digits_alike: bool = False
    splitting: str = "words_and_punctuation"
    first_id: int = FIRST_WORD_ID
    padding_id: int = PADDING_ID
    unknown_id: int | None = UNKNOWN_ID
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    padding_side: str = "right"
    fixed_length: bool = False
    companions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self, f"input {received(self.name)}")
        if len(set(self.vocabulary)) != len(self.vocabulary):
            twice = next(word for word in self.vocabulary if self.vocabulary.count(word) > 1)
            raise CardError(f"`vocabulary` of input {self.name!r} must hold each word once. Received twice: {twice!r}.")
        _check_positive(self.name, "maximum_length", self.maximum_length)
        _check_one_of(self.name, "splitting", self.splitting, tuple(SPLITTINGS))
        _check_one_of(self.name, "padding_side", self.padding_side, PADDING_SIDES)
        for companion, content in self.companions.items():
            _check_one_of(self.name, f"companions.{companion}", content, COMPANIONS)
        if self.name in self.companions:
            raise CardError(f"`companions` of input {self.name!r} must be other inputs than itself.")
        if len(self.before) + len(self.after) >= self.maximum_length:
            raise CardError(
                f"`maximum_length` of input {self.name!r} must leave room for a token beside the "
                f"{len(self.before) + len(self.after)} of `before` and `after`. Received: {self.maximum_length}."
            )
        ids = {"first_id": self.first_id, "padding_id": self.padding_id, "unknown_id": self.unknown_id}
        ids |= {f"before.{label}": one for label, one in self.before.items()}
        ids |= {f"after.{label}": one for label, one in self.after.items()}
        for name, one in ids.items():
            if one is not None and one < 0:
                raise CardError(f"`{name}` of input {self.name!r} must not be negative. Received: {one}.")

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each known token."""
        return {word: position + self.first_id for position, word in enumerate(self.vocabulary)}


@dataclass(frozen=True, kw_only=True)
class RawTextSpecification:
    """Text that the model encodes itself, with layers such as `TextVectorization`, or the tokenizer that it comes with.

    Attributes:
        name: Name of the axis that the tokens run over.
        maximum_length: Most tokens that the model takes; None where the model or its tokenizer says it.
        splitting: None where the model takes a text whole. Else how a text is split (one of `SPLITTINGS`) into the
            strings that the model looks up, `[batch, tokens]`, as with `StringLookup`.
        lowercase: Whether those strings are in lower case.
        padding: The string that shorter texts are padded with, where they are split.
        fixed_length: Whether the model takes exactly `maximum_length` of those strings.

    Raises:
        CardError: If a field has the wrong type, or the model would take no token.
    """

    name: str
    maximum_length: int | None = None
    splitting: str | None = None
    lowercase: bool = False
    padding: str = ""
    fixed_length: bool = False

    def __post_init__(self) -> None:
        check_fields(self, f"input {received(self.name)}")
        _check_positive(self.name, "maximum_length", self.maximum_length)
        if self.fixed_length and self.maximum_length is None:
            raise CardError(f"`maximum_length` of input {self.name!r} must be given where `fixed_length` is true.")
        if self.splitting is not None:
            _check_one_of(self.name, "splitting", self.splitting, tuple(SPLITTINGS))


@dataclass(frozen=True, kw_only=True)
class NumericSpecification:
    """A series of steps, each a fixed number of numbers.

    Attributes:
        name: Name of the model's input, and of the axis that its steps run over.
        features: Names of the numbers of one step.
        step: What one step is called ("row", "day").
        length: Number of steps, where the model takes exactly that many; else None.
        maximum_length: Most steps that the model takes where `length` is None; None for no limit.
        minimum: Smallest value that the data can have; None for no limit.
        maximum: Largest value that the data can have; None for no limit.
        offset: Subtracted from every value before the model sees it.
        scale: What every value is divided by after that.
        picture: That the steps are the rows of a picture, and what its numbers look like; None for any other series.

    Raises:
        CardError: If a field has the wrong type, there is no feature, one has no name of its own, a number is
            impossible, or the picture does not fit the rest.
    """

    name: str
    features: tuple[str, ...]
    step: str = "step"
    length: int | None = None
    maximum_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    offset: float = 0.0
    scale: float = 1.0
    picture: PictureSpecification | None = None

    def __post_init__(self) -> None:
        check_fields(self, f"input {received(self.name)}")
        if not self.features or len(set(self.features)) != len(self.features):
            raise CardError(
                f"`features` of input {self.name!r} must name at least one feature, each differently. "
                f"Received: {self.features}."
            )
        _check_positive(self.name, "length", self.length)
        _check_positive(self.name, "maximum_length", self.maximum_length)
        if self.scale == 0:
            raise CardError(f"`scale` of input {self.name!r} must not be 0. Received: {self.scale}.")
        check_picture(self)


InputSpecification = TextSpecification | RawTextSpecification | NumericSpecification


def _check_positive(name: str, field: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise CardError(f"`{field}` of input {name!r} must be a whole number of at least 1. Received: {value!r}.")


def _check_one_of(name: str, field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise CardError(f"`{field}` of input {name!r} must be one of {', '.join(known)}. Received: {value!r}.")
