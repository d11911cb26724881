import string

import pytest

from attnviz.app.column_widths import WIDEST, width_of
from attnviz.app.model_list import _WIDEST

PHONE = 360


@pytest.mark.parametrize("name", ["sentiment_transformer", "reviews_hierarchical", "a_long_name_of_reviews_2026"])
def test_a_column_has_room_for_its_longest_name(name):
    assert width_of(("model", name)) >= 7 * len(name) + 16  # and what stands on both sides of the words
    assert width_of((name, "model")) == width_of((name,))


def test_a_name_as_long_as_a_person_likes_leaves_the_table_readable():
    assert width_of((string.ascii_letters * 9,)) == WIDEST
    assert width_of((string.ascii_letters,), widest=200) == 200
    assert _WIDEST < PHONE - 32 - 20  # a phone without the margins of the page and the column of the choice
