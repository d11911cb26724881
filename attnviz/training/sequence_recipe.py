"""What the training scripts of sequence-to-sequence models do: train, choose, measure and write; or measure again."""

import argparse
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras

from attnviz.models.card import Card, Example, Metric
from attnviz.models.loaded import LoadedModel, open_model
from attnviz.training.command_line import seeds_of
from attnviz.training.figures import DECIMALS, check_figures, printed
from attnviz.training.fitting import Run, best_run
from attnviz.training.folders import PROBABILITY_DECIMALS, write_folder
from attnviz.training.intervals import share_interval


@dataclass(frozen=True, eq=False, kw_only=True)
class SequenceRecipe:
    """One sequence-to-sequence sample model: how it is trained and how it is measured.

    Attributes:
        card: What is known before training; figures, parameters, time and examples are filled in after it.
        train: One training with a seed. It may look at training and validation, never at the test.
        measure: The figures of a trained model.
        baselines: The same figures of simple models, on the test.
        examples: About a dozen texts for the card.
        settings: How it is trained, in a sentence.
    """

    card: Card
    train: Callable[[int], Run]
    measure: Callable[[LoadedModel], tuple[Metric, ...]]
    baselines: Callable[[], tuple[Metric, ...]]
    examples: Sequence[str]
    settings: str


def carry_out_sequences(recipe: SequenceRecipe, arguments: argparse.Namespace, report: Callable[[str], None]) -> None:
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
        evaluate_sequences(recipe, arguments.out, report)
    else:
        finish_sequences(recipe, [recipe.train(seed) for seed in seeds_of(arguments)], arguments.out, report)


def finish_sequences(recipe: SequenceRecipe, runs: Sequence[Run], folder: Path, report: Callable[[str], None]) -> None:
    """Measure the run that validation chose, and write its folder."""
    chosen = best_run(runs)
    model = LoadedModel(card=recipe.card, keras_model=chosen.model)
    card = replace(
        recipe.card,
        metrics=recipe.measure(model),
        baselines=recipe.baselines(),
        parameters=chosen.model.count_params(),
        training_seconds=round(chosen.seconds, 1),
        training=(
            f"Seed {chosen.seed} of {', '.join(str(run.seed) for run in runs)}, chosen by its validation loss; epoch "
            f"{chosen.best.number} of {len(chosen.epochs)}. {recipe.settings} "
            f"Keras {keras.__version__}, {platform.machine()} processor."
        ),
        examples=written_examples(model, recipe.examples),
    )
    write_folder(chosen.model, card, folder)
    report(f"{card.training}\n{printed(card.metrics)}\n{printed(card.baselines)}\nwritten to {folder}")


def evaluate_sequences(recipe: SequenceRecipe, folder: Path, report: Callable[[str], None]) -> None:
    """Measure the model in `folder` again, and compare with its card.

    Raises:
        CardError: If a figure differs.
    """
    loaded = open_model(folder)
    figures, baselines = recipe.measure(loaded), recipe.baselines()
    report(f"{printed(figures)}\n{printed(baselines)}")
    check_figures(loaded.card.metrics, figures, source=f"the card in {folder}")
    check_figures(loaded.card.baselines, baselines, source=f"the card in {folder}")
    report("the card says the same")


def written_examples(model: LoadedModel, texts: Sequence[str]) -> tuple[Example, ...]:
    """The examples of a card: texts with what the model writes by default, and the probability of that."""
    table = model.predict(list(texts))
    return tuple(
        Example(sequence=text, prediction=str(written), probabilities=(round(float(chance), PROBABILITY_DECIMALS),))
        for text, written, chance in zip(texts, table["prediction"], table["probability"], strict=True)
    )


def share_figure(name: str, hits: int, total: int, *, split: str, what: str) -> Metric:
    """A share with its 95 % interval (Wilson).

    Args:
        name: What was measured.
        hits: How many.
        total: Out of how many.
        split: Of what.
        what: What `total` counts, such as `"dates"`.
    """
    lower, upper = share_interval(hits, total)
    return Metric(
        name=name,
        value=round(hits / total, DECIMALS),
        split=split,
        interval=(round(lower, DECIMALS), round(upper, DECIMALS)),
        note=f"{hits} of {total} {what}; Wilson interval",
    )
