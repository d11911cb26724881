import re

import pytest

from attnviz.errors import CardError
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification


def numeric(picture, **fields):
    names = tuple(f"pixel {number}" for number in range(1, 7))
    return NumericSpecification(**{"name": "rows", "features": names, "length": 4, "picture": picture, **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"white": 3, "black": 3}, "`white` and `black` of `picture` must be two numbers. Received twice: 3."),
        ({"white": "0"}, "`white` of `picture` must be a finite number. Received: '0'"),
        ({"channels": 2}, "must be 1 (grey) or 3 (red, green, blue). Received: 2."),
        ({"patch": (0, 2)}, "`patch` of `picture` must be at least 1 pixel high and wide. Received: [0, 2]."),
        ({"patch": 2}, "`patch` of `picture` must be a list of 2, each a whole number or null. Received: 2."),
        ({"margin": -1}, "`margin` of `picture` must not be negative. Received: -1."),
        ({"background": "grey"}, "must be one of white, black, or null. Received: 'grey'."),
    ],
)
def test_impossible_pictures(fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        PictureSpecification(**{"white": 0, "black": 16, **fields})


@pytest.mark.parametrize(
    ("picture", "fields", "message"),
    [
        ({}, {"length": None}, "`length` of input 'rows' must be given where there is a `picture`"),
        ({"channels": 3}, {"features": ("a", "b")}, "must name 3 numbers for each pixel of a row"),
        ({"patch": (2, 4)}, {}, "must divide the picture, which is 4 pixels high and 6 wide. Received: [2, 4]."),
        ({"patch": (2, 2), "channels": 3}, {"length": 3}, "which is 3 pixels high and 2 wide. Received: [2, 2]."),
        ({"margin": 2}, {}, "must leave room for the subject in a picture of 4 × 6 pixels. Received: 2."),
        ({}, {"maximum": 8}, "`picture.black` of input 'rows' must be from `minimum` to `maximum`. Received: 16."),
        ({}, {"minimum": 1}, "`picture.white` of input 'rows' must be from `minimum` to `maximum`. Received: 0."),
    ],
)
def test_a_picture_must_fit_the_numbers(picture, fields, message):
    with pytest.raises(CardError, match=re.escape(message)):
        numeric(PictureSpecification(white=0, black=16, **picture), **fields)


def test_a_picture_that_fits():
    specification = numeric(PictureSpecification(white=0, black=16, patch=[2, 3]), minimum=0, maximum=16)
    assert specification.picture.patch == (2, 3)
