import numpy as np

from attnviz.training.sequence_batches import SequenceBatches, padded

SOURCES = [[5, 6, 7], [5], [8, 9], [6], [7, 7, 7]]
TARGETS = [[4, 5], [6], [1, 4], [4, 4, 4], [5]]
OPTIONS = {"start_id": 2, "end_id": 3, "unknown_id": 1, "batch_size": 2}


def test_a_batch_by_hand():
    batches = list(SequenceBatches(SOURCES, TARGETS, **OPTIONS))
    assert [len(batch[1]) for batch in batches] == [2, 2, 1]
    (source, written), following, counts = batches[1]  # by length of source, then of target: [8, 9] and [7, 7, 7]
    np.testing.assert_array_equal(source, [[8, 9, 0], [7, 7, 7]])
    np.testing.assert_array_equal(written, [[2, 1, 4], [2, 5, 3]])
    np.testing.assert_array_equal(following, [[1, 4, 3], [5, 3, 0]])
    np.testing.assert_array_equal(counts, [[0, 1, 1], [1, 1, 0]])  # no loss for the unknown token and for padding


def test_every_pass_has_every_pair_once_in_another_order():
    batches = SequenceBatches(SOURCES, TARGETS, **OPTIONS, seed=4)
    passes = [[tuple(row[row > 0]) for (source, _), _, _ in batches for row in source] for _ in range(6)]
    for one in passes:
        assert sorted(one) == sorted(map(tuple, SOURCES))
    assert len(set(map(tuple, passes))) > 1
    again = SequenceBatches(SOURCES, TARGETS, **OPTIONS, seed=4)
    assert [tuple(row[row > 0]) for (source, _), _, _ in again for row in source] == passes[0]


def test_the_dataset_gives_the_same_batches_with_free_sizes():
    batches = SequenceBatches(SOURCES, TARGETS, **OPTIONS)
    dataset = batches.dataset()
    assert len(dataset) == len(batches) == 3
    (source, written), following, counts = dataset.element_spec
    assert [one.shape.as_list() for one in (source, written, following, counts)] == [[None, None]] * 4
    for ((source, written), following, counts), expected in zip(dataset, batches, strict=True):
        np.testing.assert_array_equal(source, expected[0][0])
        np.testing.assert_array_equal(written, expected[0][1])
        np.testing.assert_array_equal(following, expected[1])
        np.testing.assert_array_equal(counts, expected[2])


def test_padding():
    np.testing.assert_array_equal(padded([[1, 2], [], [3]]), [[1, 2], [0, 0], [3, 0]])
