"""A document with its sentences and their words shaded, on matplotlib's axes."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import FancyBboxPatch, Rectangle

from attnviz.render.matplotlib_layout import coloured
from attnviz.render.matplotlib_text import flow, text_properties, token_width
from attnviz.render.readable import readable_on
from attnviz.views.document import DocumentView
from attnviz.views.labels import shortened

WIDTH = 8.0
"""Inches of the whole picture."""

SENTENCES = LinearSegmentedColormap.from_list("sentences", [(1, 1, 1), (0.907, 0.792, 0.7)])
WORDS = LinearSegmentedColormap.from_list("words", [(1, 1, 1), (0.0, 0.361, 0.431)])
"""The colours of the browser's picture: pale orange for sentences, blue-green for the words on it."""

_BAR = (0.69, 0.306, 0.0)
_LEFT = 1.0  # inches before the words: number, weight and bar
_LINE = 0.34
_BELOW = 0.18  # inches for the bar below the weight
_GAP = 0.1
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class DocumentLayout:
    """Where the sentences stand, in inches.

    Attributes:
        tops: Top edge of each sentence.
        heights: Height of each.
        places: For each sentence left edge and line of each word.
        height: Height of them all.
    """

    tops: tuple[float, ...]
    heights: tuple[float, ...]
    places: tuple[tuple[tuple[float, int], ...], ...]
    height: float


def document_layout(view: DocumentView) -> DocumentLayout:
    """Room for every sentence, its words in as many lines as they need."""
    flows = [flow([shortened(word, _LONGEST) for word in words], WIDTH - _LEFT - 0.1) for words in view.words]
    heights = tuple(max(lines * _LINE, _LINE + _BELOW) for _, lines in flows)
    tops = tuple(float(top) for top in np.cumsum([0.0, *(height + _GAP for height in heights)])[:-1])
    return DocumentLayout(
        tops=tops,
        heights=heights,
        places=tuple(tuple(places) for places, _ in flows),
        height=sum(heights) + _GAP * max(0, len(heights) - 1),
    )


def draw_document(axes: Axes, view: DocumentView, layout: DocumentLayout) -> tuple[ScalarMappable, ScalarMappable]:
    """Draw every sentence; returns the colours of sentences and of words, these in shares of the strongest."""
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(layout.height, 0)
    axes.set_axis_off()
    grounds, shown = coloured(view.sentence_weights, view.limits, view.colouring, SENTENCES)
    tints = grounds.to_rgba(shown)
    shares = np.asarray(grounds.norm(shown))
    shades = ScalarMappable(Normalize(0, 1), WORDS)
    for position, (top, height) in enumerate(zip(layout.tops, layout.heights, strict=True)):
        weight = float(view.sentence_weights[position])
        axes.add_patch(_box((0, top), WIDTH, height, tints[position]))
        style = {"va": "center", "color": "black", **text_properties()}
        axes.text(0.12, top + _LINE / 2, f"{position + 1}", fontsize=8, **style)
        axes.text(_LEFT - 0.14, top + _LINE / 2, f"{weight:.2f}", fontsize=10, fontweight="bold", ha="right", **style)
        _draw_bar(axes, top + _LINE, float(np.clip(shares[position], 0, 1)))
        colours = shades.to_rgba(_word_shades(view, position))
        for word, colour, (left, line) in zip(view.words[position], colours, layout.places[position], strict=True):
            _draw_word(axes, shortened(word, _LONGEST), colour, (_LEFT + left, top + line * _LINE))
    return grounds, shades


def _word_shades(view: DocumentView, position: int) -> np.ndarray:
    if view.word_shades:
        return view.word_shades[position]
    low, high = view.word_limits[position]
    return np.clip((view.word_weights[position] - low) / (high - low), 0, 1)


def _draw_bar(axes: Axes, top: float, share: float) -> None:
    full = _LEFT - 0.26
    axes.add_patch(Rectangle((0.12, top), full, 0.08, facecolor=(0, 0, 0, 0.12), edgecolor="none"))
    axes.add_patch(Rectangle((0.12, top), full * share, 0.08, facecolor=_BAR, edgecolor="none"))


def _draw_word(axes: Axes, word: str, colour: np.ndarray, corner: tuple[float, float]) -> None:
    left, top = corner
    width = token_width(word)
    axes.add_patch(_box((left + 0.02, top + 0.04), width - 0.04, _LINE - 0.08, colour))
    style = {"ha": "center", "va": "center", "fontsize": 10, **text_properties()}
    axes.text(left + width / 2, top + _LINE / 2, word, color=readable_on(colour), **style)


def _box(corner: tuple[float, float], width: float, height: float, colour: np.ndarray) -> FancyBboxPatch:
    return FancyBboxPatch(
        corner, width, height, boxstyle="round,pad=0,rounding_size=0.05", facecolor=colour, edgecolor="none"
    )
