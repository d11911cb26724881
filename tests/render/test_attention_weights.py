import numpy as np
import pytest
from matplotlib.figure import Figure

from attnviz.errors import ShapeError
from attnviz.render.attention_weights import plot_attention_weights
from tests.views.captures import HEADS, TOKENS, two_heads


def shown(figure):
    assert isinstance(figure, Figure)
    return np.asarray(figure.axes[0].get_images()[0].get_array())


def labels(figure):
    axes = figure.axes[0]
    return [one.get_text() for one in axes.get_yticklabels()], [one.get_text() for one in axes.get_xticklabels()]


def test_one_map_with_labels_is_the_picture_everyone_knows():
    figure = plot_attention_weights(HEADS[0], TOKENS, TOKENS)
    np.testing.assert_array_equal(shown(figure), HEADS[0])
    image = figure.axes[0].get_images()[0]
    assert (image.get_cmap().name, image.get_clim()) == ("viridis", (0.0, 1.0))
    assert labels(figure) == (list(TOKENS), list(TOKENS))
    assert figure.get_suptitle() == "Attention weights"
    assert len(figure.axes) == 2  # the matrix and its colour bar


def test_a_square_map_takes_the_labels_of_its_queries():
    assert labels(plot_attention_weights(HEADS[0], TOKENS)) == (list(TOKENS), list(TOKENS))


def test_without_labels_positions_are_shown():
    assert labels(plot_attention_weights(np.full((2, 3), 1 / 3))) == (["1", "2"], ["1", "2", "3"])


@pytest.mark.parametrize("weights", [HEADS, HEADS[None], two_heads().maps[0]], ids=["heads", "batch", "map"])
@pytest.mark.parametrize(
    ("head", "expected"), [(0, HEADS[0]), (1, HEADS[1]), ("mean", HEADS.mean(axis=0)), ("max", HEADS.max(axis=0))]
)
def test_a_head_is_chosen(weights, head, expected):
    np.testing.assert_allclose(shown(plot_attention_weights(weights, head=head)), expected, atol=1e-7)


def test_a_single_head_needs_no_choice():
    np.testing.assert_array_equal(shown(plot_attention_weights(HEADS[:1])), HEADS[0])


def test_a_sample_is_chosen():
    batch = np.stack([HEADS, HEADS[::-1]])
    np.testing.assert_array_equal(shown(plot_attention_weights(batch, head=0, sample=1)), HEADS[1])


@pytest.mark.parametrize(
    ("weights", "choice", "message"),
    [
        (np.ones(3), {}, r"\[query, key\], \[heads, query, key\] or .*Received: shape=\(3,\)"),
        (np.ones((1, 1, 1, 1, 1)), {}, r"Received: shape=\(1, 1, 1, 1, 1\)"),
        (np.ones((0, 3)), {}, r"none of them 0. Received: shape=\(0, 3\)"),
        (HEADS, {}, r"have 2 heads: choose one with `head`.*Received: head=None"),
        (HEADS, {"head": 2}, r"`head` must be from 0 to 1.*Received: head=2"),
        (HEADS, {"head": "median"}, r"Received: head='median'"),
        (HEADS[None], {"head": 0, "sample": 1}, r"samples 0 to 0. Received: sample=1"),
        (np.array([[-0.5, 1.5]]), {}, r"at least 0. Received: values from -0.5 to 1.5"),
        (np.array([[np.nan, 1.0]]), {}, r"must be finite"),
        (np.array([[np.inf, 1.0]]), {}, r"must be finite"),
        (np.ones((2, 3)), {"query_labels": ["a"]}, r"`query_labels` must have one entry for each of the 2 query"),
        (np.ones((2, 3)), {"key_labels": ["a"]}, r"`key_labels` must have one entry for each of the 3 key"),
    ],
)
def test_what_cannot_be_drawn_is_said(weights, choice, message):
    with pytest.raises(ShapeError, match=message):
        plot_attention_weights(weights, **choice)
