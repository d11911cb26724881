"""Every head of a run, small, as a matplotlib figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attnviz.render.matplotlib_colours import MASKED, PAGE_COLOURS, PINNED
from attnviz.render.matplotlib_layout import LABEL_SIZE, LARGEST, axis_labels, new_figure, put_colour_bar, put_title
from attnviz.render.matplotlib_text import text_properties
from attnviz.views.grid import GridView

_TILE = 0.7  # inches, where they all fit
_LEGEND: dict[str, Any] = {"location": "bottom", "shrink": 0.5, "aspect": 30, "pad": 0.02}


def grid_figure(view: GridView) -> Figure:
    """A row of thumbnails for each map, in its own colours up to the largest weight of each head."""
    columns = max((row.heads for row in view.rows), default=1)
    lines = len(view.rows)
    tile = min(_TILE, LARGEST / max(columns, lines, 1))
    labels = axis_labels([row.title for row in view.rows])
    width = max(columns * tile + 0.09 * max(map(len, labels), default=0) + 1.3, 4.4)
    figure = new_figure(width, lines * tile + 1.7)
    axes = figure.subplots()
    axes.set_xlim(-0.02, columns)
    axes.set_ylim(lines, -0.02)
    axes.set_aspect("equal")
    for edge in ("top", "bottom", "left", "right"):
        axes.spines[edge].set_visible(False)
    style = {"fontsize": LABEL_SIZE, **text_properties()}
    every = max(1, int(np.ceil(0.25 / tile)))  # numbers that overlap cannot be read
    heads = range(0, columns, every)
    axes.set_xticks([head + 0.46 for head in heads], labels=[str(head + 1) for head in heads], **style)
    axes.xaxis.tick_top()
    shown = range(0, lines, max(1, int(np.ceil(0.16 / tile))))
    axes.set_yticks([line + 0.46 for line in shown], labels=[labels[line] for line in shown], **style)
    axes.tick_params(length=0)
    for line, row in enumerate(view.rows):
        for head in range(row.heads):
            _tile(axes, row.largest[head], line, head)
    if view.selected is not None:
        line, head = view.selected
        frame: dict[str, Any] = {"edgecolor": PINNED, "linewidth": 2, "clip_on": False, "zorder": 3}
        axes.add_patch(Rectangle((head - 0.03, line - 0.03), 0.98, 0.98, fill=False, **frame))
    colours = ScalarMappable(Normalize(0, 1), PAGE_COLOURS)
    bar = put_colour_bar(figure, colours, axes, "Weight", "share of each head's largest", **_LEGEND)
    bar.set_ticks([0, 0.5, 1], labels=["0", "half", "largest"])
    put_title(figure, view.description or "Heads", width)
    return figure


def _tile(axes: Axes, cells: np.ndarray, line: int, head: int) -> None:
    largest = float(np.nanmax(cells, initial=0.0)) or 1.0
    place = (head, head + 0.92, line + 0.92, line)
    axes.add_patch(Rectangle((head, line), 0.92, 0.92, facecolor=MASKED, edgecolor="0.8", linewidth=0.4))
    style: dict[str, Any] = {"interpolation": "nearest", "aspect": "equal", "zorder": 2}
    axes.imshow(cells / largest, cmap=PAGE_COLOURS, vmin=0, vmax=1, extent=place, **style)
