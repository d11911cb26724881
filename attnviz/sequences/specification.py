"""What a model takes: the part of its card that turns a person's sequence into the model's input."""

from dataclasses import dataclass
from functools import cached_property

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
    """

    name: str
    vocabulary: tuple[str, ...]
    maximum_length: int
    lowercase: bool = True

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


InputSpecification = TextSpecification | NumericSpecification
