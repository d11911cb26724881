"""A `ComparisonView` as the browser gets it: the form of a capture with three maps, A, B and B − A."""

import hashlib
import json

import numpy as np

from attnviz.components.attention.payload import EXACT_CELLS, Payload
from attnviz.views.alignment import GAP
from attnviz.views.comparison import ComparisonView
from attnviz.views.explorer import text_direction

NAMES = ("A", "B", "B − A")


def comparison_payload(view: ComparisonView) -> Payload:
    """The browser's form of `view`.

    Returns:
        `meta`: JSON with `id` (of all that is in it), `axes`, `maps`, `blocks` and `type` as for a capture, and
        `titles` (of A and B), `description`, `maximum` (of the colours of A and B), `largest` (absolute difference),
        `scale` (of A and B), `pooled` (whether a cell is the largest of several weights), and for each of the three
        maps `gaps` (`queries` and `keys` that it has not) and `masked` (whether any other cell has no weight). `cells`:
        those of A, of B and of B − A, row by row.
    """
    axes = [_axis(view.query_axis, view.queries.labels)]
    if not view.same_axis:
        axes.append(_axis(view.key_axis, view.keys.labels))
    matrices = (view.first, view.second, view.difference)
    size = view.first.size
    kind = np.dtype("<f4") if len(matrices) * size <= EXACT_CELLS else np.dtype("<f2")
    rows, columns = view.first.shape
    meta = {
        "model": "",
        "complete": True,
        "axes": axes,
        "maps": [
            {"name": name, "title": name, "queryAxis": 0, "keyAxis": len(axes) - 1, "heads": 1, "statistics": {}}
            for name in NAMES
        ],
        "blocks": [
            {
                "map": position,
                "head": 0,
                "start": position * size,
                "queryCount": rows,
                "queryStarts": [0],
                "keyCount": columns,
                "keyStarts": [0],
                "pooled": False,
                "whole": True,
            }
            for position in range(len(matrices))
        ],
        "thumbnails": [],
        "type": kind.name,
        "titles": list(view.titles),
        "description": view.description,
        "maximum": view.limits[1],
        "largest": view.largest,
        "scale": view.scale,
        "pooled": view.pooled,
        "gaps": _gaps(view),
        "masked": [bool((np.isnan(cells) & ~gap).any()) for cells, gap in zip(matrices, view.gaps, strict=True)],
    }
    cells = np.concatenate([matrix.ravel() for matrix in matrices]).astype(kind).view(np.uint8)
    text = json.dumps(meta, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    return Payload(meta={**meta, "id": hashlib.sha256(text.encode() + cells.tobytes()).hexdigest()[:16]}, cells=cells)


def _axis(name: str, labels: tuple[str, ...]) -> dict[str, object]:
    return {"name": name, "labels": list(labels), "words": None, "direction": text_direction(labels), "pooled": False}


def _gaps(view: ComparisonView) -> list[dict[str, list[int]]]:
    missing = {
        name: [places.first == GAP, places.second == GAP, ~places.common]
        for name, places in (("queries", view.queries), ("keys", view.keys))
    }
    return [
        {name: [int(one) for one in np.flatnonzero(flags[side])] for name, flags in missing.items()}
        for side in range(len(NAMES))
    ]
