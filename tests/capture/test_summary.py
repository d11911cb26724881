"""What is computed of a run in its own graph, against the run itself."""

import keras
import numpy as np
import pytest
from keras import layers

from attnviz.capture.compiled import compiled_for
from attnviz.capture.inputs import read_inputs
from attnviz.errors import CaptureError


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, 4))
    return keras.Model(inputs, layers.MultiHeadAttention(2, 3, name="look")(inputs, inputs))


def test_a_summary_is_computed_of_the_same_run(model):
    for length in (3, 5):
        given = read_inputs(model, np.random.default_rng(length).normal(size=(2, length, 4)).astype(np.float32))
        compiled = compiled_for(model, given)
        run = compiled(given)
        offset = np.array([1.0, 2.0], np.float32)
        found = compiled.summary(
            "largest",
            lambda result, add: {
                "largest": [keras.ops.max(one, axis=-1) + add[:, None, None] for one in result["weights"]],
                "outputs": result["outputs"],
            },
            given,
            offset,
        )
        np.testing.assert_allclose(found["largest"][0], run.weights[0].max(-1) + offset[:, None, None], atol=1e-6)
        np.testing.assert_allclose(found["outputs"][0], run.outputs, atol=1e-6)


def test_a_key_is_traced_once(model):
    given = read_inputs(model, np.ones((1, 3, 4), np.float32))
    traced = []

    def make(result):
        traced.append(True)
        return {"outputs": result["outputs"]}

    for batch in (1, 2, 3):
        compiled_for(model, given).summary("once", make, read_inputs(model, np.ones((batch, 3, 4), np.float32)))
    assert traced == [True]


def test_a_wrong_shape_is_told(model):
    given = read_inputs(model, np.ones((1, 3, 4), np.float32))
    compiled = compiled_for(model, given)
    with pytest.raises(CaptureError, match="must have shape"):
        compiled.summary("any", lambda result: result, read_inputs(model, np.ones((1, 3, 5), np.float32)))
