"""Views as Plotly figures. Labels are untrusted: Plotly reads some HTML in every text, so each label is escaped."""

from collections.abc import Sequence
from functools import singledispatch
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz.render.plotly_image import image_shapes, image_traces
from attnviz.views.image import ImageView
from attnviz.views.labels import shortened
from attnviz.views.matrix import MatrixView
from attnviz.views.probability import ProbabilityView
from attnviz.views.series import SeriesView

LONGEST_AXIS_LABEL = 14
LONGEST_TITLE_LINE = 44  # characters: what a telephone shows unclipped
MOST_LINES = 4
"""A series with more features than this is drawn as a picture of its values, not as lines."""

MOST_CELLS_WITH_NAMES = 10_000
"""Above this the names of all cells would take megabytes and more time than the picture."""

_COLOURS = "Viridis"
_HOVER = "{}: {}<br>{}: {}<br>Weight: <b>%{{z:.6f}}</b><extra></extra>"
_CLEAR = "rgba(0,0,0,0)"
_AXIS = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "automargin": True}
_GRID = "rgba(128, 140, 148, 0.5)"
_BAR = "#2A788E"  # of viridis, the scale of the attention maps
_TOP_LEFT = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "pad": {"t": 8}}
_PLOT_WIDTH = 560  # pixels: what is left for the cells in a column of a usual page
_TOP = 104  # pixels: the title, and the colour bar with its own
_PICTURE_HEIGHT = 360  # pixels, as in the browser's image view
_BOTTOM = 36  # pixels: labels of one line
_PIXELS_PER_CHARACTER = 7


@singledispatch
def to_plotly(view: Any) -> go.Figure:
    """The view as a Plotly figure, for `st.plotly_chart(figure, theme="streamlit")` or a notebook.

    Args:
        view: A `MatrixView`, `SeriesView`, `ImageView` or `ProbabilityView`.

    Returns:
        A figure with a transparent background and a height of its own; its width is the page's.

    Raises:
        TypeError: If there is no Plotly figure for this kind of view.
    """
    raise TypeError(f"There is no Plotly figure for a {type(view).__name__}.")


@to_plotly.register
def _(view: MatrixView) -> go.Figure:
    queries, keys = view.values.shape
    heatmap = {
        "type": "heatmap",
        "z": view.values,
        "x": _places(keys),
        "y": _places(queries),
        **_cell_names(view),
        "hoverongaps": False,
        "zmin": view.limits[0],
        "zmax": view.limits[1],
        "colorscale": _COLOURS,
        "colorbar": _colour_bar(view.limits),
        **_gaps(queries, keys),
    }
    height = _matrix_height(queries, keys)
    return _figure(
        [heatmap],
        title=view.title,
        height=height + _label_height(view.key_labels),
        xaxis=_label_axis(view.key_labels),
        yaxis={
            **_label_axis(view.query_labels),
            "title": {"text": text(view.query_title)},
            "autorange": "reversed",
        },
        annotations=[_key_title(view.key_title), _scale_title("Attention weight", view.scale_note)],
    )


@to_plotly.register
def _(view: SeriesView) -> go.Figure:
    return _picture(view) if is_picture(view) else _lines(view)


@to_plotly.register
def _(view: ImageView) -> go.Figure:
    rows, columns = view.light.shape[:2]
    side = {**_AXIS, "showticklabels": False, "constrain": "domain"}
    outside = [f"{text(name)}: {value:.3f}" for name, value in view.outside]
    return _figure(
        image_traces(view, [text(name) for name in view.names], _colour_bar(view.limits)),
        title=view.title,
        height=_PICTURE_HEIGHT + _TOP + _BOTTOM,
        shapes=image_shapes(view),
        xaxis={**side, "range": [-0.5, columns - 0.5], "title": {"text": "<br>".join(outside)}},
        yaxis={**side, "range": [rows - 0.5, -0.5], "scaleanchor": "x", "constraintoward": "top"},
        annotations=[_scale_title("Attention", view.scale_note)],
    )


