"""What every training script does: train a model with several seeds, choose, measure and write; or measure again."""

import argparse
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from attnviz.errors import CardError
from attnviz.models.card import Card, Metric
from attnviz.models.loaded import open_model
from attnviz.sequences.specification import InputSpecification
from attnviz.training.command_line import seeds_of
from attnviz.training.figures import check_figures, mean_over_seeds, printed
from attnviz.training.fitting import Run, best_run
from attnviz.training.folders import outputs_of, predicted_examples, write_folder

Measure = Callable[[np.ndarray, np.ndarray, str], tuple[Metric, ...]]
"""Right targets `[examples]`, outputs `[examples, ...]` and the name of the split, to figures."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """Examples of one part of a split.

    Attributes:
        sequences: Texts, or series `[steps, features]`, as a person gives them.
        targets: `[examples]`, class indices or numbers.
    """

    sequences: Sequence[Any]
    targets: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Recipe:
    """One sample model: its data, how it is trained and how it is measured.

    Attributes:
        card: What is known before training; figures, parameters, time and examples are filled in after it.
        train: One training with a seed. It may look at training and validation, never at the test.
        measured: The parts that the card quotes figures of, by their names; the test among them.
        measure: The figures of a part.
        headline: Name of the figure whose mean over the seeds is quoted, on the test.
        limits: Lowest and highest value that this figure can have.
        baselines: The same figures of simple models, on the test.
        examples: About a dozen sequences for the card.
        settings: How it is trained, in a sentence.
    """

    card: Card
    train: Callable[[int], Run]
    measured: Mapping[str, Part]
    measure: Measure
    headline: str = "accuracy"
    limits: tuple[float, float] = (0.0, 1.0)
    baselines: Callable[[], tuple[Metric, ...]]
    examples: Sequence[Any]
    settings: str


def carry_out(recipe: Recipe, arguments: argparse.Namespace, report: Callable[[str], None]) -> None:
    """Do what a script was asked for: train and write the model, or with `--evaluate` measure the written one again.

    Args:
        recipe: The model.
        arguments: As `training_parser` reads them.
        report: Told every line.

    Raises:
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    report("examples: " + ", ".join(f"{size} {part}" for part, size in recipe.card.splits.items()))
    if arguments.evaluate:
        _evaluate(recipe, arguments.out, report)
        return
    runs = [recipe.train(seed) for seed in seeds_of(arguments)]
    card = _finished(recipe, runs)
    write_folder(best_run(runs).model, card, arguments.out)
    report(f"{card.training}\n{printed(card.metrics)}\n{printed(card.baselines)}\nwritten to {arguments.out}")


def figures_of(
    model: keras.Model, specification: InputSpecification, parts: Mapping[str, Part], measure: Measure
) -> tuple[Metric, ...]:
    """The figures of a trained model on each of `parts`, in their order."""
    return tuple(
        figure
        for name, part in parts.items()
        for figure in measure(part.targets, outputs_of(model, specification, part.sequences), name)
    )


def noted(figures: Sequence[Metric], note: str) -> tuple[Metric, ...]:
    """Figures with what they were measured on in front of their notes, such as the name of a baseline."""
    return tuple(replace(one, note=f"{note}{one.note and f'; {one.note}'}") for one in figures)


def _finished(recipe: Recipe, runs: Sequence[Run]) -> Card:
    """The card of the run that validation chose, with the figures of all runs."""
    chosen = best_run(runs)
    card = recipe.card
    figures = figures_of(chosen.model, card.input, recipe.measured, recipe.measure)
    tested = {"test": recipe.measured["test"]}
    headlines = [_headline(recipe, figures_of(run.model, card.input, tested, recipe.measure)) for run in runs]
    seeds = [run.seed for run in runs]
    return replace(
        card,
        metrics=(
            *figures,
            mean_over_seeds(headlines, seeds, split="test", figure=recipe.headline, limits=recipe.limits),
        ),
        baselines=recipe.baselines(),
        parameters=chosen.model.count_params(),
        training_seconds=round(chosen.seconds, 1),
        training=(
            f"Seed {chosen.seed} of {', '.join(map(str, seeds))}, chosen by its validation loss; epoch "
            f"{chosen.best.number} of {len(chosen.epochs)}. {recipe.settings} "
            f"Keras {keras.__version__}, {platform.machine()} processor."
        ),
        examples=predicted_examples(chosen.model, card.input, card.classes, recipe.examples),
    )


def _headline(recipe: Recipe, figures: Sequence[Metric]) -> float:
    value = next((one.value for one in figures if one.name == recipe.headline), None)
    if value is None:
        raise CardError(
            f"`headline` of recipe {recipe.card.name!r} must be one of the figures that it measures, "
            f"{', '.join(repr(one.name) for one in figures)}. Received: {recipe.headline!r}."
        )
    return value


def _evaluate(recipe: Recipe, folder: Path, report: Callable[[str], None]) -> None:
    loaded = open_model(folder)
    figures = figures_of(loaded.keras_model, loaded.card.input, recipe.measured, recipe.measure)
    baselines = recipe.baselines()
    report(f"{printed(figures)}\n{printed(baselines)}")
    check_figures(loaded.card.metrics, figures, source=f"the card in {folder}")
    check_figures(loaded.card.baselines, baselines, source=f"the card in {folder}")
    report("the card says the same")
