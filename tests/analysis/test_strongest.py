import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.analysis.strongest import strongest_keys
from attnviz.errors import ShapeError

WEIGHTS = np.array([[0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0]], np.float32)


def connections(*arguments, **options):
    return [(int(query), int(key)) for query, key, _ in zip(*strongest_keys(*arguments, **options), strict=True)]


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        (0.0, [(0, 1), (1, 0), (2, 1)]),
        (0.5, [(0, 1), (1, 0), (1, 1), (2, 1)]),
        (0.7, [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 1)]),
        (1.0, [(0, 1), (0, 2), (0, 0), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3), (2, 1)]),
    ],
)
def test_by_hand(mass, expected):
    assert connections(WEIGHTS, mass) == expected


def test_weights_come_with_their_connections():
    queries, keys, weights = strongest_keys(WEIGHTS, 0.7)
    np.testing.assert_array_equal(weights, WEIGHTS[queries, keys])


def test_a_weight_that_single_precision_makes_a_little_too_small_is_enough():
    assert float(np.float32(0.7)) < 0.7
    assert connections(np.array([[0.3, 0.7]], np.float32), 0.7) == [(0, 1)]


def test_a_share_is_of_what_the_query_gives():
    """Half of this query's attention went to a sink that was cut off: ½ of the rest is 0.25, which one key holds."""
    assert connections([[0.1, 0.3, 0.1]], 0.5) == [(0, 1)]


def test_masked_keys_and_queries_have_no_connections():
    mask = np.array([[True, False, True, True], [False] * 4, [True] * 4])
    assert connections(WEIGHTS, 0.7, mask=mask) == [(0, 2), (0, 0), (2, 1)]


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**16))
def test_as_few_keys_as_hold_the_mass(queries, keys, mass, seed):
    weights = np.random.default_rng(seed).dirichlet(np.full(keys, 0.4), size=queries).astype(np.float32)
    rows, columns, _ = strongest_keys(weights, mass)
    for query, row in enumerate(weights.astype(np.float64)):
        kept = columns[rows == query].tolist()
        assert kept
        assert row[kept].sum() >= mass * row.sum() - 2e-6
        assert row[kept[:-1]].sum() < max(mass * row.sum(), 1e-12)
        assert kept == sorted(range(keys), key=lambda key: (-row[key], key))[: len(kept)]


@pytest.mark.parametrize(
    ("weights", "mass", "message"),
    [
        (WEIGHTS[None], 0.5, r"shape \[query, key\]. Received: shape=\(1, 3, 4\)"),
        (WEIGHTS, 1.5, "`mass` must be a share from 0 to 1. Received: 1.5"),
        (WEIGHTS, float("nan"), "`mass` must be a share from 0 to 1. Received: nan"),
    ],
)
def test_what_is_impossible_is_said(weights, mass, message):
    with pytest.raises(ShapeError, match=message):
        strongest_keys(weights, mass)
