"""Views as matplotlib figures, for papers and slides: no pyplot, whose state all threads would share."""

from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from attnviz.render.matplotlib_bars import bars_figure, histogram_figure, intervals_figure
from attnviz.render.matplotlib_colours import PAGE_COLOURS
from attnviz.render.matplotlib_comparison import comparison_figure
from attnviz.render.matplotlib_document import WIDTH as DOCUMENT_WIDTH
from attnviz.render.matplotlib_document import document_layout, draw_document
from attnviz.render.matplotlib_evaluation import calibration_figure, confusion_figure, curve_figure, residual_figure
from attnviz.render.matplotlib_grid import grid_figure
from attnviz.render.matplotlib_heatmap import heatmap_figure
from attnviz.render.matplotlib_image import draw_image
from attnviz.render.matplotlib_layout import (
    CELL,
    LABEL_SIZE,
    LARGEST,
    SMALLEST,
    axis_labels,
    coloured,
    label_step,
    new_figure,
    put_colour_bar,
    put_labels,
    put_title,
    side,
    widest,
)
from attnviz.render.matplotlib_links import links_figure
from attnviz.render.matplotlib_neuron import neuron_figure
from attnviz.render.matplotlib_text import flow, text_properties, token_width
from attnviz.render.readable import readable_on
from attnviz.views.bars import BarsView
from attnviz.views.calibration import CalibrationView
from attnviz.views.comparison import ComparisonView
from attnviz.views.confusion import ConfusionView
from attnviz.views.curve import CurveView
from attnviz.views.document import DocumentView
from attnviz.views.grid import GridView
from attnviz.views.heatmap import HeatmapView
from attnviz.views.histogram import HistogramView
from attnviz.views.image import ImageView
from attnviz.views.intervals import IntervalsView
from attnviz.views.labels import shortened
from attnviz.views.links import LinksView
from attnviz.views.matrix import MatrixView
from attnviz.views.neuron import NeuronView
from attnviz.views.probability import ProbabilityView
from attnviz.views.residual import ResidualView
from attnviz.views.series import SeriesView
from attnviz.views.token_strip import TokenStripView

MOST_LINES = 4
"""A series with more features than this is drawn as a picture of its values, not as lines."""

COLOURS = "viridis"
"""Of a matrix, as papers draw it. Everything else has the colours of the page, `PAGE_COLOURS`."""

_PICTURE = 4.0  # inches: the longer side of a picture
_LINE = 0.36  # inches: height of a line of a token strip
_STRIP_WIDTH = 8.0  # inches


@singledispatch
def to_matplotlib(view: Any) -> Figure:
    """The view as a matplotlib figure. `figure_bytes` writes it to a file; a notebook shows it.

    Args:
        view: A `HeatmapView`, `GridView`, `LinksView`, `NeuronView`, `ComparisonView`, `MatrixView`,
            `TokenStripView`, `DocumentView`, `SeriesView`, `ImageView` or `ProbabilityView`; of an evaluation a
            `ConfusionView`, `CurveView`, `CalibrationView`, `ResidualView`, `BarsView`, `HistogramView` or
            `IntervalsView`.

    Returns:
        A figure that no pyplot manages, as large as its labels need.

    Raises:
        TypeError: If there is no matplotlib figure for this kind of view.
    """
    raise TypeError(f"There is no matplotlib figure for a {type(view).__name__}.")


to_matplotlib.register(HeatmapView, heatmap_figure)
to_matplotlib.register(GridView, grid_figure)
to_matplotlib.register(LinksView, links_figure)
to_matplotlib.register(NeuronView, neuron_figure)
to_matplotlib.register(ComparisonView, comparison_figure)
to_matplotlib.register(ConfusionView, confusion_figure)
to_matplotlib.register(CurveView, curve_figure)
to_matplotlib.register(CalibrationView, calibration_figure)
to_matplotlib.register(ResidualView, residual_figure)
to_matplotlib.register(BarsView, bars_figure)
to_matplotlib.register(HistogramView, histogram_figure)
to_matplotlib.register(IntervalsView, intervals_figure)


