"""Where things stand in matplotlib's figures: sides, labels, title and legend, in inches."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any
from unicodedata import east_asian_width

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from attnviz.render.matplotlib_text import text_properties
from attnviz.views.colour_scale import Colouring
from attnviz.views.labels import shortened

LONGEST_AXIS_LABEL = 24
CELL = 0.26
"""Inches of a cell: room for a label of one line."""
SMALLEST, LARGEST = 2.2, 24.0
"""Inches of a side of a matrix."""
LABEL_SIZE = 9
"""Points."""
_FILLER = "\0"  # stands in no title: `displayed` makes a picture of it
_CHARACTER = 0.085  # inches: mean width of a character of a label
_CHARACTER_OF_A_BAR, _ABOVE_A_BAR = 0.07, 1.0  # inches: of the name of a colour bar; what a title takes of the height


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches that no pyplot manages."""
    return Figure(figsize=(width, height), layout="constrained")


def side(cells: int) -> float:
    """Inches of a matrix with so many rows or columns."""
    return float(np.clip(cells * CELL, SMALLEST, LARGEST))


def axis_labels(labels: Sequence[str]) -> list[str]:
    """Labels short enough to stand beside cells."""
    return [shortened(label, LONGEST_AXIS_LABEL) for label in labels]


def widest(labels: Sequence[str]) -> float:
    """Inches that the longest label takes, about."""
    return _CHARACTER * max((len(label) for label in labels), default=0) + 0.1


def label_step(cells: int, side: float) -> int:
    """Label every n-th cell, so that labels do not overlap."""
    return max(1, int(np.ceil(cells * 0.16 / side)))


def put_labels(axes: Axes, axis: str, labels: Sequence[str], *, step: int = 1, rotation: float = 0) -> None:
    """Write every `step`-th label along one side, `"x"` or `"y"`."""
    places = range(0, len(labels), step)
    put = axes.set_xticks if axis == "x" else axes.set_yticks
    put(places, [labels[place] for place in places], rotation=rotation, fontsize=LABEL_SIZE, **text_properties())


def put_title(figure: Figure, title: str, width: float) -> None:
    """The title at the top left, in as many lines as `width` inches ask for."""
    wide = "".join(one + _FILLER if east_asian_width(one) in "WF" else one for one in title)  # those take two places
    lines = fill(wide, max(24, int(width / 0.09))).replace(_FILLER, "")
    figure.suptitle(lines, x=0.02, ha="left", fontsize=11, **text_properties())


def put_colour_bar(
    figure: Figure,
    image: ScalarMappable,
    axes: Any,
    title: str,
    note: str,
    colouring: Colouring | None = None,
    **place: Any,
) -> Colorbar:
    """The legend of the colours, with what they stand for; where there is a `colouring`, it says both."""
    bar = figure.colorbar(image, ax=axes, **place)
    note = f"({note if colouring is None else colouring.note})"
    if bar.orientation == "horizontal":
        bar.set_label(f"{title} {note}", loc="left")  # from where the bar begins, for it may be the shorter one
    else:
        room = max(20, int((figure.get_figheight() - _ABOVE_A_BAR) / _CHARACTER_OF_A_BAR))
        fits = len(title) + len(note) < room
        bar.set_label(f"{title} {note}" if fits else f"{title}\n{fill(note, room)}")
    bar.outline.set_visible(False)
    if colouring is not None:
        bar.set_ticks([unit for unit, _ in colouring.ticks], labels=[text for _, text in colouring.ticks])
    return bar


def coloured(
    values: np.ndarray, limits: tuple[float, float], colouring: Colouring | None, colours: Colormap
) -> tuple[ScalarMappable, np.ndarray]:
    """For the legend what maps values to colours, and what of `values` it is to be given."""
    if colouring is None:
        return ScalarMappable(Normalize(*limits), colours), values
    return ScalarMappable(Normalize(0, 1), colours), colouring.shades
