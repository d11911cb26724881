"""What is sent of a capture: all of it where it fits, and else what is looked at, with no peak lost."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import attnviz
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted, explorer_view, text_direction
from tests.views.captures import HEADS, TOKENS, padded, pooled, two_heads


def large(length: int = 1500, *, hot: tuple[int, int] = (1400, 77)) -> AttentionCapture:
    weights = np.zeros((1, 2, length, length), np.float32)
    weights[0, 1][hot] = 0.5
    one = AttentionMap(layer="long", weights=weights, query_axis="text", key_axis="text", range_known=True)
    labels = (tuple(map(str, range(length))),)
    valid = np.ones((1, length), bool)
    return AttentionCapture(model="m", maps=(one,), sequences={"text": labels}, valid={"text": valid}, outputs=0)


def test_a_small_capture_is_sent_whole_exactly_as_captured():
    view = explorer_view(two_heads())
    assert view.complete
    assert [(block.map, block.head, block.whole, block.pooled) for block in view.blocks] == [
        (0, 0, True, False),
        (0, 1, True, False),
    ]
    for head, block in enumerate(view.blocks):
        assert_array_equal(block.values, np.float32(HEADS[head]))
    assert view.axes[0].labels == TOKENS
    assert (view.maps[0].query_axis, view.maps[0].key_axis) == (0, 0)


def test_padding_is_left_out_unless_it_is_asked_for():
    capture = padded(1, 2)
    hidden, shown = explorer_view(capture), explorer_view(capture, hide_padding=False)
    real = int(capture.valid[capture.maps[0].key_axis][0].sum())
    assert hidden.blocks[0].values.shape[1] == real
    assert shown.blocks[0].values.shape[1] == capture.maps[0].weights.shape[3]
    assert "[padding]" in shown.axes[shown.maps[0].key_axis].labels
    assert "[padding]" not in hidden.axes[hidden.maps[0].key_axis].labels


def test_pooling_attention_has_one_query_of_its_own():
    view = explorer_view(pooled())
    one = view.maps[0]
    assert view.axes[one.query_axis].pooled
    assert not view.axes[one.key_axis].pooled
    assert view.blocks[0].values.shape[0] == 1


def test_a_masked_cell_is_no_number():
    mask = np.tril(np.ones((1, 3, 3), bool))
    weights = np.float32([[[[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]]])
    one = AttentionMap(layer="causal", weights=weights, query_axis="text", key_axis="text", mask=mask)
    capture = AttentionCapture(
        model="m",
        maps=(one,),
        sequences={"text": (("a", "b", "c"),)},
        valid={"text": np.ones((1, 3), bool)},
        outputs=np.zeros(1),
    )
    assert_array_equal(explorer_view(capture).blocks[0].values, np.where(mask[0], weights[0, 0], np.nan))


def test_of_a_capture_that_is_too_large_the_wanted_head_is_sent_pooled():
    view = explorer_view(large(), wanted=Wanted(map=0, head=1))
    assert not view.complete
    (block,) = view.blocks
    assert (block.head, block.pooled, block.values.shape) == (1, True, (1024, 1024))
    row, column = np.argwhere(block.values == 0.5)[0]
    assert block.queries[row] <= 1400 < block.queries[row + 1]
    assert block.keys[column] <= 77 < block.keys[column + 1]
    assert np.count_nonzero(block.values) == 1


def test_a_window_holds_the_exact_cells_with_their_places():
    view = explorer_view(large(), wanted=Wanted(map=0, head=1, queries=(1390, 1420), keys=(70, 100)))
    overview, window = view.blocks
    assert (overview.whole, window.whole, window.pooled) == (True, False, False)
    assert window.values.shape == (30, 30)
    assert (window.queries[0], window.keys[0]) == (1390, 70)
    assert window.values[10, 7] == 0.5
    assert np.count_nonzero(window.values) == 1


def test_a_window_that_lies_outside_or_is_too_large_becomes_one_that_does_not():
    view = explorer_view(large(), wanted=Wanted(map=0, head=1, queries=(1490, 9000), keys=(0, 1500)))
    assert view.blocks[1].values.shape == (10, 512)


def test_what_is_wanted_and_does_not_exist_is_replaced():
    view = explorer_view(large(), wanted=Wanted(map=7, head=9))
    assert [(block.map, block.head) for block in view.blocks] == [(0, "mean")]


def test_all_heads_of_one_map_are_sent_where_not_all_maps_fit():
    view = explorer_view(two_heads(), most_cells=2 * len(TOKENS) ** 2 - 1, wanted=Wanted(map=0))
    assert [block.head for block in view.blocks] == ["mean"]
    many = AttentionCapture(
        model="m",
        maps=(
            *two_heads().maps,
            AttentionMap(
                layer="second",
                weights=np.float32([HEADS]),
                query_axis=two_heads().maps[0].query_axis,
                key_axis=two_heads().maps[0].key_axis,
            ),
        ),
        sequences=two_heads().sequences,
        valid=two_heads().valid,
        outputs=np.zeros(1),
    )
    view = explorer_view(many, most_cells=2 * len(TOKENS) ** 2, wanted=Wanted(map=1, head=0))
    assert [(block.map, block.head) for block in view.blocks] == [(1, 0), (1, 1)]
    assert not view.complete


def test_sentences_of_a_document_are_parts_with_their_words():
    capture = attnviz.load_model("reviews_hierarchical").capture("The food was good. The waiter was rude!")
    view = explorer_view(capture)
    words = [one for one in view.maps if one.part]
    assert [(one.part, one.about) for one in words] == [
        ("part 1", "The food was good."),
        ("part 2", "The waiter was rude!"),
    ]
    assert view.axes[words[1].key_axis].labels == ("The", "waiter", "was", "rude", "!")
    sentences = next(one for one in view.maps if not one.part)
    assert view.axes[sentences.key_axis].labels == ("The food was good.", "The waiter was rude!")
    for one in words:
        block = next(block for block in view.blocks if view.maps[block.map] is one)
        expected = capture.map_of(one.name).weights[one.sample, 0]
        assert_array_equal(block.values, expected[:, : block.values.shape[1]])


@pytest.mark.parametrize(
    ("labels", "direction"),
    [
        (("the", "cat"), "ltr"),
        (("\u05e9\u05dc\u05d5\u05dd", "a"), "rtl"),  # Hebrew
        (("\u0645\u0631\u062d\u0628\u0627",), "rtl"),  # Arabic
        (("1", "."), "ltr"),
        ((), "ltr"),
    ],
)
def test_the_direction_is_that_of_most_letters(labels, direction):
    assert text_direction(labels) == direction


def test_a_capture_without_maps_has_nothing_to_explore():
    capture = AttentionCapture(model="m", maps=(), sequences={}, valid={}, outputs=np.zeros(1))
    with pytest.raises(ShapeError, match="without attention maps"):
        explorer_view(capture)
