"""Predicted and true classes of an evaluation, an example or a token a row, and what both were counted to be."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.errors import DataError
from attnviz.evaluation.outcomes import cross_entropies
from attnviz.evaluation.resampling import RESAMPLES, SEED, resampled_sums
from attnviz.evaluation.results import Evaluation


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassPredictions:
    """What was predicted and what is true.

    Attributes:
        classes: Class names.
        truth: `[rows]`, class indices. A row is an example, or for token_classification a token.
        probabilities: `[rows, classes]`, float32, 0 to 1.
        example: `[rows]`, position among the evaluated examples; only those are independent of each other.
        examples: Number of evaluated examples.
    """

    classes: tuple[str, ...]
    truth: np.ndarray
    probabilities: np.ndarray
    example: np.ndarray
    examples: int

    @property
    def predicted(self) -> np.ndarray:
        """`[rows]`, the most probable class; of equals the first."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """`[rows]`, float64: the probability of what was predicted."""
        return self.probabilities.max(axis=1).astype(np.float64)

    @property
    def losses(self) -> np.ndarray:
        """`[rows]`, float64, nats: Keras' cross-entropy."""
        return cross_entropies(self.truth, self.probabilities)


def class_predictions(evaluation: Evaluation) -> ClassPredictions:
    """The classes of all evaluated examples.

    Raises:
        DataError: If the model predicts no classes, or nothing was evaluated.
    """
    rows = np.flatnonzero(evaluation.evaluated)
    if evaluation.task not in ("classification", "token_classification"):
        raise DataError(
            f"Model {evaluation.model!r} is for {evaluation.task}; classes are predicted by models for classification."
        )
    if not len(rows):
        raise DataError("Nothing was evaluated yet: there is no figure of no example.")
    if evaluation.task == "classification":
        truth = np.asarray(evaluation.data.targets)[rows].astype(np.int64)
        probabilities, example = evaluation.outputs[rows], np.arange(len(rows))
    else:
        found = [evaluation.outputs[row] for row in rows.tolist()]
        truth = np.concatenate(
            [evaluation.data.targets[row][: len(one)] for row, one in zip(rows.tolist(), found, strict=True)]
        ).astype(np.int64)
        probabilities = np.concatenate(found)
        example = np.repeat(np.arange(len(rows)), [len(one) for one in found])
    return ClassPredictions(
        classes=evaluation.card.classes,
        truth=truth,
        probabilities=probabilities,
        example=example,
        examples=len(rows),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassCounts:
    """Counts of each class, once or for many resamples.

    Attributes:
        hits: `[..., classes]`, rows of the class that were predicted to be of it.
        support: `[..., classes]`, rows of the class.
        called: `[..., classes]`, rows that were predicted to be of it.
    """

    hits: np.ndarray
    support: np.ndarray
    called: np.ndarray


def resampled_counts(given: ClassPredictions, *, resamples: int = RESAMPLES, seed: int = SEED) -> ClassCounts:
    """Counts of each class in resamples of the examples, each array `[resamples, classes]`."""
    cell = given.truth * len(given.classes) + given.predicted
    cells, where = np.unique(cell, return_inverse=True)
    if len(given.truth) == given.examples:  # an example is in one cell: how many are is all there is to draw
        chances = np.bincount(where) / given.examples
        drawn = np.random.default_rng(seed).multinomial(given.examples, chances, size=resamples).astype(np.float64)
    else:
        each = np.zeros((given.examples, len(cells)), np.int32)
        np.add.at(each, (given.example, where), 1)
        drawn = resampled_sums(each, resamples=resamples, seed=seed)
    truth, predicted = np.divmod(cells, len(given.classes))
    every = np.arange(len(given.classes))
    is_truth, is_predicted = (truth[:, None] == every).astype(float), (predicted[:, None] == every).astype(float)
    return ClassCounts(hits=drawn @ (is_truth * is_predicted), support=drawn @ is_truth, called=drawn @ is_predicted)


def confusion(evaluation: Evaluation) -> pd.DataFrame:
    """How often which class was predicted as which.

    Returns:
        One row a true class and one column a predicted class, in the order of the card; counts of examples, or of
        tokens for token_classification.

    Raises:
        DataError: As for `class_predictions`.
    """
    given = class_predictions(evaluation)
    size = len(given.classes)
    counts = np.bincount(given.truth * size + given.predicted, minlength=size * size).reshape(size, size)
    return pd.DataFrame(
        counts,
        index=pd.Index(given.classes, name="truth"),
        columns=pd.Index(given.classes, name="prediction"),
    )


def examples_of_cell(evaluation: Evaluation, truth: str, prediction: str) -> pd.DataFrame:
    """The examples behind a cell of `confusion`, the most confident first: rows of `Evaluation.examples`.

    For token_classification those that hold such a token.

    Raises:
        DataError: As for `class_predictions`.
    """
    given = class_predictions(evaluation)
    names = np.array(given.classes, dtype=object)
    inside = (names[given.truth] == truth) & (names[given.predicted] == prediction)
    rows = evaluation.examples.iloc[np.unique(given.example[inside])]
    return rows.sort_values("confidence", ascending=False, kind="stable")


def mistakes(evaluation: Evaluation) -> pd.DataFrame:
    """Rows of `Evaluation.examples` that were predicted wrong, the most confident first."""
    wrong = evaluation.examples[evaluation.examples["right"] == False]  # noqa: E712 - None is neither
    return wrong.sort_values("confidence", ascending=False, kind="stable")
