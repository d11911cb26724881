"""How a sequence-to-sequence model's next-token probabilities become an output."""

import math
from dataclasses import dataclass

from attnviz.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Greedy:
    """The most probable token, each time."""


@dataclass(frozen=True, kw_only=True)
class Beam:
    """The best outputs that keeping `size` beginnings at every length finds.

    Attributes:
        size: How many beginnings are kept, and how many outputs are given; 1 is greedy.
        length_penalty: α of Wu et al. (2016), equation 14: an output of n tokens, the end counted, is worth its
            log-probability divided by ((5 + n) / 6)^α. 0 asks for the most probable output, which favours short ones.

    Raises:
        InputError: If `size` is not positive, or `length_penalty` negative or no finite number.
    """

    size: int = 4
    length_penalty: float = 0.6

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError(f"`size` of a beam must be at least 1. Received: {self.size}.")
        if not 0 <= self.length_penalty < math.inf:
            raise InputError(
                f"`length_penalty` of a beam must be a finite number that is not negative. Received: "
                f"{self.length_penalty}."
            )


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Tokens drawn at random by their probability.

    Attributes:
        temperature: What log-probabilities are divided by before drawing: below 1 bolder for the probable, above 1
            more even.
        seed: Same seed, same output, whatever else stands in the batch.

    Raises:
        InputError: If `temperature` is not positive and finite, or `seed` is negative.
    """

    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise InputError(f"`temperature` must be a finite number above 0. Received: {self.temperature}.")
        if self.seed < 0:
            raise InputError(f"`seed` must not be negative. Received: {self.seed}.")


Decoding = Greedy | Beam | Sampled
