import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.views.series import SeriesView, series_view
from tests.views.captures import HEADS, TOKENS, padded, two_heads

VALUES = np.arange(8, dtype=np.float32).reshape(4, 2)


def test_steps_keep_their_values_and_get_their_attention():
    view = series_view(two_heads(), VALUES, ("x", "y"), layer="attention", head=1, query=2)
    np.testing.assert_array_equal(view.values, VALUES)
    np.testing.assert_array_equal(view.attention, HEADS[1, 2])
    assert (view.step_labels, view.feature_names) == (TOKENS, ("x", "y"))
    assert view.limits == (0.0, pytest.approx(0.3))
    assert view.title == "Attention from 'saw', layer attention, head 2"


def test_values_may_come_with_the_padding():
    with_padding = np.full((7, 2), -1, np.float32)
    with_padding[1:5] = VALUES
    capture = padded(1, 2)
    for values in (with_padding, VALUES):
        view = series_view(capture, values, ("x", "y"), layer="attention", head=0)
        np.testing.assert_array_equal(view.values, VALUES)


@pytest.mark.parametrize("values", [VALUES[:3], VALUES[:, 0]])
def test_values_of_another_length_are_refused(values):
    with pytest.raises(ShapeError, match="with the 4 steps that layer 'attention' attends to"):
        series_view(two_heads(), values, ("x", "y"), layer="attention", head=0)


def test_names_must_fit_the_features():
    with pytest.raises(ShapeError, match=r"\[step, feature\] = \(4, 1\)"):
        series_view(two_heads(), VALUES, ("x",), layer="attention", head=0)
    with pytest.raises(ShapeError, match="one entry for each of its 1 steps"):
        SeriesView(values=np.zeros((1, 1)), step_labels=("a",), feature_names=("x",), attention=np.zeros(2))
