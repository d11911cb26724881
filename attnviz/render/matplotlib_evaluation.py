"""What an evaluation shows, as matplotlib figures: confusions, curves, calibration, residuals."""

from itertools import cycle

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from attnviz.render.matplotlib_layout import LABEL_SIZE, axis_labels, label_step, new_figure, put_labels, put_title
from attnviz.render.matplotlib_text import text_properties
from attnviz.render.readable import readable_on
from attnviz.views.calibration import CalibrationView
from attnviz.views.confusion import ConfusionView
from attnviz.views.curve import CurveView
from attnviz.views.residual import ResidualView

POINT = "#2A788E"
"""Of viridis."""
_PALE = "#8A949A"
_SIDE = 4.2  # inches
_MOST_COUNTS = 16  # classes up to which a cell has room for its count
_LINES = ("solid", "dashed", "dotted", "dashdot")


def confusion_figure(view: ConfusionView) -> Figure:
    """Cells with their counts, coloured by the share of their row."""
    classes = len(view.classes)
    side = float(np.clip(0.8 * classes, 2.4, 10.0))
    labels = axis_labels(view.classes)
    figure = new_figure(side + 2.4, side + 1.4)
    axes = figure.subplots()
    colours = colormaps["viridis"].with_extremes(bad=_PALE)
    axes.imshow(view.shares, cmap=colours, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    step = label_step(classes, side)
    put_labels(axes, "x", labels, step=step, rotation=90 if classes > 4 else 0)
    put_labels(axes, "y", labels, step=step)
    axes.set_xlabel("Prediction")
    axes.set_ylabel("Truth")
    axes.tick_params(length=0)
    if classes <= _MOST_COUNTS:
        for row, column in np.ndindex(view.counts.shape):
            share = view.shares[row, column]
            ink = "black" if np.isnan(share) else readable_on(np.array(colours(float(share))))
            axes.text(column, row, f"{view.counts[row, column]:,}", ha="center", va="center", color=ink)
    put_title(figure, view.title, side + 2.0)
    return figure


def curve_figure(view: CurveView) -> Figure:
    """Lines in the unit square, told apart by dashes as well as by colour."""
    figure = new_figure(_SIDE + 1.0, _SIDE + 0.8 + 0.22 * len(view.lines))
    axes = figure.subplots()
    colours = [colormaps["viridis"](share) for share in np.linspace(0.1, 0.8, max(1, len(view.lines)))]
    for line, colour, dashes in zip(view.lines, colours, cycle(_LINES), strict=False):
        axes.plot(line.x, line.y, color=colour, linestyle=dashes, label=f"{_name(line.name)}, area {line.area:.3f}")
    if view.chance:
        axes.plot([0, 1], [0, 1], color=_PALE, linewidth=1, linestyle="dotted", label="guessing")
    _unit_square(axes, view.x_title, view.y_title)
    _legend(figure)
    put_title(figure, view.title, _SIDE)
    return figure


def calibration_figure(view: CalibrationView) -> Figure:
    """Accuracy against confidence; a point's size is its number of examples."""
    figure = new_figure(_SIDE + 1.0, _SIDE + 1.0)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=_PALE, linewidth=1, linestyle="dotted", label="as sure as right")
    largest = max(1, int(view.counts.max(initial=0)))
    sizes = 20 + 160 * view.counts / largest
    axes.scatter(
        view.confidence, view.accuracy, s=sizes, color=POINT, zorder=3, clip_on=False, label="this model: larger, more"
    )
    _unit_square(axes, "Confidence", "Share that is right")
    _legend(figure)
    put_title(figure, view.title, _SIDE)
    return figure


def residual_figure(view: ResidualView) -> Figure:
    """Residuals against the truth, around zero."""
    figure = new_figure(_SIDE + 1.6, _SIDE)
    axes = figure.subplots()
    axes.axhline(0, color=_PALE, linewidth=1)
    axes.scatter(view.truth, view.residuals, s=9, color=POINT, alpha=0.6, linewidths=0)
    axes.set_xlabel(f"True {view.target}", **text_properties())
    axes.set_ylabel("Truth minus prediction")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6))
    _without_frame(axes)
    put_title(figure, view.title, _SIDE + 1.0)
    return figure


def _unit_square(axes: Axes, x_title: str, y_title: str) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=x_title, ylabel=y_title, aspect="equal")
    _without_frame(axes)


def _without_frame(axes: Axes) -> None:
    axes.grid(color=_PALE, alpha=0.3, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure) -> None:
    legend = figure.legend(loc="outside lower left", frameon=False, fontsize=LABEL_SIZE)
    for label in legend.get_texts():
        label.set(**text_properties())


def _name(name: str) -> str:
    """matplotlib leaves names that begin with an underscore out of a legend."""
    return f"\N{ZERO WIDTH SPACE}{axis_labels([name])[0]}" if name.startswith("_") else axis_labels([name])[0]
