"""Numbers beside names, in bins and with intervals, as Plotly figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz.render.plotly_layout import AXIS, BAR, GRID, legend_below, legend_height, new_figure, places, text
from attnviz.views.bars import BarsView
from attnviz.views.histogram import HistogramView
from attnviz.views.intervals import IntervalsView
from attnviz.views.labels import shortened

MARKED = "#B5651D"
"""What stands out among `BAR`: legible on light and dark."""

_LONGEST_NAME = 24  # characters
_TITLE = 34  # pixels of a title of one line
_ROW = 26  # pixels
_NUMBERS = {"showgrid": True, "gridcolor": GRID, "griddash": "dot", "zeroline": False, "automargin": True}


def bars_figure(view: BarsView) -> go.Figure:
    """Bars from left to right, first one at the top, with their numbers at their ends."""
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": view.values,
        "y": places(len(view.names)),
        "text": [text(label) for label in view.labels],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [[text(name), text(label)] for name, label in zip(view.names, view.labels, strict=True)],
        "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
        "marker": {"color": BAR},
    }
    longest = max((len(label) for label in view.labels), default=0)
    return new_figure(
        [bars],
        title=view.title,
        height=_TITLE + 16 + _ROW * max(1, len(view.names)),
        top=_TITLE,
        right=16 + 8 * longest,
        xaxis={**AXIS, "rangemode": "tozero", "showticklabels": False, "fixedrange": True},
        yaxis={**_names(view.names), "autorange": "reversed", "fixedrange": True},
    )


def histogram_figure(view: HistogramView) -> go.Figure:
    """A bar a bin."""
    bars = {
        "type": "bar",
        "x": (view.edges[:-1] + view.edges[1:]) / 2,
        "y": view.counts,
        "width": np.diff(view.edges),
        "customdata": np.stack([view.edges[:-1], view.edges[1:]], axis=1),
        "hovertemplate": "%{customdata[0]:.4~g} to %{customdata[1]:.4~g}: <b>%{y:,}</b><extra></extra>",
        "marker": {"color": BAR, "line": {"width": 1, "color": GRID}},
    }
    return new_figure(
        [bars],
        title=view.title,
        height=240,
        top=_TITLE,
        xaxis={**AXIS, "title": {"text": text(view.x_title), "standoff": 6}, "fixedrange": True},
        yaxis={**_NUMBERS, "rangemode": "tozero", "fixedrange": True},
        bargap=0,
    )


def intervals_figure(view: IntervalsView) -> go.Figure:
    """A point with its interval a row, around zero."""
    rows = places(len(view.names))
    points = [
        _points(view, rows, marked=marked, name=name, colour=colour, symbol=symbol)
        for marked, name, colour, symbol in (
            (True, view.marked_means, MARKED, "diamond"),
            (False, view.others_mean, BAR, "circle"),
        )
    ]
    told = bool(view.marked_means) and bool(view.marked.any())
    legend = legend_below(2) if told else {"showlegend": False}
    return new_figure(
        points,
        title=view.title,
        height=_TITLE + 60 + 20 * max(1, len(rows)) + (legend_height(2) if told else 0),
        top=_TITLE,
        xaxis={**_NUMBERS, "zeroline": True, "zerolinecolor": GRID, "title": {"text": view.x_title, "standoff": 6}},
        yaxis={**_names(view.names), "categoryarray": rows, "autorange": "reversed", "fixedrange": True},
        **legend,
    )


def _points(
    view: IntervalsView, rows: Sequence[str], *, marked: bool, name: str, colour: str, symbol: str
) -> dict[str, Any]:
    chosen = np.flatnonzero(view.marked == marked)
    values = view.values[chosen]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": [rows[int(one)] for one in chosen],
        "name": text(name),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": view.upper[chosen] - values,
            "arrayminus": values - view.lower[chosen],
            "color": colour,
            "thickness": 1.5,
            "width": 3,
        },
        "marker": {"color": colour, "size": 8, "symbol": symbol},
        "customdata": [[text(view.names[one]), f"{view.lower[one]:.3g} to {view.upper[one]:.3g}"] for one in chosen],
        "hovertemplate": "%{customdata[0]}: <b>%{x:.3~g}</b> (%{customdata[1]})<extra></extra>",
    }


def _names(names: Sequence[str]) -> dict[str, Any]:
    """An axis of places with every name: rows are high enough for all of them."""
    return {
        **AXIS,
        "type": "category",
        "tickmode": "array",
        "tickvals": places(len(names)),
        "ticktext": [text(shortened(name, _LONGEST_NAME)) for name in names],
    }
