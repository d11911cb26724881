"""What a model takes: the part of its card that turns a person's sequence into the model's input."""

from dataclasses import dataclass
from functools import cached_property

from attnviz.errors import CardError
from attnviz.sequences.field_checks import check_fields, received

PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_WORD_ID = 2


@dataclass(frozen=True, kw_only=True)
class TextSpecification:
    """Text that is split into word tokens and looked up in a vocabulary.

    Attributes:
        name: Name of the model's input, and of the axis that its tokens run over.
        vocabulary: Word tokens by id: `vocabulary[0]` has id 2; id 0 is padding and id 1 any other word.
        maximum_length: Most tokens that the model takes; a longer text is cut, and the notice says so.
        lowercase: Whether words are looked up in lower case.

    Raises:
        CardError: If a field has the wrong type, a word stands twice in the vocabulary, or the model would take no
            token.
    """

    name: str
    vocabulary: tuple[str, ...]
    maximum_length: int
    lowercase: bool = True

    def __post_init__(self) -> None:
        check_fields(self, f"input {received(self.name)}")
        if len(set(self.vocabulary)) != len(self.vocabulary):
            twice = next(word for word in self.vocabulary if self.vocabulary.count(word) > 1)
            raise CardError(f"`vocabulary` of input {self.name!r} must hold each word once. Received twice: {twice!r}.")
        _check_positive(self.name, "maximum_length", self.maximum_length)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each known word."""
        return {word: position + FIRST_WORD_ID for position, word in enumerate(self.vocabulary)}


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

    Raises:
        CardError: If a field has the wrong type, there is no feature, one has no name of its own, or a number is
            impossible.
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


InputSpecification = TextSpecification | NumericSpecification


def _check_positive(name: str, field: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise CardError(f"`{field}` of input {name!r} must be a whole number of at least 1. Received: {value!r}.")
