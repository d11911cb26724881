"""A comparison for print: the view's numbers, gaps and masks told apart, names as text."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_comparison import DIFFERENCES
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.comparison import Side, comparison_view
from tests.views.captures import capture_of

MASKED = capture_of([[[1.0, 0.0], [0.5, 0.5]]], labels=("$a$", "b"), mask=[[True, False], [True, True]])
LONGER = capture_of([[[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.5, 0.25]]], labels=("$a$", "<new>", "b"))


@pytest.fixture(scope="module")
def view():
    return comparison_view(
        Side(capture=MASKED, layer="attention", head=0), Side(capture=LONGER, layer="attention", head=0)
    )


def test_three_pictures_hold_the_views_numbers(view):
    pictures = [axes.images[0] for axes in to_matplotlib(view).axes if axes.images]
    for picture, values in zip(pictures, (view.first, view.second, view.difference), strict=True):
        np.testing.assert_array_equal(np.ma.filled(picture.get_array(), np.nan), values)
    assert [picture.get_clim() for picture in pictures] == [(0.0, 1.0), (0.0, 1.0), (-0.5, 0.5)]


def test_no_difference_is_white_and_the_ends_are_alike():
    np.testing.assert_allclose(DIFFERENCES(0.5)[:3], (1, 1, 1), atol=0.01)
    less, more = (np.dot(DIFFERENCES(end)[:3], [0.3, 0.6, 0.1]) for end in (0.0, 1.0))
    assert abs(less - more) < 0.1


def test_gaps_lie_on_the_tokens_that_a_side_has_not(view):
    pictures = [axes for axes in to_matplotlib(view).axes if axes.images]
    gaps = [[patch for patch in axes.patches if isinstance(patch, Rectangle)] for axes in pictures]
    assert [len(one) for one in gaps] == [2, 0, 2]
    assert [patch.get_xy() for patch in gaps[0]] == [(-0.5, 0.5), (0.5, -0.5)]


def test_the_legend_names_gaps_and_masks(view):
    (legend,) = to_matplotlib(view).legends
    assert [text.get_text() for text in legend.get_texts()] == ["may not attend", "no such token"]
    same = comparison_view(*(Side(capture=LONGER, layer="attention", head=0) for _ in range(2)))
    assert to_matplotlib(same).legends == []


def test_tokens_and_titles_stay_text(view):
    svg = figure_bytes(to_matplotlib(view), "svg").decode()
    for text in ("$a$", "&lt;new&gt;", "A: toy, layer attention"):
        assert text in svg
    assert figure_bytes(to_matplotlib(view), "png")[:4] == b"\x89PNG"
