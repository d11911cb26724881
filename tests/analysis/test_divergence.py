"""Distances of attention matrices against SciPy, and against cases that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr

from attnviz.analysis.divergence import cell_correlation, distances, jensen_shannon, total_variation
from attnviz.errors import ShapeError

NAN = float("nan")


def _random(seed, *shape):
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 7))
def test_divergence_is_the_square_of_scipys_distance(seed, queries, keys):
    first, second = _random(seed, 2, queries, keys), _random(seed + 1, 2, queries, keys)
    expected = jensenshannon(first, second, base=2, axis=-1) ** 2
    np.testing.assert_allclose(jensen_shannon(first, second), np.nan_to_num(expected), atol=1e-7)
    np.testing.assert_allclose(jensen_shannon(second, first), jensen_shannon(first, second), atol=1e-12)


def test_rows_by_hand():
    first = [[[1.0, 0.0], [0.5, 0.5], [0.2, 0.8]]]
    second = [[[0.0, 1.0], [0.5, 0.5], [0.6, 0.4]]]
    np.testing.assert_allclose(total_variation(first, second), [[1.0, 0.0, 0.4]])
    np.testing.assert_allclose(jensen_shannon(first, second)[0, :2], [1.0, 0.0])


def test_rows_are_scaled_to_what_both_matrices_have():
    # 0.1 : 0.3 is the same distribution as 0.25 : 0.75, whatever else the row held.
    assert total_variation([[0.1, 0.3]], [[0.25, 0.75]]) == pytest.approx(0.0)
    assert jensen_shannon([[0.1, 0.3]], [[0.25, 0.75]]) == pytest.approx(0.0, abs=1e-12)


def test_masked_cells_count_as_nothing_and_empty_rows_have_no_distance():
    first, second = [[NAN, 1.0], [NAN, NAN], [0.0, 0.0]], [[1.0, NAN], [0.5, 0.5], [0.5, 0.5]]
    np.testing.assert_allclose(total_variation(first, second), [1.0, NAN, NAN])
    np.testing.assert_allclose(jensen_shannon(first, second), [1.0, NAN, NAN])


def test_correlation_is_pearsons_over_the_cells_of_both():
    first, second = _random(3, 4, 5), _random(4, 4, 5)
    assert cell_correlation(first, second) == pytest.approx(pearsonr(first.ravel(), second.ravel()).statistic)
    first[0, 1] = second[2, 2] = np.nan
    both = np.isfinite(first) & np.isfinite(second)
    assert cell_correlation(first, second) == pytest.approx(pearsonr(first[both], second[both]).statistic)
    assert np.isnan(cell_correlation(np.full((2, 2), 0.5), second[:2, :2]))


def test_a_table_has_a_row_for_each_pair_of_heads():
    first = [[[1.0, 0.0], [0.5, 0.5]], [[NAN, NAN], [NAN, NAN]]]
    second = [[[0.0, 1.0], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]]
    table = distances(first, second)
    assert table.loc[0, "divergence"] == pytest.approx(0.5)
    assert table.loc[0, "total variation"] == pytest.approx(0.5)
    assert table.loc[0, "correlation"] == pytest.approx(-1.0)
    assert table.loc[0, "largest difference"] == pytest.approx(1.0)
    assert table.loc[1].isna().all()


def test_no_common_tokens_have_no_distance():
    assert distances(np.zeros((2, 0, 0)), np.zeros((2, 0, 0))).isna().all(axis=None)


def test_matrices_of_other_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"same shape .* Received: \(2, 2\) and \(2, 3\)"):
        jensen_shannon(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"\[head, query, key\]"):
        distances(np.ones((2, 2)), np.ones((2, 2)))
