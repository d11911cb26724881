"""One weight, taken apart: against numbers worked out by hand and against Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from scipy.special import logsumexp

from attnviz import capture_attention
from attnviz.capture.queries_and_keys import QueriesAndKeys, weights_of
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.neuron import neighbours_of, neuron_view

QUERIES = np.array([[1, 2], [0, 1]], np.float32)
KEYS = np.array([[1, 0], [0, 3], [2, 2]], np.float32)


def run_of(parts: QueriesAndKeys, *, valid: tuple[bool, ...] | None = None) -> AttentionCapture:
    """A run of a single map from queries "a", "b" … to keys "k0", "k1" …, with the weights that `parts` give."""
    heads = max(parts.queries.shape[1], parts.keys.shape[1])
    queries, keys = parts.queries.shape[2], parts.keys.shape[2]
    weights = np.stack([weights_of(parts.scores(0, head), parts.mask_of(0)) for head in range(heads)])[None]
    real = np.ones((1, keys), bool) if valid is None else np.array([valid])
    return AttentionCapture(
        model="hand",
        maps=(AttentionMap(layer=parts.layer, weights=weights, query_axis="asking", key_axis="asked"),),
        sequences={
            "asking": (tuple("abcdefgh"[:queries]),),
            "asked": (tuple(f"k{one}" if real[0, one] else "" for one in range(keys)),),
        },
        valid={"asking": np.ones((1, queries), bool), "asked": real},
        outputs=None,
    )


def parts_of(**changed: object) -> QueriesAndKeys:
    fields = {"layer": "look", "formula": "dot", "queries": QUERIES[None, None], "keys": KEYS[None, None]}
    return QueriesAndKeys(**(fields | changed))  # type: ignore[arg-type]


def test_every_step_of_a_product_by_hand():
    # q = (1, 2), k = (2, 2): 2 + 4 = 6, halved 3; the other scores of the row are 0.5 and 3.
    parts = parts_of(scale=0.5)
    view = neuron_view(run_of(parts), parts, head=0, query=0, key=2)
    assert (view.query_label, view.key_label, view.title) == ("a", "k2", "layer look")
    np.testing.assert_array_equal(view.products, [2, 4])
    assert (view.sum, view.scale, view.bias, view.score, view.largest) == (6, 0.5, 0, 3, 3)
    assert (view.power, view.total) == (1, pytest.approx(2 + np.exp(-2.5)))
    assert view.weight == pytest.approx(1 / (2 + np.exp(-2.5)))
    assert [(one.key, one.score) for one in view.neighbours] == [(1, 3), (2, 3), (0, 0.5)]
    assert view.description == "Layer look: 'a' gives 'k2' a weight of 0.48."


def test_additive_scores_by_hand():
    factors = np.array([2, -1], np.float32)
    parts = parts_of(formula="additive", component_scale=factors)
    view = neuron_view(run_of(parts), parts, head=0, query=1, key=0)
    np.testing.assert_allclose(view.products, [2 * np.tanh(1), -np.tanh(1)])
    assert view.score == pytest.approx(np.tanh(1))


def test_a_bias_is_added_after_the_scale_and_a_mask_leaves_a_key_out():
    bias = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.0]], np.float32)[None, None]
    mask = np.array([[[True, True, False], [True, True, True]]])
    parts = parts_of(scale=0.5, bias=bias, mask=mask)
    run = run_of(parts)
    view = neuron_view(run, parts, head=0, query=0, key=1)
    assert (view.sum, view.bias, view.score) == (6, 1, 4)
    assert view.weight == pytest.approx(np.exp(4) / (np.exp(4) + np.exp(0.5)))
    masked = neuron_view(run, parts, head=0, query=0, key=2)
    assert (masked.allowed, masked.power, masked.weight) == (False, 0, 0)
    assert masked.description == "Layer look: 'a' may not attend to 'k2'."
    assert np.isnan(masked.neighbours[-1].score)
    assert masked.neighbours[-1].key == 2


def test_a_cap_keeps_the_scaled_sum_within_it_before_the_bias():
    parts = parts_of(scale=0.5, cap=2.0, bias=np.full((1, 1, 1, 1), 0.25, np.float32))
    view = neuron_view(run_of(parts), parts, head=0, query=0, key=2)
    assert (view.sum, view.cap) == (6, 2)
    assert view.score == pytest.approx(2 * np.tanh(3 / 2) + 0.25)


def test_a_query_that_may_attend_to_nothing_has_no_largest_score():
    parts = parts_of(mask=np.zeros((1, 2, 3), bool))
    view = neuron_view(run_of(parts), parts, head=0, query=0, key=1)
    assert np.isnan(view.largest)
    assert (view.total, view.weight, view.allowed) == (0, 0, False)


def test_padding_that_is_attended_to_is_counted_though_not_shown():
    parts = parts_of()
    run = run_of(parts, valid=(True, False, True))
    view = neuron_view(run, parts, head=0, query=0, key=1)
    assert view.key_label == "k2"
    assert view.total == pytest.approx(np.exp([1 - 6, 0, 0]).sum())
    assert view.hidden_weight == pytest.approx(1 / view.total)
    assert view.hidden_weight + sum(one.weight for one in view.neighbours) == pytest.approx(1)


def test_heads_that_share_keys_say_which():
    queries = np.random.default_rng(3).normal(size=(1, 4, 2, 3))
    keys = np.repeat(np.random.default_rng(4).normal(size=(1, 2, 5, 3)), 2, axis=1)
    parts = parts_of(queries=queries, keys=keys)
    run = run_of(parts)
    found = [neuron_view(run, parts, head=head, query=0, key=0) for head in range(4)]
    assert [(one.key_head, one.key_heads) for one in found] == [(0, 2), (0, 2), (1, 2), (1, 2)]


def test_it_ends_in_the_weight_that_keras_returns():
    keras.utils.set_random_seed(5)
    series = keras.Input((None, 6), name="series")
    layer = layers.MultiHeadAttention(3, 4, name="look")
    model = keras.Model(series, layer(series, series))
    given = np.random.default_rng(5).normal(size=(2, 7, 6)).astype("float32")
    _, scores = layer(given, given, return_attention_scores=True)
    capture, parts = capture_attention(model, given), capture_queries_and_keys(model, given, layer="look")
    for query, key in ((0, 0), (6, 2), (3, 5)):
        view = neuron_view(capture, parts, head=2, query=query, key=key, sample=1)
        assert view.power / view.total == pytest.approx(float(scores[1, 2, query, key]), abs=1e-6)
        assert view.weight == pytest.approx(float(scores[1, 2, query, key]), abs=1e-6)
        assert view.score - view.largest == pytest.approx(np.log(view.power), abs=1e-6)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=20), st.data())
def test_listed_keys_and_the_others_make_up_the_row(scores: list[float], data: st.DataObject):
    key = data.draw(st.integers(0, len(scores) - 1))
    listed = neighbours_of(np.array(scores), key)
    assert key in listed
    assert len(listed) == len(set(listed)) <= 8
    assert [scores[one] for one in listed] == sorted((scores[one] for one in listed), reverse=True)
    parts = parts_of(queries=np.ones((1, 1, 1, 1)), keys=np.array(scores, np.float32).reshape(1, 1, -1, 1))
    view = neuron_view(run_of(parts), parts, head=0, query=0, key=key)
    assert sum(one.weight for one in view.neighbours) + view.others_weight == pytest.approx(1, abs=1e-5)
    assert np.log(view.total) + view.largest == pytest.approx(
        float(logsumexp(np.float32(scores).astype(float))), abs=1e-5
    )


def test_what_does_not_exist_is_refused():
    parts = parts_of()
    run = run_of(parts)
    with pytest.raises(ShapeError, match="`key` must be from 0 to 2 here. Received: key=3"):
        neuron_view(run, parts, head=0, query=0, key=3)
    with pytest.raises(ShapeError, match="`head` must be from 0 to 0"):
        neuron_view(run, parts, head=1, query=0, key=0)
    other = parts_of(keys=np.zeros((1, 1, 9, 2)))
    with pytest.raises(ShapeError, match="of the captured run, 2 queries by 3 keys. Received: 2 by 9"):
        neuron_view(run, other, head=0, query=0, key=0)
