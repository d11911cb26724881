"""What single operations do, against cases worked by hand and against NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attnviz.capture.operations import (
    constant_of,
    contracted_axes,
    einsum_labels,
    permutation_of,
    reduced_axes,
    reshaped_groups,
    same_values,
)


def _operation(function, *shapes):
    """The operation that gives the result of `function`, in a graph of its own."""
    with tf.Graph().as_default():
        return function(*(tf.compat.v1.placeholder("float32", shape) for shape in shapes)).op


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((2, 3, 8), (2, 3, 2, 4), [((2,), (2, 3)), ((0,), (0,)), ((1,), (1,))]),
        ((None, None, 8), (None, None, 2, 4), [((0,), (0,)), ((1,), (1,)), ((2,), (2, 3))]),
        ((None, 5, 8), (None, 8), [((2,), (1,)), ((0, 1), (0,))]),
        ((None, 8), (None, None, 8), [((1,), (2,)), ((0,), (0, 1))]),
        ((None, 5, 1), (None, 5), [((1,), (1,)), ((0,), (0,))]),
        ((None, 6), (None, 1, 1, 6), [((1,), (3,)), ((0,), (0,))]),
        ((4, 2, 3, 3), (4, 2, 9), [((0,), (0,)), ((1,), (1,)), ((2, 3), (2,))]),
        ((6, 4), (24,), [((0, 1), (0,))]),
    ],
    ids=["split", "split, free sizes", "merged", "unmerged", "size 1 gone", "size 1 added", "image", "all"],
)
def test_which_axes_a_reshape_keeps_together(before, after, expected):
    found = {(group.before, group.after) for group in reshaped_groups(before, after)}
    assert found == set(expected)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=4))
def test_a_reshape_to_the_same_shape_keeps_every_axis(shape):
    groups = reshaped_groups(shape, shape)
    assert {(group.before, group.after) for group in groups} == {((axis,), (axis,)) for axis in range(len(shape))}
    assert all(group.certain for group in groups)


@given(st.data())
def test_axes_of_a_group_hold_the_same_cells(data):
    sizes = data.draw(st.lists(st.sampled_from([2, 3, 5, 7]), min_size=2, max_size=5))
    cut = data.draw(st.integers(1, len(sizes) - 1))
    merged = [*sizes[: cut - 1], sizes[cut - 1] * sizes[cut], *sizes[cut + 1 :]]
    for group in reshaped_groups(sizes, merged):
        assert np.prod([sizes[axis] for axis in group.before]) == np.prod([merged[axis] for axis in group.after])


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (lambda x, y: tf.matmul(x, y), ((2,), (1,))),
        (lambda x, y: tf.matmul(x, y, transpose_b=True), ((2,), (2,))),
        (lambda x, y: tf.matmul(x, y, transpose_a=True), ((1,), (1,))),
        (lambda x, y: tf.einsum("bij,bjk->bik", x, y), ((2,), (1,))),
        (lambda x, y: tf.einsum("bij,bij->b", x, y), ((1, 2), (1, 2))),
        (lambda x, y: tf.einsum("...ij,...jk->...ik", x, y), ((2,), (1,))),
    ],
)
def test_which_axes_a_product_contracts(product, expected):
    assert contracted_axes(_operation(product, (2, 4, 4), (2, 4, 4)), 0) == expected


def test_labels_of_an_ellipsis_are_counted_from_its_end():
    operation = _operation(lambda x, y: tf.raw_ops.Einsum(inputs=[x, y], equation="...i,i->...i"), (2, 3, 4), (4,))
    labels, output = einsum_labels(operation)
    assert labels == [["...2", "...1", "i"], ["i"]]
    assert output == ["...2", "...1", "i"]


def test_an_order_that_the_graph_computes():
    """TensorFlow's softmax over another axis computes which axes it swaps."""
    operation = _operation(lambda x: tf.nn.softmax(x, axis=1), (2, 3, 4))
    while operation.type != "Transpose":
        operation = operation.inputs[0].op
    assert permutation_of(operation) == (0, 2, 1)


def test_axes_of_a_sum():
    assert reduced_axes(_operation(lambda x: tf.reduce_sum(x, axis=(-1, 0)), (2, 3, 4))) == (0, 2)
    assert reduced_axes(_operation(lambda x: tf.reduce_sum(x), (2, 3, 4))) == (0, 1, 2)


def test_the_same_values_computed_twice():
    with tf.Graph().as_default():
        x, y = (tf.compat.v1.placeholder("float32", (2, 3)) for _ in range(2))
        assert same_values(tf.exp(x - 1.0), tf.exp(x - 1.0))
        assert not same_values(tf.exp(x - 1.0), tf.exp(x - 2.0))
        assert not same_values(tf.exp(x), tf.exp(y))
        assert not same_values(tf.random.uniform((2,)), tf.random.uniform((2,)))


def test_constants_behind_layouts():
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder("float32", (None, 3))
        assert constant_of(tf.cast(tf.fill(tf.shape(x), 4), "float32")) == 4
        assert constant_of(x) is None
