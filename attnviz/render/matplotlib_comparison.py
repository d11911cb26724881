"""Two attention maps and their difference, as one matplotlib figure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from attnviz.render.matplotlib_colours import HATCH, MASKED, PAGE_COLOURS
from attnviz.render.matplotlib_layout import (
    LABEL_SIZE,
    axis_labels,
    label_step,
    new_figure,
    put_colour_bar,
    put_labels,
    put_title,
    side,
    widest,
)
from attnviz.render.matplotlib_text import text_properties
from attnviz.views.comparison import ComparisonView

DIFFERENCES = LinearSegmentedColormap.from_list("differences", ["#2154a0", "#ffffff", "#b04e00"])
"""Blue for less, orange for more, white for no difference: the browser's colours of a light page."""

_MASK = "////"
_GAP = "..."
_MOST = 12.0  # inches of one picture: three stand side by side


def comparison_figure(view: ComparisonView) -> Figure:
    """A and B on one scale of colours, B − A centred at zero; hatched cells may not attend, dotted ones are gaps."""
    queries, keys = view.first.shape
    width, height = min(side(keys), _MOST), min(side(queries), _MOST)
    rows, columns = axis_labels(view.queries.labels), axis_labels(view.keys.labels)
    upright = widest(columns) > width / keys
    figure = new_figure(
        3 * width + widest(rows) + 3.2,  # two colour bars
        max(height, 2.6) + (widest(columns) if upright else 0.2) + 1.9,  # titles, names of the axes, legend
    )
    first, second, difference = figure.subplots(1, 3, sharey=True)
    most = view.largest or 1.0
    drawn = []
    one, other = view.colours
    for axes, name, values, gaps, colours, limits in (
        (first, "A", one.shades, view.gaps[0], PAGE_COLOURS, (0.0, 1.0)),
        (second, "B", other.shades, view.gaps[1], PAGE_COLOURS, (0.0, 1.0)),
        (difference, "B \N{MINUS SIGN} A", view.difference, view.gaps[2], DIFFERENCES, (-most, most)),
    ):
        axes.patch.set(facecolor=MASKED, edgecolor=HATCH, hatch=_MASK, linewidth=0)
        drawn.append(
            axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto", interpolation="nearest")
        )
        _draw_gaps(axes, gaps)
        axes.set_title(name, fontsize=11, fontweight="bold")
        put_labels(axes, "x", columns, step=label_step(keys, width), rotation=90 if upright else 0)
        axes.set_xlabel("Keys" if view.same_axis else f"Keys: {view.key_axis}", **text_properties())
        axes.tick_params(length=0)
    put_labels(first, "y", rows, step=label_step(queries, height))
    first.set_ylabel("Queries" if view.same_axis else f"Queries: {view.query_axis}", **text_properties())
    several = "; each cell is the largest of several" if view.pooled else ""
    scale = replace(one, note=f"one scale for both, {one.note}{several}")
    put_colour_bar(figure, drawn[0], [first, second], "Attention weight", "", scale)
    put_colour_bar(figure, drawn[2], difference, "Difference", "orange: B attends more")
    _legend(figure, view)
    put_title(figure, f"A: {view.titles[0]}    B: {view.titles[1]}", 3 * width + widest(rows) + 2.0)
    return figure


def _draw_gaps(axes: Axes, gaps: np.ndarray) -> None:
    """One patch for each whole row or column that a side has no token for."""
    queries, keys = gaps.shape
    style: dict[str, Any] = {"facecolor": "white", "edgecolor": HATCH, "hatch": _GAP, "linewidth": 0, "zorder": 2}
    for row in np.flatnonzero(gaps.all(axis=1)):
        axes.add_patch(Rectangle((-0.5, row - 0.5), keys, 1, **style))
    for column in np.flatnonzero(gaps.all(axis=0)):
        axes.add_patch(Rectangle((column - 0.5, -0.5), 1, queries, **style))


def _legend(figure: Figure, view: ComparisonView) -> None:
    entries: list[Patch] = []
    matrices: Sequence[np.ndarray] = (view.first, view.second)
    if any((np.isnan(cells) & ~gap).any() for cells, gap in zip(matrices, view.gaps[:2], strict=True)):
        entries.append(Patch(facecolor=MASKED, edgecolor=HATCH, hatch=_MASK, linewidth=0, label="may not attend"))
    if view.gaps[2].any():
        entries.append(Patch(facecolor="white", edgecolor=HATCH, hatch=_GAP, linewidth=0, label="no such token"))
    if entries:
        figure.legend(handles=entries, loc="outside lower left", ncols=2, frameon=False, fontsize=LABEL_SIZE)
