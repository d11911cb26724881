"""What the browser says of how it draws is checked before Python believes it."""

import json

import pytest

from attnviz.components.attention.drawn import Drawn, drawn_data, drawn_of

DRAWN = Drawn(
    heads=(0, 3), mass=0.25, words=True, pooling="mean", sort_by="all:-first", looked_for="first>=0.5", number="next"
)


def test_it_comes_back_as_it_went():
    assert drawn_of(json.loads(json.dumps(drawn_data(DRAWN)))) == DRAWN


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"heads": "all", "mass": "0.5", "words": 1, "pooling": "min", "sortBy": 3, "filter": [], "colourBy": None},
        {"heads": [-1, 1.5, True, "2"], "mass": 1.01, "words": "yes", "sortBy": "x" * 300},
        {"heads": {"0": 1}, "mass": float("nan")},
        {"heads": [1] * 5_000, "mass": True},
    ],
)
def test_what_makes_no_sense_counts_as_the_beginning(message):
    assert drawn_of(message) == Drawn()
