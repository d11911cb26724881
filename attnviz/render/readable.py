"""A colour for text that can be read on any ground."""

import numpy as np


def readable_on(colour: np.ndarray) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2.1) on an RGBA colour."""
    channels = colour[:3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"
