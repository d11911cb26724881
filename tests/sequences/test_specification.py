import re

import pytest

from attnviz.errors import CardError
from attnviz.sequences.specification import NumericSpecification, TextSpecification


def test_ids_of_words_come_after_padding_and_unknown():
    specification = TextSpecification(name="tokens", vocabulary=("good", "bad"), maximum_length=3)
    assert specification.ids == {"good": 2, "bad": 3}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vocabulary": ("good", "bad", "good")}, "must hold each word once. Received twice: 'good'"),
        ({"maximum_length": 0}, "`maximum_length` of input 'tokens' must be a whole number of at least 1. Received: 0"),
        ({"maximum_length": "9"}, "`maximum_length` of input 'tokens' must be a whole number. Received: '9'"),
        ({"maximum_length": True}, "must be a whole number. Received: True"),
        ({"vocabulary": "good"}, "`vocabulary` of input 'tokens' must be a list of text. Received: 'good'"),
        ({"vocabulary": ("good", 5)}, "must be a list of text. Received: ('good', 5)"),
        ({"lowercase": "no"}, "`lowercase` of input 'tokens' must be true or false. Received: 'no'"),
        ({"name": None}, "`name` of input None must be text. Received: None"),
    ],
)
def test_impossible_text_input(fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        TextSpecification(**{"name": "tokens", "vocabulary": ("good",), "maximum_length": 9, **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": ()}, "must name at least one feature, each differently. Received: ()"),
        ({"features": ("a", "a")}, "each differently"),
        ({"length": 0}, "`length` of input 'days' must be a whole number of at least 1"),
        ({"maximum_length": -1}, "`maximum_length` of input 'days'"),
        ({"scale": 0.0}, "`scale` of input 'days' must not be 0. Received: 0.0"),
        ({"offset": float("nan")}, "`offset` of input 'days' must be a finite number. Received: nan"),
        ({"minimum": float("-inf")}, "`minimum` of input 'days' must be a finite number or null. Received: -inf"),
        ({"maximum": "9"}, "`maximum` of input 'days' must be a finite number or null. Received: '9'"),
        ({"scale": 10**400}, "`scale` of input 'days' must be a finite number. Received: 1000"),
        ({"features": (("a",),)}, "`features` of input 'days' must be a list of text"),
        ({"step": 5}, "`step` of input 'days' must be text. Received: 5"),
    ],
)
def test_impossible_numeric_input(fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        NumericSpecification(**{"name": "days", "features": ("a",), **fields})
