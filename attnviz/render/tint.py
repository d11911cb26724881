"""The colour that lies over a picture, the stronger the more attention: the same as in the browser's image view."""

TINT = (213, 94, 0)
"""Vermillion: seen on black, grey and white, and by colour-blind eyes (Okabe and Ito, 2008)."""

STRONGEST = 0.72
"""How much of a pixel the strongest tint covers: dark and light stay apart under it."""
