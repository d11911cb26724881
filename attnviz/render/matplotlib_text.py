"""Text in matplotlib's figures: fonts for any script, tokens that flow, and a colour that can be read on any ground."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager

_FALLBACK_FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji", "Symbola", "Arial Unicode MS")  # fmt: skip


def text_properties() -> dict[str, Any]:
    """Properties of every text that may hold a label: `$x$` is no formula, and other scripts find their fonts."""
    return {"parse_math": False, "fontfamily": list(_families())}


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


def readable_on(colour: np.ndarray) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2.1) on an RGBA colour."""
    channels = colour[:3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


@cache
def _families() -> tuple[str, ...]:
    """The usual font, then those installed ones that know more scripts. (The colour emoji font draws no outlines.)"""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return (*mpl.rcParamsDefault["font.sans-serif"][:1], *(font for font in _FALLBACK_FONTS if font in installed))
