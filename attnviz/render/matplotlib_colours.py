"""The colours of the page, on paper: those that `components/attention/colours.js` gives a light page."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap

STEPS = 256
FADE_UNTIL, FADE_SHARE = 0.2, 0.9

MASKED, HATCH = (0.936, 0.939, 0.941), (0.768, 0.777, 0.782)
"""Ground and lines of cells that may not attend: the page's text colour, 7 % and 24 % of it on white."""

PINNED = "crimson"
"""What is pinned: no colour of the scale is like it."""

HEADS = (
    *("#32718f", "#c67712", "#760714", "#9a6af5", "#5f9b7b", "#c1123f", "#41089c", "#1f4fcc"),
    *("#7b89bd", "#4b2f5b", "#2f6b4e", "#596cc6", "#605215", "#6e4163", "#108968", "#3e4c8f"),
)
"""Of heads; after the last they begin again."""


def _page_colours() -> ListedColormap:
    """Viridis, dark for the largest weights; small ones fade into white."""
    units = np.linspace(0, 1, STEPS)
    viridis = colormaps["viridis"](1 - units)[:, :3]
    white = FADE_SHARE * np.maximum(0, 1 - units / FADE_UNTIL)[:, None]
    return ListedColormap((1 - white) * viridis + white, name="page")


PAGE_COLOURS = _page_colours()
