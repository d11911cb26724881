"""`fit`: from labelled sequences to a model that every page can use, with its card and its code."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from attnviz.errors import InputError, ShapeError, TrainingError
from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import InputSpecification
from attnviz.training.architecture_list import architecture_named
from attnviz.training.finished_model import finished
from attnviz.training.fitting import Epoch, FitSettings, Run
from attnviz.training.fitting import fit as fit_weights
from attnviz.training.model_plan import ModelPlan, NumberOutput
from attnviz.training.probes import checked_probes, look_at
from attnviz.training.reports import FINISHED, PATIENCE, STOPPED, TIME, EpochReport, Trained
from attnviz.training.settings import TrainingSettings
from attnviz.training.specifications import plan_for, specification_for
from attnviz.training.splits import Split, split_every_stratum
from attnviz.training.text_batches import text_batches
from attnviz.training.trainable_models import STANDARDISED, build_model
from attnviz.training.training_data import CLASSIFICATION, TrainingData, as_training_data, groups_of

_MOST_BINS = 5


def fit(
    architecture: str,
    data: Any,
    *,
    settings: TrainingSettings | None = None,
    probes: Sequence[Any] = (),
    on_epoch: Callable[[EpochReport], None] | None = None,
    stopped: Callable[[], bool] | None = None,
    minutes: float | None = None,
    name: str = "trained",
    keep_probes: bool = True,
) -> Trained:
    """Train a model on labelled sequences, and watch its attention form.

    The vocabulary and the ranges come from the training part alone, the best epoch is chosen on the validation part,
    and the figures are measured once on the test part. Sequences that are equal but for case and white space stand in
    one part. The seed also sets Python's, NumPy's and TensorFlow's, so that the same call gives the same model.

    Args:
        architecture: One of `ARCHITECTURES`.
        data: `training_data(…)`, a pair of sequences and targets, or a `LabelledData` of the evaluation.
        settings: Those of `ARCHITECTURES[architecture].default_settings()` by default.
        probes: A few sequences whose attention every report shows.
        on_epoch: Called after every epoch.
        stopped: Asked after every batch; once it says True, training ends and keeps the best weights so far.
        minutes: How long training may take; after that it ends as if it had been stopped.
        name: The model's name.
        keep_probes: Keep the attention on the probes of every epoch in the history, not only in the reports.

    Returns:
        The model with its card, its history, its figures and the code that builds it.

    Raises:
        TrainingError: If nothing can be learned from the data, the loss becomes NaN, or training was stopped before its
            first epoch was over; the message says what to do.
        InputError: If a probe cannot be read.

    Example:
        >>> import attnviz.training
        >>> trained = attnviz.training.fit("bilstm_pooling", (texts, labels), probes=["A lovely film."])
        >>> trained.test_metrics[0].value
        >>> trained.model.capture("Not a lovely film.").maps[0].weights
    """
    chosen = architecture_named(architecture)
    settings = settings or chosen.default_settings()
    checked = as_training_data(data)
    if checked.kind not in chosen.inputs:
        raise TrainingError(
            f"{chosen.title} reads {' or '.join(chosen.inputs)}. Received: {checked.kind}. Choose another architecture."
        )
    split = split_for(checked, settings)
    specification = specification_for(architecture, checked, split.training, settings)
    plan = plan_for(name, checked, split.training, specification)
    card = Card(
        name=name,
        title=f"{chosen.title}, trained on {checked.name}",
        description=chosen.description,
        task=checked.task,
        input=specification,
        classes=checked.classes,
        target=checked.target,
    )
    shown = checked_probes(probes, specification)
    keras.utils.set_random_seed(settings.seed)
    model = build_model(architecture, plan, settings)
    deadline = _Deadline(stopped, minutes)
    reports: list[EpochReport] = []
    reporter = _Reporter(
        LoadedModel(card=card, keras_model=model), plan, settings, shown, reports, on_epoch, keep_probes=keep_probes
    )
    try:
        run = _fitted(model, checked, split, specification, plan, settings, reporter, deadline)
    except TrainingError as error:
        if deadline.why != TIME or reports:
            raise
        raise TrainingError(
            f"The {minutes:g} minutes that a training may take were over before its first epoch: there is no model "
            "yet. Try fewer or shorter examples, or a smaller model."
        ) from error
    trained = finished(
        architecture, LoadedModel(card=card, keras_model=model), checked, split, plan, settings, run, tuple(reports)
    )
    return replace(trained, ending=_ending(deadline, len(reports), settings))


def split_for(data: TrainingData, settings: TrainingSettings) -> Split:
    """The parts of the data: every class in each, and numbers of every size."""
    groups = groups_of(data.sequences)
    try:
        split = _shared_out(data, groups, settings)
    except ShapeError as error:
        raise TrainingError(
            "There are too few different examples to share among training, validation and test. Add more."
        ) from error
    if data.task == CLASSIFICATION:
        for part in ("training", "validation", "test"):
            missing = set(range(len(data.classes))) - set(data.targets[getattr(split, part)].tolist())
            if missing:
                raise TrainingError(
                    f"The {part} part has no example of class {data.classes[min(missing)]!r}: the same sequences stand "
                    "under several classes. Give each sequence one label, or add examples of this class."
                )
    return split


def _shared_out(data: TrainingData, groups: np.ndarray, settings: TrainingSettings) -> Split:
    shares: dict[str, Any] = {
        "test_share": settings.test_share,
        "validation_share": settings.validation_share,
        "seed": settings.seed,
    }
    if data.task == CLASSIFICATION:
        return split_every_stratum(data.targets, groups, **shares)
    for bins in range(min(_MOST_BINS, len(np.unique(groups)) // 10), 1, -1):
        sizes = np.digitize(data.targets, np.quantile(data.targets, np.linspace(0, 1, bins + 1)[1:-1]))
        with contextlib.suppress(ShapeError):  # a few numbers beside a very frequent one may fill a bin of their own
            return split_every_stratum(sizes, groups, **shares)
    return split_every_stratum(np.zeros(len(groups)), groups, **shares)


class _Deadline:
    """Says when training has to end, and remembers why."""

    def __init__(self, stopped: Callable[[], bool] | None, minutes: float | None) -> None:
        self._stopped = stopped
        self._end = None if minutes is None else time.monotonic() + 60 * minutes
        self.why = ""

    def __call__(self) -> bool:
        if not self.why and self._stopped is not None and self._stopped():
            self.why = STOPPED
        if not self.why and self._end is not None and time.monotonic() > self._end:
            self.why = TIME
        return bool(self.why)


class _Reporter:
    """Makes a report of every epoch, with a look at the probes."""

    def __init__(
        self,
        loaded: LoadedModel,
        plan: ModelPlan,
        settings: TrainingSettings,
        probes: Sequence[Any],
        reports: list[EpochReport],
        on_epoch: Callable[[EpochReport], None] | None,
        *,
        keep_probes: bool,
    ) -> None:
        self._loaded, self._settings, self._probes = loaded, settings, probes
        self._scale = plan.output.deviation if isinstance(plan.output, NumberOutput) else None
        self._reports, self._on_epoch, self._keep_probes = reports, on_epoch, keep_probes
        self._started = time.monotonic()

    def __call__(self, epoch: Epoch) -> None:
        # A regression is trained on a target of deviation 1: figures go back into its unit.
        loss_scale = 1.0 if self._scale is None else self._scale**2
        metric, metric_scale = ("accuracy", 1.0) if self._scale is None else ("MAE", self._scale)
        probes = tuple(look_at(self._loaded, one) for one in self._probes)
        seconds = time.monotonic() - self._started
        epochs = self._settings.epochs
        validation_loss = epoch.validation_loss * loss_scale
        report = EpochReport(
            number=epoch.number,
            epochs=epochs,
            loss=epoch.training_loss * loss_scale,
            validation_loss=validation_loss,
            metrics={metric: epoch.training_metric * metric_scale},
            validation_metrics={metric: epoch.validation_metric * metric_scale},
            best=all(validation_loss < one.validation_loss for one in self._reports),
            seconds=seconds,
            seconds_left=seconds / epoch.number * (epochs - epoch.number),
            probes=probes,
        )
        self._reports.append(report if self._keep_probes else replace(report, probes=()))
        if self._on_epoch is not None:
            self._on_epoch(report)


def _fitted(
    model: keras.Model,
    data: TrainingData,
    split: Split,
    specification: InputSpecification,
    plan: ModelPlan,
    settings: TrainingSettings,
    reporter: Callable[[Epoch], None],
    deadline: Callable[[], bool],
) -> Run:
    training, validation = (
        _encoded(data, part, specification, plan, name)
        for part, name in ((split.training, "training"), (split.validation, "validation"))
    )
    learned: Any = training
    if not data.features:
        learned = text_batches(
            *training,
            np.random.default_rng(settings.seed),
            size=settings.batch_size,
            unknown_share=settings.word_dropout,
        )
    trainable = model
    if isinstance(plan.output, NumberOutput):
        trainable = keras.Model(model.inputs, model.get_layer(STANDARDISED).output, name=f"{plan.name}_standardised")
    return fit_weights(
        trainable,
        learned,
        validation,
        FitSettings(
            epochs=settings.epochs,
            patience=settings.patience,
            learning_rate=settings.learning_rate,
            batch_size=settings.batch_size,
            loss="mean_squared_error" if trainable is not model else "sparse_categorical_crossentropy",
            metric="mean_absolute_error" if trainable is not model else "accuracy",
        ),
        seed=settings.seed,
        on_epoch=reporter,
        stopped=deadline,
    )


def _encoded(
    data: TrainingData, part: np.ndarray, specification: InputSpecification, plan: ModelPlan, name: str
) -> tuple[np.ndarray, np.ndarray]:
    try:
        inputs = encode(specification, [data.sequences[index] for index in part]).inputs
    except InputError as error:
        raise TrainingError(f"In the {name} part: {error}") from error
    targets = data.targets[part]
    if isinstance(plan.output, NumberOutput):
        targets = ((targets - plan.output.mean) / plan.output.deviation).astype(np.float32)
    return np.asarray(inputs), targets


def _ending(deadline: _Deadline, epochs: int, settings: TrainingSettings) -> str:
    if deadline.why:
        return deadline.why
    return FINISHED if epochs == settings.epochs else PATIENCE
