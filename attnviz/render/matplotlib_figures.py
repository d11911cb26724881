"""Views as matplotlib figures, for papers and slides: no pyplot, whose state all threads would share."""

from collections.abc import Sequence
from functools import singledispatch
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from attnviz.render.matplotlib_document import WIDTH as DOCUMENT_WIDTH
from attnviz.render.matplotlib_document import document_layout, draw_document
from attnviz.render.matplotlib_image import draw_image
from attnviz.render.matplotlib_text import flow, readable_on, text_properties, token_width
from attnviz.views.document import DocumentView
from attnviz.views.image import ImageView
from attnviz.views.labels import shortened
from attnviz.views.matrix import MatrixView
from attnviz.views.probability import ProbabilityView
from attnviz.views.series import SeriesView
from attnviz.views.token_strip import TokenStripView

LONGEST_AXIS_LABEL = 24
MOST_LINES = 4
"""A series with more features than this is drawn as a picture of its values, not as lines."""

COLOURS = "viridis"
_CELL = 0.26  # inches: room for a label of one line
_SMALLEST, _LARGEST = 2.2, 24.0  # inches: sides of the matrix
_PICTURE = 4.0  # inches: the longer side of a picture
_LABEL_SIZE = 9  # points
_CHARACTER = 0.085  # inches: mean width of a character of a label
_LINE = 0.36  # inches: height of a line of a token strip
_STRIP_WIDTH = 8.0  # inches


@singledispatch
def to_matplotlib(view: Any) -> Figure:
    """The view as a matplotlib figure. `figure_bytes` writes it to a file; a notebook shows it.

    Args:
        view: A `MatrixView`, `TokenStripView`, `DocumentView`, `SeriesView`, `ImageView` or `ProbabilityView`.

    Returns:
        A figure that no pyplot manages, as large as its labels need.

    Raises:
        TypeError: If there is no matplotlib figure for this kind of view.
    """
    raise TypeError(f"There is no matplotlib figure for a {type(view).__name__}.")


@to_matplotlib.register
def _(view: MatrixView) -> Figure:
    queries, keys = view.values.shape
    width, height = _side(keys), _side(queries)
    rows, columns = _labels(view.query_labels), _labels(view.key_labels)
    upright = _widest(columns) > width / keys
    figure = _figure(
        width + _widest(rows) + 1.9,  # the colour bar and the name of the axis
        height + (_widest(columns) if upright else 0.2) + 1.2,  # the title and the name of the axis
    )
    axes = figure.subplots()
    image = axes.matshow(
        view.values, cmap=COLOURS, vmin=view.limits[0], vmax=view.limits[1], aspect="auto", interpolation="nearest"
    )
    _put_labels(axes, "x", columns, step=_step(keys, width), rotation=90 if upright else 0)
    _put_labels(axes, "y", rows, step=_step(queries, height))
    axes.set_xlabel(view.key_title, **text_properties())
    axes.set_ylabel(view.query_title, **text_properties())
    axes.xaxis.set_label_position("top")
    axes.tick_params(bottom=False)
    _colour_bar(figure, image, axes, "Attention weight", view.scale_note)
    _title(figure, view.title, width + _widest(rows) + 1.5)
    return figure


@to_matplotlib.register
def _(view: TokenStripView) -> Figure:
    tokens = [shortened(token, 60) for token in view.tokens]
    places, lines = flow(tokens, _STRIP_WIDTH)
    figure = _figure(_STRIP_WIDTH + 0.3, lines * _LINE + 1.3)
    axes = figure.subplots()
    axes.set_xlim(0, _STRIP_WIDTH)
    axes.set_ylim(lines * _LINE, 0)
    axes.set_axis_off()
    colours = ScalarMappable(Normalize(*view.limits), COLOURS)
    shades = colours.to_rgba(view.values)
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
    _colour_bar(figure, colours, axes, "Attention", view.scale_note, location="bottom", shrink=0.4, anchor=(0.0, 0.0))
    _title(figure, view.title, _STRIP_WIDTH)
    return figure


@to_matplotlib.register
def _(view: SeriesView) -> Figure:
    return _lines(view) if len(view.feature_names) <= MOST_LINES else _picture(view)


@to_matplotlib.register
def _(view: ImageView) -> Figure:
    rows, columns = view.light.shape[:2]
    width, height = (_PICTURE * side / max(rows, columns) for side in (columns, rows))
    figure = _figure(max(width, _SMALLEST) + 1.4, height + 1.0 + 0.25 * len(view.outside))
    axes = figure.subplots()
    colours = draw_image(axes, view)
    below = "\n".join(f"{name}: {value:.3f}" for name, value in view.outside)
    axes.text(0, -0.02, below, transform=axes.transAxes, va="top", fontsize=_LABEL_SIZE, **text_properties())
    _colour_bar(figure, colours, axes, "Attention", view.scale_note)
    _title(figure, view.title, max(width, _SMALLEST) + 1.0)
    return figure


