"""Text in matplotlib's figures: fonts for any script, tokens that flow."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from unicodedata import bidirectional

import matplotlib as mpl
from matplotlib import font_manager

_FALLBACK_FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji", "Symbola", "Arial Unicode MS")  # fmt: skip


def text_properties() -> dict[str, Any]:
    """Properties of every text that may hold a label: `$x$` is no formula, and other scripts find their fonts."""
    return {"parse_math": False, "fontfamily": list(_families())}


def apart(label: str) -> str:
    """A label inside a sentence: where letters of it run from right to left, those around it stay as they are."""
    leftwards = any(bidirectional(character) in ("R", "AL") for character in label)
    return f"\N{FIRST STRONG ISOLATE}{label}\N{POP DIRECTIONAL ISOLATE}" if leftwards else label


def flow(tokens: Sequence[str], width: float) -> tuple[list[tuple[float, int]], int]:
    """Left edge in inches and line of each token, in lines of `width` inches, and the number of lines."""
    places: list[tuple[float, int]] = []
    left, line = 0.0, 0
    for token in tokens:
        taken = token_width(token)
        if left and left + taken > width:
            left, line = 0.0, line + 1
        places.append((left, line))
        left += taken
    return places, line + 1


def token_width(token: str) -> float:
    """Inches that a token takes in a line, about."""
    return 0.105 * len(token) + 0.2


@cache
def _families() -> tuple[str, ...]:
    """The usual font, then those installed ones that know more scripts. (The colour emoji font draws no outlines.)"""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return (*mpl.rcParamsDefault["font.sans-serif"][:1], *(font for font in _FALLBACK_FONTS if font in installed))
