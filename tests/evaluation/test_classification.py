"""The figures of a classifier against scikit-learn and SciPy, and where they are not defined."""

import time
import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from attnviz.errors import DataError
from attnviz.evaluation.classification import metrics_of
from attnviz.evaluation.curves import curves


def example(count=300, classes=3, seed=0):
    generator = np.random.default_rng(seed)
    truth = generator.integers(classes, size=count)
    logits = generator.normal(size=(count, classes)) + 1.2 * np.eye(classes)[truth]
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return truth, chances.astype(np.float32)


def named(figures):
    return {(one.name, one.per_class): one for one in figures}


def test_figures_are_those_of_scikit_learn(classified):
    truth, chances = example()
    figures = named(metrics_of(classified(truth, chances)))
    predicted = chances.argmax(1)
    exact = chances.astype(float) / chances.sum(axis=1, keepdims=True, dtype=float)
    expected = {
        ("accuracy", None): metrics.accuracy_score(truth, predicted),
        ("loss", None): metrics.log_loss(truth, exact),
        ("macro ROC area", None): metrics.roc_auc_score(truth, exact, multi_class="ovr", average="macro"),
        ("macro average precision", None): metrics.average_precision_score(np.eye(3)[truth], chances, average="macro"),
    }
    for average in ("macro", "micro", "weighted"):
        for name, score in (("precision", metrics.precision_score), ("recall", metrics.recall_score)):
            expected[f"{average} {name}", None] = score(truth, predicted, average=average)
        expected[f"{average} F1", None] = metrics.f1_score(truth, predicted, average=average)
    for index, name in enumerate("abc"):
        expected["F1", name] = metrics.f1_score(truth, predicted, labels=[index], average="macro")
        expected["recall", name] = (predicted[truth == index] == index).mean()
        expected["precision", name] = (truth[predicted == index] == index).mean()
        expected["ROC area", name] = metrics.roc_auc_score(truth == index, chances[:, index])
        expected["average precision", name] = metrics.average_precision_score(truth == index, chances[:, index])
    for key, value in expected.items():
        assert figures[key].value == pytest.approx(value, abs=1e-6), key
        assert figures[key].lower < value < figures[key].upper, key
    assert figures["precision", "a"].examples == (predicted == 0).sum()
    assert figures["recall", "a"].examples == (truth == 0).sum()
    assert figures["accuracy", None].examples == 300


def test_the_baseline_always_says_the_most_frequent_class(classified):
    truth, chances = np.array([0, 0, 1, 0]), np.eye(2)[[1, 1, 1, 1]]
    baseline = named(metrics_of(classified(truth, chances)))["accuracy of the most frequent class", None]
    assert baseline.value == 0.75
    assert "'a'" in baseline.note


@pytest.mark.parametrize(
    ("name", "of_class", "statistic"),
    [
        ("accuracy", None, lambda truth, chances: (truth == chances.argmax(1)).mean()),
        ("macro F1", None, lambda truth, chances: metrics.f1_score(truth, chances.argmax(1), average="macro")),
        ("recall", "b", lambda truth, chances: metrics.recall_score(truth == 1, chances.argmax(1) == 1)),
        ("ROC area", "c", lambda truth, chances: metrics.roc_auc_score(truth == 2, chances[:, 2])),
        ("average precision", "c", lambda truth, chances: metrics.average_precision_score(truth == 2, chances[:, 2])),
    ],
)
def test_intervals_are_those_of_scipys_bootstrap(classified, name, of_class, statistic):
    truth, chances = example(120)
    figure = named(metrics_of(classified(truth, chances)))[name, of_class]

    def of_rows(rows):
        return statistic(truth[rows], chances[rows])

    drawn = stats.bootstrap(
        (np.arange(120),), of_rows, method="percentile", vectorized=False, n_resamples=250, rng=np.random.default_rng(1)
    ).confidence_interval
    width = drawn.high - drawn.low
    assert figure.lower == pytest.approx(drawn.low, abs=0.2 * width)
    assert figure.upper == pytest.approx(drawn.high, abs=0.2 * width)


