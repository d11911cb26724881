"""Frames of a training as a film: every head of each, and no more of them than fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.epochs import frame_of, shown_epochs

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


def test_all_epochs_that_fit_are_shown():
    assert shown_epochs(range(1, 6), room=5) == (1, 2, 3, 4, 5)


def test_of_too_many_epochs_first_last_and_best_stay():
    assert shown_epochs(range(1, 10), room=6) == (1, 2, 4, 6, 8, 9)
    assert shown_epochs(range(1, 10), room=5, best=7) == (1, 4, 7, 8, 9)
    assert shown_epochs(range(1, 10), room=1, best=7) == (1, 7, 9)


@given(room=st.integers(4, 12), last=st.integers(1, 200), best=st.none() | st.integers(1, 200))
def test_a_film_that_lets_go_as_it_grows_ends_with_what_it_would_have_kept(room: int, last: int, best: int | None):
    best = best if best is None or best <= last else None
    kept: tuple[int, ...] = ()
    for epoch in range(1, last + 1):
        known = best if best is not None and best <= epoch else None
        kept = shown_epochs((*kept, epoch), room=room, best=known)
        assert len(kept) <= room
    assert {1, last, best} - {None} <= set(kept)
    assert set(shown_epochs(range(1, last + 1), room=room, best=best)) <= set(kept)
