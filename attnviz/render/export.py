"""A matplotlib figure as the bytes of a picture file."""

import io
import threading
import warnings
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PictureFormat = Literal["png", "svg", "pdf"]
DOTS_PER_INCH = 200

# Text stays text: to search, to copy and to edit. The salt makes the same figure the same bytes.
_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "attnviz", "pdf.fonttype": 42}
_NO_DATE: dict[str, dict[str, str | None]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
_EXPORTING = threading.Lock()
"""matplotlib's settings belong to the process: two sessions that export at once would undo each other's."""


def figure_bytes(figure: Figure, picture_format: PictureFormat) -> bytes:
    """The file that `figure` makes.

    Args:
        figure: A figure of its own, not one that pyplot manages.
        picture_format: `"png"` (200 dots per inch), `"svg"` or `"pdf"` (text as text).

    Returns:
        The same bytes for the same figure.

    Raises:
        ValueError: If the format is another one.
    """
    if picture_format not in _NO_DATE:
        raise ValueError(f"`picture_format` must be one of {', '.join(_NO_DATE)}. Received: {picture_format!r}.")
    file = io.BytesIO()
    with _EXPORTING, mpl.rc_context(_SETTINGS):
        # A script without an installed font shows as boxes, which is no news for the log. A filter and not
        # `catch_warnings`, which would swap the filters of all other threads for as long as it lasts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        FigureCanvasAgg(figure)
        figure.savefig(file, format=picture_format, dpi=DOTS_PER_INCH, metadata=_NO_DATE[picture_format])
    return file.getvalue()
