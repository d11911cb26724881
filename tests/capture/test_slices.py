import pytest
import tensorflow as tf

from attnviz.capture.slices import cuts_of, sliced_axes


def _operation(cut, shape):
    """The slice, in a graph of its own."""
    with tf.Graph().as_default():
        return cut(tf.compat.v1.placeholder("float32", shape)).op


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (lambda x: x[:, 0], (0, 2, 3)),
        (lambda x: x[..., None], (0, 1, 2, 3, None)),
        (lambda x: x[:, None, 1:], (0, None, 1, 2, 3)),
        (lambda x: x[..., 0], (0, 1, 2)),
        (lambda x: x[0, ..., :2], (1, 2, 3)),
        (lambda x: x[:, tf.newaxis, ..., -1], (0, None, 1, 2)),
    ],
)
def test_where_the_axes_of_a_slice_come_from(cut, expected):
    assert sliced_axes(_operation(cut, (2, 3, 4, 5))) == expected


@pytest.mark.parametrize(
    ("cut", "shape", "expected"),
    [
        (lambda x: x[:, 1:3], (4, 5), [(0, 0, None, True), (1, 1, 3, False)]),
        (lambda x: x[:, :5], (4, 5), [(0, 0, None, True), (1, 0, 5, True)]),  # as long as the axis is
        (lambda x: x[:, -2:], (None, None), [(0, 0, None, True), (1, None, None, False)]),  # from the end
        (lambda x: x[1:, None, ..., 0], (4, 5, 6), [(0, 1, None, False), None, (1, 0, None, True)]),
    ],
)
def test_what_a_slice_takes_of_each_axis(cut, shape, expected):
    found = [one and (one.axis, one.begin, one.end, one.whole) for one in cuts_of(_operation(cut, shape))]
    assert found == expected
