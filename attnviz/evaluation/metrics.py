"""The figures of an evaluation, whatever its task."""

from attnviz.evaluation import classification, regression, sequence_to_sequence
from attnviz.evaluation.results import Evaluation, Figure


def metrics_of(evaluation: Evaluation) -> tuple[Figure, ...]:
    """The figures of a model over the evaluated examples, each with its 95 % bootstrap interval, the main ones first.

    Classification: loss, calibration error, accuracy and that of the most frequent class; precision, recall and F1,
    averaged and of each class; areas under the ROC and the precision-recall curve. Regression: MSE, RMSE, MAE, R² and
    those of naive guesses. Seq2seq: loss, exact match, token accuracy, BLEU, chrF.

    Raises:
        DataError: If nothing was evaluated.
    """
    if evaluation.task == "regression":
        return regression.metrics_of(evaluation)
    if evaluation.task == "seq2seq":
        return sequence_to_sequence.metrics_of(evaluation)
    return classification.metrics_of(evaluation)
