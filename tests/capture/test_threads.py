"""Two models captured at once by many threads: each gets its own weights, and nobody waits who need not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers

from attnviz import capture_attention
from attnviz.capture import compiled as compiled_module
from attnviz.capture.stand_in import TRACING

THREADS = 8


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(7)


def _model(name, heads, blocks):
    inputs = keras.Input((None, 8), name="steps")
    hidden = inputs
    for block in range(blocks):
        hidden = layers.MultiHeadAttention(heads, 4, name=f"{name}_{block}")(hidden, hidden)
    return keras.Model(inputs, hidden, name=name)


def _expected(model, inputs):
    """Each layer's own scores, computed by Keras without any capture."""
    scores = []
    hidden = inputs
    for attention in model.layers[1:]:
        hidden, own = attention(hidden, hidden, return_attention_scores=True)
        scores.append(np.asarray(own))
    return scores


def test_models_that_are_traced_run_selected_and_compared_at_once_never_mix():
    """All threads start together on models that nobody has traced, so that tracing, selecting and running overlap."""
    models = [_model("first", 2, 3), _model("second", 3, 2)]
    samples = [np.random.default_rng(seed).normal(size=(1, 3 + seed, 8)).astype("float32") for seed in range(THREADS)]
    expected = [[_expected(model, sample) for sample in samples] for model in models]
    together = threading.Barrier(THREADS)

    def work(seed):
        together.wait(timeout=60)
        wrong = []
        for turn in range(10):
            which = (seed + turn) % 2
            model, scores = models[which], expected[which][seed]
            wanted = [None, "*_0", f"{model.name}_1"][turn % 3]
            capture = capture_attention(model, samples[seed], layers=wanted, compare=turn % 4 == 3)
            kept = [one for one, layer in zip(scores, model.layers[1:], strict=True) if _is_wanted(layer.name, wanted)]
            names = [layer.name for layer in model.layers[1:] if _is_wanted(layer.name, wanted)]
            if capture.model != model.name or [one.name for one in capture.maps] != names:
                wrong.append((seed, turn, [one.name for one in capture.maps]))
            for one, own in zip(capture.maps, kept, strict=True):
                np.testing.assert_allclose(one.weights, own, atol=1e-5)
            if turn % 4 == 3 and not capture.prediction_difference < 1e-4:
                wrong.append((seed, turn, capture.prediction_difference))
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert [one for found in pool.map(work, range(THREADS)) for one in found] == []
    for model in models:
        (compiled,) = compiled_module._compiled[model].values()  # traced once, whoever came first
        assert len(compiled._selections) == 2


def _is_wanted(name, wanted):
    return wanted is None or name == wanted or (wanted == "*_0" and name.endswith("_0"))


def test_what_is_compiled_runs_while_another_thread_traces():
    model = _model("ready", 2, 2)
    inputs = np.ones((1, 3, 8), "float32")
    before = capture_attention(model, inputs, layers="ready_0")
    with ThreadPoolExecutor(1) as pool, TRACING:  # as if this thread were in the middle of a long trace
        everything = pool.submit(capture_attention, model, inputs[:, :2]).result(timeout=60)
        selected = pool.submit(capture_attention, model, inputs, layers="ready_0").result(timeout=60)
        another = pool.submit(capture_attention, model, inputs, layers="ready_1").result(timeout=60)
    assert len(everything.maps) == 2
    np.testing.assert_array_equal(selected.maps[0].weights, before.maps[0].weights)
    assert [one.name for one in another.maps] == ["ready_1"]


def test_training_beside_a_capture_is_not_disturbed():
    """`fit` traces the same model for training while others capture it: it learns as it does alone."""
    features = np.random.default_rng(3).normal(size=(16, 4, 8)).astype("float32")
    target = features[..., ::-1].copy()

    def losses(beside):
        keras.utils.set_random_seed(5)
        model = _model("learner", 2, 1)
        model.compile(optimizer="sgd", loss="mse")
        stop = threading.Event()
        if not beside:
            return model.fit(features, target, epochs=5, batch_size=4, shuffle=False, verbose=0).history["loss"], model

        def keep_capturing():
            while not stop.is_set():
                capture_attention(model, features[:2])

        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(keep_capturing) for _ in range(2)]
            try:
                history = model.fit(features, target, epochs=5, batch_size=4, shuffle=False, verbose=0).history["loss"]
            finally:
                stop.set()
            for one in running:
                one.result(timeout=60)
        return history, model

    alone, _ = losses(beside=False)
    together, model = losses(beside=True)
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    last = capture_attention(model, features[:2])
    np.testing.assert_allclose(last.maps[0].weights, _expected(model, features[:2])[0], atol=1e-5)
