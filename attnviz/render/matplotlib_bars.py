"""Numbers beside names, in bins and with intervals, as matplotlib figures."""

import numpy as np
from matplotlib.figure import Figure

from attnviz.render.matplotlib_layout import LABEL_SIZE, axis_labels, new_figure, put_labels, put_title, widest
from attnviz.render.matplotlib_text import text_properties
from attnviz.views.bars import BarsView
from attnviz.views.histogram import HistogramView
from attnviz.views.intervals import IntervalsView

BAR, MARKED = "#2A788E", "#B5651D"
_PALE = "#8A949A"
_WIDTH = 4.4  # inches
_ROW = 0.26  # inches


def bars_figure(view: BarsView) -> Figure:
    """Bars from left to right, first one at the top, with their numbers at their ends."""
    names = axis_labels(view.names)
    figure = new_figure(_WIDTH + widest(names) + 0.8, 0.7 + _ROW * max(1, len(names)))
    axes = figure.subplots()
    rows = np.arange(len(names))
    bars = axes.barh(rows, view.values, color=BAR)
    axes.bar_label(bars, list(view.labels), padding=3, fontsize=LABEL_SIZE, **text_properties())
    axes.margins(x=0.12)
    axes.invert_yaxis()
    put_labels(axes, "y", names)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    put_title(figure, view.title, _WIDTH)
    return figure


def histogram_figure(view: HistogramView) -> Figure:
    """A bar a bin."""
    figure = new_figure(_WIDTH + 0.8, 2.6)
    axes = figure.subplots()
    axes.bar(view.edges[:-1], view.counts, width=np.diff(view.edges), align="edge", color=BAR, edgecolor="white")
    axes.set_xlabel(view.x_title, **text_properties())
    axes.spines[["top", "right"]].set_visible(False)
    put_title(figure, view.title, _WIDTH)
    return figure


def intervals_figure(view: IntervalsView) -> Figure:
    """A point with its interval a row, around zero."""
    names = axis_labels(view.names)
    figure = new_figure(_WIDTH + widest(names), 1.2 + 0.2 * max(1, len(names)))
    axes = figure.subplots()
    axes.axvline(0, color=_PALE, linewidth=1)
    for marked, colour, symbol in ((True, MARKED, "D"), (False, BAR, "o")):
        rows = np.flatnonzero(view.marked == marked)
        values = view.values[rows]
        away = np.clip(np.nan_to_num([values - view.lower[rows], view.upper[rows] - values]), 0, None)
        label = view.marked_means if marked and len(rows) else None
        axes.errorbar(values, rows, xerr=away, fmt=symbol, color=colour, markersize=4, capsize=2, label=label)
    axes.set_ylim(len(names) - 0.5, -0.5)
    put_labels(axes, "y", names)
    axes.set_xlabel(view.x_title, **text_properties())
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    if view.marked.any() and view.marked_means:
        figure.legend(loc="outside lower left", frameon=False, fontsize=LABEL_SIZE)
    put_title(figure, view.title, _WIDTH)
    return figure
