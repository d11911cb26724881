"""Two sequences beside each other: by hand, and what holds of all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.views.alignment import GAP, Alignment, aligned

SEQUENCES = st.lists(st.sampled_from("abcde"), max_size=12)


def _places(first: str, second: str):
    found = aligned(first.split(), second.split())
    return list(zip(found.labels, found.first.tolist(), found.second.tolist(), strict=True))


def test_replaced_words_stand_opposite_each_other():
    assert _places("the film was good", "the film was bad") == [
        ("the", 0, 0),
        ("film", 1, 1),
        ("was", 2, 2),
        ("good → bad", 3, 3),
    ]


def test_an_inserted_word_is_a_gap_in_the_first():
    assert _places("it was good", "it was not good") == [
        ("it", 0, 0),
        ("was", 1, 1),
        ("not", GAP, 2),
        ("good", 2, 3),
    ]


def test_a_word_that_is_left_out_is_a_gap_in_the_second():
    assert _places("a very good film", "a good film")[1] == ("very", 1, GAP)


def test_words_replaced_by_another_number_of_words_are_gaps_on_both_sides():
    assert _places("a really bad end", "a good end") == [
        ("a", 0, 0),
        ("really", 1, GAP),
        ("bad", 2, GAP),
        ("good", GAP, 1),
        ("end", 3, 2),
    ]


def test_nothing_beside_something_is_all_gaps():
    assert _places("", "a b") == [("a", GAP, 0), ("b", GAP, 1)]
    assert aligned([], []).labels == ()


def test_frequent_words_are_aligned_too():
    """`difflib` would ignore them as junk in sequences of 200 and more."""
    first = ["the", "x"] * 150
    second = ["new", *first]
    found = aligned(first, second)
    assert int(found.common.sum()) == 300
    assert found.first.tolist() == [GAP, *range(300)]


@given(SEQUENCES, SEQUENCES)
def test_every_token_appears_once_and_in_order(first, second):
    found = aligned(first, second)
    assert [one for one in found.first if one != GAP] == list(range(len(first)))
    assert [one for one in found.second if one != GAP] == list(range(len(second)))
    assert not np.any((found.first == GAP) & (found.second == GAP))


@given(SEQUENCES, SEQUENCES)
def test_labels_say_what_stands_there(first, second):
    found = aligned(first, second)
    for label, one, other in zip(found.labels, found.first, found.second, strict=True):
        here = [first[one]] if one != GAP else []
        there = [second[other]] if other != GAP else []
        assert label.split(" → ") == list(dict.fromkeys(here + there))


@given(SEQUENCES)
def test_equal_sequences_have_no_gap(tokens):
    found = aligned(tokens, tuple(tokens))
    assert found.first.tolist() == found.second.tolist() == list(range(len(tokens)))
    assert found.common.all()


@given(SEQUENCES, SEQUENCES, SEQUENCES)
def test_what_surrounds_an_insertion_stays_paired(before, inserted, after):
    marked = ["<", *before, "|"]
    found = aligned([*marked, *after], [*marked, *inserted, *after])
    assert int(found.common.sum()) == len(marked) + len(after)


def test_places_of_different_number_are_refused():
    with pytest.raises(ShapeError, match="as many"):
        Alignment(labels=("a",), first=np.array([0, 1]), second=np.array([0]))
