"""Frames of a film as the browser gets them: one header for each, and the cells of all in one array."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attnviz.components.attention.payload import Payload, payload
from attnviz.errors import ShapeError
from attnviz.views.epochs import Frame

_ALIGNED = 4  # bytes: the browser reads single-precision numbers where they lie


@dataclass(frozen=True, eq=False, kw_only=True)
class FramePayload:
    """One frame as the browser gets it; made once, and joined with others as they come.

    Attributes:
        epoch: Number of the epoch.
        note: What there is to say of it.
        cells: Number of its weights.
        payload: The run, as the linked views of one run get it.
    """

    epoch: int
    note: str
    cells: int
    payload: Payload


def frame_payload(frame: Frame) -> FramePayload:
    """The browser's form of one frame."""
    return FramePayload(epoch=frame.epoch, note=frame.note, cells=frame.cells, payload=payload(frame.view, frame.grid))


def film_payload(frames: Sequence[FramePayload], *, epochs: int, best: int | None = None) -> Payload:
    """Frames of one sequence as one film.

    Args:
        frames: In the order of their epochs.
        epochs: How many there were before any was left out.
        best: Epoch whose weights are kept, None while nobody knows.

    Returns:
        `meta`: JSON with `id` (of all that is in it), `epochs`, `best` and `frames`, each with `epoch`, `note`, `meta`
        as for the linked views of one run, and `start` and `length` of its cells in bytes. `cells`: uint8.

    Raises:
        ShapeError: If there is no frame, or they do not show the same tokens, layers and heads.
    """
    if not frames:
        raise ShapeError("A film needs at least one frame. Received: none.")
    shape = _shape(frames[0].payload.meta)
    parts: list[np.ndarray] = []
    headers = []
    start = 0
    for frame in frames:
        cells, meta = frame.payload.cells, frame.payload.meta
        if _shape(meta) != shape:
            raise ShapeError(
                "Every frame of a film must show the same tokens, layers and heads: epoch "
                f"{frame.epoch} does not show those of epoch {frames[0].epoch}."
            )
        headers.append({"epoch": frame.epoch, "note": frame.note, "meta": meta, "start": start, "length": len(cells)})
        padding = -len(cells) % _ALIGNED
        parts += [cells, np.zeros(padding, np.uint8)]
        start += len(cells) + padding
    whole = {"epochs": epochs, "best": best, "frames": headers}
    text = json.dumps(whole, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    return Payload(
        meta={
            **whole,
            "id": hashlib.sha256(text.encode()).hexdigest()[:16],
        },  # each frame's own id is that of its cells
        cells=np.concatenate(parts),
    )


def _shape(meta: dict[str, Any]) -> list[Any]:
    maps = [(one["name"], one["part"], one["queryAxis"], one["keyAxis"], one["heads"]) for one in meta["maps"]]
    return [maps, [axis["labels"] for axis in meta["axes"]]]
