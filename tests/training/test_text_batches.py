import numpy as np

from attnviz.training.text_batches import text_batches

IDS = np.array([[5, 6, 7, 0], [8, 0, 0, 0], [9, 10, 0, 0]], dtype=np.int32)
CLASSES = np.array([0, 1, 2], dtype=np.int64)


def _rows(dataset):
    batches = list(dataset.as_numpy_iterator())
    assert len(batches) == int(dataset.cardinality())
    return {
        int(label): row[row > 0].tolist() for ids, labels in batches for row, label in zip(ids, labels, strict=True)
    }


def test_every_example_comes_once_with_its_class_and_no_more_padding_than_needed():
    dataset = text_batches(IDS, CLASSES, np.random.default_rng(0), size=2, unknown_share=0.0)
    assert _rows(dataset) == {0: [5, 6, 7], 1: [8], 2: [9, 10]}
    for ids, _ in dataset.as_numpy_iterator():
        assert (ids != 0).sum(axis=1).max() == ids.shape[1]


def test_words_are_shown_as_unknown_by_their_share_and_padding_never():
    ids = np.tile(np.array([[4, 4, 4, 4, 4, 4, 4, 4, 0, 0]], dtype=np.int32), (1000, 1))
    dataset = text_batches(ids, np.zeros(1000, np.int64), np.random.default_rng(0), size=100, unknown_share=0.2)
    seen = np.concatenate([rows for rows, _ in dataset.as_numpy_iterator()])
    assert seen.shape == (1000, 8)
    assert set(np.unique(seen)) == {1, 4}
    assert abs((seen == 1).mean() - 0.2) < 0.02


def test_the_order_is_another_one_in_every_epoch():
    ids = np.arange(2, 102, dtype=np.int32)[:, None]
    dataset = text_batches(ids, np.zeros(100, np.int64), np.random.default_rng(0), size=100, unknown_share=0.0)
    first, second = (next(dataset.as_numpy_iterator())[0] for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.sort(first, axis=0), ids)
