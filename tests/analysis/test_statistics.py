"""Each statistic against numbers written out by hand, slow loops, SciPy, and what must hold for any attention."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from attnviz.analysis import statistics
from attnviz.errors import ShapeError

LN2 = math.log(2)
TWO = np.array([[0.5, 0.5], [0.25, 0.75]])
THREE = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
WITH_MASKED_ROW = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])

lengths = st.integers(1, 7)
seeds = st.integers(0, 2**32 - 1)


def random_attention(seed: int, *shape: int) -> np.ndarray:
    """Rows that sum to 1, from a Dirichlet distribution so that some are flat and some are peaked."""
    random = np.random.default_rng(seed)
    return random.dirichlet(np.full(shape[-1], 0.5), size=shape[:-1])


# Entropy, and what is made from it


def test_entropy_of_two_by_two_by_hand():
    # Row 1: -(½ ln ½ + ½ ln ½) = ln 2. Row 2: ¼ ln 4 + ¾ ln(4/3) = 2 ln 2 - ¾ ln 3.
    assert statistics.attention_entropy(TWO) == pytest.approx([LN2, 2 * LN2 - 0.75 * math.log(3)])
    assert statistics.attention_entropy(TWO) == pytest.approx([0.6931471806, 0.5623351446])
    assert statistics.attention_entropy(TWO, base=2) == pytest.approx([1.0, 0.8112781245])


def test_entropy_of_an_attention_sink_is_not_scaled_up():
    # The row sums to 0.5: -(0.25 ln 0.25 + 0.25 ln 0.25) = 0.5 ln 4 = ln 2.
    assert statistics.attention_entropy([[0.25, 0.25, 0.0]]) == pytest.approx([LN2])


@given(seeds, lengths, lengths)
def test_entropy_is_that_of_scipy(seed, queries, keys):
    weights = random_attention(seed, 2, 3, queries, keys)
    expected = scipy.stats.entropy(weights, axis=-1)
    assert statistics.attention_entropy(weights) == pytest.approx(expected, abs=1e-12)
    assert statistics.effective_keys(weights) == pytest.approx(np.exp(expected))


@given(st.integers(1, 64), st.integers(1, 5))
def test_uniform_attention_has_maximal_entropy(keys, queries):
    uniform = np.full((1, queries, keys), 1 / keys, np.float32)
    assert statistics.attention_entropy(uniform) == pytest.approx(np.full((1, queries), math.log(keys)), abs=1e-6)
    assert statistics.effective_keys(uniform) == pytest.approx(np.full((1, queries), keys), rel=1e-5)
    normalised = statistics.normalised_entropy(uniform)
    assert np.isnan(normalised).all() if keys == 1 else normalised == pytest.approx(np.ones((1, queries)))


@given(seeds, lengths, lengths)
def test_entropy_lies_between_one_key_and_all_keys(seed, queries, keys):
    entropy = statistics.attention_entropy(random_attention(seed, queries, keys))
    assert (entropy >= 0).all()
    assert (entropy <= math.log(keys) + 1e-9).all()


@given(lengths, st.data())
def test_attention_to_one_key_has_no_entropy(keys, data):
    one_hot = np.eye(keys, dtype=np.float32)[data.draw(st.lists(st.integers(0, keys - 1), min_size=1, max_size=5))]
    assert (statistics.attention_entropy(one_hot) == 0).all()
    assert not np.signbit(statistics.attention_entropy(one_hot)).any()
    assert (statistics.effective_keys(one_hot) == 1).all()


def test_normalised_entropy_counts_the_keys_that_a_query_may_attend_to():
    # A causal mask allows 1, 2 and 3 keys: the first row cannot be normalised, the second is uniform over its two.
    causal = np.tril(np.ones((3, 3), bool))
    third = (0.2 * math.log(5) + 0.3 * math.log(10 / 3) + 0.5 * LN2) / math.log(3)
    assert statistics.normalised_entropy(THREE, mask=causal) == pytest.approx([np.nan, 1.0, third], nan_ok=True)
    assert statistics.normalised_entropy(THREE) == pytest.approx([0.0, LN2 / math.log(3), third])


# Distance and offsets


def test_distance_of_three_by_three_by_hand():
    # Row 1: 1·0. Row 2: ½·1 + ½·0. Row 3: 0.2·2 + 0.3·1 + 0.5·0.
    per_query = statistics.attention_distance(THREE)
    assert per_query == pytest.approx([0.0, 0.5, 0.7])
    assert statistics.mean_over_queries(per_query) == pytest.approx(0.4)
    assert statistics.mean_over_queries(per_query, [False, True, True]) == pytest.approx(0.6)


def test_offset_mass_of_three_by_three_by_hand():
    assert statistics.offset_mass(THREE, 0) == pytest.approx((1.0 + 0.5 + 0.5) / 3)
    assert statistics.offset_mass(THREE, -1) == pytest.approx((0.5 + 0.3) / 2)
    assert statistics.offset_mass(THREE, -2) == pytest.approx(0.2)
    assert statistics.offset_mass(THREE, 1) == 0.0  # the next token exists, and gets nothing
    assert np.isnan(statistics.offset_mass(THREE, 3))
    assert np.isnan(statistics.offset_mass(THREE, -3))


def test_offset_mass_leaves_out_padding_at_both_ends_of_a_pair():
    valid = [True, True, False]
    assert statistics.offset_mass(THREE, 0, valid=valid) == pytest.approx(0.75)
    assert statistics.offset_mass(THREE, -1, valid=valid) == pytest.approx(0.5)
    reversed_rows = THREE[::-1, ::-1]  # 1 → 2 is 0.3, 2 → 3 is 0.5; the pair 2 → 3 ends in padding
    assert statistics.offset_mass(reversed_rows, 1, valid=valid) == pytest.approx(0.3)


@given(seeds, lengths, st.integers(-8, 8), st.data())
def test_distance_and_offsets_are_those_of_slow_loops(seed, length, offset, data):
    weights = random_attention(seed, 2, length, length)
    valid = data.draw(arrays.arrays(bool, length))
    for head, matrix in enumerate(weights):
        distances, pairs = [], []
        for query in range(length):
            if valid[query]:
                distances.append(sum(matrix[query][key] * abs(query - key) for key in range(length)))
                if 0 <= query + offset < length and valid[query + offset]:
                    pairs.append(matrix[query][query + offset])
        distance = statistics.mean_over_queries(statistics.attention_distance(weights), valid)[head]
        mass = statistics.offset_mass(weights, offset, valid=valid)[head]
        assert distance == pytest.approx(np.mean(distances) if distances else np.nan, nan_ok=True)
        assert mass == pytest.approx(np.mean(pairs) if pairs else np.nan, nan_ok=True)


def test_positions_of_different_axes_cannot_be_compared():
    weights = random_attention(0, 4, 2, 3)
    assert np.isnan(statistics.attention_distance(weights)).all()
    assert statistics.attention_distance(weights).shape == (4, 2)
    assert np.isnan(statistics.offset_mass(weights, 0)).all()
    assert statistics.offset_mass(weights, 0).shape == (4,)
    assert np.isnan(statistics.attention_to_self(weights)).all()
    assert statistics.attention_to_self(weights).shape == (4, 3)


# Received attention, mass on a set, oneself and the strongest key


def test_received_attention_by_hand():
    assert statistics.received_attention(THREE) == pytest.approx([1.7 / 3, 0.8 / 3, 0.5 / 3])
    assert statistics.received_attention(THREE, valid=[True, True, False]) == pytest.approx([0.75, 0.25, 0.0])


@given(seeds, lengths, lengths)
def test_received_attention_sums_to_one(seed, queries, keys):
    weights = random_attention(seed, 3, queries, keys)
    received = statistics.received_attention(weights)
    assert received == pytest.approx(weights.mean(axis=-2))
    assert received.sum(axis=-1) == pytest.approx(np.ones(3))


def test_largest_received_by_hand():
    assert statistics.largest_received(THREE) == pytest.approx(1.7 / 3)  # of the columns 1.7, 0.8 and 0.5
    assert statistics.largest_received(THREE, valid=[False, False, True]) == pytest.approx(0.5)
    assert statistics.largest_received(THREE, mask=np.array([False, True, True])) == pytest.approx(0.8 / 2)


@given(st.integers(2, 9))
def test_a_head_that_rests_on_one_key_receives_all_there_and_a_shifting_one_nowhere(keys):
    resting = np.zeros((keys, keys))
    resting[:, 1] = 1
    shifting = np.roll(np.eye(keys), 1, axis=1)
    assert statistics.largest_received(np.stack([resting, shifting])) == pytest.approx([1.0, 1 / keys])


def test_mass_on_a_set_of_keys_by_hand():
    assert statistics.mass_on_keys(THREE, [0]) == pytest.approx(1.7 / 3)
    assert statistics.mass_on_keys(THREE, [0, 2]) == pytest.approx(2.2 / 3)
    assert statistics.mass_on_keys(THREE, [2, 0, 2]) == pytest.approx(2.2 / 3)  # a set: no key counts twice
    assert statistics.mass_on_keys(THREE, np.array([True, False, True])) == pytest.approx(2.2 / 3)
    assert statistics.mass_on_keys(THREE, [0], valid=[False, False, True]) == pytest.approx(0.2)
    assert statistics.mass_on_keys(THREE, []) == 0.0


def test_attention_to_self_is_the_diagonal():
    assert statistics.attention_to_self(THREE) == pytest.approx([1.0, 0.5, 0.5])


def test_strongest_key_is_the_first_of_equals():
    assert statistics.strongest_key(THREE).tolist() == [0, 0, 2]
    assert statistics.strongest_key(TWO).tolist() == [0, 1]
    assert statistics.strongest_key(np.zeros((2, 0))).tolist() == [-1, -1]


# Masks


def test_a_fully_masked_row_has_no_statistics_and_no_part_in_means():
    weights = WITH_MASKED_ROW
    assert statistics.attention_entropy(weights) == pytest.approx([LN2, np.nan, 0.0], nan_ok=True)
    assert statistics.normalised_entropy(weights) == pytest.approx([LN2 / math.log(3), np.nan, 0.0], nan_ok=True)
    assert statistics.effective_keys(weights) == pytest.approx([2.0, np.nan, 1.0], nan_ok=True)
    assert statistics.attention_distance(weights) == pytest.approx([0.5, np.nan, 0.0], nan_ok=True)
    assert statistics.attention_to_self(weights) == pytest.approx([0.5, np.nan, 1.0], nan_ok=True)
    assert statistics.strongest_key(weights).tolist() == [0, -1, 2]
    assert statistics.received_attention(weights) == pytest.approx([0.25, 0.25, 0.5])
    assert statistics.mass_on_keys(weights, [0]) == pytest.approx(0.25)
    assert statistics.offset_mass(weights, 0) == pytest.approx(0.75)
    assert statistics.offset_mass(weights, -1) == 0.0
    assert statistics.mean_over_queries(statistics.attention_entropy(weights)) == pytest.approx(LN2 / 2)


def test_where_every_row_is_masked_there_is_no_number():
    nothing = np.zeros((2, 3, 3))
    assert np.isnan(statistics.received_attention(nothing)).all()
    assert np.isnan(statistics.largest_received(nothing)).all()
    assert np.isnan(statistics.largest_received(np.zeros((2, 0)))).all()
    assert np.isnan(statistics.mass_on_keys(nothing, [0])).all()
    assert np.isnan(statistics.offset_mass(nothing, 0)).all()
    assert np.isnan(statistics.mean_over_queries(statistics.attention_entropy(nothing))).all()


def test_a_mask_overrules_the_uniform_weights_of_a_fully_masked_row():
    """Keras' fused attention gives a query without keys uniform weights; the mask says that they mean nothing."""
    weights, mask = WITH_MASKED_ROW.copy(), np.ones((3, 3), bool)
    weights[1], mask[1] = 1 / 3, False
    for statistic in (
        statistics.attention_entropy,
        statistics.effective_keys,
        statistics.attention_distance,
        statistics.attention_to_self,
        statistics.received_attention,
        statistics.strongest_key,
    ):
        np.testing.assert_array_equal(statistic(weights, mask=mask), statistic(WITH_MASKED_ROW))
    assert statistics.offset_mass(weights, 0, mask=mask) == pytest.approx(0.75)
    assert statistics.mass_on_keys(weights, [0], mask=mask) == pytest.approx(0.25)
    assert np.isnan(statistics.normalised_entropy(weights, mask=mask)[1])


