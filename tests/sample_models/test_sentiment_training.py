import json
import re

import numpy as np
import pytest

from attnviz.errors import CardError, InputError
from attnviz.models.loaded import open_model
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import UNKNOWN_ID, TextSpecification
from attnviz.training.command_line import training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import carry_out
from sample_models.sentiment.batches import PHRASES_PER_EPOCH, batches
from sample_models.sentiment.lexicon import PhraseSource, read_lexicon, valence_vectors
from sample_models.sentiment.recipe import WarmUp
from sample_models.sentiment.sentences import frequent_words, read_sentences, split_sentences
from sample_models.sentiment.train import main, recipe_for


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Sixty made-up sentences, some of them written twice in another way."""
    lines = ["domain\tlabel\ttext"]
    for number in range(30):
        lines.append(f"shop\t1\tThing {number} is a good thing")
        lines.append(f"shop\t0\tThing {number} is a bad thing")
    lines += [f"shop\t1\tTHING {number} is a good thing!!" for number in range(10)]
    path = tmp_path_factory.mktemp("data") / "sentences.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """What the script writes after one epoch with one seed."""
    out = tmp_path_factory.mktemp("models") / "sentiment"
    settings = FitSettings(epochs=1, patience=1, learning_rate=0.001)
    recipe = recipe_for(read_sentences(data), settings, WarmUp(phrases=200, epochs=1))
    carry_out(recipe, training_parser("Train.", folder=out, epochs=1).parse_args(["--seeds", "1"]), print)
    return out


def test_the_script_writes_a_folder_that_opens_and_predicts(folder):
    loaded = open_model(folder)
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert loaded.card.splits == {"training": 49, "validation": 7, "test": 14}
    assert "Seed 0 of 0, chosen by its validation loss" in loaded.card.training


def test_evaluate_prints_the_figures_of_the_card_again(folder, data, capsys):
    main(["--evaluate", "--data", str(data), "--out", str(folder)])
    printed = capsys.readouterr().out
    for figure in open_model(folder).card.metrics[:-1]:  # the last is the mean over seeds, which needs training
        assert f"{figure.split:11} {figure.value:.4f}" in printed
    assert "the card says the same" in printed


def test_evaluate_says_where_a_card_is_wrong(folder, data, tmp_path):
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["metrics"][0]["value"] = 0.123
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    with pytest.raises(CardError, match=r"accuracy on test: .* says 0\.123, measured"):
        main(["--evaluate", "--data", str(data), "--out", str(tmp_path)])


def test_sentences_that_differ_only_in_case_and_punctuation_stay_on_one_side(data):
    sentences = read_sentences(data)
    split = split_sentences(sentences)
    side = {index: part for part in split.sizes for index in getattr(split, part)}
    for number in range(10):
        same = [
            side[index]
            for index, one in enumerate(sentences)
            if one.text.lower().startswith(f"thing {number} is a good thing")
        ]
        assert len(same) == 2
        assert len(set(same)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"label\ttext\n1\tgood\n", "must have the columns domain, label, text"),
        (b"domain\tlabel\ttext\nshop\t2\tgood\n", "Line 2 .* must have a label of 0 or 1 and a text"),
        (b"domain\tlabel\ttext\nshop\t1\n", "Line 2 .* must have a label of 0 or 1 and a text"),
        (b"domain\tlabel\ttext\nshop\t1\tgr\xfcn\n", "must be UTF-8 text"),
    ],
)
def test_data_that_cannot_be_used_is_refused(content, message, tmp_path):
    path = tmp_path / "data.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_sentences(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_sentences(tmp_path / "none.tsv")


def test_quotes_are_characters_like_any_other(tmp_path):
    path = tmp_path / "data.tsv"
    path.write_text('domain\tlabel\ttext\nshop\t1\t"Good" they said\nshop\t0\t"bad\n', encoding="utf-8")
    assert [one.text for one in read_sentences(path)] == ['"Good" they said', '"bad']


def test_frequent_words_come_in_a_fixed_order(data):
    words = frequent_words(read_sentences(data), least=35)
    assert words == ("thing", "a", "is", "good")


def test_negated_phrases_have_the_other_class_also_when_two_are_joined():
    source = PhraseSource(lexicon={"fine": 2.0, "awful": -3.0, "table": 0.1}, counts={"table": 50})
    drawn, classes = source.draw(400, np.random.default_rng(0))
    assert not any("table" in phrase for phrase in drawn)  # has no side
    parts = [re.split(",? and |, ", phrase) for phrase in drawn]
    for each, found in zip(parts, classes, strict=True):
        for phrase in each:
            negated = any(mark in phrase for mark in ("not", "n't", "never"))
            assert found == (("fine" in phrase) != negated)
    assert 0.4 < classes.mean() < 0.6
    assert np.mean([len(each) == 2 for each in parts]) == pytest.approx(0.4, abs=0.08)


def test_half_of_the_phrases_take_words_as_often_as_training_has_them():
    lexicon = {f"word{number}": 2.0 for number in range(100)}
    source = PhraseSource(lexicon=lexicon, counts={"word7": 30, "word8": 10})
    drawn, _ = source.draw(4000, np.random.default_rng(0))
    words = [word.strip(".,") for phrase in drawn for word in phrase.split() if word.startswith("word")]
    assert words.count("word7") / len(words) == pytest.approx(0.5 * 0.75 + 0.005, abs=0.03)
    assert words.count("word8") / len(words) == pytest.approx(0.5 * 0.25 + 0.005, abs=0.03)
    assert len(set(words)) == 100


def test_word_vectors_start_from_the_valence():
    vectors = valence_vectors(("fine", "table"), {"fine": 2.0}, np.random.default_rng(0), size=6)
    assert vectors.shape == (4, 6)
    np.testing.assert_allclose(vectors[2, :4], 0.5)
    np.testing.assert_allclose(vectors[3, :4], 0.0)
    assert 0 < np.abs(vectors[:, 4:]).max() <= 0.05


def test_the_lexicon_knows_good_from_bad():
    lexicon = read_lexicon()
    assert lexicon["excellent"] > 2 > 0 > lexicon["terrible"]
    assert all(-4 <= valence <= 4 for valence in lexicon.values())


def test_an_epoch_has_every_sentence_once_and_new_phrases_in_a_new_order(data):
    sentences = read_sentences(data)
    specification = TextSpecification(name="tokens", vocabulary=("thing", "is", "good"), maximum_length=9)
    source = PhraseSource(lexicon={"good": 3.0}, counts={})
    dataset = batches(specification, sentences, source, np.random.default_rng(0), size=32)
    first, second = (list(dataset.as_numpy_iterator()) for _ in range(2))
    for epoch in (first, second):
        assert sum(len(classes) for _, classes in epoch) == len(sentences) + PHRASES_PER_EPOCH
        assert len(epoch) == int(dataset.cardinality())
    assert not np.array_equal(first[0][1], second[0][1])
    inputs = np.concatenate([ids[ids > 0] for ids, _ in first])
    plain = encode(specification, [one.text for one in sentences]).inputs
    assert (inputs == UNKNOWN_ID).mean() > (plain[plain > 0] == UNKNOWN_ID).mean() * 0.5
