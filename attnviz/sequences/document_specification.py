"""What a model of documents takes: text that is split into sentences, and each sentence into tokens."""

from dataclasses import dataclass

from attnviz.errors import CardError
from attnviz.sequences.specification import TextSpecification


@dataclass(frozen=True, kw_only=True)
class DocumentSpecification(TextSpecification):
    """Text that is split into sentences, and those into tokens that are looked up in a vocabulary.

    The model takes `[batch, maximum_sentences, maximum_length]` ids. `name` is the name of its input, and of the axis
    that its sentences run over; `maximum_length` is that of a sentence. All else is as for `TextSpecification`.

    Attributes:
        maximum_sentences: Most sentences that the model takes; a longer text is cut, and the notice says so.
        words: Name of the axis that the tokens of the sentences run over.

    Raises:
        CardError: As for `TextSpecification`, or if there is room for no sentence, the two axes have one name, or the
            sentences are not to be padded on the right alone.
    """

    maximum_sentences: int
    words: str = "words"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.maximum_sentences < 1:
            raise CardError(
                f"`maximum_sentences` of input {self.name!r} must be a whole number of at least 1. "
                f"Received: {self.maximum_sentences}."
            )
        if self.words == self.name:
            raise CardError(
                f"`words` of input {self.name!r} must be another name than that of the sentences. "
                f"Received: {self.words!r}."
            )
        if self.before or self.after or self.companions or self.padding_side != "right":
            raise CardError(
                f"Input {self.name!r} takes documents: it has no `before`, `after` or `companions`, and is padded on "
                "the right."
            )
