"""The digits that `digits` and `digits_vit` learn from, and how both are trained and measured."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from attnviz.errors import InputError
from attnviz.models.card import Card, Metric
from attnviz.sequences.encoding import encode
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.command_line import progress, training_parser
from attnviz.training.figures import classification_figures
from attnviz.training.fitting import FitSettings, Run, fit
from attnviz.training.recipe import Part, Recipe, noted
from attnviz.training.splits import Split, grouped_split

CLASSES = tuple("0123456789")
PICTURE = PictureSpecification(white=0.0, black=16.0, background="white")
SPECIFICATION = NumericSpecification(
    name="rows",
    features=tuple(f"pixel {number}" for number in range(1, 9)),
    step="row",
    length=8,
    minimum=0.0,
    maximum=16.0,
    scale=16.0,
    picture=PICTURE,
)
SPLIT_SEED = 2015
"""Fixed, whatever seed the training has: every model is measured on the same digits."""
EXAMPLES = 12

DATA = (
    "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, 1998), UCI Machine Learning Repository, CC BY 4.0: "
    "the 1,797 digits that scikit-learn's load_digits gives. The examples are digits of the test split."
)


def digits_parser(description: str, *, folder: Path, epochs: int) -> argparse.ArgumentParser:
    """The options of the training script of a model of the digits."""
    return training_parser(
        description,
        folder=folder,
        epochs=epochs,
        data="comma-separated numbers, on each line the 64 pixels of a digit, row by row, and its class",
        own_data="the digits of scikit-learn",
    )


def read_digits(path: Path | None) -> Part:
    """Pictures `[digits, 8, 8]` from 0 to 16 and classes, as the UCI repository has them; None for scikit-learn's.

    Raises:
        InputError: If the file cannot be read, or a line is no digit.
    """
    if path is None:
        digits = load_digits()
        return Part(sequences=digits.images, targets=digits.target.astype(np.int64))
    try:
        numbers = np.loadtxt(path, delimiter=",", ndmin=2, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:  # NumPy says on which line
        raise InputError(f"{path} must be comma-separated numbers. Received: {error}.") from error
    pixels, classes = numbers[:, :-1], numbers[:, -1]
    if pixels.shape[1] != 64 or not np.all((pixels >= 0) & (pixels <= 16)) or not np.isin(classes, range(10)).all():
        raise InputError(
            f"Every line of {path} must have 64 pixels from 0 to 16 and a class from 0 to 9. Received: "
            f"{numbers.shape[1]} numbers a line, pixels from {pixels.min():g} to {pixels.max():g}, "
            f"classes from {classes.min():g} to {classes.max():g}."
        )
    return Part(sequences=pixels.reshape(-1, 8, 8), targets=classes.astype(np.int64))


def digits_recipe(
    digits: Part,
    *,
    name: str,
    title: str,
    description: str,
    build: Callable[[], keras.Model],
    settings: FitSettings,
    shifted: bool = False,
    patch: int | None = None,
) -> Recipe:
    """How a model of the digits is made.

    Args:
        digits: All of them.
        name: The model's name.
        title: What a person calls it.
        description: What it does.
        build: Makes the model: float32 `[batch, 8, 8]` to `[batch, 10]`.
        settings: How to fit.
        shifted: Whether training also sees every digit moved by a pixel to the left, right, top and bottom.
        patch: Pixels of the row and column of a patch, where the model reads the picture in patches.
    """
    picture = replace(PICTURE, patch=None if patch is None else (patch, patch))
    pictures, classes = np.asarray(digits.sequences), digits.targets
    split = grouped_split(classes, seed=SPLIT_SEED)
    training, validation, tested = (
        Part(sequences=pictures[one], targets=classes[one]) for one in (split.training, split.validation, split.test)
    )
    return Recipe(
        card=Card(
            name=name,
            title=title,
            description=description,
            task="classification",
            input=replace(SPECIFICATION, picture=picture),
            classes=CLASSES,
            data=DATA,
            splits=split.sizes,
        ),
        train=partial(
            _train,
            build=build,
            training=with_shifts(training) if shifted else training,
            validation=validation,
            settings=settings,
        ),
        measured={"test": tested, "validation": validation},
        measure=_measure,
        baselines=lambda: baseline_figures(training, tested),
        examples=pictures[example_indices(classes, split)],
        settings=f"Adam {settings.learning_rate}{', digits also moved by a pixel' if shifted else ''}.",
    )


def baseline_figures(training: Part, tested: Part) -> tuple[Metric, ...]:
    """Logistic regression on the 64 pixels, on the same test."""
    model = LogisticRegression(max_iter=2000).fit(_pixels(training), training.targets)
    return noted(_measure(tested.targets, model.predict_proba(_pixels(tested)), "test"), "logistic regression")


def example_indices(classes: np.ndarray, split: Split) -> np.ndarray:
    """The first test digit of every class, and after them the next ones of the test."""
    _, first = np.unique(classes[split.test], return_index=True)
    others = np.setdiff1d(np.arange(len(split.test)), first)
    return split.test[np.concatenate([first, others])[:EXAMPLES]]


def with_shifts(part: Part) -> Part:
    """The pictures, and each of them moved by a pixel in four directions; white comes in from the border."""
    pictures = np.asarray(part.sequences)
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    height, width = pictures.shape[1:]
    moved = [
        padded[:, top : top + height, left : left + width] for top, left in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    ]
    return Part(sequences=np.concatenate(moved), targets=np.tile(part.targets, len(moved)))


def _train(
    seed: int, *, build: Callable[[], keras.Model], training: Part, validation: Part, settings: FitSettings
) -> Run:
    """One training: the seed draws the first weights, the order of the digits, noise and dropout."""
    keras.utils.set_random_seed(seed)
    arrays = [(encode(SPECIFICATION, part.sequences).inputs, part.targets) for part in (training, validation)]
    return fit(build(), *arrays, settings, seed=seed, on_epoch=progress(seed, print))


def _measure(targets: np.ndarray, outputs: np.ndarray, split: str) -> tuple[Metric, ...]:
    return classification_figures(targets, outputs, split=split)


def _pixels(part: Part) -> np.ndarray:
    return np.asarray(part.sequences).reshape(len(part.targets), -1) / SPECIFICATION.scale
