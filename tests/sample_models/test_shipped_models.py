"""What ships: the folders open, predict what their cards say, and are as good as the cards say."""

import keras
import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, f1_score, log_loss

import attnviz
import attnviz.layers
import sample_models
from attnviz.training.splits import grouped_split
from sample_models.digits.pictures import SPLIT_SEED
from sample_models.digits.train import main as train_digits

FOLDER = next(iter(sample_models.__path__))
MODELS = ("digits", "sentiment")


@pytest.fixture(scope="module", params=MODELS)
def loaded(request):
    return attnviz.load_model(request.param)


def _sequences(loaded):
    return [one.sequence if isinstance(one.sequence, str) else np.array(one.sequence) for one in loaded.card.examples]


def test_both_are_listed():
    assert set(MODELS) <= set(attnviz.model_names())


def test_predictions_on_the_examples_are_those_of_the_card(loaded):
    table = loaded.predict(_sequences(loaded))
    assert len(table) == 12
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    np.testing.assert_allclose(
        table[list(loaded.card.classes)], [one.probabilities for one in loaded.card.examples], atol=1e-4
    )


def test_plain_keras_predicts_the_same(loaded):
    model = keras.models.load_model(f"{FOLDER}/{loaded.card.name}/model.keras")
    # One by one: what a sequence gets does not depend on what it is batched with.
    for sequence, example in zip(_sequences(loaded), loaded.card.examples, strict=True):
        probabilities = np.asarray(model(loaded.encode([sequence]).inputs))[0]
        np.testing.assert_allclose(probabilities, example.probabilities, atol=1e-4)


def test_the_files_are_small_and_carry_no_optimizer(loaded):
    import io
    import zipfile

    import h5py

    path = f"{FOLDER}/{loaded.card.name}/model.keras"
    with zipfile.ZipFile(path) as archive:
        assert sum(one.file_size for one in archive.infolist()) < 5_000_000
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
            assert "vars" not in weights.get("optimizer", {})


def test_the_card_counts_what_is_there(loaded):
    card = loaded.card
    assert card.parameters == loaded.keras_model.count_params()
    assert set(card.splits) == {"training", "validation", "test"}
    total = sum(card.splits.values())
    assert card.splits["test"] / total == pytest.approx(0.2, abs=0.01)
    assert card.splits["validation"] / total == pytest.approx(0.1, abs=0.01)
    for figure in (*card.metrics, *card.baselines):
        if figure.note and "of" in figure.note and figure.name == "accuracy":
            assert f"of {card.splits[figure.split]} examples" in figure.note
    assert "CC BY 4.0" in card.data
    assert 0 < card.training_seconds < 600


@pytest.mark.parametrize(("name", "least"), [("sentiment", 0.80), ("digits", 0.95)])
def test_the_recipe_is_good_enough_over_five_seeds(name, least):
    card = attnviz.load_model(name).card
    mean = next(one for one in card.metrics if one.name == "mean accuracy over training seeds")
    assert mean.split == "test"
    assert mean.value >= least
    lower, upper = mean.interval
    assert lower < mean.value < upper
    by_seed = [float(part.split(": ")[1]) for part in mean.note.split(";")[0].removeprefix("by seed ").split(", ")]
    assert len(by_seed) == 5
    assert np.mean(by_seed) == pytest.approx(mean.value, abs=1e-4)
    assert any(one.split == "test" and one.name == "accuracy" for one in card.baselines)


def test_every_example_of_the_card_shows_where_the_model_looked(loaded):
    capture = loaded.capture(_sequences(loaded))
    assert [one.layer for one in capture.maps] == ["attention", "pooling"]
    real = capture.valid[loaded.card.input.name]
    for one in capture.maps:
        sums = one.weights.sum(axis=-1)[:, 0]
        rows = real if one.layer == "attention" else np.ones_like(sums, dtype=bool)
        np.testing.assert_allclose(sums[rows], 1, atol=1e-5)
        on_padding = np.broadcast_to(~real[:, None, None, :], one.weights.shape)
        assert one.weights[on_padding].sum() == 0