def test_one_class_only_in_the_truth(classified):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = named(metrics_of(classified([0, 0, 0], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])))
    assert figures["accuracy", None].value == pytest.approx(2 / 3)
    assert figures["recall", "b"].value == 0
    assert figures["recall", "b"].note == "no example of this class: counted as 0"
    assert np.isnan(figures["ROC area", "a"].value)
    assert np.isnan(figures["macro ROC area", None].value)
    assert figures["ROC area", "a"].note.startswith("not defined: a has examples of one kind only")
    assert figures["macro ROC area", None].note.startswith("not defined: all examples are of one class")


def test_a_class_that_is_never_predicted(classified):
    figures = named(metrics_of(classified([0, 1, 1], np.eye(2)[[0, 0, 0]])))
    assert figures["precision", "b"].value == 0
    assert figures["precision", "b"].note == "never predicted: counted as 0"
    assert figures["F1", "b"].value == 0
    assert figures["macro F1", None].value == pytest.approx(0.25)


def test_a_class_that_nothing_is_about_is_left_out_of_the_mean(classified):
    truth, chances = [0, 1, 0], np.eye(3)[[0, 1, 1]]
    figures = named(metrics_of(classified(truth, chances)))
    assert figures["macro F1", None].value == metrics.f1_score(truth, chances.argmax(1), average="macro")
    assert figures["F1", "c"].value == 0


def test_two_examples(classified):
    figures = named(metrics_of(classified([0, 1], [[0.9, 0.1], [0.3, 0.7]])))
    assert figures["accuracy", None].value == 1
    assert figures["accuracy", None].lower == pytest.approx(stats.binomtest(2, 2).proportion_ci(method="wilson").low)
    assert "Wilson" in figures["accuracy", None].note


def test_nothing_evaluated_has_no_figures(classified):
    with pytest.raises(DataError, match="Nothing was evaluated yet"):
        metrics_of(classified([0, 1], np.eye(2), evaluated=np.zeros(2, bool)))


def test_tokens_of_a_sentence_are_resampled_together(tagger, data_of):
    """Ten equal tokens in a sentence say no more than one: the interval is that of the sentences."""
    from attnviz.evaluation.running import evaluate

    generator = np.random.default_rng(0)
    targets = np.empty(40, dtype=object)
    targets[:] = [np.full(4, generator.integers(2)) for _ in range(40)]
    evaluation = evaluate(tagger, data_of(tagger, ["good good good good"] * 40, targets))
    figures = named(metrics_of(evaluation))
    said = evaluation.outputs[0].argmax(1)
    right = np.array([(one == said).mean() for one in targets])
    accuracy = figures["accuracy", None]
    assert accuracy.value == pytest.approx(right.mean())
    assert accuracy.examples == 160
    drawn = stats.bootstrap((right,), np.mean, method="percentile", rng=np.random.default_rng(1)).confidence_interval
    assert accuracy.upper - accuracy.lower == pytest.approx(drawn.high - drawn.low, rel=0.15)


def test_curves_are_those_of_scikit_learn(classified):
    truth, chances = example(80)
    found = curves(classified(truth, chances))
    assert [one.name for one in found.roc] == ["a", "b", "c"]
    for index, curve in enumerate(found.roc):
        false, true, _ = metrics.roc_curve(truth == index, chances[:, index])
        np.testing.assert_array_equal(curve.x, false)
        np.testing.assert_array_equal(curve.y, true)
        assert curve.area == pytest.approx(metrics.auc(false, true))
        assert curve.positives == (truth == index).sum()
    for index, curve in enumerate(found.precision_recall):
        assert curve.area == pytest.approx(metrics.average_precision_score(truth == index, chances[:, index]))
        assert curve.chance == pytest.approx((truth == index).mean())
        assert len(curve.x) == len(curve.y) == len(curve.thresholds)


def test_a_class_without_examples_has_no_curve(classified):
    found = curves(classified([0, 1, 0], [[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.4, 0.3, 0.3]]))
    assert found.left_out == ("c",)
    assert [one.name for one in found.precision_recall] == ["a", "b"]


def test_ten_thousand_examples_take_seconds_at_most(classified):
    evaluation = classified(*example(10_000, 2))
    started = time.process_time()
    metrics_of(evaluation)
    assert time.process_time() - started < 10  # about two on a core of its own