@to_plotly.register
def _(view: ProbabilityView) -> go.Figure:
    others = 0.45  # opacity: the predicted class stands out by weight, in any theme
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": view.probabilities,
        "y": _places(len(view.classes)),
        "text": [f"{value:.1%}" for value in view.probabilities],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [text(name) for name in view.classes],
        "hovertemplate": "%{customdata}: <b>%{x:.6f}</b><extra></extra>",
        "marker": {
            "color": _BAR,
            "opacity": [1.0 if one == view.predicted else others for one in range(len(view.classes))],
        },
    }
    return _figure(
        [bars],
        title=view.title,
        height=40 + 34 * len(view.classes),
        top=30,
        right=56,
        xaxis={**_AXIS, "range": [0, 1], "showticklabels": False, "fixedrange": True},
        yaxis={**_label_axis(view.classes), "autorange": "reversed", "fixedrange": True},
    )


def _lines(view: SeriesView) -> go.Figure:
    steps = _places(len(view.step_labels))
    names = [text(label) for label in view.step_labels]
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(steps) <= 60 else "lines",
            "x": steps,
            "y": view.values[:, feature],
            "name": text(shortened(name, 2 * LONGEST_AXIS_LABEL)),
            "customdata": names,
            "hovertemplate": f"%{{customdata}}<br>{_in_template(name)}: <b>%{{y:.6~g}}</b><extra></extra>",
        }
        for feature, name in enumerate(view.feature_names)
    ]
    strip = {**_strip(view, names), "x": steps, "y": ["attention"], "z": view.attention[None], "yaxis": "y2"}
    strip["customdata"] = [names]
    strip["colorbar"] = _colour_bar(view.limits, bottom=0.13)
    return _figure(
        [*lines, strip],
        title=view.title,
        height=400 + _label_height(view.step_labels),
        xaxis={**_label_axis(view.step_labels), "anchor": "y2", "range": [-0.5, len(steps) - 0.5]},
        yaxis={"domain": [0.44, 1], "zeroline": False, "automargin": True},
        yaxis2={**_AXIS, "domain": [0, 0.12], "fixedrange": True},
        showlegend=len(lines) > 1,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        annotations=[_scale_title("Attention", view.scale_note, bottom=0.13)],
    )


def _picture(view: SeriesView) -> go.Figure:
    """Steps down and features across, as a picture is read, with the attention to each step at its right."""
    steps, features = view.values.shape
    names = [text(label) for label in view.step_labels]
    places = _places(steps)
    values = {
        "type": "heatmap",
        "z": view.values,
        "x": _places(features),
        "y": places,
        "customdata": [[[step, text(name)] for name in view.feature_names] for step in names],
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}: <b>%{z:.6~g}</b><extra></extra>",
        "hoverongaps": False,
        "colorscale": "Greys",
        "reversescale": True,
        "showscale": False,
        **_gaps(steps, features),
    }
    strip = {**_strip(view, names), "x": ["attention"], "y": places, "z": view.attention[:, None], "xaxis": "x2"}
    strip["customdata"] = [[name] for name in names]
    return _figure(
        [values, strip],
        title=view.title,
        height=min(steps * 44, 820) + _TOP + _BOTTOM + _label_height(view.feature_names),
        xaxis={
            **_label_axis(view.feature_names),
            "domain": [0, 0.86],
            "range": [-0.5, features - 0.5],
            "scaleanchor": "y",  # square cells, beside the strip: a picture that is stretched is not recognised
            "constrain": "domain",
            "constraintoward": "right",
        },
        xaxis2={**_AXIS, "domain": [0.89, 1], "side": "top", "fixedrange": True},
        yaxis={
            **_label_axis(view.step_labels),
            "range": [steps - 0.5, -0.5],
            "constrain": "domain",
            "constraintoward": "top",
        },
        plot_bgcolor=_GRID,  # shows between the cells, so that white ones have an outline on a white page
        annotations=[_scale_title("Attention", view.scale_note)],
    )


def _strip(view: SeriesView, names: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "zmin": view.limits[0],
        "zmax": view.limits[1],
        "colorscale": _COLOURS,
        "colorbar": _colour_bar(view.limits),
        "hovertemplate": "%{customdata}<br>Attention: <b>%{z:.6f}</b><extra></extra>",
        **_gaps(1, len(names)),
    }


