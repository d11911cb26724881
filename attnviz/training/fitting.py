"""Fit a model until its validation stops improving, and keep the best weights it had."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from attnviz.errors import ShapeError, TrainingError


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How to fit.

    Attributes:
        epochs: Most passes over the training data.
        patience: Passes without a lower validation loss after which training stops.
        learning_rate: Adam's step size (Kingma & Ba, 2015).
        batch_size: Examples of one step, where the training data are arrays.
        loss: Keras' name of what is minimised: cross-entropy of class indices, or for numbers `"mean_squared_error"`.
        metric: Keras' name of what is shown beside it, such as `"accuracy"` or `"mean_absolute_error"`.
    """

    epochs: int
    patience: int
    learning_rate: float
    batch_size: int = 32
    loss: str = "sparse_categorical_crossentropy"
    metric: str = "accuracy"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What is known after one pass over the training data.

    Attributes:
        number: Counted from 1.
        training_loss: Mean loss over the pass, while the weights changed; for classes in nats.
        training_metric: The metric of the settings over the pass; an accuracy is from 0 to 1.
        validation_loss: Mean loss after the pass.
        validation_metric: The metric after the pass.
        metric: Keras' name of the metric.
    """

    number: int
    training_loss: float
    training_metric: float
    validation_loss: float
    validation_metric: float
    metric: str = "accuracy"


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """One training of a model.

    Attributes:
        seed: What the weights, the order of the examples and the dropout were drawn with.
        model: With the weights of `best`, uncompiled, so that its file carries no optimizer.
        epochs: Every pass, in order.
        best: The pass of the lowest validation loss.
        seconds: How long fitting took.
    """

    seed: int
    model: keras.Model
    epochs: tuple[Epoch, ...]
    best: Epoch
    seconds: float


def fit(
    model: keras.Model,
    training: tuple[np.ndarray, np.ndarray] | Any,
    validation: tuple[np.ndarray, np.ndarray],
    settings: FitSettings,
    *,
    seed: int,
    on_epoch: Callable[[Epoch], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Run:
    """Fit a model with Adam, and stop when its validation loss does.

    Call `keras.utils.set_random_seed(seed)` before the model is built: the seed here is only noted.

    Args:
        model: Ends in class probabilities, or in what `settings.loss` compares with the targets.
        training: Inputs and targets (class indices, or numbers), or a `tf.data.Dataset` of batches of them.
        validation: Inputs and targets.
        settings: How to fit.
        seed: The seed that was set.
        on_epoch: Called after every pass.
        stopped: Asked after every batch; once it says True, training ends with the best weights so far.

    Returns:
        The run, its model with the best weights; `model` has them too.

    Raises:
        TrainingError: If the loss becomes NaN or infinite, or training was stopped before its first pass was over.
    """
    epochs: list[Epoch] = []

    def note(number: int, logs: dict[str, Any]) -> None:
        epoch = Epoch(
            number=number + 1,
            training_loss=float(logs["loss"]),
            training_metric=float(logs[settings.metric]),
            validation_loss=float(logs["val_loss"]),
            validation_metric=float(logs[f"val_{settings.metric}"]),
            metric=settings.metric,
        )
        epochs.append(epoch)
        if on_epoch is not None:
            on_epoch(epoch)

    started = time.perf_counter()
    model.compile(keras.optimizers.Adam(settings.learning_rate), settings.loss, metrics=[_metric_of(settings)])
    make_optimizer_variables(model)
    arrays = isinstance(training, tuple)
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=settings.patience, restore_best_weights=True)
    watch = _Watch(settings, stopped)
    try:
        model.fit(
            x=training[0] if arrays else training,
            y=training[1] if arrays else None,
            validation_data=validation,
            epochs=settings.epochs,
            batch_size=settings.batch_size if arrays else None,
            shuffle=arrays,  # a dataset brings its own order
            callbacks=[watch, stopping, keras.callbacks.LambdaCallback(on_epoch_end=note)],
            verbose=0,
        )
    except _Stopped:
        if stopping.best_weights is None:
            raise TrainingError(
                "Training was stopped before its first epoch was over: there is no model yet."
            ) from None
        model.set_weights(stopping.best_weights)
    return Run(
        seed=seed,
        model=without_optimizer(model),
        epochs=tuple(epochs),
        best=min(epochs, key=lambda epoch: epoch.validation_loss),
        seconds=time.perf_counter() - started,
    )


def make_optimizer_variables(model: keras.Model) -> None:
    """Make what the optimizer remembers of a compiled model, before it is fitted.

    TensorFlow traces a step that makes variables a second time, which takes as long as the first: seconds.
    """
    model.optimizer.build(model.trainable_variables)


def _metric_of(settings: FitSettings) -> keras.metrics.Metric:
    """The metric as an object, which has its variables already, see `make_optimizer_variables`."""
    accuracy = settings.metric == "accuracy"
    kind = keras.metrics.SparseCategoricalAccuracy if accuracy else type(keras.metrics.get(settings.metric))
    return kind(name=settings.metric)  # the name that the figures of an epoch are given under


class _Stopped(Exception):  # noqa: N818 - no error: somebody wants training to end in the middle of a pass
    pass


class _Watch(keras.callbacks.Callback):
    """Ends training in the middle of a pass: where somebody asked for it, and where the loss is lost."""

    def __init__(self, settings: FitSettings, stopped: Callable[[], bool] | None) -> None:
        super().__init__()
        self._settings = settings
        self._stopped = stopped
        self._epoch = 1

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check(logs, f"in batch {batch + 1}")

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check(logs, "in its validation")

    def _check(self, logs: dict[str, Any] | None, where: str) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss} in epoch {self._epoch}, {where}: the weights ran away. Try a learning rate "
                f"ten times smaller ({self._settings.learning_rate / 10:g}), and look for extreme values in the data."
            )
        if self._stopped is not None and self._stopped():
            raise _Stopped


def best_run(runs: Iterable[Run]) -> Run:
    """The run of the lowest validation loss; the first of equal ones.

    Raises:
        ShapeError: If there is no run.
    """
    every = tuple(runs)
    if not every:
        raise ShapeError("There must be at least one run to choose from. Received: none.")
    return min(every, key=lambda run: run.best.validation_loss)


def without_optimizer(model: keras.Model) -> keras.Model:
    """A copy of a functional model with the same weights that was never compiled: its file is a third of the size."""
    copy = model.__class__.from_config(model.get_config())  # clone_model would take the optimizer along
    copy.set_weights(model.get_weights())
    return copy
