import keras
import numpy as np
import pytest
import tensorflow as tf

from attnviz.errors import ShapeError, TrainingError
from attnviz.training.fitting import FitSettings, best_run, fit


def _model(seed):
    keras.utils.set_random_seed(seed)
    features = keras.Input((2,))
    return keras.Model(features, keras.layers.Dense(2, activation="softmax")(features))


def _points(count, seed):
    """Points of the plane, right of the vertical axis or not: a line separates them."""
    points = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    return points, (points[:, 0] > 0).astype(np.int64)


def _fit(seed=0, *, epochs=5, patience=5, learning_rate=0.05, **options):
    settings = FitSettings(epochs=epochs, patience=patience, learning_rate=learning_rate)
    training = options.pop("training", _points(200, 1))
    return fit(_model(seed), training, _points(80, 2), settings, seed=seed, **options)


def test_fit_learns_and_reports_every_epoch():
    seen = []
    run = _fit(on_epoch=seen.append)
    assert [epoch.number for epoch in seen] == [1, 2, 3, 4, 5]
    assert run.epochs == tuple(seen)
    assert run.best.validation_metric > 0.9
    assert run.seconds > 0


def test_the_first_step_is_traced_once():
    """TensorFlow traces a step again that makes variables; the second trace takes as long as the first."""
    traces = []

    class Traced(keras.layers.Layer):
        def call(self, hidden, training=False):
            traces.append(training)
            return hidden

    keras.utils.set_random_seed(0)
    features = keras.Input((2,))
    model = keras.Model(features, keras.layers.Dense(2, activation="softmax")(Traced()(features)))
    traces.clear()
    settings = FitSettings(epochs=1, patience=1, learning_rate=0.05)
    with keras.saving.custom_object_scope({"Traced": Traced}):
        fit(model, _points(64, 1), _points(32, 2), settings, seed=0)
    assert traces.count(True) == 1


def test_the_model_has_the_weights_of_the_best_epoch_and_no_optimizer():
    validation, classes = _points(80, 2)
    points, right = _points(200, 1)
    noisy = np.where(np.arange(200) % 4, right, 1 - right)
    run = _fit(training=(points, noisy), learning_rate=1.0)  # steps so long that the loss goes up and down
    assert run.best.validation_loss == min(epoch.validation_loss for epoch in run.epochs)
    assert run.best != run.epochs[-1]
    probabilities = np.asarray(run.model(validation))
    loss = keras.losses.SparseCategoricalCrossentropy()(classes, probabilities)
    assert float(loss) == pytest.approx(run.best.validation_loss, rel=1e-4)
    assert not run.model.compiled


def test_fit_stops_when_validation_stops_improving():
    points, classes = _points(200, 1)
    run = _fit(epochs=60, patience=2, training=(points, 1 - classes))  # what it learns is wrong
    assert len(run.epochs) == 3
    assert run.best.number == 1


def test_the_same_seed_gives_the_same_model_and_another_seed_another():
    first, again, other = (_fit(seed, epochs=2) for seed in (4, 4, 5))
    for one, two in zip(first.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.abs(first.model.get_weights()[0] - other.model.get_weights()[0]).max() > 1e-3


def test_batches_may_come_from_a_dataset():
    run = _fit(training=tf.data.Dataset.from_tensor_slices(_points(200, 1)).batch(32))
    assert run.best.validation_metric > 0.9


def test_best_run_has_the_lowest_validation_loss():
    runs = [_fit(seed, epochs=1) for seed in (0, 1, 2)]
    losses = [run.best.validation_loss for run in runs]
    assert best_run(runs) is runs[int(np.argmin(losses))]


def test_there_must_be_a_run():
    with pytest.raises(ShapeError, match="at least one run"):
        best_run([])


def test_fit_of_a_number_minimises_what_the_settings_say():
    points, _ = _points(200, 1)
    values = (3 * points[:, :1] - points[:, 1:]).astype(np.float32)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    settings = FitSettings(
        epochs=40, patience=5, learning_rate=0.1, loss="mean_squared_error", metric="mean_absolute_error"
    )
    run = fit(model, (points, values), (points, values), settings, seed=0)
    assert run.best.metric == "mean_absolute_error"
    assert run.best.validation_metric == pytest.approx(
        float(np.abs(np.asarray(run.model(points)) - values).mean()), rel=1e-3
    )
    np.testing.assert_allclose(run.model.get_weights()[0].ravel(), [3, -1], atol=0.05)


def test_a_loss_that_is_lost_stops_at_once_and_says_what_to_try():
    points, classes = _points(200, 1)
    points[150] = np.nan
    seen = []
    with pytest.raises(TrainingError, match=r"became nan in epoch 1, in batch \d.*ten times smaller \(0.005\)"):
        _fit(training=(points, classes), on_epoch=seen.append)
    assert seen == []


def test_a_validation_that_is_lost_is_told_too():
    settings = FitSettings(epochs=3, patience=3, learning_rate=0.1)
    validation, classes = _points(80, 2)
    validation[3] = np.inf
    with pytest.raises(TrainingError, match="became nan in epoch 1, in its validation"):
        fit(_model(0), _points(200, 1), (validation, classes), settings, seed=0)


def test_a_stop_in_the_middle_of_an_epoch_gives_the_best_weights_so_far():
    seen, asked = [], []

    def stopped():
        asked.append(None)
        return len(seen) == 2 and len(asked) > 25

    run = _fit(epochs=50, on_epoch=seen.append, stopped=stopped)
    assert [epoch.number for epoch in run.epochs] == [1, 2]
    validation, classes = _points(80, 2)
    loss = keras.losses.SparseCategoricalCrossentropy()(classes, np.asarray(run.model(validation)))
    assert float(loss) == pytest.approx(run.best.validation_loss, rel=1e-4)


def test_a_stop_before_there_is_a_model_is_told():
    with pytest.raises(TrainingError, match="stopped before its first epoch was over: there is no model yet"):
        _fit(stopped=lambda: True)
