"""What the browser gets of a film: the cells of each frame where its header says that they are."""

import json

import numpy as np
import pytest

from attnviz.components.attention.payload import Payload, payload
from attnviz.components.epochs.payload import FramePayload, film_payload, frame_payload
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.epochs import Frame, frame_of


def frame(epoch: int, note: str = "", *, length: int = 3, heads: int = 1, layer: str = "attention") -> Frame:
    weights = np.random.default_rng(epoch).dirichlet(np.ones(length), size=(1, heads, length)).astype(np.float32)
    capture = AttentionCapture(
        model="m",
        maps=(AttentionMap(layer=layer, weights=weights, query_axis="tokens", key_axis="tokens"),),
        sequences={"tokens": (tuple("abcd"[:length]),)},
        valid={"tokens": np.ones((1, length), bool)},
        outputs=np.zeros((1, 2)),
    )
    return frame_of(capture, epoch=epoch, note=note)


def test_every_frame_finds_its_own_cells():
    every = [frame(1, "one"), frame(2, "two"), frame(3)]
    data = film_payload([frame_payload(one) for one in every], epochs=3, best=2)
    assert (data.meta["epochs"], data.meta["best"]) == (3, 2)
    assert [(one["epoch"], one["note"]) for one in data.meta["frames"]] == [(1, "one"), (2, "two"), (3, "")]
    for header, one in zip(data.meta["frames"], every, strict=True):
        start, block = header["start"], header["meta"]["blocks"][0]
        assert start % 4 == 0
        numbers = data.cells[start : start + header["length"]].view("<f4")
        np.testing.assert_array_equal(numbers[block["start"] :][:9].reshape(3, 3), one.view.blocks[0].values)
        assert header["meta"] == payload(one.view, one.grid).meta


def test_cells_of_any_length_stay_aligned():
    first, second = frame_payload(frame(1)), frame_payload(frame(2))
    six = Payload(meta=first.payload.meta, cells=np.arange(6, dtype=np.uint8))
    data = film_payload([FramePayload(epoch=1, note="", cells=3, payload=six), second], epochs=2)
    assert [(one["start"], one["length"]) for one in data.meta["frames"]] == [(0, 6), (8, len(second.payload.cells))]
    np.testing.assert_array_equal(data.cells[8:], second.payload.cells)


def test_another_frame_note_or_best_epoch_is_another_film():
    one, two = frame_payload(frame(1)), frame_payload(frame(2))
    films = [
        film_payload([one], epochs=1),
        film_payload([one, two], epochs=2),
        film_payload([frame_payload(frame(1, "loss 0.4"))], epochs=1),
        film_payload([one], epochs=1, best=1),
        film_payload([two], epochs=1),
    ]
    assert len({film.meta["id"] for film in films}) == len(films)
    assert film_payload([frame_payload(frame(1))], epochs=1).meta == films[0].meta
    json.dumps(films[1].meta, allow_nan=False)


@pytest.mark.parametrize("other", [{"length": 4}, {"heads": 2}, {"layer": "another"}])
def test_frames_of_another_sequence_or_model_are_refused(other: dict[str, object]):
    frames = [frame_payload(frame(1)), frame_payload(frame(2, **other))]
    with pytest.raises(ShapeError, match="epoch 2 does not show those of epoch 1"):
        film_payload(frames, epochs=2)


def test_a_film_without_a_frame_is_refused():
    with pytest.raises(ShapeError, match="at least one frame"):
        film_payload([], epochs=0)
