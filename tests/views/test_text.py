"""Text: rows, columns and the mean, and pieces joined into words, against numbers worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.text import merge_words, text_view

PIECES = ("[CLS]", "play", "##ing", "cats")
WEIGHTS = np.array(
    [[0.4, 0.1, 0.2, 0.3], [0.0, 0.5, 0.25, 0.25], [0.2, 0.2, 0.4, 0.2], [0.1, 0.2, 0.6, 0.1]], np.float32
)
WORDS = (0, 1, 3)  # [CLS], playing, cats


def capture_of(weights, query_labels=PIECES, key_labels=PIECES, *, axes=("text", "text"), mask=None):
    weights = np.asarray(weights, np.float32)
    labels = dict(zip(axes, ((query_labels,), (key_labels,)), strict=True))
    one = AttentionMap(layer="a", weights=weights[None, None], query_axis=axes[0], key_axis=axes[1], mask=mask)
    return AttentionCapture(
        model="toy",
        maps=(one,),
        sequences=labels,
        valid={axis: np.array([[bool(label) for label in one] for one in labels[axis]]) for axis in labels},
        outputs=None,
    )


def test_words_sum_over_keys_and_average_over_queries():
    # playing attends to: [CLS] (0.0 + 0.2)/2, playing ((0.5 + 0.25) + (0.2 + 0.4))/2, cats (0.25 + 0.2)/2
    merged = merge_words(WEIGHTS, WORDS, WORDS)
    np.testing.assert_allclose(merged, [[0.4, 0.3, 0.3], [0.1, 0.675, 0.225], [0.1, 0.8, 0.1]], atol=1e-7)


def test_one_side_alone():
    np.testing.assert_allclose(merge_words(WEIGHTS, None, WORDS)[1], [0, 0.75, 0.25])
    np.testing.assert_allclose(merge_words(WEIGHTS, WORDS, None)[1], [0.1, 0.35, 0.325, 0.225], atol=1e-7)


def test_what_is_masked_counts_nothing_and_stays_masked_where_all_is():
    weights = [[1.0, np.nan, np.nan], [0.5, 0.5, np.nan], [np.nan, np.nan, np.nan]]
    merged = merge_words(weights, (0, 2), (0, 2))
    np.testing.assert_array_equal(merged, [[1.0, np.nan], [np.nan, np.nan]])
    # The second query may attend to nothing: the first alone is its word.
    np.testing.assert_array_equal(merge_words([[0.25, 0.75], [np.nan, np.nan]], (0,)), [[0.25, 0.75]])


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**16))
def test_rows_still_sum_to_one_and_single_tokens_change_nothing(queries, keys, seed):
    generator = np.random.default_rng(seed)
    weights = generator.dirichlet(np.ones(keys), size=queries)
    starts = [np.unique([0, *generator.integers(0, length, size=3)]) for length in (queries, keys)]
    np.testing.assert_allclose(merge_words(weights, *starts).sum(axis=1), 1)
    np.testing.assert_allclose(merge_words(weights, range(queries), range(keys)), weights)


@pytest.mark.parametrize("words", [(1, 2), (0, 2, 2), (0, 4), ()])
def test_words_must_ascend_from_the_first_token(words):
    with pytest.raises(ShapeError, match="`key_words` must be the first token of each word, ascending from 0 to"):
        merge_words(WEIGHTS, None, words)


def test_a_query_shades_what_it_attends_to_and_a_key_what_attends_to_it():
    capture = capture_of(WEIGHTS)
    row, column = text_view(capture, layer="a", head=0, query=3), text_view(capture, layer="a", head=0, key=2)
    assert row.values == pytest.approx([0.1, 0.2, 0.6, 0.1])
    assert column.values == pytest.approx([0.2, 0.25, 0.4, 0.6])
    assert (row.selected, column.selected) == (3, 2)
    assert row.description.endswith("Most goes to '##ing' (0.60), 'play' (0.20) and '[CLS]' (0.10).")
    assert column.description == (
        "Attention to '##ing' from each token, layer a. "
        "Most comes from 'cats' (0.60), '##ing' (0.40) and 'play' (0.25)."
    )


def test_words_joined():
    capture = capture_of(WEIGHTS)
    view = text_view(capture, layer="a", head=0, query=1, words=True)
    assert view.tokens == ("[CLS]", "playing", "cats")
    assert view.values == pytest.approx([0.1, 0.675, 0.225])
    assert view.title == "Attention from 'playing', layer a"
    assert text_view(capture, layer="a", head=0, key=1, words=True).values == pytest.approx([0.3, 0.675, 0.8])
    # The mean over words, each counted once
    assert text_view(capture, layer="a", head=0, words=True).values == pytest.approx([0.2, 1.775 / 3, 0.625 / 3])


def test_two_sequences_have_two_sides():
    weights = [[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]]
    capture = capture_of(weights, ("le", "chat"), ("the", "ca", "##t"), axes=("french", "english"))
    assert text_view(capture, layer="a", head=0, query=1).tokens == ("the", "ca", "##t")
    view = text_view(capture, layer="a", head=0, key=1)
    assert (view.tokens, view.selectable, view.selected) == (("le", "chat"), False, None)
    assert view.values == pytest.approx([0.7, 0.3])
    assert text_view(capture, layer="a", head=0, query=0, words=True).values == pytest.approx([0.1, 0.9])


def test_padding_and_forbidden_keys_are_left_out():
    weights = [[0.5, 0.5, 0.0], [0.3, 0.7, 0.0], [0.0, 0.0, 0.0]]
    mask = np.array([[[True, False, False], [True, True, False], [False, False, False]]])
    capture = capture_of(weights, ("play", "##ing", ""), ("play", "##ing", ""), mask=mask)
    assert text_view(capture, layer="a", head=0, query=0).values == pytest.approx([0.5, 0])
    assert text_view(capture, layer="a", head=0, query=0, words=True).values == pytest.approx([0.75])


def test_what_cannot_be_shown_is_refused():
    capture = capture_of(WEIGHTS)
    with pytest.raises(
        ShapeError, match="one query attends to or what attends to one key. Received both: query=1, key=2"
    ):
        text_view(capture, layer="a", head=0, query=1, key=2)
    with pytest.raises(ShapeError, match="'a' has 3 places for `query` in this sample, counted from 0. .* query=3"):
        text_view(capture, layer="a", head=0, query=3, words=True)


def test_on_a_scale_of_the_page_a_row_is_coloured_among_all_weights_and_the_mean_among_means():
    row = text_view(capture_of(WEIGHTS), layer="a", head=0, query=0, scale="linear").colouring
    np.testing.assert_allclose(row.shades, WEIGHTS[0] / 0.6, atol=1e-6)  # the largest weight of the map is 0.6
    mean = text_view(capture_of(WEIGHTS), layer="a", head=0, scale="linear").colouring
    np.testing.assert_allclose(mean.shades, WEIGHTS.mean(axis=0) / WEIGHTS.mean(axis=0).max(), atol=1e-6)
    assert (row.note, mean.note) == ("colours up to the largest weight of this map", "colours up to the largest mean")
    rank = text_view(capture_of(WEIGHTS), layer="a", head=0, query=1, scale="rank").colouring
    # Of 16 weights one is 0, three are 0.1, five are 0.2, two 0.25: nine of 15 are below
    np.testing.assert_allclose(rank.shades, [0, 14 / 15, 9 / 15, 9 / 15], atol=1e-6)
