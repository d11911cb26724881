"""A trained model measured on its test part, with an honest card."""

import platform
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from attnviz.models.loaded import LoadedModel
from attnviz.training.architecture_list import architecture_named
from attnviz.training.fitting import Run, without_optimizer
from attnviz.training.folders import outputs_of, predicted_examples
from attnviz.training.measuring import figures_on_test
from attnviz.training.model_code import generated_code
from attnviz.training.model_plan import ModelPlan
from attnviz.training.reports import FINISHED, EpochReport, Trained
from attnviz.training.settings import TrainingSettings
from attnviz.training.simple_models import simple_figures
from attnviz.training.splits import Split
from attnviz.training.training_data import TrainingData

EXAMPLES = 12
LONGEST_EXAMPLE = 600
"""Characters of an example: a card is no place for whole documents."""


def finished(
    architecture: str,
    model: LoadedModel,
    data: TrainingData,
    split: Split,
    plan: ModelPlan,
    settings: TrainingSettings,
    run: Run,
    history: tuple[EpochReport, ...],
) -> Trained:
    """Measure a model that has its best weights, and write its card.

    Args:
        architecture: What it is.
        model: The model, with the card as far as it was known before training.
        data: What it was trained on.
        split: Its parts.
        plan: What it takes and gives.
        settings: How it was trained.
        run: The training.
        history: Its epochs.
    """
    plain = without_optimizer(model.keras_model)
    tested = [data.sequences[index] for index in split.test]
    outputs = outputs_of(plain, model.card.input, tested)
    figures = figures_on_test(data, data.targets[split.test], outputs)
    baselines = simple_figures(data, split)
    card = replace(
        model.card,
        data=(
            f"{data.name}: {len(data.targets):,} examples that whoever trained the model uploaded or chose, split by "
            "attnviz. Their licence and origin are not known to it."
        ),
        splits=split.sizes,
        metrics=figures,
        baselines=baselines,
        parameters=plain.count_params(),
        training_seconds=round(run.seconds, 1),
        training=_told(architecture, data.kind, settings, run),
        examples=predicted_examples(plain, model.card.input, data.classes, _examples(data, split)),
    )
    return Trained(
        model=LoadedModel(card=card, keras_model=plain),
        history=history,
        best_epoch=run.best.number,
        test_metrics=figures,
        baselines=baselines,
        code=generated_code(architecture, settings, plan),
        ending=FINISHED,
        seconds=run.seconds,
        notices=data.notices,
    )


def _told(architecture: str, kind: str, settings: TrainingSettings, run: Run) -> str:
    names = [one.name for one in architecture_named(architecture).settings_for(kind)]
    values = ", ".join(f"{name} {value!r}" for name, value in settings.as_dict().items() if name in names)
    return (
        f"{architecture}, seed {settings.seed}: epoch {run.best.number} of {len(run.epochs)}, chosen by its validation "
        f"loss. Adam; {values}. Keras {keras.__version__}, {platform.machine()} processor."
    )


def _examples(data: TrainingData, split: Split) -> Sequence[Any]:
    """Examples of the test part, each class in turn."""
    wanted: list[int] = []
    targets = data.targets[split.test]
    queues = [split.test[targets == value].tolist() for value in range(len(data.classes))] or [split.test.tolist()]
    while len(wanted) < EXAMPLES and any(queues):
        wanted.extend(queue.pop(0) for queue in queues if queue)
    chosen = [data.sequences[index] for index in wanted[:EXAMPLES]]
    return [one[:LONGEST_EXAMPLE].rstrip() if isinstance(one, str) else one for one in chosen]
