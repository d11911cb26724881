"""What is inside one number, as a matplotlib figure: two vectors, one score, and the softmax beside the other keys."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import FancyBboxPatch

from attnviz.render.matplotlib_bars import BAR
from attnviz.render.matplotlib_comparison import DIFFERENCES
from attnviz.render.matplotlib_layout import LABEL_SIZE, axis_labels, new_figure, put_labels, put_title, widest
from attnviz.render.matplotlib_text import apart, text_properties
from attnviz.views.labels import quoted
from attnviz.views.neuron import NeighbourKey, NeuronView

WIDTH = 7.2
"""Inches of the figure: as wide as a page of text."""

MOST_LINES = 8
"""Lines of components: of longer vectors bars get narrower."""

COLUMNS = (0.18, 0.62, 0.97)
"""Where the place of a key, its score and e to the power of that end, in their part of the table."""

_NARROWEST, _WIDEST = 0.06, 0.3  # inches of a component, as far as its lines allow
_ROW = 0.34  # inches of a vector's bars
_LONGEST_BAR = 0.45  # of a row, on either side of its line
_BELOW = 0.85  # rows for the components' numbers and the gap to the next line
_NUMBER = 0.3  # inches between the numbers of components
_STEP = 0.62  # inches of a line of boxes
_LINE = 0.25  # inches of a line of the table
_CHARACTER, _SMALL_CHARACTER = 0.092, 0.063  # inches: mean width of a character of a box's number, and of its name
_GROUND, _PALE, _MUTED = "#eef2f4", "#b4bfc5", "#5b676d"
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Strip:
    """A row of bars: `limit` is the value of one that fills its half of the row."""

    name: str
    values: np.ndarray
    limit: float


def neuron_figure(view: NeuronView) -> Figure:
    """The components of query and key and what is summed as bars; the sum's way to the weight; the keys beside it."""
    strips = _strips(view)
    size = len(view.products)
    room = WIDTH - 0.35 - widest([strips[-1].name])
    lines = min(ceil(size * _NARROWEST / room), MOST_LINES)
    columns = ceil(size / lines)
    boxes = _boxes(view)
    rest = _rest(view)
    heights = (
        lines * (len(strips) + _BELOW) * _ROW + 0.65,
        _lines_of(boxes) * _STEP + 0.35,
        (len(view.neighbours) + len(rest)) * _LINE + 0.75,
    )
    figure = new_figure(WIDTH, sum(heights) + 0.75)
    panels: Any = figure.subfigures(3, 1, height_ratios=heights)
    compare, score, softmax = panels
    _draw_strips(_panel(compare, "1. Compare two vectors"), strips, columns=columns, room=room)
    _draw_boxes(_panel(score, "2. One score, and its share of the row"), boxes)
    _draw_keys(softmax, view, rest)
    put_title(figure, _title(view), WIDTH - 1)  # whose labels may be nothing but wide letters
    return figure


def told(value: float) -> str:
    """Three significant digits, as on the page: `"−0.0123"`, `"1.2e−5"`."""
    if not np.isfinite(value):
        return "\N{INFINITY}" if value > 0 else f"{_MINUS}\N{INFINITY}"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        text = np.format_float_positional(value, precision=3, fractional=False, trim="-")
    else:
        text = np.format_float_scientific(value, precision=1, unique=False, exp_digits=1)
    return text.replace("-", _MINUS)


def _exactly(weight: float) -> str:
    """A captured weight in six significant digits, as every view of the page tells it."""
    if weight == 0 or weight >= 1e-4:
        return np.format_float_positional(weight, precision=6, unique=False, fractional=False, trim="-")
    return np.format_float_scientific(weight, precision=5, unique=False, exp_digits=1)


def _title(view: NeuronView) -> str:
    labels = [apart(quoted(label)) for label in axis_labels([view.query_label, view.key_label])]
    query = view.query_label if view.pooled else f"query {view.query + 1}, {labels[0]},"
    key = f"key {view.key + 1}, {labels[1]},"
    end = f" {view.sharing}" if view.sharing else ""
    title = f"{view.title[:1].upper()}{view.title[1:]}"
    return f"{title}: how {query} comes to give {key} a weight of {_exactly(view.weight)}.{end}"


