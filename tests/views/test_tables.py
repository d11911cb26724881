import numpy as np
import pytest
from scipy.stats import entropy

from attnviz.views.tables import head_table, token_table
from tests.views.captures import HEADS, TOKENS, capture_of, padded, pooled, two_heads


def test_token_table_has_labels_and_hand_worked_numbers():
    table = token_table(two_heads(), layer="attention", head=0)
    assert list(table.columns) == [
        "position", "token", "attention received", "to itself", "entropy (nats)", "normalised entropy",
        "strongest key", "strongest weight",
    ]  # fmt: skip
    assert table["position"].tolist() == [1, 2, 3, 4]
    assert table["token"].tolist() == list(TOKENS)
    assert table["attention received"].tolist() == pytest.approx([0.2125, 0.4875, 0.1375, 0.1625])
    assert table["to itself"].tolist() == pytest.approx([0.1, 0.25, 0.0, 0.3])
    assert table["entropy (nats)"].tolist() == pytest.approx(entropy(HEADS[0], axis=1), abs=1e-6)
    assert table["strongest weight"].tolist() == pytest.approx([0.6, 0.25, 1.0, 0.5])


def test_the_strongest_key_is_named_with_its_position_where_the_name_repeats():
    table = token_table(two_heads(), layer="attention", head=0)
    assert table["strongest key"].tolist() == ["cat", "the (1)", "cat", "the (1)"]
    assert token_table(two_heads(), layer="attention", head=1)["strongest key"].tolist()[3] == "the (4)"


@pytest.mark.parametrize(("before", "after"), [(0, 2), (2, 0), (2, 1)])
@pytest.mark.parametrize("head", [0, 1, "mean"])
def test_padding_changes_no_table(before, after, head):
    plain, capture = two_heads(), padded(before, after)
    expected = token_table(plain, layer="attention", head=head)
    np.testing.assert_array_equal(token_table(capture, layer="attention", head=head), expected)
    np.testing.assert_allclose(head_table(capture, layer="attention"), head_table(plain, layer="attention"))


def test_the_maximum_over_heads_has_no_entropy():
    table = token_table(two_heads(), layer="attention", head="max")
    assert not [column for column in table.columns if "entropy" in column]
    assert table["strongest weight"].tolist() == pytest.approx([0.6, 0.7, 1.0, 0.5])


def test_a_token_that_attends_to_nothing_has_no_strongest_key():
    table = token_table(capture_of([[[0, 0], [0.4, 0.6]]], labels=("a", "b")), layer="attention", head=0)
    assert table["strongest key"].tolist() == ["", "b"]
    assert np.isnan(table["entropy (nats)"][0])


def test_pooled_keys_are_no_queries():
    table = token_table(pooled(), layer="pooling", head=0)
    assert list(table.columns) == ["position", "token", "attention received"]
    assert table["token"].tolist() == ["a", "b", "c"]
    assert table["attention received"].tolist() == pytest.approx([0.2, 0.5, 0.3])


def test_a_key_that_is_forbidden_is_no_choice():
    # The second token may attend to two keys and does so evenly: as evenly as it can, though there are three keys.
    weights = [[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]]
    causal = np.tril(np.ones((3, 3), bool))
    capture = capture_of(weights, labels=("a", "b", "c"), mask=causal)
    tokens = token_table(capture, layer="attention", head=0)
    third = entropy([0.25, 0.25, 0.5]) / np.log(3)
    assert tokens["normalised entropy"].tolist()[1:] == pytest.approx([1.0, third], abs=1e-6)
    unmasked = token_table(capture_of(weights, labels=("a", "b", "c")), layer="attention", head=0)
    assert unmasked["normalised entropy"].tolist()[1] == pytest.approx(np.log(2) / np.log(3), abs=1e-6)
    heads = head_table(capture, layer="attention")["normalised entropy"]
    assert heads.tolist() == [pytest.approx(np.nanmean(tokens["normalised entropy"]), abs=1e-6)]


def test_head_table_has_hand_worked_numbers():
    table = head_table(two_heads(), layer="attention")
    assert list(table.columns) == [
        "head", "entropy (nats)", "normalised entropy", "effective keys", "distance (positions)", "diagonal",
        "previous", "next", "first", "largest received",
    ]  # fmt: skip
    assert table["head"].tolist() == [1, 2]
    assert table["entropy (nats)"].tolist() == pytest.approx(entropy(HEADS, axis=2).mean(axis=1), abs=1e-6)
    assert table["diagonal"].tolist() == pytest.approx([(0.1 + 0.25 + 0 + 0.3) / 4, (0.3 + 0.1 + 0.3 + 0.4) / 4])
    assert table["previous"].tolist() == pytest.approx([(0.25 + 1.0 + 0.1) / 3, (0.7 + 0.2 + 0.3) / 3])
    assert table["next"].tolist() == pytest.approx([(0.6 + 0.25 + 0.0) / 3, (0.2 + 0.1 + 0.3) / 3])
    assert table["first"].tolist() == pytest.approx([0.85 / 4, 1.3 / 4])
    # Of the columns of HEADS: 0.85, 1.95, 0.55, 0.65, and 1.3, 0.7, 1.1, 0.9.
    assert table["largest received"].tolist() == pytest.approx([1.95 / 4, 1.3 / 4])
    distances = np.abs(np.subtract.outer(range(4), range(4)))
    assert table["distance (positions)"].tolist() == pytest.approx((HEADS * distances).sum(axis=2).mean(axis=1))


def test_axes_that_differ_have_no_distance_and_no_neighbours():
    table = head_table(pooled(), layer="pooling")
    assert list(table.columns) == [
        "head", "entropy (nats)", "normalised entropy", "effective keys", "first", "largest received",
    ]  # fmt: skip
    assert table["entropy (nats)"].tolist() == pytest.approx([entropy([0.2, 0.5, 0.3])], abs=1e-6)
