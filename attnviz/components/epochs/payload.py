"""An `EpochsView` as the browser gets it: one header for each frame, and the cells of all in one array."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.components.attention.payload import Payload, payload
from attnviz.views.epochs import EpochsView, Frame

_ALIGNED = 4  # bytes: the browser reads single-precision numbers where they lie


@dataclass(frozen=True, eq=False, kw_only=True)
class FramePayload:
    """One frame as the browser gets it; made once, and joined with others as they come.

    Attributes:
        epoch: Number of the epoch.
        note: What there is to say of it.
        payload: The run, as the linked views of one run get it.
    """

    epoch: int
    note: str
    payload: Payload


def frame_payload(frame: Frame) -> FramePayload:
    """The browser's form of one frame."""
    return FramePayload(epoch=frame.epoch, note=frame.note, payload=payload(frame.view, frame.grid))


def epochs_payload(view: EpochsView, *, best: int | None = None) -> Payload:
    """The browser's form of a film; arguments as for `joined_payload`."""
    return joined_payload([frame_payload(frame) for frame in view.frames], epochs=view.epochs, best=best)


def joined_payload(frames: Sequence[FramePayload], *, epochs: int, best: int | None = None) -> Payload:
    """Frames as one film.

    Args:
        frames: In the order of their epochs.
        epochs: How many there were before any was left out.
        best: Epoch whose weights are kept, None while nobody knows.

    Returns:
        `meta`: JSON with `id` (of all that is in it), `epochs`, `best` and `frames`, each with `epoch`, `note`, `meta`
        as for the linked views of one run, and `start` and `length` of its cells in bytes. `cells`: uint8.
    """
    parts: list[np.ndarray] = []
    headers = []
    start = 0
    for frame in frames:
        cells = frame.payload.cells
        meta = frame.payload.meta
        headers.append({"epoch": frame.epoch, "note": frame.note, "meta": meta, "start": start, "length": len(cells)})
        padding = -len(cells) % _ALIGNED
        parts += [cells, np.zeros(padding, np.uint8)]
        start += len(cells) + padding
    meta = {"epochs": epochs, "best": best, "frames": headers}
    text = json.dumps(meta, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    return Payload(
        meta={**meta, "id": hashlib.sha256(text.encode()).hexdigest()[:16]},  # each frame's id is that of its cells
        cells=np.concatenate(parts),
    )
