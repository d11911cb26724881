"""A heatmap as the page shows it, as a matplotlib figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attnviz.render.matplotlib_colours import HATCH, MASKED, PAGE_COLOURS, PINNED
from attnviz.render.matplotlib_layout import (
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
from attnviz.views.heatmap import HeatmapView


def heatmap_figure(view: HeatmapView) -> Figure:
    """Queries down, keys across; cells that may not attend are hatched, and what is pinned is framed."""
    matrix = view.matrix
    queries, keys = matrix.values.shape
    width, height = side(keys), side(queries)
    rows, columns = axis_labels(matrix.query_labels), axis_labels(matrix.key_labels)
    upright = widest(columns) > width / keys
    figure = new_figure(
        width + widest(rows) + 1.9,  # the colour bar and the name of the axis
        max(height + (widest(columns) if upright else 0.2) + 1.2, 3.4),  # the title, the axis, the colour bar's name
    )
    axes = figure.subplots()
    axes.patch.set(facecolor=MASKED, edgecolor=HATCH, hatch="////", linewidth=0)
    image = axes.imshow(view.shades, cmap=PAGE_COLOURS, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.xaxis.tick_top()
    put_labels(axes, "x", columns, step=label_step(keys, width), rotation=90 if upright else 0)
    put_labels(axes, "y", rows, step=label_step(queries, height))
    axes.set_xlabel(matrix.key_title, **text_properties())
    axes.set_ylabel(matrix.query_title, **text_properties())
    axes.xaxis.set_label_position("top")
    _mark(axes, view)
    bar = put_colour_bar(figure, image, axes, "Attention weight", view.scale_note)
    bar.set_ticks([unit for unit, _ in view.ticks], labels=[text for _, text in view.ticks])
    put_title(figure, matrix.title, width + widest(rows) + 1.5)
    return figure


def _mark(axes: Axes, view: HeatmapView) -> None:
    queries, keys = view.shades.shape
    frames = []
    if view.query is not None:
        frames.append(((-0.5, view.query - 0.5), keys, 1))
    if view.key is not None:
        frames.append(((view.key - 0.5, -0.5), 1, queries))
    for corner, width, height in frames:
        for colour, line in (("white", 3.2), (PINNED, 1.8)):  # seen on the darkest cells too
            axes.add_patch(
                Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=line, clip_on=False, zorder=3)
            )
