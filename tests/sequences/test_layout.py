import pytest

from attnviz.errors import InputError
from attnviz.sequences.layout import Layout, layout_notice, layout_of
from attnviz.sequences.specification import NumericSpecification


def specification(features, length):
    return NumericSpecification(name="x", features=tuple("abcdefgh"[:features]), length=length, step="day")


@pytest.mark.parametrize(
    ("width", "features", "length", "layout"),
    [
        (8, 8, 8, Layout.STEPS),
        (64, 8, 8, Layout.SEQUENCES),
        (2, 2, None, Layout.STEPS),
        (2, 2, 1, Layout.SEQUENCES),
        (1, 1, None, Layout.STEPS),
        (1, 1, 5, Layout.STEPS),
        (5, 1, 5, Layout.SEQUENCES),
        (7, 1, None, Layout.SEQUENCES),
    ],
)
def test_the_width_decides(width, features, length, layout):
    assert layout_of(width, specification(features, length)) is layout


@pytest.mark.parametrize(
    ("features", "length", "expected"),
    [
        (2, None, r"Expected: 2 numbers a line \(each line one day of a single sequence\)\.$"),
        (2, 4, r"Expected: 2 numbers a line .*, or 8 a line \(each line a whole sequence\)\.$"),
    ],
)
def test_a_width_that_does_not_fit_is_refused(features, length, expected):
    with pytest.raises(InputError, match=rf"Lines of 3 numbers do not fit the model\. {expected}"):
        layout_of(3, specification(features, length))


def test_notices_say_what_was_assumed():
    days = specification(2, 4)
    assert layout_notice(Layout.STEPS, 4, days) == "All lines (4) were read as a single sequence, one day each."
    assert layout_notice(Layout.SEQUENCES, 4, days) == "Each line was read as a whole sequence, day by day."
