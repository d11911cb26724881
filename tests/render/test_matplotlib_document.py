"""A document as a figure for print: every weight is the view's, and every word is text."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_document import SENTENCES, WORDS
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.document import DocumentView

VIEW = DocumentView(
    sentences=("A $dull$ day.", "It <rains>."),
    sentence_weights=[0.25, 0.75],
    words=(("A", "$dull$", "day", "."), ("It", "<rains>", ".")),
    word_weights=([0.1, 0.5, 0.3, 0.1], [0.2, 0.8, 0.0]),
    limits=(0.0, 0.75),
    title="Sentences weighted by layer above, their words by layer below",
)


def words_of(figure):
    return [one for one in figure.axes[0].texts if one.get_ha() == "center"]


def test_every_word_stands_once_in_reading_order():
    assert [one.get_text() for one in words_of(to_matplotlib(VIEW))] == [
        "A",
        "$dull$",
        "day",
        ".",
        "It",
        "<rains>",
        ".",
    ]


def test_weights_are_written_and_drawn():
    figure = to_matplotlib(VIEW)
    written = [one.get_text() for one in figure.axes[0].texts]
    assert "0.25" in written
    assert "0.75" in written
    bars = [patch.get_width() for patch in figure.axes[0].patches if patch.get_facecolor()[0] == pytest.approx(0.69)]
    assert bars[0] / bars[1] == pytest.approx(1 / 3)


def test_grounds_are_shaded_by_sentence_and_words_within_their_sentence():
    boxes = [patch.get_facecolor() for patch in to_matplotlib(VIEW).axes[0].patches if hasattr(patch, "get_boxstyle")]
    grounds, words = [boxes[0], boxes[5]], [*boxes[1:5], *boxes[6:]]
    np.testing.assert_allclose(grounds, [SENTENCES(1 / 3), SENTENCES(1.0)], atol=0.01)
    expected = [WORDS(share) for share in (0.2, 1.0, 0.6, 0.2, 0.25, 1.0, 0.0)]
    np.testing.assert_allclose(words, expected, atol=0.01)
    assert words[-1] == to_rgba("white")


def test_words_wrap_and_stay_inside():
    view = DocumentView(
        sentences=("long",), sentence_weights=[1.0], words=(("word",) * 60,), word_weights=(np.full(60, 1 / 60),)
    )
    figure = to_matplotlib(view)
    figure.draw_without_rendering()
    frame = figure.axes[0].get_window_extent()
    for word in words_of(figure):
        extent = word.get_window_extent()
        assert frame.x0 <= extent.x0
        assert extent.x1 <= frame.x1
    assert len({word.get_position()[1] for word in words_of(figure)}) > 3


def test_words_are_text_in_svg():
    picture = figure_bytes(to_matplotlib(VIEW), "svg").decode()
    assert "$dull$" in picture
    assert "&lt;rains&gt;" in picture
    assert "each sentence up to its own strongest word" in picture