@to_matplotlib.register
def _(view: DocumentView) -> Figure:
    layout = document_layout(view)
    figure = _figure(DOCUMENT_WIDTH + 0.3, layout.height + 1.9)
    axes = figure.subplots()
    grounds, shades = draw_document(axes, view, layout)
    for colours, title, note in ((shades, "Word", view.word_note), (grounds, "Sentence", view.scale_note)):
        _colour_bar(figure, colours, axes, title, note, location="bottom", shrink=0.4, anchor=(0.0, 0.0), aspect=40)
    _title(figure, view.title, DOCUMENT_WIDTH)
    return figure


@to_matplotlib.register
def _(view: ProbabilityView) -> Figure:
    names = _labels(view.classes)
    figure = _figure(5.0 + _widest(names), 0.9 + 0.32 * len(names))
    axes = figure.subplots()
    colours = ["tab:blue" if place == view.predicted else "lightsteelblue" for place in range(len(names))]
    bars = axes.barh(range(len(names)), view.probabilities, color=colours)
    axes.bar_label(bars, [f"{value:.1%}" for value in view.probabilities], padding=3, **text_properties())
    axes.set_xlim(0, 1.12)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    _put_labels(axes, "y", names)
    _title(figure, view.title, 5.0)
    return figure


def _lines(view: SeriesView) -> Figure:
    steps = len(view.step_labels)
    labels = _labels(view.step_labels)
    width = min(max(7.0, steps * _CELL), _LARGEST)
    upright = _widest(labels) > width / steps
    figure = _figure(width + 1.4, 4.4 + (_widest(labels) if upright else 0.2))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[6, 1])
    drawn = [
        above.plot(range(steps), view.values[:, feature], marker="o" if steps <= 60 else None, markersize=3)[0]
        for feature in range(len(view.feature_names))
    ]
    above.tick_params(bottom=False)
    legend = figure.legend(drawn, _labels(view.feature_names), loc="outside upper right", ncols=4, frameon=False)
    for one in legend.get_texts():
        one.set(**text_properties())
    image = below.imshow(view.attention[None], **_strip_style(view))
    below.set_yticks([])
    _put_labels(below, "x", labels, step=_step(steps, width), rotation=90 if upright else 0)
    _colour_bar(figure, image, [above, below], "Attention", view.scale_note)
    _title(figure, view.title, width)
    return figure


def _picture(view: SeriesView) -> Figure:
    """Steps down and features across, as a picture is read, with the attention to each step at its right."""
    steps, features = view.values.shape
    rows, columns = _labels(view.step_labels), _labels(view.feature_names)
    width, height = _side(features), _side(steps)
    figure = _figure(1.25 * width + _widest(rows) + 1.9, height + _widest(columns) + 0.9)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[8, 1])
    left.imshow(view.values, cmap="Greys", aspect="auto", interpolation="nearest")
    _put_labels(left, "x", columns, step=_step(features, width), rotation=90)
    _put_labels(left, "y", rows, step=_step(steps, height))
    image = right.imshow(view.attention[:, None], **_strip_style(view))
    right.set_xticks([])
    right.tick_params(left=False, labelleft=False)
    _colour_bar(figure, image, right, "Attention", view.scale_note, fraction=0.6)
    _title(figure, view.title, width + 1.0)
    return figure


def _strip_style(view: SeriesView) -> dict[str, Any]:
    low, high = view.limits
    return {"cmap": COLOURS, "vmin": low, "vmax": high, "aspect": "auto", "interpolation": "nearest"}


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _side(cells: int) -> float:
    """Inches of a matrix with so many rows or columns."""
    return float(np.clip(cells * _CELL, _SMALLEST, _LARGEST))


def _labels(labels: Sequence[str]) -> list[str]:
    return [shortened(label, LONGEST_AXIS_LABEL) for label in labels]


def _widest(labels: Sequence[str]) -> float:
    """Inches that the longest label takes, about."""
    return _CHARACTER * max((len(label) for label in labels), default=0) + 0.1


def _step(cells: int, side: float) -> int:
    """Label every n-th cell, so that labels do not overlap."""
    return max(1, int(np.ceil(cells * 0.16 / side)))


def _put_labels(axes: Axes, axis: str, labels: Sequence[str], *, step: int = 1, rotation: float = 0) -> None:
    places = range(0, len(labels), step)
    put = axes.set_xticks if axis == "x" else axes.set_yticks
    put(places, [labels[place] for place in places], rotation=rotation, fontsize=_LABEL_SIZE, **text_properties())


def _title(figure: Figure, title: str, width: float) -> None:
    figure.suptitle(fill(title, max(24, int(width / 0.09))), x=0.02, ha="left", fontsize=11, **text_properties())


def _colour_bar(figure: Figure, image: ScalarMappable, axes: Any, title: str, note: str, **place: Any) -> None:
    bar = figure.colorbar(image, ax=axes, label=f"{title} ({note})", **place)
    bar.outline.set_visible(False)