def test_attention_is_neither_uniform_nor_the_same_for_every_sequence(loaded):
    capture = loaded.capture(_sequences(loaded)[:6])
    weights = capture.map_of("attention").weights[:, 0]
    lengths = capture.valid[loaded.card.input.name].sum(axis=1)
    peaks = [rows[:length].max(axis=1).mean() * length for rows, length in zip(weights, lengths, strict=True)]
    assert np.mean(peaks) > 2  # the strongest key has twice the share that each would have if all were equal
    received = [rows[:length, :length].mean(axis=0) for rows, length in zip(weights, lengths, strict=True)]
    assert len({int(one.argmax()) for one in received}) > 1


def test_digits_is_as_good_on_the_test_digits_as_its_card_says():
    digits = load_digits()
    test = grouped_split(digits.target, seed=SPLIT_SEED).test
    model = attnviz.load_model("digits")
    table = model.predict(digits.images[test])
    right = digits.target[test].astype(str)
    said = {one.name: one for one in model.card.metrics if one.split == "test"}
    assert accuracy_score(right, table["prediction"]) == pytest.approx(said["accuracy"].value, abs=6e-5)
    interval = binomtest(int((right == table["prediction"]).sum()), len(test)).proportion_ci(method="wilson")
    assert said["accuracy"].interval == pytest.approx((interval.low, interval.high), abs=6e-5)
    assert f1_score(right, table["prediction"], average="macro") == pytest.approx(said["macro F1"].value, abs=6e-5)
    probabilities = table[list(model.card.classes)]
    assert log_loss(right, probabilities, labels=model.card.classes) == pytest.approx(said["log loss"].value, abs=2e-4)


def test_what_the_digits_script_measures_is_what_its_card_says(capsys):
    train_digits(["--evaluate"])
    assert "the card says the same" in capsys.readouterr().out


POSITIVE = """The pasta was perfect and the dessert even better.
I really like these shoes.
Our guide was kind and knew everything about the city.
This is my favourite song of the year.
The hotel was clean, quiet and close to the beach.
I had no problems with the delivery.
It is not expensive and it works well.
A charming story with a wonderful cast.
I laughed so much, what a funny show!
The cake tasted amazing.
Nothing to complain about, everything was great.
My new vacuum cleaner is powerful and quiet.
You won't regret buying this.
The camera takes sharp pictures and is easy to use.
The staff went out of their way to help us.""".splitlines()
NEGATIVE = """The pasta was overcooked and bland.
These shoes hurt my feet.
Our guide was late and unfriendly.
The camera is slow and the pictures are blurry.
I hate this song.
The hotel was dirty and noisy.
The package arrived damaged and I want my money back.
It does not work and the support is useless.
Nobody helped us and we had to wait for an hour.
A dull story with poor acting.
I fell asleep, it was so boring.
The cake was dry and not tasty.
I will never buy from this shop again.
This is the worst vacuum cleaner I have ever owned.
I wasn't happy with the result.""".splitlines()


def test_everyday_sentences_come_out_right():
    table = attnviz.load_model("sentiment").predict([*POSITIVE, *NEGATIVE])
    right = table["prediction"] == ["positive"] * len(POSITIVE) + ["negative"] * len(NEGATIVE)
    assert right[: len(POSITIVE)].sum() >= 12
    assert right[len(POSITIVE) :].sum() >= 12


@pytest.mark.parametrize("thing", ["The soup", "This film", "The service"])
@pytest.mark.parametrize("word", ["good", "great"])
def test_not_turns_a_sentence_round(thing, word):
    table = attnviz.load_model("sentiment").predict([f"{thing} was {word}.", f"{thing} was not {word}."])
    assert list(table["prediction"]) == ["positive", "negative"]