@given(seeds, lengths, st.integers(1, 4))
def test_forbidden_keys_change_nothing(seed, length, padding):
    """Weights on keys that the mask forbids have no influence on any per-query statistic."""
    weights = random_attention(seed, 2, length, length)
    wider = np.concatenate([weights, np.full((2, length, padding), 0.3)], axis=-1)
    mask = np.arange(length + padding) < length
    for statistic in (statistics.attention_entropy, statistics.normalised_entropy, statistics.effective_keys):
        np.testing.assert_allclose(statistic(wider, mask=mask), statistic(weights))
    assert (statistics.strongest_key(wider, mask=mask) == statistics.strongest_key(weights)).all()
    received = statistics.received_attention(wider, mask=mask)
    np.testing.assert_allclose(received[:, :length], statistics.received_attention(weights))
    assert (received[:, length:] == 0).all()


@given(seeds, lengths, st.permutations(range(4)))
def test_permuting_heads_permutes_results(seed, length, order):
    weights = random_attention(seed, 4, length, length)
    for statistic in (
        statistics.attention_entropy,
        statistics.normalised_entropy,
        statistics.attention_distance,
        statistics.received_attention,
        statistics.attention_to_self,
        statistics.strongest_key,
        statistics.largest_received,
        lambda array: statistics.offset_mass(array, -1),
        lambda array: statistics.mass_on_keys(array, [0]),
    ):
        np.testing.assert_array_equal(statistic(weights[order]), statistic(weights)[order])


def test_single_precision_is_summed_in_double_precision():
    keys = 4096
    uniform = np.full((1, keys), 1 / keys, np.float32)
    entropy = statistics.attention_entropy(uniform)
    assert entropy.dtype == np.float64
    assert entropy == pytest.approx([math.log(keys)], rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistics.attention_entropy([0.5, 0.5]), r"must have shape \[\.\.\., query, key\].*shape=\(2,\)"),
        (lambda: statistics.attention_entropy(TWO, mask=np.ones((3, 3))), r"`mask` must be broadcastable.*\(3, 3\)"),
        (lambda: statistics.attention_entropy(TWO, mask=np.ones((5, 2, 2))), r"`mask` must be.*\(5, 2, 2\)"),
        (lambda: statistics.received_attention(TWO, valid=[True] * 3), r"`valid` must be broadcastable.*\(3,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ShapeError, match=message):
        call()
