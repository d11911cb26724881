"""Views as Plotly figures. Labels are untrusted: Plotly reads some HTML in every text, so each label is escaped."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz.render.plotly_bars import bars_figure, histogram_figure, intervals_figure
from attnviz.render.plotly_evaluation import calibration_figure, confusion_figure, curve_figure, residual_figure
from attnviz.render.plotly_image import image_shapes, image_traces
from attnviz.render.plotly_layout import (
    AXIS,
    BAR,
    BOTTOM,
    COLOURS,
    GRID,
    LONGEST_AXIS_LABEL,
    TOP,
    colour_bar,
    gaps,
    in_template,
    label_axis,
    label_height,
    new_figure,
    places,
    scale_title,
    text,
)
from attnviz.render.plotly_learning import learning_figure
from attnviz.views.bars import BarsView
from attnviz.views.calibration import CalibrationView
from attnviz.views.confusion import ConfusionView
from attnviz.views.curve import CurveView
from attnviz.views.histogram import HistogramView
from attnviz.views.image import ImageView
from attnviz.views.intervals import IntervalsView
from attnviz.views.labels import shortened
from attnviz.views.learning import LearningView
from attnviz.views.matrix import MatrixView
from attnviz.views.probability import ProbabilityView
from attnviz.views.residual import ResidualView
from attnviz.views.series import SeriesView

MOST_LINES = 4
"""A series with more features than this is drawn as a picture of its values, not as lines."""

MOST_CELLS_WITH_NAMES = 10_000
"""Above this the names of all cells would take megabytes and more time than the picture."""

_HOVER = "{}: {}<br>{}: {}<br>Weight: <b>%{{z:.6f}}</b><extra></extra>"
_PLOT_WIDTH = 560  # pixels: what is left for the cells in a column of a usual page
_PICTURE_HEIGHT = 360  # pixels, as in the browser's image view


@singledispatch
def to_plotly(view: Any) -> go.Figure:
    """The view as a Plotly figure, for `st.plotly_chart(figure, theme="streamlit")` or a notebook.

    Args:
        view: A `MatrixView`, `SeriesView`, `ImageView` or `ProbabilityView`; of an evaluation a `ConfusionView`,
            `CurveView`, `CalibrationView`, `ResidualView`, `BarsView`, `HistogramView` or `IntervalsView`.

    Returns:
        A figure with a transparent background and a height of its own; its width is the page's.

    Raises:
        TypeError: If there is no Plotly figure for this kind of view.
    """
    raise TypeError(f"There is no Plotly figure for a {type(view).__name__}.")


to_plotly.register(ConfusionView, confusion_figure)
to_plotly.register(LearningView, learning_figure)
to_plotly.register(CurveView, curve_figure)
to_plotly.register(CalibrationView, calibration_figure)
to_plotly.register(ResidualView, residual_figure)
to_plotly.register(BarsView, bars_figure)
to_plotly.register(HistogramView, histogram_figure)
to_plotly.register(IntervalsView, intervals_figure)


@to_plotly.register
def _(view: MatrixView) -> go.Figure:
    queries, keys = view.values.shape
    heatmap = {
        "type": "heatmap",
        "z": view.values,
        "x": places(keys),
        "y": places(queries),
        **_cell_names(view),
        "hoverongaps": False,
        "zmin": view.limits[0],
        "zmax": view.limits[1],
        "colorscale": COLOURS,
        "colorbar": colour_bar(view.limits),
        **gaps(queries, keys),
    }
    height = _matrix_height(queries, keys)
    return new_figure(
        [heatmap],
        title=view.title,
        height=height + label_height(view.key_labels),
        xaxis=label_axis(view.key_labels),
        yaxis={
            **label_axis(view.query_labels),
            "title": {"text": text(view.query_title)},
            "autorange": "reversed",
        },
        annotations=[_key_title(view.key_title), scale_title("Attention weight", view.scale_note)],
    )


@to_plotly.register
def _(view: SeriesView) -> go.Figure:
    return _picture(view) if is_picture(view) else _lines(view)


@to_plotly.register
def _(view: ImageView) -> go.Figure:
    rows, columns = view.light.shape[:2]
    side = {**AXIS, "showticklabels": False, "constrain": "domain"}
    outside = [f"{text(name)}: {value:.3f}" for name, value in view.outside]
    return new_figure(
        image_traces(view, [text(name) for name in view.names], colour_bar(view.limits)),
        title=view.title,
        height=_PICTURE_HEIGHT + TOP + BOTTOM,
        shapes=image_shapes(view),
        xaxis={**side, "range": [-0.5, columns - 0.5], "title": {"text": "<br>".join(outside)}},
        yaxis={**side, "range": [rows - 0.5, -0.5], "scaleanchor": "x", "constraintoward": "top"},
        annotations=[scale_title("Attention", view.scale_note)],
    )


@to_plotly.register
def _(view: ProbabilityView) -> go.Figure:
    others = 0.45  # opacity: the predicted class stands out by weight, in any theme
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": view.probabilities,
        "y": places(len(view.classes)),
        "text": [f"{value:.1%}" for value in view.probabilities],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [text(name) for name in view.classes],
        "hovertemplate": "%{customdata}: <b>%{x:.6f}</b><extra></extra>",
        "marker": {
            "color": BAR,
            "opacity": [1.0 if one == view.predicted else others for one in range(len(view.classes))],
        },
    }
    return new_figure(
        [bars],
        title=view.title,
        height=40 + 34 * len(view.classes),
        top=30,
        right=56,
        xaxis={**AXIS, "range": [0, 1], "showticklabels": False, "fixedrange": True},
        yaxis={**label_axis(view.classes), "autorange": "reversed", "fixedrange": True},
    )


def _lines(view: SeriesView) -> go.Figure:
    steps = places(len(view.step_labels))
    names = [text(label) for label in view.step_labels]
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(steps) <= 60 else "lines",
            "x": steps,
            "y": view.values[:, feature],
            "name": text(shortened(name, 2 * LONGEST_AXIS_LABEL)),
            "customdata": names,
            "hovertemplate": f"%{{customdata}}<br>{in_template(name)}: <b>%{{y:.6~g}}</b><extra></extra>",
        }
        for feature, name in enumerate(view.feature_names)
    ]
    strip = {**_strip(view, names), "x": steps, "y": ["attention"], "z": view.attention[None], "yaxis": "y2"}
    strip["customdata"] = [names]
    strip["colorbar"] = colour_bar(view.limits, bottom=0.13)
    return new_figure(
        [*lines, strip],
        title=view.title,
        height=400 + label_height(view.step_labels),
        xaxis={**label_axis(view.step_labels), "anchor": "y2", "range": [-0.5, len(steps) - 0.5]},
        yaxis={"domain": [0.44, 1], "zeroline": False, "automargin": True},
        yaxis2={**AXIS, "domain": [0, 0.12], "fixedrange": True},
        showlegend=len(lines) > 1,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        annotations=[scale_title("Attention", view.scale_note, bottom=0.13)],
    )


def _picture(view: SeriesView) -> go.Figure:
    """Steps down and features across, as a picture is read, with the attention to each step at its right."""
    steps, features = view.values.shape
    names = [text(label) for label in view.step_labels]
    rows = places(steps)
    values = {
        "type": "heatmap",
        "z": view.values,
        "x": places(features),
        "y": rows,
        "customdata": [[[step, text(name)] for name in view.feature_names] for step in names],
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}: <b>%{z:.6~g}</b><extra></extra>",
        "hoverongaps": False,
        "colorscale": "Greys",
        "reversescale": True,
        "showscale": False,
        **gaps(steps, features),
    }
    strip = {**_strip(view, names), "x": ["attention"], "y": rows, "z": view.attention[:, None], "xaxis": "x2"}
    strip["customdata"] = [[name] for name in names]
    return new_figure(
        [values, strip],
        title=view.title,
        height=min(steps * 44, 820) + TOP + BOTTOM + label_height(view.feature_names),
        xaxis={
            **label_axis(view.feature_names),
            "domain": [0, 0.86],
            "range": [-0.5, features - 0.5],
            "scaleanchor": "y",  # square cells, beside the strip: a picture that is stretched is not recognised
            "constrain": "domain",
            "constraintoward": "right",
        },
        xaxis2={**AXIS, "domain": [0.89, 1], "side": "top", "fixedrange": True},
        yaxis={
            **label_axis(view.step_labels),
            "range": [steps - 0.5, -0.5],
            "constrain": "domain",
            "constraintoward": "top",
        },
        plot_bgcolor=GRID,  # shows between the cells, so that white ones have an outline on a white page
        annotations=[scale_title("Attention", view.scale_note)],
    )


def _strip(view: SeriesView, names: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "zmin": view.limits[0],
        "zmax": view.limits[1],
        "colorscale": COLOURS,
        "colorbar": colour_bar(view.limits),
        "hovertemplate": "%{customdata}<br>Attention: <b>%{z:.6f}</b><extra></extra>",
        **gaps(1, len(names)),
    }


def is_picture(view: SeriesView) -> bool:
    """Whether a series is drawn as a picture of steps by features: more lines than a few cannot be told apart."""
    return len(view.feature_names) > MOST_LINES


def in_text_colour(figure: go.Figure, colour: str) -> None:
    """Write every label of `figure` in `colour`, whatever a template says; changes the figure."""
    layout = figure.layout
    layout.font.color = colour
    layout.hoverlabel.font.color = colour
    layout.title.font.color = colour
    layout.legend.font.color = colour
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.color = colour
        axis.title.font.color = colour
    for note in layout.annotations:
        note.font.color = colour
    for trace in figure.data:
        if trace.type == "bar":
            trace.textfont.color = colour  # outside bars; inside, what is written stands on a colour of its own
        elif trace.type == "heatmap" and trace.showscale is not False:
            trace.colorbar.tickfont.color = colour


def _cell_names(view: MatrixView) -> dict[str, Any]:
    """What the mouse shows: whole labels and positions; in a large matrix the labels of the axes, which weigh less."""
    titles = in_template(view.query_title), in_template(view.key_title)
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


def _matrix_height(rows: int, columns: int) -> int:
    """Pixels: cells about as high as they are wide, rows legible, and the whole no higher than a screen."""
    row = float(np.clip(_PLOT_WIDTH / columns, 22, 80))
    return int(np.clip(rows * row, 44, 820)) + TOP + BOTTOM
