import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.training.splits import Split, grouped_split, split_every_stratum

PARTS = ("training", "validation", "test")


@given(st.integers(0, 2**31 - 1), st.integers(1, 4))
def test_no_group_stands_on_two_sides_and_nothing_is_lost(seed, copies):
    groups = np.tile(np.arange(60), copies)
    strata = groups % 2
    split = grouped_split(strata, groups, seed=seed)
    assert sorted(np.concatenate([getattr(split, part) for part in PARTS])) == list(range(60 * copies))
    sides = [set(groups[getattr(split, part)]) for part in PARTS]
    assert sum(len(side) for side in sides) == len(set(groups))


def test_parts_have_their_shares_of_every_stratum():
    strata = np.repeat(["a", "b", "c"], [500, 300, 200])
    split = grouped_split(strata, seed=3)
    assert split.sizes == {"training": 700, "validation": 100, "test": 200}
    for name, count in (("a", 100), ("b", 60), ("c", 40)):
        assert (strata[split.test] == name).sum() == pytest.approx(count, abs=1)
        assert (strata[split.validation] == name).sum() == pytest.approx(count / 2, abs=1)


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    strata = np.arange(200) % 2
    first, again, other = (grouped_split(strata, seed=seed) for seed in (7, 7, 8))
    for part in PARTS:
        np.testing.assert_array_equal(getattr(first, part), getattr(again, part))
    assert set(first.test) != set(other.test)


def test_nobody_can_change_a_split():
    split = Split(training=np.array([2, 0]), validation=np.array([1]), test=np.array([3]))
    np.testing.assert_array_equal(split.training, [0, 2])
    with pytest.raises(ValueError, match="read-only"):
        split.training[0] = 5


def test_strata_and_groups_of_different_length_are_refused():
    with pytest.raises(ShapeError, match=r"must have one entry an example. Received: \(3,\) and \(2,\)"):
        grouped_split([0, 1, 0], [1, 2], seed=0)


@pytest.mark.parametrize("shares", [(0.0, 0.1), (0.6, 0.1), (0.5, 0.5), (0.2, 0.0)])
def test_shares_that_leave_nothing_are_refused(shares):
    with pytest.raises(ShapeError, match="leave a share for training"):
        grouped_split([0, 1] * 10, test_share=shares[0], validation_share=shares[1], seed=0)


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_examples_are_refused(count):
    with pytest.raises(ShapeError, match=f"needs 5 examples or more of some stratum. Received: {count} examples"):
        grouped_split(["a"] * count, seed=0)


@given(
    st.lists(st.integers(3, 12), min_size=1, max_size=4),
    st.integers(0, 5),
    st.sampled_from([(0.15, 0.15), (0.05, 0.4), (0.33, 0.33)]),
)
def test_every_part_has_some_of_every_stratum_however_rare(groups_of_each, seed, shares):
    generator = np.random.default_rng(seed)
    strata, groups = [], []
    for stratum, count in enumerate(groups_of_each):
        for number in range(count):
            copies = int(generator.integers(1, 4))
            strata += [stratum] * copies
            groups += [100 * stratum + number] * copies
    order = generator.permutation(len(strata))
    strata, groups = np.array(strata)[order], np.array(groups)[order]
    split = split_every_stratum(strata, groups, test_share=shares[0], validation_share=shares[1], seed=seed)
    parts = [split.training, split.validation, split.test]
    assert sorted(np.concatenate(parts)) == list(range(len(strata)))
    for part in parts:
        assert set(strata[part]) == set(range(len(groups_of_each)))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not set(groups[parts[one]]) & set(groups[parts[other]])


def test_shares_of_a_split_of_every_stratum_are_met():
    strata = np.repeat([0, 1], [800, 200])
    split = split_every_stratum(strata, np.arange(1000), test_share=0.15, validation_share=0.1, seed=0)
    for part, share in ((split.test, 0.15), (split.validation, 0.1), (split.training, 0.75)):
        assert [(strata[part] == kind).sum() for kind in (0, 1)] == [800 * share, 200 * share]


def test_a_group_larger_than_a_part_belongs_to_training():
    groups = np.concatenate([np.zeros(50, int), np.arange(1, 51)])
    for seed in range(5):
        split = split_every_stratum(np.zeros(100, int), groups, test_share=0.15, validation_share=0.15, seed=seed)
        assert 0 in groups[split.training]
        assert split.sizes == {"training": 70, "validation": 15, "test": 15}


def test_two_groups_are_too_few_for_three_parts():
    with pytest.raises(ShapeError, match="three groups or more. Received: 2"):
        split_every_stratum([0, 0, 0], [1, 2, 2], test_share=0.2, validation_share=0.2, seed=0)
