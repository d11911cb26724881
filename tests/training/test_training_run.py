import io
import json
import re
import zipfile

import numpy as np
import pytest

from attnviz.errors import InputError, TrainingError
from attnviz.models.card import card_from_dict
from attnviz.models.registry import load_model
from attnviz.sequences.text import split_words
from attnviz.training import ARCHITECTURES, fit
from attnviz.training.model_files import files_of, opened
from attnviz.training.model_plan import keras_name
from attnviz.training.training_data import groups_of, training_data
from attnviz.training.training_run import split_for

FILLING = [
    "the",
    "a",
    "small",
    "red",
    "house",
    "stood",
    "near",
    "river",
    "and",
    "people",
    "walked",
    "over",
    "old",
    "bridge",
    "to",
    "market",
]
KEYWORDS = {"good": "splendid", "bad": "dreadful"}


def keyword_texts(count, seed=0):
    """Sentences of words that mean nothing, and one in a random place that decides."""
    generator = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        words = generator.choice(FILLING, generator.integers(5, 12)).tolist()
        label = str(generator.choice(list(KEYWORDS)))
        words.insert(int(generator.integers(len(words) + 1)), KEYWORDS[label])
        texts.append(" ".join(words))
        labels.append(label)
    return texts, labels


def small(name, **changes):
    sizes = {"units": 16, "embedding": 16, "learning_rate": 0.01, "batch_size": 16, "epochs": 6}
    more = {
        "transformer": {"heads": 2, "blocks": 1, "epochs": 8},
        "hierarchical": {"maximum_sentences": 2, "maximum_length": 14, "units": 8},
    }
    return ARCHITECTURES[name].default_settings(**sizes | more.get(name, {}) | changes)


