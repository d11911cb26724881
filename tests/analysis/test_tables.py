"""The tables, row by row by hand, and that padding has no part in them."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.analysis.tables import head_statistics, token_statistics
from attnviz.errors import ShapeError

LN2 = math.log(2)
THREE = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]], np.float32)
ALL = np.ones(3, bool)


def test_token_table_by_hand():
    table = token_statistics(THREE, ALL, ALL)
    assert list(table.columns) == [
        "received",
        "to itself",
        "entropy",
        "normalised entropy",
        "strongest key",
        "strongest weight",
    ]
    assert table.index.name == "position"
    assert table["received"].to_list() == pytest.approx([1.75 / 3, 0.75 / 3, 0.5 / 3])
    assert table["to itself"].to_list() == [1.0, 0.5, 0.5]
    assert table["entropy"].to_list() == pytest.approx([0.0, LN2, 1.5 * LN2])
    assert table["normalised entropy"].to_list() == pytest.approx([0, LN2 / math.log(3), 1.5 * LN2 / math.log(3)])
    assert table["strongest key"].to_list() == [0, 0, 2]
    assert table["strongest weight"].to_list() == [1.0, 0.5, 0.5]


def test_head_table_by_hand():
    backwards = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], np.float32)
    table = head_statistics(np.stack([THREE, backwards]), ALL, ALL)
    assert table.index.name == "head"
    first = table.loc[0]
    assert first["entropy"] == pytest.approx(2.5 * LN2 / 3)
    assert first["normalised entropy"] == pytest.approx(2.5 * LN2 / 3 / math.log(3))
    assert first["effective keys"] == pytest.approx((1 + 2 + 2**1.5) / 3)
    assert first["distance"] == pytest.approx((0 + 0.5 + 0.75) / 3)
    assert first["diagonal"] == pytest.approx(2 / 3)
    assert first["previous"] == pytest.approx(0.75 / 2)
    assert first["next"] == 0
    assert first["first"] == pytest.approx(1.75 / 3)
    assert first["received"] == pytest.approx(1.75 / 3)
    second = table.loc[1]
    assert second["distance"] == pytest.approx(4 / 3)
    assert second["next"] == 1
    assert second["previous"] == 0
    assert second["first"] == pytest.approx(1 / 3)
    assert second["received"] == pytest.approx(1 / 3)


def test_a_causal_mask_sets_what_entropy_is_normalised_by():
    causal = np.tril(ALL[:, None] & ALL)
    table = token_statistics(THREE, ALL, ALL, causal)
    assert table["normalised entropy"].to_list() == pytest.approx([np.nan, 1, 1.5 * LN2 / math.log(3)], nan_ok=True)
    assert head_statistics(THREE[None], ALL, ALL, causal).loc[0, "normalised entropy"] == pytest.approx(
        (1 + 1.5 * LN2 / math.log(3)) / 2
    )


def test_cross_attention_has_no_numbers_that_compare_positions():
    weights = np.array([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], np.float32)
    tokens = token_statistics(weights, ALL[:2], ALL, same_axis=False)
    assert list(tokens.columns) == ["received"]
    assert tokens["received"].to_list() == [0.75, 0.125, 0.125]
    heads = head_statistics(weights[None], ALL[:2], ALL, same_axis=False).loc[0]
    assert heads[["distance", "diagonal", "previous", "next"]].isna().all()
    assert heads["entropy"] == pytest.approx(0.75 * LN2)
    assert heads["first"] == 0.75


def test_equal_lengths_do_not_make_two_axes_the_same():
    heads = head_statistics(THREE[None], ALL, ALL, same_axis=False)
    assert heads[["distance", "diagonal", "previous", "next"]].isna().all(axis=None)
    assert list(token_statistics(THREE, ALL, ALL, same_axis=False).columns) == ["received"]


def test_pooled_attention_has_what_each_token_receives():
    pooled = np.array([[0.2, 0.5, 0.3, 0.0]], np.float32)
    table = token_statistics(pooled, [True], [True, True, True, False], same_axis=False)
    assert table["received"].to_list() == pytest.approx([0.2, 0.5, 0.3])


def test_attention_to_padding_counts_for_nothing():
    """A model without a mask may give padding most of its attention: that mass is left out and not shared out."""
    leaking = np.array([[0.2, 0.2, 0.6], [0.1, 0.3, 0.6], [0.0, 0.0, 1.0]], np.float32)
    valid = np.array([True, True, False])
    tokens = token_statistics(leaking, valid, valid)
    assert tokens.index.to_list() == [0, 1]
    assert tokens["received"].to_list() == pytest.approx([0.15, 0.25])
    assert tokens["strongest key"].to_list() == [0, 1]
    assert tokens["strongest weight"].to_list() == pytest.approx([0.2, 0.3])
    heads = head_statistics(leaking[None], valid, valid).loc[0]
    assert heads["distance"] == pytest.approx((0.2 + 0.1) / 2)
    assert heads["next"] == pytest.approx(0.2)


def test_a_fully_masked_token_has_no_numbers_of_its_own():
    mask = np.array([[True, True, True], [False, False, False], [True, True, True]])
    weights = np.where(mask, THREE, np.float32(1 / 3))
    table = token_statistics(weights, ALL, ALL, mask)
    assert table.loc[1, ["to itself", "entropy", "normalised entropy", "strongest weight"]].isna().all()
    assert table.loc[1, "strongest key"] == -1
    assert table["received"].to_list() == pytest.approx([0.625, 0.125, 0.25])
    assert head_statistics(weights[None], ALL, ALL, mask).loc[0, "diagonal"] == pytest.approx(0.75)


def test_the_first_token_is_the_first_real_one():
    valid = np.array([False, True, True])
    weights = np.array([[1.0, 0.0, 0.0], [0.0, 0.75, 0.25], [0.0, 0.5, 0.5]], np.float32)
    assert head_statistics(weights[None], valid, valid).loc[0, "first"] == pytest.approx(0.625)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 3), st.integers(0, 3), st.booleans())
def test_padding_changes_nothing(seed, length, after, before, with_mask):
    """Neither padding's own weights nor its place, before or after the tokens, has any influence."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(length), size=(3, length)).astype(np.float32)
    mask = np.tril(np.ones((length, length), bool)) if with_mask else None
    padded = random.dirichlet(np.ones(before + length + after), size=(3, before + length + after)).astype(np.float32)
    inside = slice(before, before + length)
    padded[:, inside, inside] = weights
    real, valid = np.ones(length, bool), np.zeros(before + length + after, bool)
    valid[inside] = True
    padded_mask = None
    if mask is not None:
        padded_mask = random.random((len(valid), len(valid))) < 0.5
        padded_mask[inside, inside] = mask
    pd.testing.assert_frame_equal(
        head_statistics(padded, valid, valid, padded_mask), head_statistics(weights, real, real, mask)
    )
    tokens = token_statistics(padded[0], valid, valid, padded_mask)
    assert tokens.index.to_list() == list(range(before, before + length))
    tokens.index = pd.RangeIndex(length, name="position")
    tokens["strongest key"] = tokens["strongest key"].where(
        tokens["strongest key"] < 0, tokens["strongest key"] - before
    )
    pd.testing.assert_frame_equal(tokens, token_statistics(weights[0], real, real, mask))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: token_statistics(THREE[None], ALL, ALL), r"shape \[query, key\]. Received: shape=\(1, 3, 3\)"),
        (lambda: head_statistics(THREE, ALL, ALL), r"shape \[heads, query, key\]. Received: shape=\(3, 3\)"),
        (lambda: token_statistics(THREE, ALL[:2], ALL), r"lengths of the weights' axes, \(3, 3\).*\(2,\) and \(3,\)"),
        (lambda: token_statistics(THREE, ALL, ALL, ALL), r"`mask` must have shape .* = \(3, 3\).*\(3,\)"),
        (lambda: token_statistics(THREE[:2], ALL[:2], ALL), r"must be equally many. Received: \(2, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ShapeError, match=message):
        call()
