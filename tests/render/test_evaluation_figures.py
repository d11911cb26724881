"""Figures of an evaluation, on the page and for print: the numbers of their views, every name as text."""

import numpy as np
import plotly.graph_objects as go
import pytest

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.render.plotly_figures import in_text_colour, to_plotly
from attnviz.render.readable import readable_on
from attnviz.views.bars import bars_view
from attnviz.views.calibration import calibration_view
from attnviz.views.confusion import confusion_view
from attnviz.views.curve import curve_line, precision_recall_view, roc_view
from attnviz.views.histogram import histogram_view
from attnviz.views.intervals import differences_view
from attnviz.views.residual import residual_view

HOSTILE = "<b>$x$</b> %{y}"
LINES = [curve_line(HOSTILE, [0, 0.5, 1], [0, 0.9, 1], 0.7), curve_line("_ham", [0, 1], [0, 1], 0.5)]
VIEWS = {
    "confusion": confusion_view([HOSTILE, "ham"], [[40, 10], [0, 0]]),
    "roc": roc_view(LINES),
    "precision and recall": precision_recall_view(LINES),
    "calibration": calibration_view([0.6, 0.9], [0.5, 0.95], [10, 40], 0.06),
    "residuals": residual_view([1.0, 2.0], [1.5, 1.0], target=HOSTILE),
    "histogram": histogram_view([1, 1, 2], x_title=HOSTILE, title="Lengths"),
    "bars": bars_view([HOSTILE, "ham"], [3, 1], title="Rows"),
    "differences": differences_view(
        [HOSTILE, "ham"],
        [0.5, -0.1],
        [0.2, -0.4],
        [0.8, 0.2],
        [True, False],
        x_title="nats",
        title="Entropy",
        marked_means="differs",
        others_mean="no difference found",
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_plotly_accepts_every_property(name):
    figure = to_plotly(VIEWS[name])
    in_text_colour(figure, "#123456")
    go.Figure(figure.to_dict())  # the figures are built unchecked, for speed
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.height > 0
    assert figure.layout.title.text


@pytest.mark.parametrize("name", VIEWS)
def test_names_are_text_and_no_markup(name):
    figure = to_plotly(VIEWS[name])
    assert "<b>$x$" not in figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    svg = figure_bytes(to_matplotlib(VIEWS[name]), "svg").decode()
    assert "<b>" not in svg
    if name not in ("calibration", "precision and recall"):
        assert "$x$" in svg


@pytest.mark.parametrize("name", VIEWS)
def test_matplotlib_makes_the_same_picture_twice(name):
    first, second = (figure_bytes(to_matplotlib(VIEWS[name]), "png") for _ in range(2))
    assert first[:4] == b"\x89PNG"
    assert first == second


def test_every_cell_of_a_confusion_can_be_clicked_and_says_where_it_is():
    cells, counts = to_plotly(VIEWS["confusion"]).data
    assert [(one[0], one[1]) for one in cells.customdata] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    # Bars that fill the unit squares: truth down, prediction across.
    assert list(cells.x) == list(counts.x) == [0, 1, 0, 1]
    assert list(cells.base) == [-0.5, -0.5, 0.5, 0.5]
    assert list(counts.text) == ["40", "10", "0", "0"]
    assert [one[4] for one in cells.customdata] == ["(80.0% of this truth)", "(20.0% of this truth)", "", ""]
    assert len(set(cells.marker.color)) == 3  # the class without an example has no share, and a grey row


def test_counts_can_be_read_on_their_cells():
    for level in range(256):
        ground = np.full(3, level / 255)
        ink = 0.0 if readable_on(ground) == "black" else 1.0
        linear = ground[0] / 12.92 if ground[0] <= 0.04045 else ((ground[0] + 0.055) / 1.055) ** 2.4
        lighter, darker = max(ink, linear), min(ink, linear)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_a_confusion_of_many_classes_has_no_room_for_counts():
    view = confusion_view([str(one) for one in range(20)], np.eye(20))
    assert len(to_plotly(view).data) == 1
    (axes,) = to_matplotlib(view).axes
    assert not axes.texts
    np.testing.assert_array_equal(axes.images[0].get_array().data, view.shares)


def test_curves_are_told_apart_without_colour_and_named_with_their_areas():
    figure = to_plotly(VIEWS["roc"])
    assert len({trace.line.dash for trace in figure.data}) == 3
    assert figure.data[1].name == "_ham, area 0.500"
    assert figure.data[2].name == "guessing"
    np.testing.assert_allclose(figure.data[0].y, LINES[0].y)
    (axes,) = to_matplotlib(VIEWS["roc"]).axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), LINES[0].y)
    (legend,) = to_matplotlib(VIEWS["roc"]).legends
    assert [one.get_text().strip("\u200b") for one in legend.get_texts()][1:] == ["_ham, area 0.500", "guessing"]


def test_calibration_and_residuals_hold_their_numbers():
    points = to_plotly(VIEWS["calibration"]).data[0]
    np.testing.assert_allclose(points.y, [0.5, 0.95])
    assert points.marker.size[1] > points.marker.size[0]
    residuals = to_plotly(VIEWS["residuals"]).data[0]
    np.testing.assert_allclose(residuals.y, [-0.5, 1.0])
    np.testing.assert_array_equal(residuals.customdata, [0, 1])
    (axes,) = to_matplotlib(VIEWS["residuals"]).axes
    np.testing.assert_allclose(axes.collections[0].get_offsets(), [[1.0, -0.5], [2.0, 1.0]])


def test_bars_bins_and_intervals_hold_their_numbers():
    bars = to_plotly(VIEWS["bars"])
    np.testing.assert_array_equal(bars.data[0].x, [3, 1])
    assert list(bars.layout.yaxis.ticktext)[1] == "ham"
    histogram = to_plotly(VIEWS["histogram"]).data[0]
    np.testing.assert_array_equal(histogram.x, [1, 2])
    np.testing.assert_array_equal(histogram.y, [2, 1])
    marked, others = to_plotly(VIEWS["differences"]).data
    np.testing.assert_allclose([*marked.error_x.array, *marked.error_x.arrayminus], [0.3, 0.3], rtol=1e-6)
    assert (marked.name, others.name) == ("differs", "no difference found")
    assert marked.marker.symbol != others.marker.symbol
    (axes,) = to_matplotlib(VIEWS["bars"]).axes
    assert [bar.get_width() for bar in axes.patches] == [3, 1]
