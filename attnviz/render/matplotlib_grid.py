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
from attnviz.views.arrangement import GridLine, arranged
from attnviz.views.colour_scale import LOG_DECADES
from attnviz.views.grid import GridView

_TILE = 0.7  # inches, where they all fit
_CAPTION = 0.3  # of a tile
_READABLE = 0.45  # inches: under a smaller tile no caption can be read
_FADED = 0.16  # what is not looked for, as on the page
_LEGEND: dict[str, Any] = {"location": "bottom", "shrink": 0.5, "aspect": 30, "pad": 0.02}


def grid_figure(view: GridView) -> Figure:
    """A thumbnail for each head, in the order, the colours and with the numbers of the view."""
    lines = arranged(view.rows, sort_by=view.sort_by, looked_for=view.looked_for, number=view.number)
    columns = max((len(line.tiles) for line in lines), default=1)
    captioned = bool(view.number or view.sort_by) or _has_parts(view, lines)
    height = 1 + (_CAPTION if captioned else 0)
    tile = min(_TILE, LARGEST / max(columns, len(lines) * height, 1))
    labels = axis_labels([line.title for line in lines])
    width = max(columns * tile + 0.09 * max(map(len, labels), default=0) + 1.3, 4.4)
    figure = new_figure(width, len(lines) * height * tile + 1.7)
    axes = figure.subplots()
    axes.set_xlim(-0.02, columns)
    axes.set_ylim(max(len(lines) * height, 1), -0.02)
    axes.set_aspect("equal")
    for edge in ("top", "bottom", "left", "right"):
        axes.spines[edge].set_visible(False)
    style = {"fontsize": LABEL_SIZE, **text_properties()}
    every = max(1, int(np.ceil(0.25 / tile)))  # numbers that overlap cannot be read
    heads = range(0, 0 if captioned else columns, every)
    axes.set_xticks([head + 0.46 for head in heads], labels=[str(head + 1) for head in heads], **style)
    axes.xaxis.tick_top()
    shown = range(0, len(lines), max(1, int(np.ceil(0.16 / tile))))
    axes.set_yticks([line * height + 0.46 for line in shown], labels=[labels[line] for line in shown], **style)
    axes.tick_params(length=0)
    for line, tiles in enumerate(lines):
        for column, one in enumerate(tiles.tiles):
            chosen = (one.row, one.head) == view.selected
            corner = (column, line * height)
            _tile(axes, view.shades(one.row, one.head), corner, opacity=1 if one.passes else _FADED, chosen=chosen)
            if captioned and tile >= _READABLE:
                _caption(axes, corner, one.name, one.number)
    colours = ScalarMappable(Normalize(0, 1), PAGE_COLOURS)
    bar = put_colour_bar(
        figure, colours, axes, "Weight" if view.pooling == "max" else "Mean weight", _note(view), **_LEGEND
    )
    bar.set_ticks([0, 0.5, 1], labels=_ends(view))
    put_title(figure, view.description or "Heads", width)
    return figure


def _has_parts(view: GridView, lines: tuple[GridLine, ...]) -> bool:
    return any(tile.name != str(tile.head + 1) for line in lines for tile in line.tiles)


def _note(view: GridView) -> str:
    if view.scale == "rank":
        return "colours by rank in each head"
    up_to = "0 to 1 for every head" if view.shared_scale else "share of each head's largest"
    return f"logarithmic over {LOG_DECADES} decades, {up_to}" if view.scale == "log" else up_to


def _ends(view: GridView) -> list[str]:
    if view.scale == "rank":
        return ["smallest", "middle", "largest"]
    middle = "1 %" if view.scale == "log" else "half"
    if view.shared_scale:
        return ["0.0001", "0.01", "1"] if view.scale == "log" else ["0", "0.5", "1"]
    return ["≤ 0.01 %" if view.scale == "log" else "0", middle, "largest"]


def _tile(axes: Axes, shades: np.ndarray, corner: tuple[float, float], *, opacity: float, chosen: bool) -> None:
    left, top = corner
    place = (left, left + 0.92, top + 0.92, top)
    axes.add_patch(Rectangle(corner, 0.92, 0.92, facecolor=MASKED, edgecolor="0.8", linewidth=0.4, alpha=opacity))
    style: dict[str, Any] = {"interpolation": "nearest", "aspect": "equal", "zorder": 2, "alpha": opacity}
    axes.imshow(shades, cmap=PAGE_COLOURS, vmin=0, vmax=1, extent=place, **style)
    if chosen:
        frame: dict[str, Any] = {"edgecolor": PINNED, "linewidth": 2, "clip_on": False, "zorder": 3}
        axes.add_patch(Rectangle((left - 0.03, top - 0.03), 0.98, 0.98, fill=False, **frame))


def _caption(axes: Axes, corner: tuple[float, float], name: str, number: str) -> None:
    left, top = corner
    style: dict[str, Any] = {"va": "top", "fontsize": 6.5, **text_properties()}
    axes.text(left, top + 0.95, name, ha="left", color="0.35", **style)
    if number:
        axes.text(left + 0.92, top + 0.95, number, ha="right", color="black", **style)
