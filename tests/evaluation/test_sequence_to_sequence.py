"""The figures of a model that writes against sacrebleu and by hand."""

import keras
import numpy as np
import pytest
import sacrebleu
from scipy import stats

from attnviz.evaluation.running import evaluate
from attnviz.evaluation.sequence_to_sequence import metrics_of, token_matches
from attnviz.models.card import Card
from attnviz.models.decodings import Beam, Greedy
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.sequence_to_sequence import translator

SOURCE = TextSpecification(name="english", vocabulary=("i", "am", "cold", "hungry", "."), maximum_length=8)
OUTPUT = OutputSpecification(name="french", vocabulary=("je", "suis", "froid", "faim", "."), maximum_length=6)


@pytest.fixture(scope="module")
def writer():
    keras.utils.set_random_seed(4)
    model = translator(
        source_words=7, target_words=OUTPUT.size, source_name="english", target_name="french", embedding=8, units=8
    )
    model.set_weights([2.5 * one for one in model.get_weights()])  # untrained, but of many minds
    card = Card(name="toy", title="", description="", task="seq2seq", input=SOURCE, output=OUTPUT, outputs="logits")
    return LoadedModel(card=card, keras_model=model)


@pytest.fixture(scope="module")
def evaluation(writer, data_of):
    sources = ["hungry", "i am cold .", "i am hungry .", "cold cold ."]
    truths = np.array([writer.predict(sources[0], decoding=Greedy())["prediction"][0], "je suis froid", "xyz", "faim"])
    return evaluate(writer, data_of(writer, sources, truths.astype(object)), batch_size=3)


def named(figures):
    return {one.name: one for one in figures}


def test_what_is_written_is_what_greedy_writes(writer, evaluation):
    expected = [writer.predict(source, decoding=Greedy())["prediction"][0] for source in evaluation.data.sequences]
    assert list(evaluation.outputs) == expected
    assert list(evaluation.examples["right"]) == [True, *(one == two for one, two in zip(
        expected[1:], evaluation.data.targets[1:], strict=True))]  # fmt: skip
    assert evaluation.settings["decoding"] == "Greedy()"


def test_the_model_of_these_tests_writes_something(evaluation):
    assert len(set(evaluation.outputs)) > 1
    assert any(text.count(" ") for text in evaluation.outputs)


def test_a_beam_may_write_instead(writer, data_of):
    data = data_of(writer, ["i am cold ."], np.array(["je"], dtype=object))
    found = evaluate(writer, data, decoding=Beam(size=3))
    assert found.outputs[0] == writer.predict("i am cold .", decoding=Beam(size=3))["prediction"][0]


def test_the_loss_is_that_of_the_right_text(writer, evaluation):
    table = writer.predict("i am cold .", outputs="je suis froid")
    assert evaluation.examples["loss"].iloc[1] == pytest.approx(-table["log_probability"][0] / 4, rel=1e-4)
    assert np.isnan(evaluation.examples["loss"].iloc[2])  # the model has no such token
    loss = named(metrics_of(evaluation))["loss"]
    assert loss.examples == 3
    assert "1 left out" in loss.note


def test_figures_are_those_of_sacrebleu(evaluation):
    figures = named(metrics_of(evaluation))
    written, truths = list(evaluation.outputs), [list(evaluation.data.targets)]
    assert figures["BLEU"].value == pytest.approx(sacrebleu.corpus_bleu(written, truths).score)
    assert figures["chrF"].value == pytest.approx(sacrebleu.corpus_chrf(written, truths).score)
    assert figures["exact match"].value == evaluation.examples["right"].mean()
    for name in ("BLEU", "chrF"):
        assert figures[name].lower <= figures[name].value <= figures[name].upper
        assert "sacrebleu" in figures[name].note


def test_intervals_of_chrf_are_those_of_sacrebleu(evaluation):
    """Resampled by sacrebleu itself, which keeps the half of the width."""
    written, truths = list(evaluation.outputs) * 5, list(evaluation.data.targets) * 5
    from attnviz.evaluation.sequence_to_sequence import _corpus_figure

    metric = sacrebleu.CHRF()
    figure = _corpus_figure("chrF", sacrebleu.CHRF(), truths, written, "")
    theirs = metric.corpus_score(written, [truths], n_bootstrap=1000)
    assert (figure.upper - figure.lower) / 2 == pytest.approx(theirs._ci, rel=0.15)


def test_where_every_text_is_right_the_interval_is_wilsons(writer, data_of):
    truth = np.array([writer.predict("hungry", decoding=Greedy())["prediction"][0]] * 5, dtype=object)
    figure = named(metrics_of(evaluate(writer, data_of(writer, ["hungry"] * 5, truth))))["exact match"]
    assert (figure.value, figure.examples) == (1, 5)
    assert figure.lower == pytest.approx(stats.binomtest(5, 5).proportion_ci(method="wilson").low)
    assert "Wilson" in figure.note


def test_tokens_at_the_same_place_count(evaluation):
    assert token_matches(["a", "b", "c"], ["a", "x"]) == (1, 3)
    assert token_matches(["a"], ["a", "b", "c"]) == (1, 3)
    figure = named(metrics_of(evaluation))["token accuracy"]
    counts = [
        token_matches(truth.split(), text.split())
        for truth, text in zip(evaluation.data.targets, evaluation.outputs, strict=True)
    ]
    assert figure.value == pytest.approx(sum(one for one, _ in counts) / sum(all_of for _, all_of in counts))


def test_attention_is_that_of_the_writer(evaluation):
    assert evaluation.attention.reads == "english"
    assert all(place.query_axis == "french" for place in evaluation.attention.places)
    assert not np.isnan(evaluation.attention.entropy).any()
    assert set(evaluation.attention.tokens.sums["token"]) == {"i", "am", "cold", "hungry", "."}
