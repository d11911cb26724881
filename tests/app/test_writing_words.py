"""What is said of an output, against sentences that were written by hand."""

import math

import pandas as pd
import pytest

from attnviz.app.writing_words import (
    Scored,
    comparison_in_words,
    decoding_in_words,
    probability_in_words,
    tokens_in_words,
)
from attnviz.models.decodings import Beam, Greedy, Sampled


@pytest.mark.parametrize(
    ("decoding", "words"),
    [
        (Beam(size=4, length_penalty=0.6), "beam of 4, length penalty 0.6"),
        (Greedy(), "greedy, the most probable token each time"),
        (Sampled(temperature=0.8, seed=3), "sampled at temperature 0.8 with seed 3"),
    ],
)
def test_a_way_of_writing_is_told_with_its_numbers(decoding, words):
    assert decoding_in_words(decoding) == words


@pytest.mark.parametrize(
    ("log_probability", "words"),
    [
        (0.0, "over 99.9%"),
        (math.log(0.9994), "99.9%"),
        (math.log(0.5), "50.0%"),
        (math.log(0.001), "0.1%"),
        (math.log(0.000314), "3.1×10⁻⁴"),
        (math.log(9.96e-7), "1.0×10⁻⁶"),
        (-1000 * math.log(10), "1.0×10⁻¹⁰⁰⁰"),  # no float holds this probability
    ],
)
def test_a_probability_in_words(log_probability, words):
    assert probability_in_words(log_probability) == words


def _compared(probability, written, decoding, rank=0):
    output = Scored(text="a", log_probability=math.log(probability))
    return comparison_in_words(output, Scored(text="b b", log_probability=math.log(written)), decoding, rank)


@pytest.mark.parametrize(
    ("probability", "written", "decoding", "rank", "words"),
    [
        (0.2, 0.5, Greedy(), 0, "“a” has a probability of 20.0%: 2.5 times less probable than “b b” (50.0%)."),
        (0.01, 0.5, Sampled(), 0, "“a” has a probability of 1.0%: 50 times less probable than “b b” (50.0%)."),
        (0.2, 0.5, Beam(), 3, "2.5 times less probable than “b b” (50.0%). The beam found it too, in place 3."),
        (0.5, 0.2, Beam(), 2, "2.5 times more probable than “b b” (20.0%). The beam found it too, in place 2: the "),
        (0.5, 0.2, Beam(), 0, "more probable than “b b” (20.0%). The beam did not find it; a larger one might."),
        (0.5, 0.2, Greedy(), 0, "Taking the most probable token each time did not find it; a beam might."),
        (0.5, 0.2, Sampled(), 0, "What is drawn at random need not be the most probable."),
        (0.2, 0.2, Greedy(), 0, "“a” has a probability of 20.0%: as probable as “b b” (20.0%)."),
        (4e-12, 0.8, Greedy(), 0, "4.0×10⁻¹²: 2.0×10¹¹ times less probable than “b b” (80.0%)."),
    ],
)
def test_an_output_beside_what_was_written(probability, written, decoding, rank, words):
    assert words in _compared(probability, written, decoding, rank)


def test_a_long_output_is_shortened():
    one, other = Scored(text="word " * 100, log_probability=-2.0), Scored(text="b", log_probability=-1.0)
    assert len(comparison_in_words(one, other, Greedy(), 0)) < 200


def _tokens(ranks, probability):
    return pd.DataFrame(
        {
            "token": ["je", "suis"],
            "log_probability": [math.log(0.45), math.log(probability)],
            "rank": ranks,
            "most_probable": ["je", "ai"],
            "most_probable_probability": [0.5, 0.7],
        }
    )


def test_the_token_to_blame_is_named_with_what_the_model_would_rather_write():
    words = "The least probable token is “suis” (12.5%): there the model would rather write “ai” (70.0%)."
    assert tokens_in_words(_tokens([1, 2], 0.125)) == words


def test_the_least_probable_token_may_be_the_most_probable_at_its_place():
    words = "The least probable token is “suis” (40.0%), the most probable one at its place all the same."
    assert tokens_in_words(_tokens([2, 1], 0.4)) == words


def test_where_nothing_else_is_more_probable_that_is_said():
    words = "Every token is the most probable one at its place. The least probable token is “suis” (40.0%)."
    assert tokens_in_words(_tokens([1, 1], 0.4)) == words
