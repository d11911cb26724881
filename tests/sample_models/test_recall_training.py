import numpy as np
import pytest

import attnviz
from attnviz.models.loaded import open_model
from attnviz.training.command_line import training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import carry_out
from sample_models.recall.pairs import VALUES, draw_question, part_of
from sample_models.recall.train import BATCH_SIZE, SPECIFICATION, held_out, main, recipe_for, training_batches


@pytest.fixture(scope="module")
def questions():
    """Test questions, each of which the model has never seen."""
    return held_out("test")[:400]


@pytest.fixture(scope="module")
def capture(questions):
    return attnviz.load_model("recall").capture([one.text for one in questions])


def test_a_question_has_the_value_of_its_key_at_its_place():
    generator = np.random.default_rng(0)
    for _ in range(200):
        question = draw_question(generator)
        *pairs, asked = question.text.split()
        keys, values = pairs[::2], pairs[1::2]
        assert len(set(keys)) == len(keys) in range(2, 9)
        assert dict(zip(keys, values, strict=True))[asked] == VALUES[question.answer]
        assert question.text.split()[question.place] == VALUES[question.answer]
        assert question.text.split()[question.place - 1] == asked


def test_no_question_stands_on_two_sides():
    tested, validated = ({one.text for one in held_out(name)} for name in ("test", "validation"))
    assert {part_of(text) for text in tested} == {"test"}
    assert {part_of(text) for text in validated} == {"validation"}
    drawn = np.random.default_rng(0)
    parts = [part_of(draw_question(drawn).text) for _ in range(3000)]
    assert parts.count("test") / 3000 == pytest.approx(0.1, abs=0.03)


def test_training_starts_with_two_pairs_and_never_shows_a_held_out_question():
    dataset = training_batches(np.random.default_rng(0), 1, 256)
    held = {one.text for name in ("test", "validation") for one in held_out(name)}
    longest = []
    for _ in range(4):
        ids, answers = next(dataset.as_numpy_iterator())
        longest.append(ids.shape[1])
        for row, answer in zip(ids, answers, strict=True):
            tokens = [SPECIFICATION.vocabulary[one - SPECIFICATION.first_id] for one in row if one]
            assert " ".join(tokens) not in held
            assert dict(zip(tokens[:-1:2], tokens[1::2], strict=True))[tokens[-1]] == VALUES[answer]
    assert longest == [5, 5, 7, 9]


def test_some_head_attends_from_the_asked_key_to_the_right_value(questions, capture):
    """The known answer: the strongest key of the last query (its argmax), for one and the same head."""
    valid = capture.valid["tokens"]
    places = np.array([np.flatnonzero(real)[one.place] for real, one in zip(valid, questions, strict=True)])
    shares = {
        (one.name, head): float((one.weights[:, head, -1].argmax(axis=-1) == places).mean())
        for one in capture.maps
        for head in range(one.heads)
    }
    (layer, _), share = max(shares.items(), key=lambda found: found[1])
    assert share >= 0.9
    assert layer == "attention_2"  # the first layer has yet to tell each value whose it is
    strongest = capture.map_of(layer).weights[:, max(shares, key=shares.get)[1], -1]
    assert strongest[np.arange(len(places)), places].mean() > 0.5
    # As the card says, and as the page shows it first: the mean of the layer's heads.
    assert f"in the layer {layer}, the last letter attends" in attnviz.load_model("recall").card.description
    mean = capture.map_of(layer).weights[:, :, -1].mean(axis=1)
    assert (mean.argmax(axis=-1) == places).mean() >= 0.99


def test_the_first_layer_tells_each_value_its_key(questions, capture):
    """The other half of induction (Olsson et al., 2022): some head of the first layer attends to the token before."""
    first = capture.map_of("attention_1").weights
    valid = capture.valid["tokens"]
    places = np.array([np.flatnonzero(real)[one.place] for real, one in zip(valid, questions, strict=True)])
    samples = np.arange(len(places))
    before = [(first[samples, head, places].argmax(axis=-1) == places - 1).mean() for head in range(first.shape[1])]
    assert max(before) > 0.5


def test_no_query_looks_ahead_or_at_padding(capture):
    valid = capture.valid["tokens"]
    for one in capture.maps:
        ahead = np.triu(np.ones(one.weights.shape[2:], bool), 1)
        for weights, real in zip(one.weights, valid, strict=True):
            assert weights[:, real][:, :, ~real].sum() == 0
            assert (weights * ahead)[:, real].sum() == 0


def test_answers_are_right_and_follow_the_pairs(questions, capture):
    table = attnviz.load_model("recall").predictions(capture)
    right = [VALUES[one.answer] for one in questions]
    assert np.mean(table["prediction"] == right) >= 0.99
    swapped = attnviz.load_model("recall").predict(["a 4 c 9 a", "a 9 c 4 a", "c 9 a 4 a"])
    assert list(swapped["prediction"]) == ["4", "9", "4"]


def test_the_script_writes_a_folder_that_opens_and_predicts(tmp_path, capsys):
    parser = training_parser("Train.", folder=tmp_path / "recall", epochs=1)
    settings = FitSettings(epochs=1, patience=1, learning_rate=0.001, batch_size=BATCH_SIZE)
    carry_out(recipe_for(settings, an_epoch=2 * BATCH_SIZE), parser.parse_args(["--seeds", "1"]), print)
    loaded = open_model(tmp_path / "recall")
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    main(["--evaluate", "--out", str(tmp_path / "recall")])
    assert "the card says the same" in capsys.readouterr().out
