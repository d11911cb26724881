import csv

import numpy as np

from attnviz.evaluation.labelled import Columns, data_for_training
from attnviz.sequences.text import split_words
from attnviz.training.architecture_list import ARCHITECTURES
from attnviz.training.opinions import BAD, FILE, GOOD, opinions, opinions_data
from attnviz.training.training_run import fit

DECIDING = {*GOOD, *BAD}


def test_the_file_is_what_the_script_writes():
    with FILE.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["text", "label"], *map(list, opinions())]
    assert opinions_data().columns == ("text", "label")


def test_opinions_differ_and_one_word_or_its_negation_decides():
    written = opinions(300, seed=4)
    assert len({text for text, _ in written}) == 300
    assert sum(label == "positive" for _, label in written) == 150
    for text, label in written:
        words = [word.lower() for word in split_words(text)]
        (deciding,) = DECIDING & set(words)
        negated = bool({"not", "never"} & set(words))
        assert ((deciding in GOOD) != negated) == (label == "positive")


def test_the_first_training_of_a_newcomer_learns_and_attends_to_what_decides():
    data = data_for_training(opinions_data(), "classification", Columns(inputs=("text",), label="label"))
    trained = fit("bilstm_pooling", data, settings=ARCHITECTURES["bilstm_pooling"].default_settings(epochs=10))
    assert trained.test_metrics[0].value > 0.9
    assert next(one.value for one in trained.baselines if one.note.startswith("Naive Bayes")) < 0.8
    known = {text for text, _ in opinions()}
    texts = [text for text, _ in opinions(1000, seed=1) if text not in known][:60]
    capture = trained.model.capture(texts)
    places = capture.maps[0].weights[:, 0, 0].argmax(axis=-1)
    attended = [labels[place].lower() for labels, place in zip(capture.sequences["tokens"], places, strict=True)]
    assert np.mean([word in DECIDING for word in attended]) > 0.7
