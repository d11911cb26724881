"""What an evaluation shows, as Plotly figures: confusions, curves, calibration, residuals."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, unlabel_rgb

from attnviz.render.plotly_layout import (
    AXIS,
    BAR,
    COLOURS,
    GRID,
    in_template,
    legend_below,
    legend_height,
    new_figure,
    text,
)
from attnviz.render.readable import readable_on
from attnviz.views.calibration import CalibrationView
from attnviz.views.confusion import ConfusionView
from attnviz.views.curve import CurveView
from attnviz.views.labels import shortened
from attnviz.views.residual import ResidualView

NO_EXAMPLE = "#8A949A"
"""Cells of a class without an example: grey in any theme."""

CHOSEN = "#A8480F"
"""A cell that was clicked: unlike every colour of the others, and white can be read on it."""

_LONGEST_NAME = 20  # characters of a class beside a confusion matrix or in a legend
_MOST_COUNTS = 16  # classes up to which each cell of a confusion matrix has room for its count
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_NUMBERS = {"showgrid": True, "gridcolor": GRID, "griddash": "dot", "zeroline": False, "automargin": True}
_UNIT = {**_NUMBERS, "range": [-0.01, 1.01], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".2~f"}
_SIDE = 360  # pixels
_TITLE = 34  # pixels of a title of one line


def confusion_figure(view: ConfusionView) -> go.Figure:
    """Cells to click, each with its count, coloured by the share of their row. A cell's customdata starts with its row
    and its column.

    Cells are bars, because Streamlit hears clicks on bars and not on heatmaps.
    """
    classes = len(view.classes)
    rows, columns = (axis.ravel() for axis in np.indices((classes, classes)))
    shares = view.shares.ravel()
    known = np.nan_to_num(shares)
    colours = sample_colorscale(COLOURS, known.tolist())
    ground = [NO_EXAMPLE if np.isnan(share) else colour for share, colour in zip(shares, colours, strict=True)]
    ink = [
        "black" if np.isnan(share) else readable_on(np.array(unlabel_rgb(colour)) / 255)
        for share, colour in zip(shares, colours, strict=True)
    ]
    names = [text(name) for name in view.classes]
    counts = view.counts.ravel()
    cells = {
        "type": "bar",
        "x": columns,
        "y": np.ones(classes * classes),
        "base": rows - 0.5,
        "width": 1,
        "marker": {"color": ground, "line": {"width": 1 if classes <= 2 * _MOST_COUNTS else 0, "color": GRID}},
        "customdata": [
            [int(row), int(column), names[row], names[column], _share(share)]
            for row, column, share in zip(rows, columns, shares, strict=True)
        ],
        "hovertext": [f"{count:,}" for count in counts],
        "hovertemplate": "Truth: %{customdata[2]}<br>Prediction: %{customdata[3]}<br><b>%{hovertext}</b> "
        "%{customdata[4]}<extra></extra>",
        "selected": {"marker": {"color": CHOSEN}},
        "unselected": {"marker": {"opacity": 1}},  # they stay as legible as they are
        "showlegend": False,
    }
    # A trace of their own: on bars, the choice of one would take the colours away that the others' counts are read by.
    numbers = {
        "type": "scatter",
        "mode": "text",
        "x": columns,
        "y": rows,
        "text": [f"{count:,}" for count in counts],
        "textfont": {"color": ink, "size": 14},
        "selected": {"textfont": {"color": "white"}},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    ticks = {
        **AXIS,
        "tickmode": "array",
        "tickvals": list(range(classes)),
        "ticktext": [text(shortened(name, _LONGEST_NAME)) for name in view.classes],
        "range": [-0.5, classes - 0.5],
        "fixedrange": True,
    }
    height = int(np.clip(classes * 64, 160, 560))
    return new_figure(
        [cells, numbers] if classes <= _MOST_COUNTS else [cells],
        title=view.title,
        height=height + _TITLE + 84,
        top=_TITLE,
        xaxis={**ticks, "title": {"text": "Prediction", "standoff": 8}},
        yaxis={**ticks, "range": [classes - 0.5, -0.5], "title": {"text": "Truth"}},
        bargap=0,
        barmode="overlay",
        clickmode="event+select",
        dragmode=False,
    )


def curve_figure(view: CurveView) -> go.Figure:
    """Lines in the unit square, told apart by dashes as well as by the colours of the page."""
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": line.x,
            "y": line.y,
            "name": f"{text(shortened(line.name, _LONGEST_NAME))}, area {line.area:.3f}",
            "line": {"width": 2, "dash": _DASHES[place % len(_DASHES)]},
            "hovertemplate": f"{in_template(line.name)}<br>{view.x_title}: %{{x:.3f}}<br>{view.y_title}: "
            "<b>%{y:.3f}</b><extra></extra>",
        }
        for place, line in enumerate(view.lines)
    ]
    if view.chance:
        lines.append(_diagonal("guessing"))
    return new_figure(
        lines,
        title=view.title,
        height=_SIDE + _TITLE + legend_height(len(lines)),
        top=_TITLE + 8,
        xaxis={**_UNIT, "title": {"text": view.x_title, "standoff": 6}},
        yaxis={**_UNIT, "title": {"text": view.y_title}},
        **legend_below(len(lines)),
    )


def calibration_figure(view: CalibrationView) -> go.Figure:
    """Accuracy against confidence; a point's size is its number of examples."""
    largest = max(1, int(view.counts.max(initial=0)))
    points = {
        "type": "scatter",
        "mode": "markers",  # a line would give a bin of three examples the weight of one of three hundred
        "cliponaxis": False,
        "x": view.confidence,
        "y": view.accuracy,
        "name": "this model",
        "customdata": view.counts,
        "marker": {"color": BAR, "size": 8 + 18 * np.sqrt(view.counts / largest), "opacity": 1},
        "hovertemplate": "%{x:.1%} sure, <b>%{y:.1%}</b> right<br>%{customdata:,} examples<extra></extra>",
    }
    return new_figure(
        [points, _diagonal("as sure as right")],
        title=view.title,
        height=_SIDE + _TITLE + legend_height(2),
        top=_TITLE + 8,
        xaxis={**_UNIT, "title": {"text": "Confidence", "standoff": 6}},
        yaxis={**_UNIT, "title": {"text": "Share that is right"}},
        **legend_below(2),
    )


def residual_figure(view: ResidualView) -> go.Figure:
    """Residuals against the truth, around zero; a point's customdata is the position of its example."""
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": view.truth,
        "y": view.residuals,
        "customdata": view.examples,
        "marker": {"color": BAR, "size": 6, "opacity": 0.6},
        "hovertemplate": "Truth: %{x:.4~g}<br>Truth minus prediction: <b>%{y:.4~g}</b><extra></extra>",
        "showlegend": False,
    }
    return new_figure(
        [points],
        title=view.title,
        height=_SIDE + _TITLE + 30,
        top=_TITLE + 8,
        xaxis={**_NUMBERS, "title": {"text": f"True {text(view.target)}", "standoff": 6}},
        yaxis={**_NUMBERS, "zeroline": True, "zerolinecolor": NO_EXAMPLE, "title": {"text": "Truth minus prediction"}},
    )


def _diagonal(name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "name": name,
        "line": {"color": NO_EXAMPLE, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _share(share: float) -> str:
    return "" if np.isnan(share) else f"({share:.1%} of this truth)"
