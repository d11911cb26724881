"""Models that write, on Explore: how they write, what else they found, and "why not this one?"."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Beam, Greedy, Sampled
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.layers import AttentionLayerWithWeights
from attnviz.models.card import Card, Example, write_card
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from tests.app.linked import sent

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
COLD = "I am cold."
READING = "She is reading a book."  # the length penalty decides here


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


@pytest.fixture(scope="module")
def translation():
    return attnviz.load_model("translation")


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in {"model": "translation", "text": COLD, **parameters}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _plain(text: str) -> str:
    return text.replace("\\", "").replace("\u2007", "")


def _messages(app: AppTest) -> str:
    assert not app.exception
    return " ".join(_plain(one.value) for one in (*app.error, *app.warning))


def _words(app: AppTest) -> str:
    assert not app.exception
    return " ".join(_plain(one.value) for one in app.markdown)


def _written(app: AppTest) -> str:
    """What the page says that the model writes."""
    (said,) = [_plain(one.value) for one in app.markdown if one.value.startswith("**It writes.**")]
    return said.removeprefix("**It writes.** ").rsplit(" (", 1)[0]


def _found(app: AppTest) -> list[str]:
    return [] if not app.radio else [_plain(one) for one in app.radio(key="outputs").options]


def _tokens(app: AppTest):
    """The table of the output that is looked at."""
    (table,) = [one.value for one in app.dataframe if "most probable there" in one.value]
    return table


def _expected(table) -> list[str]:
    return [f"`{row.probability:.1%}` {row.prediction}" for row in table.itertuples()]


@pytest.mark.parametrize("size", [1, 2, 6])
def test_the_beam_size_is_how_many_outputs_there_are(translation, size):
    app = _open()
    app.number_input(key="beam").set_value(size).run()
    expected = translation.write(COLD, decoding=Beam(size=size))
    assert len(expected) == size
    assert _written(app) == expected["prediction"][0]
    assert _found(app) == (_expected(expected) if size > 1 else [])


def test_the_length_penalty_decides_which_output_comes_first(translation):
    app = _open(text=READING)
    longer = translation.write(READING)["prediction"][0]
    assert _written(app) == longer
    app.number_input(key="penalty").set_value(0.0).run()
    shorter = translation.write(READING, decoding=Beam(length_penalty=0.0))["prediction"][0]
    assert _written(app) == shorter
    assert len(shorter) < len(longer)


def test_greedy_writes_one_output(translation):
    app = _open(text=READING)
    app.segmented_control(key="decoding").set_value("greedy").run()
    assert _written(app) == translation.write(READING, decoding=Greedy())["prediction"][0]
    assert _found(app) == []


def test_sampling_draws_again_with_the_next_seed_and_another_temperature(translation):
    app = _open(text=READING, decoding="sampled")
    drawn = {_written(app)}
    assert drawn == set(translation.write(READING, decoding=Sampled())["prediction"])
    for seed in (1, 2, 3):
        next(one for one in app.button if one.label == "Draw again").click().run()
        assert app.number_input(key="seed").value == seed
        assert _written(app) == translation.write(READING, decoding=Sampled(seed=seed))["prediction"][0]
        drawn.add(_written(app))
    assert len(drawn) > 1
    hot = Sampled(temperature=3.0, seed=3)
    app.number_input(key="temperature").set_value(3.0).run()
    assert _written(app) == translation.write(READING, decoding=hot)["prediction"][0]
    assert _written(app) not in drawn


def test_an_output_that_is_chosen_is_looked_at(translation):
    app = _open()
    app.radio(key="outputs").set_value(1).run()
    second = translation.write(COLD)["prediction"][1]
    assert app.text_input(key="output").value == second
    assert app.radio(key="outputs").value == 1
    capture = translation.capture(COLD, outputs=second)
    own = translation.token_probabilities(capture)
    assert list(_tokens(app)["token"]) == list(own["token"])
    np.testing.assert_allclose(_tokens(app)["probability"], own["probability"], atol=1e-5)
    assert f"“{second}”, token by token" in _words(app)
    assert "in place 2" in _words(app)
    queries, keys = (axis["labels"] for axis in sent(app)["meta"]["axes"])
    assert queries == list(own["token"])  # its attention is what is shown
    assert keys == ["I", "am", "cold", "."]
    app.radio(key="outputs").set_value(0).run()
    assert app.text_input(key="output").value == ""
    assert list(_tokens(app)["token"]) == ["j'", "ai", "froid", ".", "<end>"]


def test_why_not_this_one(translation):
    app = _open()
    app.text_input(key="output").set_value("Je gèle.").run()
    assert _messages(app) == ""
    table = translation.predict(COLD, outputs="Je gèle.")
    assert table["probability"][0] < 1e-6
    assert "“Je gèle.” has a probability of " in _words(app)
    assert "times less probable than “J'ai froid.” (60.3%)." in _words(app)
    assert "The least probable token is “gèle”" in _words(app)
    assert list(_tokens(app)["token"]) == ["je", "gèle", ".", "<end>"]
    assert _tokens(app)["log-probability (nats)"].sum() == pytest.approx(table["log_probability"][0], abs=1e-4)
    assert app.radio(key="outputs").value is None
    assert _written(app) == "J'ai froid."
    next(one for one in app.button if one.label == "Back to what it writes").click().run()
    assert app.text_input(key="output").value == ""
    assert app.radio(key="outputs").value == 0


def test_what_it_writes_anyway_is_said():
    app = _open(output="j'ai froid .")  # typed another way, the same tokens
    assert "That is what it writes." in _words(app)
    assert app.radio(key="outputs").value == 0


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("J'ai xylofroid et zwquoi.", "The model cannot write “xylofroid”, “zwquoi”: it writes"),
        ("   ", "The output is empty."),
        ("froid " * 40, "The output may have at most 39 tokens. Received: 40."),
        ("<script>alert(1)</script>", "The model cannot write “<”"),
    ],
)
def test_outputs_that_cannot_be_written(output, message):
    app = _open()
    app.text_input(key="output").set_value(output).run()
    assert message in _messages(app)
    assert _written(app) == "J'ai froid."
    assert list(_tokens(app)["token"]) == ["j'", "ai", "froid", ".", "<end>"]  # what it wrote is still looked at
    assert app.text_input(key="output").value == output


def test_another_output_goes_with_its_sentence():
    app = _open(output="Je suis froid.")
    assert app.text_input(key="output").value == "Je suis froid."
    app.text_input(key="text").set_value("Where is the station?").run()
    assert app.text_input(key="output").value == ""
    assert _written(app) == "Où est la gare ?"


def test_another_output_stays_when_the_decoding_changes():
    app = _open(output="Je suis froid.")
    app.segmented_control(key="decoding").set_value("greedy").run()
    assert app.text_input(key="output").value == "Je suis froid."
    assert "“Je suis froid.” has a probability of 22.8%: 2.7 times less probable" in _words(app)


@pytest.mark.parametrize(
    ("link", "decoding"),
    [
        ({"beam": "3", "penalty": "1.2"}, Beam(size=3, length_penalty=1.2)),
        ({"decoding": "greedy"}, Greedy()),
        ({"decoding": "sampled", "temperature": "2.5", "seed": "7"}, Sampled(temperature=2.5, seed=7)),
    ],
)
def test_a_link_restores_the_decoding_and_the_output(translation, link, decoding):
    app = _open(text=READING, output="Elle lit.", **link)
    assert _messages(app) == ""
    assert _written(app) == translation.write(READING, decoding=decoding)["prediction"][0]
    for name, value in link.items():
        if name != "decoding":
            assert app.number_input(key=name).value == float(value)
    assert list(_tokens(app)["token"]) == ["elle", "lit", ".", "<end>"]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"decoding": "magic"}, "The link asks for the decoding 'magic', which does not exist here; 'beam' is"),
        ({"beam": "11"}, "the beam size '11', which must be a whole number from 1 to 10; 4 is used instead"),
        ({"beam": "2.5"}, "the beam size '2.5', which must be a whole number from 1 to 10; 2 is used instead"),
        ({"beam": "wide"}, "the beam size 'wide', which must be a whole number from 1 to 10; 4 is used instead"),
        ({"penalty": "-1"}, "the length penalty '-1', which must be a number from 0.0 to 2.0; 0.6 is used instead"),
        ({"penalty": "nan"}, "the length penalty 'nan', which must be a number from 0.0 to 2.0; 0.6 is used instead"),
        ({"decoding": "sampled", "temperature": "0"}, "the temperature '0', which must be a number from 0.1 to 5.0"),
        ({"decoding": "sampled", "temperature": "inf"}, "the temperature 'inf', which must be a number"),
        ({"decoding": "sampled", "seed": "-3"}, "the seed '-3', which must be a whole number from 0 to 2147483647; 0"),
        ({"decoding": "sampled", "seed": "1e99"}, "the seed '1e99', which must be a whole number from 0 to 21474836"),
        ({"output": "zwquoi"}, "The model cannot write “zwquoi”"),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said(translation, link, message):
    app = _open(**link)
    assert message in _messages(app)
    sampled = link.get("decoding") == "sampled"
    size = {"2.5": 2}.get(link.get("beam", ""), 4)
    decoding = Sampled() if sampled else Beam(size=size)
    assert _written(app) == translation.write(COLD, decoding=decoding)["prediction"][0]
    assert len(_found(app)) == (0 if sampled else size)


def test_an_output_without_an_end_is_said_to_be_unfinished(translation):
    drawn = {seed: translation.write("a a a", decoding=Sampled(temperature=5.0, seed=seed)) for seed in range(8)}
    ends = {bool(table["finished"][0]): seed for seed, table in drawn.items()}
    for finished, seed in ends.items():
        app = _open(text="a a a", decoding="sampled", temperature="5.0", seed=str(seed))
        assert _written(app) == drawn[seed]["prediction"][0]
        said = "Not finished: it writes at most 40 tokens." in [one.value for one in app.caption]
        assert said is not finished
    assert False in ends


def test_models_that_write_nothing_have_no_such_controls():
    app = _open(model="sentiment", text="A kind waiter.", output="Un gentil garçon.", beam="2")
    assert _messages(app) == ""
    assert not app.number_input
    assert not [one for one in app.text_input if one.key == "output"]


def test_dates_are_written_in_all_these_ways_too():
    app = _open(model="dates", text="3/12/21")
    assert _written(app) == "2021-12-03"
    app.text_input(key="output").set_value("2021-03-12").run()  # the month first
    assert "“2021-03-12” has a probability of " in _words(app)
    tokens = _tokens(app)
    assert "".join(tokens["token"][:-1]) == "2021-03-12"
    assert tokens["rank"].tolist()[:5] == [1] * 5  # the year is the same in both
    assert tokens["most probable there"][5] == "1"  # and the first digit of the month is where they part
    assert tokens["probability"][5] < 1e-3
    app.text_input(key="output").set_value("2021/03/12").run()
    assert "The model cannot write “/”: it writes 11 tokens, and no others: “-”, “0”" in _messages(app)
    app.segmented_control(key="decoding").set_value("greedy").run()
    assert _written(app) == "2021-12-03"


@pytest.fixture
def coin(tmp_path, monkeypatch):
    """An operator's model that at every place writes "a" with a probability of 0.7 and else ends; up to 3 tokens."""
    folder = tmp_path / "coin"
    folder.mkdir()
    source = TextSpecification(name="read", vocabulary=("x", "y"), maximum_length=4)
    output = OutputSpecification(name="written", vocabulary=("a",), maximum_length=3)
    read = keras.Input((None,), dtype="int32", name="read")
    written = keras.Input((None,), dtype="int32", name="written")
    values, queries = layers.Embedding(4, 2)(read), layers.Embedding(output.size, 2)(written)
    found, _ = AttentionLayerWithWeights(name="attention")([queries, values, values])
    logits = np.full(output.size, -100.0)
    logits[[output.end_id, output.ids["a"]]] = np.log([0.3, 0.7])
    last = layers.Dense(
        output.size, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(logits.tolist())
    )
    keras.Model([read, written], last(found)).save(folder / "model.keras")
    example = Example(sequence="x y", prediction="a a")
    card = Card(name="coin", title="", description="", task="seq2seq", input=source, output=output, outputs="logits")
    write_card(replace(card, examples=(example,)), folder)
    monkeypatch.setenv("ATTNVIZ_MODELS", str(tmp_path))
    cache.forget_shared_models()
    yield "coin"
    cache.forget_shared_models()