@to_matplotlib.register
def _(view: MatrixView) -> Figure:
    queries, keys = view.values.shape
    width, height = side(keys), side(queries)
    rows, columns = axis_labels(view.query_labels), axis_labels(view.key_labels)
    upright = widest(columns) > width / keys
    figure = new_figure(
        width + widest(rows) + 1.9,  # the colour bar and the name of the axis
        height + (widest(columns) if upright else 0.2) + 1.2,  # the title and the name of the axis
    )
    axes = figure.subplots()
    image = axes.matshow(
        view.values, cmap=COLOURS, vmin=view.limits[0], vmax=view.limits[1], aspect="auto", interpolation="nearest"
    )
    put_labels(axes, "x", columns, step=label_step(keys, width), rotation=90 if upright else 0)
    put_labels(axes, "y", rows, step=label_step(queries, height))
    axes.set_xlabel(view.key_title, **text_properties())
    axes.set_ylabel(view.query_title, **text_properties())
    axes.xaxis.set_label_position("top")
    axes.tick_params(bottom=False)
    put_colour_bar(figure, image, axes, "Attention weight", view.scale_note)
    put_title(figure, view.title, width + widest(rows) + 1.5)
    return figure


@to_matplotlib.register
def _(view: TokenStripView) -> Figure:
    tokens = [shortened(token, 60) for token in view.tokens]
    places, lines = flow(tokens, _STRIP_WIDTH)
    figure = new_figure(_STRIP_WIDTH + 0.3, lines * _LINE + 1.3)
    axes = figure.subplots()
    axes.set_xlim(0, _STRIP_WIDTH)
    axes.set_ylim(lines * _LINE, 0)
    axes.set_axis_off()
    colours, shown = coloured(view.values, view.limits, view.colouring, PAGE_COLOURS)
    shades = colours.to_rgba(shown)
    for position, (token, colour, (left, line)) in enumerate(zip(tokens, shades, places, strict=True)):
        width, top = token_width(token), line * _LINE
        chosen = position == view.selected
        axes.add_patch(
            FancyBboxPatch(
                (left + 0.03, top + 0.04),
                width - 0.06,
                _LINE - 0.08,
                boxstyle="round,pad=0,rounding_size=0.05",
                facecolor=colour,
                edgecolor="crimson" if chosen else "none",
                linewidth=2 if chosen else 0,
            )
        )
        axes.text(
            left + width / 2,
            top + _LINE / 2,
            token,
            ha="center",
            va="center",
            color=readable_on(colour),
            fontsize=10,
            **text_properties(),
        )
    put_colour_bar(
        figure,
        colours,
        axes,
        "Attention",
        view.scale_note,
        view.colouring,
        location="bottom",
        shrink=0.4,
        anchor=(0.0, 0.0),
    )
    put_title(figure, view.title, _STRIP_WIDTH)
    return figure


@to_matplotlib.register
def _(view: SeriesView) -> Figure:
    return _lines(view) if len(view.feature_names) <= MOST_LINES else _picture(view)


@to_matplotlib.register
def _(view: ImageView) -> Figure:
    rows, columns = view.light.shape[:2]
    width, height = (_PICTURE * side / max(rows, columns) for side in (columns, rows))
    figure = new_figure(max(width, SMALLEST) + 1.4, height + 1.0 + 0.25 * len(view.outside))
    axes = figure.subplots()
    colours = draw_image(axes, view)
    below = "\n".join(f"{name}: {value:.3f}" for name, value in view.outside)
    axes.text(0, -0.02, below, transform=axes.transAxes, va="top", fontsize=LABEL_SIZE, **text_properties())
    put_colour_bar(figure, colours, axes, "Attention", view.scale_note, view.colouring)
    put_title(figure, view.title, max(width, SMALLEST) + 1.0)
    return figure


