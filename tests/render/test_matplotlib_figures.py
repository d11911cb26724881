from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.heatmap import heatmap_view
from attnviz.views.matrix import MatrixView, matrix_view
from attnviz.views.probability import probability_view
from attnviz.views.series import series_view
from attnviz.views.text import text_view
from tests.views.captures import HEADS, TOKENS, capture_of, pooled, two_heads


def square(length, label="token"):
    return MatrixView(
        values=np.eye(length), query_labels=(label,) * length, key_labels=(label,) * length, title="Title"
    )


def texts(figure):
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")) if text.get_visible()]


def test_matrix_shows_the_values_of_the_view_between_its_limits():
    view = matrix_view(two_heads(), layer="attention", head=1, shared_scale=True)
    figure = to_matplotlib(view)
    axes, bar = figure.axes
    (image,) = axes.get_images()
    np.testing.assert_array_equal(image.get_array(), HEADS[1])
    assert image.get_clim() == (0.0, 1.0)
    assert image.get_cmap().name == "viridis"
    assert bar.get_ylabel() == "Attention weight\n(colours shared 0 to 1)"
    assert figure.get_suptitle() == view.title


def test_matrix_has_keys_across_the_top_and_the_first_query_first():
    axes = to_matplotlib(matrix_view(two_heads(), layer="attention", head=1)).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(TOKENS)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(TOKENS)
    assert axes.yaxis_inverted()
    assert axes.xaxis.get_label_position() == "top"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Key", "Query")


def test_forbidden_cells_are_blank():
    view = MatrixView(values=[[1.0, np.nan], [0.5, 0.5]], query_labels=("a", "b"), key_labels=("a", "b"))
    assert to_matplotlib(view).axes[0].get_images()[0].get_array().mask.tolist() == [[False, True], [False, False]]


def test_the_figure_grows_with_its_tokens_up_to_a_limit():
    widths = [to_matplotlib(square(length)).get_size_inches()[0] for length in (2, 8, 30, 90, 120, 200)]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[1]
    assert widths[-1] == widths[-2] < 30


@pytest.mark.parametrize("length", [1, 2, 8, 30, 200])
def test_labels_do_not_overlap_and_nothing_is_clipped(length):
    figure = to_matplotlib(square(length, label="extraordinary"))
    figure.draw_without_rendering()
    page = figure.bbox
    axes = figure.axes[0]
    for labels, near, far in ((axes.get_xticklabels(), "x0", "x1"), (axes.get_yticklabels(), "y0", "y1")):
        boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: getattr(box, near))
        for first, second in pairwise(boxes):
            assert getattr(first, far) <= getattr(second, near) + 1
        for box in boxes:
            assert page.x0 <= box.x0 < box.x1 <= page.x1
            assert page.y0 <= box.y0 < box.y1 <= page.y1
    title = figure._suptitle.get_window_extent()
    assert page.x0 <= title.x0 < title.x1 <= page.x1
    assert title.y1 <= page.y1


@pytest.mark.parametrize("scale", ["linear", "log", "rank"])
@pytest.mark.parametrize(
    "make", [heatmap_view, text_view, partial(series_view, values=np.eye(4), feature_names="abcd")]
)
def test_what_the_colours_stand_for_is_said_inside_the_picture(make, scale):
    figure = to_matplotlib(make(two_heads(), layer="attention", head=0, query=2, scale=scale))
    figure.draw_without_rendering()
    bar = figure.axes[-1]
    (label,) = (one for one in (bar.xaxis.label, bar.yaxis.label) if one.get_text())
    box = label.get_window_extent()
    assert label.get_text().startswith("Attention")
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_dollars_are_text_and_no_formula():
    figure = to_matplotlib(square(2, label=r"$\frac{x$"))
    assert r"$\frac{x$" in texts(figure)  # a broken formula raises when it is parsed


def test_long_labels_are_shortened():
    assert "x" * 23 + "…" in texts(to_matplotlib(square(2, label="x" * 1_000)))


def test_strip_shows_every_token_readably_on_its_colour():
    view = text_view(two_heads(), layer="attention", head=0, query=2)  # weights 0, 1, 0, 0
    axes = to_matplotlib(view).axes[0]
    assert [text.get_text() for text in axes.texts] == list(TOKENS)
    assert [patch.get_facecolor()[:3] for patch in axes.patches] == [
        pytest.approx(to_rgba(colour)[:3], abs=0.01) for colour in ("#fffdea", "#440154", "#fffdea", "#fffdea")
    ]
    assert [text.get_color() for text in axes.texts] == ["black", "white", "black", "black"]
    assert [patch.get_linewidth() > 0 for patch in axes.patches] == [False, False, True, False]


def test_a_long_strip_goes_on_in_the_next_line():
    labels = ["extraordinary"] * 40
    view = text_view(capture_of(np.eye(40)[None], labels=labels), layer="attention", head=0)
    axes = to_matplotlib(view).axes[0]
    places = [text.get_position() for text in axes.texts]
    assert len({line for _, line in places}) > 1
    assert all(0 < across < axes.get_xlim()[1] for across, _ in places)


def test_series_lines_share_their_axis_with_the_strip():
    values = np.arange(8.0).reshape(4, 2)
    view = series_view(two_heads(), values, ("_x", "$y$"), layer="attention", head=0, query=0)
    figure = to_matplotlib(view)
    above, below = figure.axes[:2]
    np.testing.assert_array_equal([line.get_ydata() for line in above.lines], values.T)
    np.testing.assert_array_equal(below.get_images()[0].get_array(), [HEADS[0, 0]])
    assert above.get_shared_x_axes().joined(above, below)
    assert {"_x", "$y$"} <= set(texts(figure))


def test_series_of_many_features_is_a_picture_beside_the_strip():
    values = np.arange(20.0).reshape(4, 5)
    figure = to_matplotlib(series_view(two_heads(), values, tuple("abcde"), layer="attention", head=0, query=0))
    left, right = figure.axes[:2]
    np.testing.assert_array_equal(left.get_images()[0].get_array(), values)
    np.testing.assert_array_equal(right.get_images()[0].get_array(), HEADS[0, 0][:, None])
    assert left.get_shared_y_axes().joined(left, right)


def test_probabilities_are_written_on_their_bars():
    figure = to_matplotlib(probability_view(("no", "yes"), [0.25, 0.75]))
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.25, 0.75]
    assert {"no", "yes", "25.0%", "75.0%"} <= set(texts(figure))


def test_pooling_attention_is_one_row():
    axes = to_matplotlib(matrix_view(pooled(), layer="pooling", head=0)).axes[0]
    assert axes.get_images()[0].get_array().shape == (1, 3)
    assert axes.get_ylabel() == "Query (pooled)"


def test_pyplot_knows_nothing_of_the_figures():
    before = pyplot.get_fignums()
    assert isinstance(to_matplotlib(square(2)), Figure)
    assert pyplot.get_fignums() == before


def test_another_kind_of_view_is_refused():
    with pytest.raises(TypeError, match="no matplotlib figure for a list"):
        to_matplotlib([[1.0]])