def test_outputs_worked_by_hand_and_one_that_is_empty(coin):
    # 0.7 × 0.7 × 0.3 = 0.147, 0.7 × 0.3 = 0.21 and 0.3, and divided by their penalties the longest is worth most:
    # ln 0.147 / (8 / 6)² = -1.08, ln 0.21 / (7 / 6)² = -1.15 and ln 0.3 = -1.20.
    app = _open(model=coin, text="x y", penalty="2.0")
    assert _messages(app) == ""
    assert _found(app) == ["`14.7%` a a", "`21.0%` a", "`30.0%` <end>"]
    app.radio(key="outputs").set_value(2).run()
    assert _messages(app) == ""
    assert app.text_input(key="output").value == "<end>"
    assert "“<end>” has a probability of 30.0%: 2.0 times more probable than “a a” (14.7%)." in _words(app)
    assert "The beam found it too, in place 3: the length penalty prefers the longer one." in _words(app)
    (row,) = _tokens(app).itertuples(index=False)
    assert (row.token, row.rank) == ("<end>", 2)
    assert [row.probability, row[3]] == pytest.approx([0.3, 0.7], abs=1e-5)
    app.number_input(key="penalty").set_value(0.0).run()
    assert _found(app) == ["`30.0%` <end>", "`21.0%` a", "`14.7%` a a"]
    assert "That is what it writes." in _words(app)
    app.text_input(key="output").set_value("a").run()
    assert "“a” has a probability of 21.0%: 1.4 times less probable than “<end>” (30.0%)." in _words(app)
    assert _tokens(app)["probability"].tolist() == pytest.approx([0.7, 0.3], abs=1e-5)