@to_matplotlib.register
def _(view: DocumentView) -> Figure:
    layout = document_layout(view)
    figure = new_figure(DOCUMENT_WIDTH + 0.3, layout.height + 1.9)
    axes = figure.subplots()
    grounds, shades = draw_document(axes, view, layout)
    below: dict[str, Any] = {"location": "bottom", "shrink": 0.4, "anchor": (0.0, 0.0), "aspect": 40}
    put_colour_bar(figure, shades, axes, "Word", view.word_note, **below)
    put_colour_bar(figure, grounds, axes, "Sentence", view.scale_note, view.colouring, **below)
    put_title(figure, view.title, DOCUMENT_WIDTH)
    return figure


@to_matplotlib.register
def _(view: ProbabilityView) -> Figure:
    names = axis_labels(view.classes)
    figure = new_figure(5.0 + widest(names), 0.9 + 0.32 * len(names))
    axes = figure.subplots()
    colours = ["tab:blue" if place == view.predicted else "lightsteelblue" for place in range(len(names))]
    bars = axes.barh(range(len(names)), view.probabilities, color=colours)
    axes.bar_label(bars, [f"{value:.1%}" for value in view.probabilities], padding=3, **text_properties())
    axes.set_xlim(0, 1.12)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    put_labels(axes, "y", names)
    put_title(figure, view.title, 5.0)
    return figure


def _lines(view: SeriesView) -> Figure:
    steps = len(view.step_labels)
    labels = axis_labels(view.step_labels)
    width = min(max(7.0, steps * CELL), LARGEST)
    upright = widest(labels) > width / steps
    figure = new_figure(width + 1.4, 4.4 + (widest(labels) if upright else 0.2))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[6, 1])
    drawn = [
        above.plot(range(steps), view.values[:, feature], marker="o" if steps <= 60 else None, markersize=3)[0]
        for feature in range(len(view.feature_names))
    ]
    above.tick_params(bottom=False)
    legend = figure.legend(drawn, axis_labels(view.feature_names), loc="outside upper right", ncols=4, frameon=False)
    for one in legend.get_texts():
        one.set(**text_properties())
    image = below.imshow(_strip(view)[None], **_strip_style(view))
    below.set_yticks([])
    put_labels(below, "x", labels, step=label_step(steps, width), rotation=90 if upright else 0)
    put_colour_bar(figure, image, [above, below], "Attention", view.scale_note, view.colouring)
    put_title(figure, view.title, width)
    return figure


def _picture(view: SeriesView) -> Figure:
    """Steps down and features across, as a picture is read, with the attention to each step at its right."""
    steps, features = view.values.shape
    rows, columns = axis_labels(view.step_labels), axis_labels(view.feature_names)
    width, height = side(features), side(steps)
    figure = new_figure(1.25 * width + widest(rows) + 1.9, height + widest(columns) + 0.9)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[8, 1])
    left.imshow(view.values, cmap="Greys", aspect="auto", interpolation="nearest")
    put_labels(left, "x", columns, step=label_step(features, width), rotation=90)
    put_labels(left, "y", rows, step=label_step(steps, height))
    image = right.imshow(_strip(view)[:, None], **_strip_style(view))
    right.set_xticks([])
    right.tick_params(left=False, labelleft=False)
    put_colour_bar(figure, image, right, "Attention", view.scale_note, view.colouring, fraction=0.6)
    put_title(figure, view.title, width + 1.0)
    return figure


def _strip(view: SeriesView) -> np.ndarray:
    return view.attention if view.colouring is None else view.colouring.shades


def _strip_style(view: SeriesView) -> dict[str, Any]:
    low, high = view.limits if view.colouring is None else (0.0, 1.0)
    return {"cmap": PAGE_COLOURS, "vmin": low, "vmax": high, "aspect": "auto", "interpolation": "nearest"}
