import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.links import LinksView, links_view
from tests.views.captures import HEADS, capture_of, padded, pooled, two_heads


def links_of(view):
    return list(zip(view.link_heads.tolist(), view.link_queries.tolist(), view.link_keys.tolist(), strict=True))


def test_links_by_hand():
    view = links_view(two_heads(), layer="attention")
    assert links_of(view) == [
        # head 1: 0.6 + 0.2; three quarters; 1; 0.5 + 0.3
        (0, 0, 1), (0, 0, 2), (0, 1, 0), (0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 3, 0), (0, 3, 3),
        # head 2: 0.4 + 0.3; 0.7; 0.3 + 0.3 + 0.2; 0.4 + 0.3
        (1, 0, 2), (1, 0, 0), (1, 1, 0), (1, 2, 2), (1, 2, 3), (1, 2, 0), (1, 3, 3), (1, 3, 2),
    ]  # fmt: skip
    np.testing.assert_array_equal(view.weights, HEADS[view.link_heads, view.link_queries, view.link_keys])
    assert (view.heads, view.mass, view.query_title, view.key_title) == ((0, 1), 0.7, "Query", "Key")
    assert view.description == (
        "16 links of layer attention, 2 of 2 heads. Strongest: 'saw' to 'cat' (1.00, head 1), "
        "'cat' to 'the' (0.70, head 2) and 'the' to 'cat' (0.60, head 1)."
    )


def test_only_the_heads_that_are_asked_for():
    view = links_view(two_heads(), layer="attention", heads=[1], mass=0.0)
    assert links_of(view) == [(1, 0, 2), (1, 1, 0), (1, 2, 2), (1, 3, 3)]
    assert view.heads == (1,)


def test_padding_has_no_links_and_positions_count_real_tokens():
    plain, surrounded = (links_view(one, layer="attention") for one in (two_heads(), padded(2, 1)))
    assert links_of(surrounded) == links_of(plain)
    assert surrounded.query_labels == plain.query_labels


def test_what_may_not_attend_has_no_links():
    causal = np.tril(np.ones((3, 3), bool))
    view = links_view(capture_of(np.full((1, 3, 3), 1 / 3), mask=causal), layer="attention", mass=1.0)
    assert links_of(view) == [(0, 0, 0), (0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1), (0, 2, 2)]


def test_one_query_that_pools():
    view = links_view(pooled(), layer="pooling")
    assert links_of(view) == [(0, 0, 1), (0, 0, 2)]
    assert view.key_labels == ("a", "b", "c")
    assert view.description.startswith("2 links of layer pooling. Strongest: 'pooled' to 'b' (0.50) and ")


def test_two_sides_have_the_names_of_their_sequences():
    capture = AttentionCapture(
        model="toy",
        maps=(
            AttentionMap(layer="cross", weights=np.array([[[[0.25, 0.75]]]]), query_axis="target", key_axis="source"),
        ),
        sequences={"target": (("oui",),), "source": (("yes", "."),)},
        valid={"target": np.ones((1, 1), bool), "source": np.ones((1, 2), bool)},
        outputs=None,
    )
    view = links_view(capture, layer="cross")
    assert (view.query_title, view.key_title) == ("Query (target)", "Key (source)")
    assert (view.query_labels, view.key_labels) == (("oui",), ("yes", "."))


def test_nothing_to_attend_to_is_said():
    view = links_view(capture_of(np.zeros((1, 2, 2))), layer="attention")
    assert view.weights.size == 0
    assert view.description == "0 links of layer attention: no query attends to any key."


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"heads": []}, "at least one head"),
        ({"heads": [2]}, r"heads 0 to 1. Received: head=2"),
        ({"mass": -0.1}, r"from 0 to 1. Received: -0.1"),
        ({"sample": 3}, r"samples 0 to 0. Received: sample=3"),
    ],
)
def test_what_does_not_exist_is_said(choice, message):
    with pytest.raises(ShapeError, match=message):
        links_view(two_heads(), layer="attention", **choice)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"link_keys": [0, 1]}, r"`link_keys` must have one entry for each of the 1 weights.*\(2,\)"),
        ({"link_queries": [1]}, r"`link_queries` must be from 0 to 0. Received: 1 to 1"),
    ],
)
def test_links_must_fit_the_tokens(changed, message):
    links = {"link_heads": [0], "link_queries": [0], "link_keys": [0], "weights": [0.5], **changed}
    with pytest.raises(ShapeError, match=message):
        LinksView(query_labels=("a",), key_labels=("a", "b"), heads=(0,), mass=0.7, **links)
