"""Heads in right and wrong predictions, against SciPy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attnviz.evaluation.attended_tokens import AttendedTokens
from attnviz.evaluation.attention_over_data import AttentionOverData, HeadPlace
from attnviz.evaluation.right_against_wrong import right_against_wrong


def attention(entropy, distance=None):
    count = entropy.shape[1]
    places = tuple(
        HeadPlace(name="look", head=head, heads=count, query_axis="t", key_axis="t") for head in range(count)
    )
    nothing = np.full(entropy.shape, np.nan)
    return AttentionOverData(
        places=places,
        entropy=entropy,
        normalised_entropy=entropy / 4,
        distance=nothing if distance is None else distance,
        tokens=AttendedTokens(classes=(), sums=pd.DataFrame()),
        reads="t",
    )


@pytest.fixture(scope="module")
def compared(classified):
    generator = np.random.default_rng(4)
    truth = np.arange(60) % 2
    said = np.where(np.arange(60) < 40, truth, 1 - truth)  # the last twenty are wrong
    entropy = generator.normal(2, 0.3, size=(60, 5)).astype(np.float32)
    entropy[40:, 1] += 1
    entropy[3, 2] = np.nan
    return classified(truth, np.eye(2)[said], attention=attention(entropy)), entropy.astype(float)


def test_tests_and_intervals_are_those_of_scipy(compared):
    evaluation, entropy = compared
    table = right_against_wrong(evaluation)
    of_entropy = table[table["measure"] == "entropy"].reset_index(drop=True)
    assert len(of_entropy) == 5
    ps = []
    for head in range(5):
        right, wrong = entropy[:40, head], entropy[40:, head]
        right = right[~np.isnan(right)]
        row = of_entropy.iloc[head]
        interval = stats.ttest_ind(wrong, right, equal_var=False).confidence_interval(0.95)
        assert row["difference"] == pytest.approx(wrong.mean() - right.mean())
        assert (row["lower"], row["upper"]) == pytest.approx((interval.low, interval.high))
        assert row["p"] == pytest.approx(stats.mannwhitneyu(wrong, right).pvalue)
        assert (row["examples right"], row["examples wrong"]) == (len(right), 20)
        ps.append(row["p"])
    np.testing.assert_allclose(of_entropy["adjusted p"], stats.false_discovery_control(ps))
    assert of_entropy["adjusted p"].idxmin() == 1


def test_a_measure_that_no_head_has_is_left_out(compared):
    assert set(right_against_wrong(compared[0])["measure"]) == {"entropy", "normalised entropy"}


def test_nothing_is_compared_with_nothing(classified):
    evaluation = classified([0, 0, 1], np.eye(2)[[0, 0, 1]], attention=attention(np.ones((3, 2), np.float32)))
    table = right_against_wrong(evaluation)
    assert table["p"].isna().all()
    assert table["adjusted p"].isna().all()
    assert list(table["examples wrong"]) == [0] * 4
    assert right_against_wrong(replace(evaluation, attention=None)).empty


def test_heads_without_spread_differ_by_exactly_their_difference(classified):
    entropy = np.array([[1.0], [1.0], [2.0], [2.0]], np.float32)
    evaluation = classified([0, 0, 0, 0], np.eye(2)[[0, 0, 1, 1]], attention=attention(entropy))
    row = right_against_wrong(evaluation).iloc[0]
    assert (row["difference"], row["lower"], row["upper"]) == (1, 1, 1)


def test_of_a_regression_the_larger_errors_count_as_wrong(regressed):
    entropy = np.array([[1.0], [2.0], [1.5], [3.0]], np.float32)
    evaluation = replace(regressed([0, 0, 0, 0], [0.1, 2.0, 0.2, 3.0]), attention=attention(entropy))
    row = right_against_wrong(evaluation).iloc[0]
    assert (row["right"], row["wrong"]) == (1.25, 2.5)
