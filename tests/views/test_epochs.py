"""Frames of a training as a film: the same tokens in each, and never more cells than fit."""

import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.epochs import Frame, epochs_view, frame_of

WORDS = ("a", "b", "c", "d", "e")


def captured(length: int = 3, heads: int = 2, seed: int = 0, layer: str = "attention") -> AttentionCapture:
    weights = np.random.default_rng(seed).dirichlet(np.ones(length), size=(1, heads, length)).astype(np.float32)
    return AttentionCapture(
        model="m",
        maps=(AttentionMap(layer=layer, weights=weights, query_axis="tokens", key_axis="tokens"),),
        sequences={"tokens": (WORDS[:length],)},
        valid={"tokens": np.ones((1, length), bool)},
        outputs=np.zeros((1, 2)),
    )


def frames(count: int) -> list[Frame]:
    return [frame_of(captured(seed=epoch), epoch=epoch) for epoch in range(1, count + 1)]


def test_a_frame_holds_every_head_of_the_run():
    capture = captured()
    frame = frame_of(capture, epoch=7, note="loss 0.5")
    assert (frame.epoch, frame.note, frame.cells) == (7, "loss 0.5", 2 * 3 * 3)
    for block, weights in zip(frame.view.blocks, capture.maps[0].weights[0], strict=True):
        np.testing.assert_array_equal(block.values, weights)
    assert [row.heads for row in frame.grid] == [2]


def test_a_sequence_that_is_too_long_is_refused_with_its_length():
    with pytest.raises(ShapeError, match=r"may have 17 attention weights .* of 3 tokens has more"):
        frame_of(captured(), epoch=1, most_cells=17)
    assert frame_of(captured(), epoch=1, most_cells=18).cells == 18


def test_all_frames_that_fit_are_kept():
    view = epochs_view(frames(5), most_cells=5 * 18)
    assert [frame.epoch for frame in view.frames] == [1, 2, 3, 4, 5]
    assert view.epochs == 5


def test_of_too_many_frames_first_last_and_best_stay():
    view = epochs_view(frames(9), most_cells=3 * 18, best=4)
    assert [frame.epoch for frame in view.frames] == [1, 4, 5, 9]
    assert view.epochs == 9


def test_a_film_has_at_least_its_beginning_and_its_end():
    assert [frame.epoch for frame in epochs_view(frames(9), most_cells=1).frames] == [1, 9]


@pytest.mark.parametrize("other", [captured(length=4), captured(heads=3), captured(layer="another")])
def test_frames_of_another_sequence_or_model_are_refused(other: AttentionCapture):
    with pytest.raises(ShapeError, match="epoch 2 does not show those of epoch 1"):
        epochs_view([*frames(1), frame_of(other, epoch=2)])


def test_a_film_without_a_frame_is_refused():
    with pytest.raises(ShapeError, match="at least one frame"):
        epochs_view([])
