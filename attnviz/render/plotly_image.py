"""A picture with its patches tinted by attention, as Plotly's traces and shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from attnviz.render.tint import STRONGEST, TINT
from attnviz.views.image import ImageView

_EDGE = "rgba(128, 140, 148, 0.5)"


def image_traces(view: ImageView, names: Sequence[str], colour_bar: dict[str, Any]) -> list[dict[str, Any]]:
    """The pixels, and over them the attention to each, which the mouse tells.

    Args:
        view: What to draw.
        names: Of the patches, as Plotly may show them.
        colour_bar: How the legend of the colours is drawn.
    """
    pixels = np.round(view.light * 255).astype(np.uint8)
    colours = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, np.newaxis], 3, axis=2)
    attention = np.full(view.light.shape[:2], np.nan, np.float32)
    named = np.full(view.light.shape[:2], "", dtype=object)
    for (row, column, height, width), name, value in zip(view.boxes, names, view.values, strict=True):
        attention[row : row + height, column : column + width] = value
        named[row : row + height, column : column + width] = name
    red, green, blue = TINT
    return [
        {"type": "image", "z": colours, "colormodel": "rgb", "hoverinfo": "skip"},
        {
            "type": "heatmap",
            "z": attention,
            "customdata": named.tolist(),
            "zmin": view.limits[0],
            "zmax": view.limits[1],
            "colorscale": [
                [0, f"rgba({red}, {green}, {blue}, 0)"],
                [1, f"rgba({red}, {green}, {blue}, {STRONGEST})"],
            ],
            "colorbar": colour_bar,
            "hoverongaps": False,
            "hovertemplate": "%{customdata}: <b>%{z:.6f}</b><extra></extra>",
        },
    ]


def image_shapes(view: ImageView) -> list[dict[str, Any]]:
    """An outline of each patch, and a frame around the chosen one that is seen on any grey."""
    shapes = [_outline(box, _EDGE, 0.5) for box in view.boxes]
    if view.selected is not None:
        shapes += [_outline(view.boxes[view.selected], colour, line) for colour, line in (("white", 5), ("black", 2.5))]
    return shapes


def _outline(box: np.ndarray, colour: str, line: float) -> dict[str, Any]:
    row, column, height, width = (int(one) for one in box)
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + width - 0.5,
        "y0": row - 0.5,
        "y1": row + height - 0.5,
        "line": {"color": colour, "width": line},
    }
