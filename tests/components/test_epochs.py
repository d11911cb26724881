"""What the browser gets of a film: the cells of each frame where its header says that they are."""

import json

import numpy as np

from attnviz.components.attention.payload import payload
from attnviz.components.epochs.payload import epochs_payload, frame_payload, joined_payload
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.epochs import Frame, epochs_view, frame_of


def frame(epoch: int, note: str = "") -> Frame:
    weights = np.random.default_rng(epoch).dirichlet(np.ones(3), size=(1, 1, 3)).astype(np.float32)
    capture = AttentionCapture(
        model="m",
        maps=(AttentionMap(layer="attention", weights=weights, query_axis="tokens", key_axis="tokens"),),
        sequences={"tokens": (("a", "b", "c"),)},
        valid={"tokens": np.ones((1, 3), bool)},
        outputs=np.zeros((1, 2)),
    )
    return frame_of(capture, epoch=epoch, note=note)


def test_every_frame_finds_its_own_cells():
    every = [frame(1, "one"), frame(2, "two"), frame(3)]
    data = epochs_payload(epochs_view(every), best=2)
    assert (data.meta["epochs"], data.meta["best"]) == (3, 2)
    assert [(one["epoch"], one["note"]) for one in data.meta["frames"]] == [(1, "one"), (2, "two"), (3, "")]
    for header, one in zip(data.meta["frames"], every, strict=True):
        start, block = header["start"], header["meta"]["blocks"][0]
        assert start % 4 == 0
        numbers = data.cells[start : start + header["length"]].view("<f4")
        np.testing.assert_array_equal(numbers[block["start"] :][:9].reshape(3, 3), one.view.blocks[0].values)
        assert header["meta"] == payload(one.view, one.grid).meta


def test_half_precision_frames_of_odd_length_stay_aligned():
    first, second = frame_payload(frame(1)), frame_payload(frame(2))
    odd = type(first)(
        epoch=1, note="", payload=type(first.payload)(meta=first.payload.meta, cells=np.arange(6, dtype=np.uint8))
    )
    data = joined_payload([odd, second], epochs=2)
    assert [(one["start"], one["length"]) for one in data.meta["frames"]] == [(0, 6), (8, len(second.payload.cells))]
    np.testing.assert_array_equal(data.cells[8:], second.payload.cells)


def test_another_frame_note_or_best_epoch_is_another_film():
    base = epochs_payload(epochs_view([frame(1)]))
    others = [
        epochs_payload(epochs_view([frame(1), frame(2)])),
        epochs_payload(epochs_view([frame(1, "loss 0.4")])),
        epochs_payload(epochs_view([frame(1)]), best=1),
        epochs_payload(epochs_view([frame(4)])),
    ]
    assert len({base.meta["id"], *(one.meta["id"] for one in others)}) == 5
    assert epochs_payload(epochs_view([frame(1)])).meta == base.meta
    json.dumps(base.meta, allow_nan=False)