WORD_MAPS = {
    "self_attention": "attention",
    "lstm_attention": "attention",
    "bilstm_pooling": "pooling",
    "transformer": "attention_1",
    "hierarchical": "word_attention",
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_learns_which_word_decides_and_attends_to_it(name):
    trained = fit(name, keyword_texts(200), settings=small(name))
    assert trained.test_metrics[0].name == "accuracy"
    assert trained.test_metrics[0].value > 0.95
    texts, labels = keyword_texts(30, seed=1)
    capture = trained.model.capture(texts)
    attention = next(one for one in capture.maps if one.name == WORD_MAPS[name])
    rows_of_a_text = len(attention.weights) // len(texts)  # a hierarchical model has one for each sentence
    most_attended = []
    for number, label in enumerate(labels):
        row = number * rows_of_a_text
        received = attention.weights[row].mean(axis=(0, 1))
        most_attended.append(capture.sequences[attention.key_axis][row][received.argmax()] == KEYWORDS[label])
    assert np.mean(most_attended) > 0.8


@pytest.fixture(scope="module")
def trained():
    reports = []
    probe = "The old splendid house stood near the river."
    result = fit(
        "self_attention",
        training_data(*keyword_texts(120), name="keywords.csv"),
        settings=small("self_attention", epochs=4, seed=3),
        probes=[probe, "A dreadful bridge."],
        on_epoch=reports.append,
        name="keywords",
    )
    return result, reports


def test_every_epoch_is_reported_with_the_attention_on_the_probes(trained):
    result, reports = trained
    assert result.history == tuple(reports)
    assert [(one.number, one.epochs) for one in reports] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert reports[-1].loss < reports[0].loss
    assert set(reports[0].metrics) == set(reports[0].validation_metrics) == {"accuracy"}
    assert reports[-1].seconds_left == 0 < reports[0].seconds_left
    assert [one.seconds for one in reports] == sorted(one.seconds for one in reports)
    assert result.best_epoch == max(one.number for one in reports if one.best)
    first, last = (one.probes[0].capture for one in (reports[0], reports[-1]))
    assert first.sequences["tokens"] == last.sequences["tokens"]
    assert first.sequences["tokens"][0][:3] == ("The", "old", "splendid")
    assert not np.array_equal(first.maps[0].weights, last.maps[0].weights)
    assert reports[-1].probes[1].prediction == "bad"
    assert sum(reports[-1].probes[1].probabilities) == pytest.approx(1, abs=1e-5)


def test_the_last_report_of_the_best_epoch_is_what_the_model_says(trained):
    result, reports = trained
    probe = reports[result.best_epoch - 1].probes[0]
    capture = result.model.capture(probe.sequence)
    np.testing.assert_allclose(capture.maps[0].weights, probe.capture.maps[0].weights, atol=1e-6)
    assert result.model.predict(probe.sequence)["good"][0] == pytest.approx(probe.probabilities[1], abs=1e-6)


def test_the_card_is_honest(trained):
    result, _ = trained
    card = result.model.card
    data = training_data(*keyword_texts(120))
    split = split_for(data, small("self_attention", seed=3))
    assert card.splits == split.sizes == {"training": 84, "validation": 18, "test": 18}
    assert "keywords.csv: 120 examples" in card.data
    said = result.model.predict([data.sequences[index] for index in split.test])["prediction"]
    right = np.array(data.classes)[data.targets[split.test]]
    assert card.metrics[0].value == pytest.approx((said == right).mean(), abs=1e-4)
    assert card.metrics == result.test_metrics
    assert {one.note.split(";")[0] for one in card.baselines} == {"most frequent class", "Naive Bayes"}
    assert {one.name for one in card.baselines} == {one.name for one in card.metrics}
    assert all(one.interval is not None for one in (*card.metrics, *card.baselines))
    assert "seed 3" in card.training
    assert card.parameters == result.model.keras_model.count_params()
    tested = {data.sequences[index] for index in split.test}
    assert {one.sequence for one in card.examples} <= tested
    assert {one.prediction for one in card.examples} == {"good", "bad"}
    words = {word for index in split.training for word in split_words(data.sequences[index])}
    assert set(card.input.vocabulary) == words


def test_the_code_builds_the_model(trained):
    result, _ = trained
    namespace = {}
    exec(result.code, namespace)
    # Keras numbers what has no name of its own through all models of a process.
    copied, built = (
        re.sub(r"_\d+", "", json.dumps(model.get_config())) for model in (namespace["model"], result.model.keras_model)
    )
    assert copied == built


def test_files_give_the_same_model_again_and_pass_for_an_upload(trained, tmp_path):
    from attnviz.models.untrusted.checking import check_upload
    from attnviz.models.untrusted.opening import load_checked

    result, _ = trained
    files = files_of(result)
    text = "people walked over a splendid bridge"
    expected = result.model.predict(text)
    assert opened(files).model.predict(text).equals(expected)
    folder = tmp_path / "keywords"
    with zipfile.ZipFile(io.BytesIO(files.archive)) as archive:
        assert sorted(archive.namelist()) == ["card.json", "model.keras"]
        assert card_from_dict(json.loads(archive.read("card.json"))) == card_from_dict(
            json.loads(archive.read("card.json"))
        )
        archive.extractall(folder)
    assert load_model(folder).predict(text).equals(expected)
    checked = check_upload("keywords.zip", files.archive)
    assert checked.card.classes == ("bad", "good")
    np.testing.assert_array_equal(load_checked(checked).get_weights()[0], result.model.keras_model.get_weights()[0])


def test_the_same_seed_gives_the_same_model_and_another_seed_another():
    data = keyword_texts(60)
    first, again, other = (
        fit("self_attention", data, settings=small("self_attention", epochs=2, seed=seed)) for seed in (1, 1, 2)
    )
    for one, two in zip(*(run.model.keras_model.get_weights() for run in (first, again)), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [one.validation_loss for one in first.history] == [one.validation_loss for one in again.history]
    assert first.history[0].validation_loss != other.history[0].validation_loss


def test_a_regression_speaks_in_the_unit_of_its_target():
    texts, labels = keyword_texts(200)
    prices = [1000.0 if label == "good" else 3000.0 for label in labels]
    data = training_data(texts, prices, task="regression", target="price")
    result = fit("self_attention", data, settings=small("self_attention", epochs=10))
    assert (result.model.card.task, result.model.card.target) == ("regression", "price")
    mae, rmse, explained = result.test_metrics
    assert mae.value <= rmse.value < 500
    assert explained.value == pytest.approx(1 - rmse.value**2 / 1000**2, abs=0.05)  # half of the targets are 1000 off
    best = result.history[result.best_epoch - 1]
    assert best.validation_metrics["MAE"] ** 2 <= best.validation_loss < 500**2
    said = result.model.predict(["a splendid house", "a dreadful house"])["prediction"]
    assert said[0] < 1500
    assert said[1] > 2500
    assert {one.note.split(";")[0] for one in result.baselines} == {"mean of the training part", "ridge regression"}


def test_a_series_is_learned_whatever_its_unit():
    generator = np.random.default_rng(0)
    series = generator.normal(size=(120, 6, 2))
    rising = generator.integers(2, size=120)
    series[np.arange(120), generator.integers(6, size=120), 0] += np.where(rising, 8, -8)
    settings = small("lstm_attention", epochs=8)
    result = fit("lstm_attention", (1e4 + 1e3 * series, np.array(["down", "up"])[rising]), settings=settings)
    assert result.test_metrics[0].value > 0.85
    assert result.model.card.input.length == 6
    capture = result.model.capture(1e4 + 1e3 * series[:1])
    assert capture.maps[0].weights.shape == (1, 1, 6, 6)


def test_training_can_be_stopped_and_keeps_its_best_weights():
    reports = []
    result = fit(
        "self_attention",
        keyword_texts(60),
        settings=small("self_attention", epochs=50, patience=50),
        on_epoch=reports.append,
        stopped=lambda: len(reports) == 2,
    )
    assert (result.ending, result.stopped_early, len(result.history)) == ("stopped", True, 2)
    assert result.best_epoch == max(one.number for one in reports if one.best)


def test_a_training_without_an_epoch_has_no_model():
    with pytest.raises(TrainingError, match="stopped before its first epoch was over"):
        fit("self_attention", keyword_texts(60), settings=small("self_attention"), stopped=lambda: True)


def test_time_ends_a_training_like_a_stop():
    with pytest.raises(TrainingError, match="The 0 minutes that a training may take were over before its first epoch"):
        fit("self_attention", keyword_texts(60), settings=small("self_attention"), minutes=0)


def test_no_better_validation_ends_a_training():
    generator = np.random.default_rng(0)
    texts, _ = keyword_texts(80)
    result = fit(
        "self_attention",
        (texts, generator.choice(["heads", "tails"], 80)),
        settings=small("self_attention", epochs=60, patience=2),
    )
    assert result.ending == "patience"
    assert len(result.history) == result.best_epoch + 2


def test_the_same_texts_stand_in_one_part_and_conflicting_labels_are_told():
    texts, labels = keyword_texts(40)
    data = training_data([*texts, *(text.upper() for text in texts)], [*labels, *labels])
    split = split_for(data, small("self_attention"))
    groups = groups_of(data.sequences)
    assert not set(groups[split.training]) & (set(groups[split.validation]) | set(groups[split.test]))
    assert not set(groups[split.validation]) & set(groups[split.test])
    every = [f"text {number}" for number in range(40)]
    with pytest.raises(
        TrainingError, match="part has no example of class 'no': the same sequences stand under several"
    ):
        split_for(training_data([*every, *every[:3]], ["yes"] * 40 + ["no"] * 3), small("self_attention"))


def test_a_model_may_have_any_name():
    name = "My reviews (1) – größe"
    trained = fit("self_attention", keyword_texts(30), settings=small("self_attention", epochs=1), name=name)
    assert trained.model.card.name == name
    assert trained.model.keras_model.name == "My_reviews_1_gr_e"
    assert 'name="My_reviews_1_gr_e")' in trained.code


@pytest.mark.parametrize(
    ("name", "of_keras"), [("plain-1.5_b", "plain-1.5_b"), ("_a b/", "a_b"), ("отзывы", "trained"), ("", "trained")]
)
def test_tensorflow_takes_the_name_of_a_model(name, of_keras):
    assert keras_name(name) == of_keras


def test_a_few_numbers_beside_a_very_frequent_one_are_shared_out_too():
    texts = [f"text {number}" for number in range(100)]
    data = training_data(texts, [0.0] * 96 + [-1.5, -1.0, 5.0, 7.0], task="regression")
    split = split_for(data, small("self_attention"))
    assert split.sizes == {"training": 70, "validation": 15, "test": 15}


@pytest.mark.parametrize(
    ("probes", "message"),
    [
        ("one text", "must be a list of at most"),
        (["fine", " "], "Probe 2: "),
        (["word " * 65], "Probe 1 has 65 tokens. Choose one of at most 64"),
    ],
)
def test_probes_that_cannot_be_watched_are_told(probes, message):
    with pytest.raises(InputError, match=message):
        fit("self_attention", keyword_texts(30), settings=small("self_attention"), probes=probes)


def test_a_hierarchy_of_sentences_needs_sentences():
    with pytest.raises(TrainingError, match="reads text. Received: series"):
        fit("hierarchical", (np.arange(36.0).reshape(12, 3, 1), [0, 1] * 6))
