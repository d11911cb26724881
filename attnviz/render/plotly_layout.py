"""Where things stand in Plotly's figures: axes, labels, titles and the legend of the colours, in pixels."""

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from attnviz.views.labels import shortened

LONGEST_AXIS_LABEL = 14
LONGEST_TITLE_LINE = 44  # characters: what a telephone shows unclipped

COLOURS = "Viridis"
BAR = "#2A788E"
"""Of viridis, the scale of the attention maps."""
GRID = "rgba(128, 140, 148, 0.5)"
AXIS: dict[str, Any] = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "automargin": True}

TOP = 104
"""Pixels: the title, and the colour bar with its own."""
BOTTOM = 36
"""Pixels: labels of one line."""

_CLEAR = "rgba(0,0,0,0)"
_TOP_LEFT = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "pad": {"t": 8}}
_PIXELS_PER_CHARACTER = 7
_LEGEND_ROW = 20  # pixels
_AXIS_HEIGHT = 52  # pixels: numbers of an axis and its title


def text(label: str) -> str:
    """A label as Plotly shows it: character for character, whatever markup it holds."""
    return escape(label, quote=False)


def in_template(label: str) -> str:
    """A label inside a hover template, where `%{…}` would be a place to fill."""
    return text(label).replace("{", "&#123;")


def places(length: int) -> list[str]:
    """Categories that identify rows and columns by their place, since labels may repeat."""
    return [str(place) for place in range(length)]


def label_axis(labels: Sequence[str]) -> dict[str, Any]:
    """An axis of places that shows their labels; Plotly leaves labels out where they would overlap, at any width."""
    return {
        **AXIS,
        "type": "category",
        "labelalias": {str(place): text(shortened(label, LONGEST_AXIS_LABEL)) for place, label in enumerate(labels)},
    }


def scale_title(title: str, note: str, *, bottom: float = 1.0) -> dict[str, Any]:
    """What the colour bar measures. With a title of the bar's own, Plotly moves the figure's title out of sight."""
    return {
        "text": f"{text(title)} ({text(note)})",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": bottom,
        "yanchor": "bottom",
        "yshift": 40,
        "showarrow": False,
    }


def colour_bar(limits: tuple[float, float], *, bottom: float = 1.0) -> dict[str, Any]:
    """Above the cells: beside them it would take a third of a telephone's width."""
    return {
        "orientation": "h",
        "title": {"text": ""},  # said, not left out: even its placeholder would move the figure's title
        "x": 0,
        "xanchor": "left",
        "xpad": 0,
        "y": bottom,
        "yanchor": "bottom",
        "ypad": 10,
        "len": 180,
        "lenmode": "pixels",
        "thickness": 8,
        "outlinewidth": 0,
        "tickvals": [limits[0], sum(limits) / 2, limits[1]],
        "tickformat": ".2~r",
    }


def gaps(rows: int, columns: int) -> dict[str, int]:
    """Lines between the cells, where there is room for them."""
    gap = 1 if max(rows, columns) <= 64 else 0
    return {"xgap": gap, "ygap": gap}


def label_height(labels: Sequence[str]) -> int:
    """Pixels that upright labels take under a matrix."""
    longest = max((len(label) for label in labels), default=0)
    return _PIXELS_PER_CHARACTER * min(longest, LONGEST_AXIS_LABEL)


def legend_below(rows: int) -> dict[str, Any]:
    """Properties of a figure with a legend of so many rows under it, where a telephone has room for one."""
    return {
        "showlegend": True,
        "legend": {"x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom", "yref": "container"},
        "bottom": _AXIS_HEIGHT + legend_height(rows),
    }


def legend_height(rows: int) -> int:
    """Pixels of a legend of so many rows."""
    return _LEGEND_ROW * rows + 12


def new_figure(
    traces: Sequence[dict[str, Any]],
    *,
    title: str,
    height: int,
    top: int = TOP,
    right: int = 10,
    bottom: int = 10,
    **layout: Any,
) -> go.Figure:
    """A figure of these traces with a transparent background; its height grows with the lines of its title."""
    lines = [text(line) for line in wrap(title, LONGEST_TITLE_LINE)]
    more = 18 * (len(lines) - 1) if lines else 0
    return go.Figure(
        {
            "data": list(traces),
            "layout": {
                "title": {
                    "text": "<br>".join(lines),
                    "font": {"size": 14},
                    **_TOP_LEFT,
                    "pad": {"t": 8 + more // 2},  # Plotly centres the lines on the place of the first
                },
                "height": height + more,
                "margin": {"t": top + more, "r": right, "b": bottom, "l": 10},
                "paper_bgcolor": _CLEAR,
                "plot_bgcolor": _CLEAR,
                **layout,
            },
        },
        _validate=False,  # written here and tested: checking each property again costs several milliseconds a figure
    )
