"""A picture as the browser's image view gets it, beside the capture: plain JSON."""

from typing import Any

import numpy as np

from attnviz.views.image import PictureView
from attnviz.views.labels import displayed


def picture_extra(view: PictureView) -> dict[str, Any]:
    """What the image view needs, as `extras["image"]` of `attention_views`.

    Returns:
        `rows`, `columns`; `light`, row by row from 0 (black) to 255 (white), a number a pixel, or three in colour;
        `colours`, whether it is three; `axes`: for each axis of the capture that runs over parts of the picture, by the
        name that it has in the payload, `boxes` (row, column, height and width in pixels of each position; height and
        width 0 for what is no part of it) and `names`.
    """
    rows, columns = view.light.shape[:2]
    return {
        "rows": rows,
        "columns": columns,
        "colours": view.light.ndim == 3,
        "light": [int(one) for one in np.round(view.light * 255).ravel()],
        "axes": {
            displayed(axis): {
                "boxes": [[int(one) for one in box] for box in places.boxes],
                "names": list(places.names),
            }
            for axis, places in view.places.items()
        },
    }
