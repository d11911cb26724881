"""Simple models on the same split: what a network with attention has to beat."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import Ridge  # type: ignore[import-untyped]
from sklearn.naive_bayes import GaussianNB, MultinomialNB  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

from attnviz.models.card import Metric
from attnviz.sequences.text import split_words
from attnviz.training.measuring import figures_on_test
from attnviz.training.recipe import noted
from attnviz.training.splits import Split
from attnviz.training.training_data import TrainingData


def simple_figures(data: TrainingData, split: Split) -> tuple[Metric, ...]:
    """Figures on the test part, fitted on the training part.

    Of a guess that looks at nothing (the shares of the classes, or the mean), and of a simple model: for texts naive
    Bayes or ridge regression on counts of words, for series naive Bayes or ridge regression on their numbers.
    """
    learned, tested = (_features(data, part) for part in (split.training, split.test))
    targets = data.targets[split.training]
    figures: list[Metric] = []
    for note, model in _models(data):
        fitted = model.fit(learned, targets)
        outputs = fitted.predict_proba(tested) if data.classes else fitted.predict(tested)
        figures.extend(noted(figures_on_test(data, data.targets[split.test], outputs), note))
    return tuple(figures)


def _models(data: TrainingData) -> tuple[tuple[str, Any], ...]:
    counts = () if data.features else (CountVectorizer(tokenizer=_words, token_pattern=None, lowercase=False),)
    if data.classes:
        simple = MultinomialNB() if counts else GaussianNB()
        return ("most frequent class", DummyClassifier(strategy="prior")), (
            "Naive Bayes",
            make_pipeline(*counts, simple),
        )
    return ("mean of the training part", DummyRegressor()), ("ridge regression", make_pipeline(*counts, Ridge()))


def _features(data: TrainingData, part: np.ndarray) -> Sequence[Any] | np.ndarray:
    chosen = [data.sequences[index] for index in part]
    return np.stack(chosen).reshape(len(chosen), -1) if data.features else chosen


def _words(text: str) -> list[str]:
    return split_words(text.lower())