def is_picture(view: SeriesView) -> bool:
    """Whether a series is drawn as a picture of steps by features: more lines than a few cannot be told apart."""
    return len(view.feature_names) > MOST_LINES


def in_text_colour(figure: go.Figure, colour: str) -> None:
    """Write every label of `figure` in `colour`, whatever a template says; changes the figure."""
    layout = figure.layout
    layout.font.color = colour
    layout.title.font.color = colour
    layout.legend.font.color = colour
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.color = colour
        axis.title.font.color = colour
    for note in layout.annotations:
        note.font.color = colour
    for trace in figure.data:
        if trace.type == "bar":
            trace.textfont.color = colour
        elif trace.type == "heatmap" and trace.showscale is not False:
            trace.colorbar.tickfont.color = colour


def text(label: str) -> str:
    """A label as Plotly shows it: character for character, whatever markup it holds."""
    return escape(label, quote=False)


def _in_template(label: str) -> str:
    """A label inside a hover template, where `%{…}` would be a place to fill."""
    return text(label).replace("{", "&#123;")


def _cell_names(view: MatrixView) -> dict[str, Any]:
    """What the mouse shows: whole labels and positions; in a large matrix the labels of the axes, which weigh less."""
    titles = _in_template(view.query_title), _in_template(view.key_title)
    if view.values.size > MOST_CELLS_WITH_NAMES:
        return {"hovertemplate": _HOVER.format(titles[0], "%{y}", titles[1], "%{x}")}
    queries = _hover_names(view.query_labels, view.query_positions)
    keys = _hover_names(view.key_labels, view.key_positions)
    return {
        "customdata": [[[query, key] for key in keys] for query in queries],
        "hovertemplate": _HOVER.format(titles[0], "%{customdata[0]}", titles[1], "%{customdata[1]}"),
    }


def _hover_names(labels: Sequence[str], positions: Sequence[str]) -> list[str]:
    return [f"{text(label)} ({position})" for label, position in zip(labels, positions, strict=True)]


def _places(length: int) -> list[str]:
    """Categories that identify rows and columns by their place, since labels may repeat."""
    return [str(place) for place in range(length)]


def _label_axis(labels: Sequence[str]) -> dict[str, Any]:
    """An axis of places that shows their labels; Plotly leaves labels out where they would overlap, at any width."""
    return {
        **_AXIS,
        "type": "category",
        "labelalias": {str(place): text(shortened(label, LONGEST_AXIS_LABEL)) for place, label in enumerate(labels)},
    }


def _key_title(title: str) -> dict[str, Any]:
    """Above the last column: an axis title below the labels would lie on them when they are few or upright."""
    return {
        "text": f"{text(title)} →",
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
    }


def _scale_title(title: str, note: str, *, bottom: float = 1.0) -> dict[str, Any]:
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


def _colour_bar(limits: tuple[float, float], *, bottom: float = 1.0) -> dict[str, Any]:
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


def _gaps(rows: int, columns: int) -> dict[str, int]:
    gap = 1 if max(rows, columns) <= 64 else 0
    return {"xgap": gap, "ygap": gap}


def _matrix_height(rows: int, columns: int) -> int:
    """Pixels: cells about as high as they are wide, rows legible, and the whole no higher than a screen."""
    row = float(np.clip(_PLOT_WIDTH / columns, 22, 80))
    return int(np.clip(rows * row, 44, 820)) + _TOP + _BOTTOM


def _label_height(labels: Sequence[str]) -> int:
    """Pixels that upright labels take under a matrix."""
    longest = max((len(label) for label in labels), default=0)
    return _PIXELS_PER_CHARACTER * min(longest, LONGEST_AXIS_LABEL)


def _figure(
    traces: Sequence[dict[str, Any]], *, title: str, height: int, top: int = _TOP, right: int = 10, **layout: Any
) -> go.Figure:
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
                "margin": {"t": top + more, "r": right, "b": 10, "l": 10},
                "paper_bgcolor": _CLEAR,
                "plot_bgcolor": _CLEAR,
                **layout,
            },
        },
        _validate=False,  # written here and tested: checking each property again costs several milliseconds a figure
    )
