"""What a model that is to be trained takes and gives: all that its layers depend on beside the settings."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TextInput:
    """Ids of words.

    Attributes:
        words: Number of ids, padding (0) and the unknown word (1) included.
    """

    words: int


@dataclass(frozen=True, kw_only=True)
class SeriesInput:
    """Series of numbers, all of one length.

    Attributes:
        length: Steps of a series.
        means: Mean of each feature over the training part.
        variances: Variance of each feature over the training part, above 0.
    """

    length: int
    means: tuple[float, ...]
    variances: tuple[float, ...]

    @property
    def features(self) -> int:
        """Numbers of a step."""
        return len(self.means)


@dataclass(frozen=True, kw_only=True)
class ClassOutput:
    """Probabilities of classes.

    Attributes:
        classes: How many, two or more.
    """

    classes: int


@dataclass(frozen=True, kw_only=True)
class NumberOutput:
    """One number, in the unit of the target.

    Attributes:
        mean: Mean of the target over the training part: what the last layer adds.
        deviation: Its standard deviation, above 0: what the last layer multiplies by.
    """

    mean: float = 0.0
    deviation: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """What a model takes and gives.

    Attributes:
        name: The model's name.
        input: What it takes.
        output: What it gives.
    """

    name: str
    input: TextInput | SeriesInput
    output: ClassOutput | NumberOutput


def keras_name(name: str) -> str:
    """A name that a Keras model can have: TensorFlow names its operations after it, and takes no blank or umlaut."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-") or "trained"
