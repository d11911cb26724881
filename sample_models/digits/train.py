"""Make the digits model again: `python -m sample_models.digits.train`.

The settings were chosen on the validation digits; the test split was never looked at for them.
"""

import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from attnviz.models.card import Card, Metric
from attnviz.models.loaded import open_model
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.architectures import series_classifier
from attnviz.training.command_line import progress, run_script, seeds_of, training_parser
from attnviz.training.figures import check_figures, classification_figures, mean_over_seeds, printed
from attnviz.training.fitting import FitSettings, Run, best_run, fit
from attnviz.training.folders import outputs_of, predicted_examples, write_folder
from attnviz.training.splits import Split, grouped_split

CLASSES = tuple("0123456789")
SPECIFICATION = NumericSpecification(
    name="rows",
    features=tuple(f"pixel {number}" for number in range(1, 9)),
    step="row",
    length=8,
    minimum=0.0,
    maximum=16.0,
    scale=16.0,
)
SPLIT_SEED = 2015
EPOCHS, PATIENCE, LEARNING_RATE = 80, 12, 0.003
EXAMPLES = 12

DESCRIPTION = (
    "Says which digit a picture of 8 rows of 8 pixels shows (0 white to 16 black), reading it row by row from the top."
)
DATA = (
    "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, 1998), UCI Machine Learning Repository, CC BY 4.0: "
    "the 1,797 digits that scikit-learn's load_digits gives. The examples are digits of the test split."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser("Train the digits model.", folder=Path(__file__).parent, epochs=EPOCHS)
    arguments = parser.parse_args(argv)
    digits = load_digits()
    pictures, classes = digits.images, digits.target.astype(np.int64)
    split = grouped_split(classes, seed=SPLIT_SEED)
    print("digits:", ", ".join(f"{size} {part}" for part, size in split.sizes.items()))
    if arguments.evaluate:
        evaluate(arguments.out, pictures, classes, split)
        return
    settings = FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE)
    runs = [train(seed, pictures, classes, split, settings) for seed in seeds_of(arguments)]
    card = card_of(runs, pictures, classes, split)
    write_folder(best_run(runs).model, card, arguments.out)
    print(f"{card.training}\n{printed(card.metrics)}\n{printed(card.baselines)}\nwritten to {arguments.out}")


def train(seed: int, pictures: np.ndarray, classes: np.ndarray, split: Split, settings: FitSettings) -> Run:
    """One training.

    Args:
        seed: Draws the first weights, the order of the digits and the dropout.
        pictures: `[digits, 8, 8]`, from 0 to 16.
        classes: `[digits]`, int64.
        split: Which digits are for what.
        settings: How to fit.
    """
    keras.utils.set_random_seed(seed)
    model = series_classifier(
        length=SPECIFICATION.length,
        features=len(SPECIFICATION.features),
        classes=len(CLASSES),
        input_name=SPECIFICATION.name,
        name="digits",
    )
    training, validation = (
        (encode(SPECIFICATION, pictures[part]).inputs, classes[part]) for part in (split.training, split.validation)
    )
    return fit(model, training, validation, settings, seed=seed, on_epoch=progress(seed, print))


def card_of(runs: Sequence[Run], pictures: np.ndarray, classes: np.ndarray, split: Split) -> Card:
    """The card of the run that validation chose, with the figures of all runs."""
    chosen = best_run(runs)
    accuracies = [figures_of(run.model, pictures, classes, split)[0].value for run in runs]
    return Card(
        name="digits",
        title="Handwritten digits",
        description=DESCRIPTION,
        task="classification",
        input=SPECIFICATION,
        classes=CLASSES,
        data=DATA,
        splits=split.sizes,
        metrics=(
            *figures_of(chosen.model, pictures, classes, split),
            mean_over_seeds(accuracies, [run.seed for run in runs], split="test"),
        ),
        baselines=baseline_figures(pictures, classes, split),
        parameters=chosen.model.count_params(),
        training_seconds=round(chosen.seconds, 1),
        training=(
            f"Seed {chosen.seed} of {', '.join(str(run.seed) for run in runs)}, chosen by its validation loss; epoch "
            f"{chosen.best.number} of {len(chosen.epochs)}. Adam {LEARNING_RATE}. "
            f"Keras {keras.__version__}, {platform.machine()} processor."
        ),
        examples=predicted_examples(chosen.model, SPECIFICATION, CLASSES, pictures[example_indices(classes, split)]),
    )


def evaluate(folder: Path, pictures: np.ndarray, classes: np.ndarray, split: Split) -> None:
    """Measure the model in `folder` again, print its figures and compare them with its card.

    Raises:
        CardError: If they differ.
    """
    loaded = open_model(folder)
    figures = figures_of(loaded.keras_model, pictures, classes, split)
    baselines = baseline_figures(pictures, classes, split)
    print(f"{printed(figures)}\n{printed(baselines)}")
    check_figures(loaded.card.metrics, figures, source=f"the card in {folder}")
    check_figures(loaded.card.baselines, baselines, source=f"the card in {folder}")
    print("the card says the same")


def figures_of(model: keras.Model, pictures: np.ndarray, classes: np.ndarray, split: Split) -> tuple[Metric, ...]:
    """The figures of a trained model on the test and the validation digits; test accuracy first."""
    return tuple(
        figure
        for name, part in (("test", split.test), ("validation", split.validation))
        for figure in classification_figures(
            classes[part], outputs_of(model, SPECIFICATION, pictures[part]), split=name
        )
    )


def baseline_figures(pictures: np.ndarray, classes: np.ndarray, split: Split) -> tuple[Metric, ...]:
    """Logistic regression on the 64 pixels, on the same test."""
    pixels = pictures.reshape(len(pictures), -1) / SPECIFICATION.scale
    model = LogisticRegression(max_iter=2000).fit(pixels[split.training], classes[split.training])
    figures = classification_figures(classes[split.test], model.predict_proba(pixels[split.test]), split="test")
    return tuple(replace(one, note=f"logistic regression{one.note and f'; {one.note}'}") for one in figures)


def example_indices(classes: np.ndarray, split: Split) -> np.ndarray:
    """The first test digit of every class, and after them the next ones of the test."""
    _, first = np.unique(classes[split.test], return_index=True)
    others = np.setdiff1d(np.arange(len(split.test)), first)
    return split.test[np.concatenate([first, others])[:EXAMPLES]]


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
