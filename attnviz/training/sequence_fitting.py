"""Fit a sequence-to-sequence model with teacher forcing."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from attnviz.training.fitting import Epoch, FitSettings, Run, make_optimizer_variables, without_optimizer
from attnviz.training.sequence_batches import SequenceBatches


def fit_sequences(
    model: keras.Model,
    training: SequenceBatches,
    validation: SequenceBatches,
    settings: FitSettings,
    *,
    seed: int,
    on_epoch: Callable[[Epoch], None] | None = None,
    backup: Path | None = None,
) -> Run:
    """Fit with Adam and the cross-entropy of the next token; the step size is halved where validation stops improving.

    Call `keras.utils.set_random_seed(seed)` before the model is built: the seed here is only noted.

    Args:
        model: Ends in logits `[batch, target, tokens]`.
        training: Batches in a new order for every pass.
        validation: Batches.
        settings: How to fit; the batches have their size already.
        seed: The seed that was set.
        on_epoch: Called after every pass; its losses and accuracies are of tokens.
        backup: A folder that every pass leaves its state in, so that a training that was stopped goes on from there.
            It is removed at the end.

    Returns:
        The run, its model with the best weights.
    """
    epochs: list[Epoch] = []

    def note(number: int, logs: dict[str, Any]) -> None:
        epoch = Epoch(
            number=number + 1,
            training_loss=float(logs["loss"]),
            training_metric=float(logs["accuracy"]),
            validation_loss=float(logs["val_loss"]),
            validation_metric=float(logs["val_accuracy"]),
        )
        epochs.append(epoch)
        if on_epoch is not None:
            on_epoch(epoch)

    started = time.perf_counter()
    model.compile(
        # The norm of a recurrent model's gradient has rare peaks that would throw it back (Pascanu et al., 2013).
        keras.optimizers.Adam(settings.learning_rate, global_clipnorm=5.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    make_optimizer_variables(model)
    callbacks = [
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=0, min_delta=0.005),
        keras.callbacks.EarlyStopping("val_loss", patience=settings.patience, restore_best_weights=True),
        keras.callbacks.LambdaCallback(on_epoch_end=note),
    ]
    if backup is not None:
        callbacks.append(keras.callbacks.BackupAndRestore(str(backup)))
    model.fit(
        training.dataset(),
        validation_data=validation.dataset(),
        epochs=settings.epochs,
        callbacks=callbacks,
        shuffle=False,  # the batches come in an order of their own
        verbose=0,
    )
    return Run(
        seed=seed,
        model=without_optimizer(model),
        epochs=tuple(epochs),
        best=min(epochs, key=lambda epoch: epoch.validation_loss),
        seconds=time.perf_counter() - started,
    )
