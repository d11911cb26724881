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
        ({"maximum_length": "9"}, "must be a whole number of at least 1. Received: '9'"),
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
        ({"scale": 0.0}, "`scale` not 0. Received: offset=0.0, scale=0.0"),
        ({"offset": float("nan")}, "must be finite"),
    ],
)
def test_impossible_numeric_input(fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        NumericSpecification(**{"name": "days", "features": ("a",), **fields})
