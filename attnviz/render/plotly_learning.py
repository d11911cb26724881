"""Figures over the epochs of a training as Plotly figures."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz.render.plotly_layout import AXIS, BAR, GRID, new_figure
from attnviz.views.learning import LearningView

TRAINING = "#B96A1C"
"""Beside `BAR`, told apart on white and on black, and by colour-blind eyes; the line is dotted too."""

_HEIGHT = 230  # pixels
_TOP, _SIDE = 56, 20  # the title with the legend under it; what the last number on the axis stands over
_FEW = 40  # epochs that get a mark each


def learning_figure(view: LearningView) -> go.Figure:
    """Training dotted and validation drawn through, with a ring around the epoch that is kept."""
    epochs = np.arange(1, len(view.training) + 1)
    lines = [
        _line(epochs, view.training, view, name="training", line={"color": TRAINING, "width": 2, "dash": "dot"}),
        _line(epochs, view.validation, view, name="validation", line={"color": BAR, "width": 2.5}),
    ]
    if view.best is not None:
        lines.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [view.best],
                "y": [view.validation[view.best - 1]],
                "name": "kept",
                "marker": {"symbol": "circle-open", "size": 13, "color": BAR, "line": {"width": 2.5}},
                "hoverinfo": "skip",
                "showlegend": False,  # a third entry has no room beside the others in a narrow column
            }
        )
    number = {**AXIS, "showgrid": True, "gridcolor": GRID, "griddash": "dot", "fixedrange": True}
    return new_figure(
        lines,
        title=view.title,
        height=_HEIGHT,
        top=_TOP,
        right=_SIDE,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "itemclick": False},
        hovermode="x unified",
        xaxis={
            **AXIS,
            "title": {"text": "epoch"},
            "range": [0.5, max(len(epochs), 5) + 0.5],  # a first epoch is no line across the whole picture
            "tickformat": "d",
            "dtick": max(1, -(-len(epochs) // 10)),
            "tick0": 1,
            "fixedrange": True,
        },
        yaxis={**number, "tickformat": ".0%" if view.share else ".2~g", "rangemode": "normal", "nticks": 6},
    )


def _line(epochs: np.ndarray, values: np.ndarray, view: LearningView, **more: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(epochs) <= _FEW else "lines",
        "x": epochs,
        "y": values,
        "marker": {"size": 5},
        "hovertemplate": "%{y:.1%}" if view.share else "%{y:.4g}",
        **more,
    }
