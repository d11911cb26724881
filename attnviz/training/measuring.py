"""The figures of a trained model on its test part, each with its interval."""

import numpy as np

from attnviz.models.card import Metric
from attnviz.training.figures import classification_figures, regression_figures
from attnviz.training.training_data import TrainingData


def figures_on_test(data: TrainingData, targets: np.ndarray, outputs: np.ndarray) -> tuple[Metric, ...]:
    """Accuracy, macro F1 and log loss of classes; MAE, MSE and R² of numbers.

    Args:
        data: What kind of figures fit it.
        targets: `[examples]`, of the test part.
        outputs: `[examples, classes]` probabilities, or `[examples]` or `[examples, 1]` numbers.
    """
    if data.classes:
        return classification_figures(targets, outputs, split="test")
    return regression_figures(targets, outputs, split="test")
