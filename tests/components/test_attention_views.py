"""What the browser says of a choice is checked before Python believes it."""

import pytest

from attnviz.components.attention import Chosen, chosen_of


def test_a_choice_is_read_whole():
    message = {"map": 2, "head": 3, "query": 1, "key": None}
    expected = Chosen(map=2, head=3, query=1, scale="log", shared=True)
    assert chosen_of({**message, "scale": "log", "shared": True}) == expected


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        [],
        {"map": -1, "head": "all", "query": 1.5, "key": True},
        {"map": "0", "head": -2, "query": {}, "key": "1"},
    ],
)
def test_what_is_no_choice_counts_as_the_beginning(message):
    assert chosen_of(message) == Chosen()
