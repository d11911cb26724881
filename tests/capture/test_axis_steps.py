"""Which operand brings an axis, against sizes that tell every axis of every operand from every other."""

import pytest
import tensorflow as tf

from attnviz.capture.axis_steps import STEPS, places_before


def _made(function, *shapes):
    """The result of `function`, in a graph of its own."""
    with tf.Graph().as_default():
        return function(*(tf.compat.v1.placeholder("float32", shape) for shape in shapes))


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda x: tf.transpose(x, (2, 0, 1)), [(2, 3, 5)]),
        (lambda x: tf.expand_dims(x, 1), [(2, 3, 5)]),
        (lambda x: tf.expand_dims(x, -1), [(2, 3, 5)]),
        (lambda x: tf.squeeze(x, 1), [(2, 1, 3, 5)]),
        (lambda x: tf.squeeze(x, (-1, 0)), [(1, 2, 3, 1)]),
        (lambda x: tf.stack([x, x + 1.0], axis=1), [(3, 5)]),
        (lambda x: tf.unstack(x, axis=1)[0], [(2, 3, 5)]),
        (lambda x, y: tf.matmul(x, y), [(2, 3), (3, 5)]),
        (lambda x, y: tf.matmul(x, y, transpose_a=True), [(3, 2), (3, 5)]),
        (lambda x, y: tf.matmul(x, y, transpose_b=True), [(7, 2, 3), (7, 5, 3)]),
        (lambda x, y: tf.raw_ops.BatchMatMulV2(x=x, y=y), [(7, 2, 3), (3, 5)]),
        (lambda x, y: tf.einsum("bqd,dk->bkq", x, y), [(2, 3, 5), (5, 7)]),
        (lambda x, y: tf.einsum("...qd,...kd->...qk", x, y), [(2, 11, 3, 5), (2, 11, 7, 5)]),
    ],
)
def test_an_axis_comes_from_the_operands_that_have_its_size(function, shapes):
    result = _made(function, *shapes)
    assert result.op.type in STEPS
    operands = [one for one in result.op.inputs if one.dtype == tf.float32]  # without axes and permutations
    made = 0
    for axis, size in enumerate(result.shape):
        places = places_before(result.op, axis)
        expected = {(one.name, own) for one in operands for own, other in enumerate(one.shape) if other == size}
        made += not places
        if places:
            assert {(operand.name, own) for operand, own in places} == expected
    assert made == (result.op.type in ("ExpandDims", "Pack"))


def test_what_only_a_run_shows_is_not_known():
    result = _made(lambda x, order: tf.transpose(x, tf.cast(order, tf.int32)), (2, 3), (2,))
    assert places_before(result.op, 0) is None
    result = _made(tf.squeeze, (2, 1, 3))  # without a word which axes
    assert places_before(result.op, 0) is None
    result = _made(lambda x: tf.expand_dims(x, 0), None)
    assert places_before(result.op, 0) is None
