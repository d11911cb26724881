"""Links between queries and keys, as a matplotlib figure."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from attnviz.render.matplotlib_colours import HEADS
from attnviz.render.matplotlib_layout import LABEL_SIZE, LARGEST, axis_labels, label_step, new_figure, put_title, widest
from attnviz.render.matplotlib_text import text_properties
from attnviz.views.links import LinksView

MOST_VECTORS = 10_000
"""More lines than this are drawn as pixels in SVG and PDF too: such a file would take minutes to show."""

_ROW = 0.22  # inches
_LINES = 3.2  # inches between the two sides
_SPREAD = 0.12  # of a row: lines of several heads run side by side, as far as they may


def links_figure(view: LinksView) -> Figure:
    """Queries left, keys right, a line for each link: the stronger, the less transparent; one colour a head."""
    rows = max(len(view.query_labels), len(view.key_labels))
    left, right = axis_labels(view.query_labels), axis_labels(view.key_labels)
    height = min(max(rows * _ROW, 1.2), LARGEST)
    several = len(view.heads) > 1
    width = _LINES + widest(left) + widest(right) + (0.9 if several else 0.2)
    figure = new_figure(max(width, 4.4), height + 1.1)
    axes = figure.subplots()
    axes.set_xlim(0, 1)
    axes.set_ylim(rows, -0.2)
    for edge in ("top", "bottom", "left", "right"):
        axes.spines[edge].set_visible(False)
    axes.set_xticks([0, 1], labels=[view.query_title, view.key_title], **text_properties())
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_yticks([])
    step = label_step(rows, height)
    middles = [_middles(len(labels), rows) for labels in (left, right)]
    for labels, places, at, align in ((left, middles[0], -0.02, "right"), (right, middles[1], 1.02, "left")):
        for label, place in list(zip(labels, places, strict=True))[::step]:
            axes.text(at, place, label, ha=align, va="center", fontsize=LABEL_SIZE, **text_properties())
    axes.add_collection(_lines(view, *middles))
    if several:
        shown = [Line2D([], [], color=HEADS[head % len(HEADS)], linewidth=3) for head in view.heads]
        names = [f"head {head + 1}" for head in view.heads]
        figure.legend(shown, names, loc="outside right upper", frameon=False, fontsize=LABEL_SIZE)
    put_title(figure, f"{view.title}: strongest keys up to {view.mass:.0%} of each query's attention", max(width, 4.4))
    return figure


def _middles(count: int, rows: int) -> np.ndarray:
    """Where the labels of a side stand; those of the shorter one in the middle."""
    return (rows - count) / 2 + np.arange(count) + 0.5


def _lines(view: LinksView, queries: np.ndarray, keys: np.ndarray) -> LineCollection:
    order = np.argsort(view.weights, kind="stable")  # the strongest lie on top
    heads = np.searchsorted(view.heads, view.link_heads[order])
    aside = (heads - (len(view.heads) - 1) / 2) * min(_SPREAD, 0.8 / len(view.heads))
    starts, ends = queries[view.link_queries[order]] + aside, keys[view.link_keys[order]] + aside
    points = np.stack([np.stack([np.zeros_like(starts), starts], 1), np.stack([np.ones_like(ends), ends], 1)], 1)
    strength = view.weights[order] / max(float(view.weights.max(initial=0)), 1e-12)
    faintest = float(np.clip(80 / max(len(order), 1), 0.04, 0.16))  # of many lines the faint ones would be a haze
    opacity = faintest + (0.95 - faintest) * strength
    colours = [
        (*to_rgb(HEADS[head % len(HEADS)]), one) for head, one in zip(view.link_heads[order], opacity, strict=True)
    ]
    lines = LineCollection(list(points), colors=colours, linewidths=0.75 + 1.5 * strength, clip_on=False)
    lines.set_rasterized(len(order) > MOST_VECTORS)
    return lines
