"""Graph attention: scores that are a sum of two nodes' terms, masked by an adjacency matrix beside the nodes."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from attnviz import capture_attention

NODES, FEATURES = 7, 5


class GraphAttention(layers.Layer):
    """One head of Veličković et al. (2018), with the adjacency matrix as most code writes it."""

    def __init__(self, units: int, *, adds_mask: bool, **named: Any) -> None:
        super().__init__(**named)
        self.project = layers.Dense(units, use_bias=False)
        self.of_query, self.of_key = layers.Dense(1), layers.Dense(1)
        self.adds_mask = adds_mask

    def call(self, inputs: Any) -> Any:
        nodes, adjacency = inputs
        hidden = self.project(nodes)
        scores = ops.leaky_relu(self.of_query(hidden) + ops.transpose(self.of_key(hidden), (0, 2, 1)), 0.2)
        if self.adds_mask:
            scores = scores + (1.0 - adjacency) * -1e9
        else:
            scores = ops.where(adjacency > 0, scores, -1e9)
        return ops.matmul(ops.softmax(scores), hidden)


@pytest.mark.parametrize("adds_mask", [False, True])
@pytest.mark.parametrize("length", [NODES, None])
def test_every_layer_runs_over_the_nodes_and_not_over_their_mask(adds_mask: bool, length: int | None) -> None:
    keras.utils.set_random_seed(3)
    nodes = keras.Input((length, FEATURES), name="nodes")
    adjacency = keras.Input((length, length), name="adjacency")
    hidden = GraphAttention(4, adds_mask=adds_mask, name="first")([nodes, adjacency])
    hidden = GraphAttention(4, adds_mask=adds_mask, name="second")([hidden, adjacency])
    model = keras.Model([nodes, adjacency], hidden)
    generator = np.random.default_rng(5)
    edges = (generator.random((2, NODES, NODES)) < 0.4) | np.eye(NODES, dtype=bool)
    inputs = [generator.normal(size=(2, NODES, FEATURES)).astype("float32"), edges.astype("float32")]
    labels = [[f"node {number}" for number in range(NODES)]] * 2

    capture = capture_attention(model, inputs, sequences={"nodes": labels}, compare=True)

    assert capture.prediction_difference == pytest.approx(0, abs=1e-6)
    assert [one.layer for one in capture.maps] == ["first", "second"]
    for one in capture.maps:
        assert (one.query_axis, one.key_axis) == ("nodes", "nodes")
        assert one.mask is not None
        np.testing.assert_array_equal(one.mask, edges)
        assert not one.weights[:, 0][~edges].any()
    layer = model.get_layer("first")
    query, key = (
        inputs[0] @ np.asarray(layer.project.kernel) @ np.asarray(term.kernel)
        for term in (layer.of_query, layer.of_key)
    )
    scores = query + key.transpose(0, 2, 1)
    exponentials = np.exp(np.where(scores > 0, scores, 0.2 * scores)) * edges
    np.testing.assert_allclose(
        capture.maps[0].weights[:, 0], exponentials / exponentials.sum(-1, keepdims=True), atol=1e-6
    )