def _strips(view: NeuronView) -> list[_Strip]:
    vectors = _largest(view.query_components, view.key_components)
    strips = [
        _Strip(name="q", values=view.query_components, limit=vectors),
        _Strip(name="k", values=view.key_components, limit=vectors),
    ]
    product = "q × k" if view.formula == "dot" else "tanh(q + k)"
    if view.component_scale is not None:
        strips.append(_Strip(name="f", values=view.component_scale, limit=_largest(view.component_scale)))
        product = f"{product} × f"
    return [*strips, _Strip(name=product, values=view.products, limit=_largest(view.products))]


def _largest(*vectors: np.ndarray) -> float:
    return max(float(np.abs(one).max(initial=0.0)) for one in vectors)


def _panel(figure: SubFigure, title: str) -> Axes:
    _put_heading(figure, title)
    axes = figure.subplots()
    _strip_off(axes)
    return axes


def _put_heading(figure: SubFigure, title: str) -> None:
    figure.suptitle(title, x=0.02, ha="left", fontsize=10, fontweight="bold")


def _strip_off(axes: Axes) -> None:
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])


def _draw_strips(axes: Axes, strips: list[_Strip], *, columns: int, room: float) -> None:
    """Bars above their line add to the score, bars below take from it; `columns` of them a line."""
    size = len(strips[0].values)
    lines = ceil(size / columns)
    line_height = len(strips) + _BELOW
    axes.set_xlim(0, max(columns, room / _WIDEST))
    axes.set_ylim(lines * line_height - 0.35, 0)
    places = np.arange(size)
    left, line = places % columns, places // columns
    gap = 0.1 if columns * 0.08 < room else 0.0
    for row, strip in enumerate(strips):
        base = line * line_height + row + 0.5
        units = strip.values / strip.limit if strip.limit > 0 else np.zeros(size)
        top = base - _LONGEST_BAR * units
        corners = np.stack([left + gap, base, left + 1 - gap, base, left + 1 - gap, top, left + gap, top], axis=-1)
        # From a third of the colour on, so that a small bar is still seen.
        colours = DIFFERENCES(0.5 + np.sign(units) * (0.2 + 0.3 * np.abs(units)))
        axes.add_collection(PolyCollection(corners.reshape(size, 4, 2)[units != 0], facecolors=colours[units != 0]))
    starts = np.arange(lines) * line_height
    bases = (starts[:, None] + np.arange(len(strips)) + 0.5).ravel()
    ends = np.repeat(np.minimum(columns, size - np.arange(lines) * columns), len(strips))
    axes.hlines(bases, 0, ends, color=_PALE, linewidth=0.6, zorder=0)
    axes.set_yticks(bases, [strip.name for strip in strips] * lines, fontsize=LABEL_SIZE, **text_properties())
    every = max(1, ceil(_NUMBER * max(columns, room / _WIDEST) / room))
    for place in places[left % every == 0]:
        below = (place // columns) * line_height + len(strips) + 0.25
        axes.text(left[place] + 0.5, below, str(place + 1), fontsize=7, ha="center", va="center", color=_MUTED)
    limits = f"q and k \N{PLUS-MINUS SIGN}{told(strips[0].limit)}"
    limits += "".join(f", {strip.name} \N{PLUS-MINUS SIGN}{told(strip.limit)}" for strip in strips[2:])
    axes.set_xlabel(f"A full bar: {limits}. What stands above its line adds to the score.", loc="left", fontsize=8)


def _boxes(view: NeuronView) -> list[tuple[str, str]]:
    """Numbers with their names, from the sum to the weight; a name that is empty makes a sign of what is before it."""
    boxes = [(told(view.sum), "q · k, the sum" if view.formula == "dot" else "the sum")]
    if view.scale != 1:
        boxes += [("×", ""), (told(view.scale), "scale")]
    if view.cap is not None:
        boxes += [("→", ""), (told(view.capped), f"capped at \N{PLUS-MINUS SIGN}{told(view.cap)}")]
    if view.bias != 0:
        boxes += [("+", ""), (told(view.bias), "bias")]
    if view.bias != 0 or (view.cap is None and view.scale != 1):
        boxes += [("=", ""), (told(view.score), "score")]
    if view.allowed:
        less = f"+ {told(-view.largest)}" if view.largest < 0 else f"{_MINUS} {told(view.largest)}"
        softmax = f"e^({told(view.score)} {less}) ÷ {told(view.total)}"
        boxes += [("→", ""), (softmax, "softmax"), ("=", "")]
    else:
        boxes += [("→", ""), ("may not attend", "mask"), ("→", "")]
    return [*boxes, (_exactly(view.weight), "weight")]


def _widths(boxes: list[tuple[str, str]]) -> list[float]:
    return [
        max(_CHARACTER * len(value), _SMALL_CHARACTER * len(name)) + (0.2 if name else 0.1) for value, name in boxes
    ]


def _places(boxes: list[tuple[str, str]]) -> list[tuple[float, int]]:
    """Left edge in inches and line of each."""
    places, left, line = [], 0.1, 0
    for width in _widths(boxes):
        if left + width > WIDTH - 0.3:
            left, line = 0.1, line + 1
        places.append((left, line))
        left += width
    return places


def _lines_of(boxes: list[tuple[str, str]]) -> int:
    return _places(boxes)[-1][1] + 1


def _draw_boxes(axes: Axes, boxes: list[tuple[str, str]]) -> None:
    height = _lines_of(boxes) * _STEP
    axes.set_yticks([])
    axes.set_xlim(0, WIDTH - 0.2)
    axes.set_ylim(height, 0)
    axes.add_patch(
        FancyBboxPatch((0.05, 0.05), WIDTH - 0.3, height - 0.1, boxstyle="round,pad=0,rounding_size=0.08",
                       facecolor=_GROUND, edgecolor="none")
    )  # fmt: skip
    for place, ((value, name), (left, line)) in enumerate(zip(boxes, _places(boxes), strict=True)):
        last = "bold" if place == len(boxes) - 1 else "normal"
        axes.text(left, line * _STEP + 0.25, value, fontsize=11, va="center", fontweight=last)
        axes.text(left, line * _STEP + 0.46, name, fontsize=8, va="center", color=_MUTED)


def _rest(view: NeuronView) -> list[tuple[str, float]]:
    left = view.allowed_keys - sum(not np.isnan(one.score) for one in view.neighbours)
    rest = [(f"the other {left} {'key' if left == 1 else 'keys'} together", view.others_weight)] if left else []
    return [*rest, ("padding, not shown", view.hidden_weight)] if view.hidden_weight > 0 else rest


def _draw_keys(figure: SubFigure, view: NeuronView, rest: list[tuple[str, float]]) -> None:
    """A line a key: where it stands, its score, e to the power of that less the largest, its weight."""
    _put_heading(figure, "3. Beside the other keys")
    numbers, bars = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.2])
    weights = [*(one.weight for one in view.neighbours), *(weight for _, weight in rest)]
    colours = [BAR] * len(view.neighbours) + [_PALE] * len(rest)
    drawn = bars.barh(range(len(weights)), weights, height=0.6, color=colours)
    told_weights = bars.bar_label(drawn, [told(weight) for weight in weights], padding=3, fontsize=LABEL_SIZE)
    bars.set_xlim(0, 1.25 * max(*weights, 1e-12))
    numbers.set_xlim(0, 1)
    numbers.set_ylim(len(weights) - 0.5, -0.5)
    for axes, at, name in (
        *((numbers, at, name) for at, name in zip(COLUMNS, ("key", "score", "e^…"), strict=True)),
        (bars, 0.0, "weight"),
    ):
        align = "left" if axes is bars else "right"
        axes.text(at, -0.65, name, fontsize=8, ha=align, va="bottom", color=_MUTED)
        _strip_off(axes)
    put_labels(numbers, "y", [*axis_labels([one.label for one in view.neighbours]), *(name for name, _ in rest)])
    bars.tick_params(labelleft=False)
    for row, one in enumerate(view.neighbours):
        chosen = one.key == view.key
        weight = "bold" if chosen else "normal"
        for at, text in zip(COLUMNS, _columns(one), strict=True):
            numbers.text(at, row, text, ha="right", va="center", fontsize=LABEL_SIZE, fontweight=weight)
        if chosen:
            numbers.axhspan(row - 0.5, row + 0.5, color=_GROUND, zorder=0)
            bars.axhspan(row - 0.5, row + 0.5, color=_GROUND, zorder=0)
            numbers.get_yticklabels()[row].set_fontweight("bold")
            told_weights[row].set_fontweight("bold")


def _columns(one: NeighbourKey) -> tuple[str, str, str]:
    masked = np.isnan(one.score)
    return (str(one.key + 1), "masked", "0") if masked else (str(one.key + 1), told(one.score), told(one.power))
