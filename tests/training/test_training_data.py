from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from attnviz.errors import TrainingError
from attnviz.training.limits import TrainingLimits
from attnviz.training.settings import TrainingSettings
from attnviz.training.training_data import as_training_data, group_of, guess_task, training_data

TEXTS = [f"message number {number}" for number in range(12)]
LABELS = ["ham", "spam"] * 6


def test_labels_become_indices_of_sorted_classes():
    data = training_data(TEXTS, LABELS, name="mail")
    assert (data.task, data.kind, data.classes, data.name) == ("classification", "text", ("ham", "spam"), "mail")
    assert data.targets.tolist() == [0, 1] * 6
    assert data.notices == ()


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9] * 6, ("9", "10")),
        ([1.0, 0.0] * 6, ("0", "1")),
        ([True, False] * 6, ("false", "true")),
        ([" very  good", "bad"] * 6, ("bad", "very good")),
        (np.array([3, 4] * 6), ("3", "4")),
    ],
)
def test_labels_of_any_kind_are_named_as_a_person_writes_them(labels, classes):
    assert training_data(TEXTS, labels).classes == classes


@pytest.mark.parametrize(
    ("targets", "task"),
    [
        ([0, 1, 2], "classification"),
        ([0.5, 1.0], "regression"),
        (range(30), "regression"),
        (["1.5", "2"], "regression"),
        (["a", "1"], "classification"),
        ([True, False], "classification"),
    ],
)
def test_the_task_is_guessed_from_the_targets(targets, task):
    assert guess_task(list(targets)) == task


def test_rows_without_label_or_words_are_left_out_and_named_by_their_line():
    texts = [*TEXTS, "  ", "\u200b", "no label"]
    data = training_data(texts, [*LABELS, "ham", "spam", None], lines=range(2, 17))
    assert len(data.sequences) == len(data.targets) == 12
    assert data.notices == (
        "1 row without a label left out (line 16).",
        "2 rows without any word left out (line 14, 15).",
    )


def test_indices_of_classes_that_nobody_has_are_closed_up():
    data = training_data(TEXTS, [0, 2] * 6, task="classification", classes=("a", "b", "c"))
    assert data.classes == ("a", "c")
    assert data.targets.tolist() == [0, 1] * 6


def test_labelled_data_of_an_evaluation_are_taken_as_they_are():
    labelled = SimpleNamespace(
        sequences=TEXTS,
        targets=np.array([0, 1] * 6),
        task="classification",
        classes=("yes", "no"),
        lines=np.arange(12),
        name="file.csv",
    )
    data = as_training_data(labelled)
    assert (data.classes, data.name) == (("yes", "no"), "file.csv")
    assert as_training_data(data) is data


def test_columns_of_pandas_are_read_in_their_order_whatever_their_index_says():
    frame = pd.DataFrame({"text": TEXTS, "label": LABELS}).iloc[::-1]
    data = training_data(frame["text"], frame["label"])
    assert data.sequences == tuple(reversed(TEXTS))
    assert data.targets.tolist() == [1, 0] * 6


def test_series_become_arrays_of_one_shape():
    data = training_data([[1, 2, 3]] * 6 + [[4, 5, 6]] * 6, np.linspace(0, 1, 12), target="heat")
    assert (data.kind, data.features, data.target) == ("series", ("value",), "heat")
    assert all(one.shape == (3, 1) and one.dtype == np.float32 for one in data.sequences)
    assert training_data(np.zeros((12, 4, 2)), [0.5, 1.5] * 6).features == ("feature 1", "feature 2")


def test_equal_sequences_are_one_group_whatever_their_case_and_spaces():
    assert group_of("Free  Prize\n") == group_of("free prize")
    assert group_of("free prize") != group_of("free prizes")
    assert group_of(np.array([1.0, 2.0])) == group_of(np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    ("sequences", "targets", "options", "message"),
    [
        (TEXTS[:5], LABELS[:5], {}, "10 labelled examples or more.*Received: 5"),
        (TEXTS, [None] * 12, {}, "Received: 0 .*12 rows without a label left out"),
        (TEXTS, ["ham"] * 12, {}, "All 12 labels are the same: “ham”. A classifier needs examples of two classes"),
        (TEXTS, ["ham"] * 10 + ["spam"] * 2, {}, r"3 different examples or more.*Too few: “spam” \(2\)"),
        (["same"] * 6 + TEXTS[:6], LABELS[:1] * 6 + LABELS[1:2] * 6, {}, r"Too few: “ham” \(1\)"),
        (
            TEXTS,
            LABELS,
            {"task": "regression"},
            "12 labels of 'value' are none: “ham” in line 1. Choose classification",
        ),
        (TEXTS, [1.5] * 11 + ["x"], {"task": "regression", "target": "price"}, "1 label of 'price'.*“x” in line 12"),
        (TEXTS, [3] * 12, {"task": "regression"}, "All values of 'value' are 3: there is nothing to predict"),
        (TEXTS, [float("inf")] + [1.0] * 11, {"task": "regression"}, "“inf” in line 1"),
        (TEXTS, [1e300, *range(11)], {"task": "regression"}, "from -1e15 to 1e15.*Choose another unit"),
        (TEXTS, LABELS[:4], {}, "12 sequences and 4 targets"),
        (TEXTS, LABELS, {"task": "ranking"}, "`task` must be one of classification, regression. Received: 'ranking'"),
        (TEXTS, ["prediction", "spam"] * 6, {}, "A class cannot be called “prediction”"),
        (TEXTS, [0, 5] * 6, {"task": "classification", "classes": ("a", "b")}, "indices of the 2 classes.*0 to 5"),
        ([*TEXTS[:11], [1.0]], LABELS, {}, "all texts or all series of numbers. Received: row 12 is a list"),
        ([[1, 2]] * 11 + [[1, 2, 3]], LABELS, {}, "one length. Received: 2 steps in line 1, 3 in line 12"),
        ([[1, float("nan")]] * 12, LABELS, {}, "line 1 holds NaN or infinity"),
        ([[1, "two"]] * 12, LABELS, {}, "line 1 must hold numbers alone"),
        (np.zeros((12, 2, 2, 2)), LABELS, {}, "must have the shape"),
    ],
)
def test_what_cannot_be_learned_is_told(sequences, targets, options, message):
    with pytest.raises(TrainingError, match=f"(?s){message}"):
        training_data(sequences, targets, **options)


def test_hundreds_of_labels_are_no_classes():
    texts = [f"text {number}" for number in range(303)]
    with pytest.raises(TrainingError, match="101 different labels, more than the 100 classes"):
        training_data(texts, [f"name {number % 101}" for number in range(303)])


def test_what_is_no_data_is_told():
    with pytest.raises(TrainingError, match="Received: list"):
        as_training_data([TEXTS, LABELS])


def test_limits_are_those_of_the_operator():
    data, settings = training_data(TEXTS, LABELS, name="mail"), TrainingSettings(epochs=50)
    TrainingLimits(rows=12, epochs=50).check(data, settings)
    with pytest.raises(TrainingError, match="mail has 12 examples, more than the 11 that this server trains on"):
        TrainingLimits(rows=11).check(data, settings)
    with pytest.raises(TrainingError, match="at most 49 epochs. Received: 50"):
        TrainingLimits(epochs=49).check(data, settings)
