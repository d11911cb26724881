"""What is said of an output: how probable it is beside what the model wrote, and at which token the two part."""

import math
from dataclasses import dataclass

import pandas as pd

from attnviz.app.words import shortened
from attnviz.models.decodings import Beam, Decoding, Greedy, Sampled

LONGEST_QUOTE = 60
SMALLEST_PERCENTAGE = 1e-3
"""Probabilities below are written as a power of ten."""
LARGEST_NUMBER = 10_000
"""So are numbers from here on."""

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A text with the logarithm of its probability, in nats."""

    text: str
    log_probability: float


def decoding_in_words(decoding: Decoding) -> str:
    """How an output was found, with the numbers that find it again."""
    match decoding:
        case Beam(size=size, length_penalty=penalty):
            return f"beam of {size}, length penalty {penalty:g}"
        case Sampled(temperature=temperature, seed=seed):
            return f"sampled at temperature {temperature:g} with seed {seed}"
    return "greedy, the most probable token each time"


def probability_in_words(log_probability: float) -> str:
    """The probability, given in nats, as a percentage, or as a power of ten where that would be 0.0%."""
    probability = math.exp(log_probability)
    if probability < SMALLEST_PERCENTAGE:
        return _power_of_ten(log_probability)
    return "over 99.9%" if probability > 0.9995 else f"{probability:.1%}"


def comparison_in_words(output: Scored, written: Scored, decoding: Decoding, rank: int) -> str:
    """How probable `output` is beside what the model wrote, and why it was not written if it is the more probable.

    Args:
        output: What is looked at, another text than `written`.
        written: What the model wrote.
        decoding: How the model wrote.
        rank: Which of the outputs that were found `output` is, from 2; 0 if it was not found.
    """
    difference = output.log_probability - written.log_probability
    said = (
        f"{_quoted(output.text)} has a probability of {probability_in_words(output.log_probability)}: "
        f"{_beside(difference)} {_quoted(written.text)} ({probability_in_words(written.log_probability)})."
    )
    why = _why_not(decoding, rank, difference > 0)
    return f"{said} {why}" if why else said


def tokens_in_words(tokens: pd.DataFrame) -> str:
    """Which token of an output is the least probable, and what the model would rather have written there.

    Args:
        tokens: As `LoadedModel.token_probabilities` gives them, of one sequence.
    """
    least = tokens.iloc[int(tokens["log_probability"].argmin())]
    said = f"The least probable token is {_quoted(least['token'])} ({probability_in_words(least['log_probability'])})"
    if (tokens["rank"] == 1).all():
        return f"Every token is the most probable one at its place. {said}."
    if least["rank"] == 1:
        return f"{said}, the most probable one at its place all the same."
    rather = probability_in_words(math.log(least["most_probable_probability"]))
    return f"{said}: there the model would rather write {_quoted(least['most_probable'])} ({rather})."


def _why_not(decoding: Decoding, rank: int, more_probable: bool) -> str:
    if isinstance(decoding, Beam) and rank:
        why = ": the length penalty prefers the longer one" if more_probable else ""
        return f"The beam found it too, in place {rank}{why}."
    if not more_probable:
        return ""
    if isinstance(decoding, Beam):
        return "The beam did not find it; a larger one might."
    if isinstance(decoding, Greedy):
        return "Taking the most probable token each time did not find it; a beam might."
    return "What is drawn at random need not be the most probable."


def _beside(difference: float) -> str:
    """How many times as probable, for a difference of log-probabilities."""
    times = _number(abs(difference))
    if times == "1.0":
        return "as probable as"
    return f"{times} times {'more' if difference > 0 else 'less'} probable than"


def _number(logarithm: float) -> str:
    """A number from 1 on, given by its natural logarithm; the number itself may be too large to hold."""
    if logarithm >= math.log(LARGEST_NUMBER):
        return _power_of_ten(logarithm)
    number = math.exp(logarithm)
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def _power_of_ten(logarithm: float) -> str:
    """A number, given by its natural logarithm, as `3.1×10⁻¹¹`; without spaces, so that no line ends in it."""
    exponent, rest = divmod(logarithm / math.log(10), 1)
    mantissa = round(10**rest, 1)
    if mantissa == 10:
        exponent, mantissa = exponent + 1, 1.0
    return f"{mantissa:.1f}×10{str(int(exponent)).translate(_RAISED)}"


def _quoted(text: str) -> str:
    return f"“{shortened(text, LONGEST_QUOTE)}”"
