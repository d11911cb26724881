"""Every message of Explore, where it happens, with what was typed still there; Streamlit's own test harness runs it."""

import io
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.components.attention import Chosen, chosen_data
from attnviz.models.card import read_card, write_card
from benchmarks.toy_transformer import write_toy_transformer
from tests.app.linked import heads, layers, sent

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _messages(app: AppTest) -> str:
    assert not app.exception
    return " ".join(one.value.replace("\\", "") for one in (*app.error, *app.warning))


def _upload(app: AppTest, name: str, content: bytes) -> str:
    app.file_uploader(key="file").set_value((name, content, "application/octet-stream")).run()
    return _messages(app)


def test_the_page_opens_with_a_prediction():
    app = _open()
    assert app.title[0].value == "What does the model attend to?"
    assert app.selectbox(key="model").value == "sentiment"
    assert _messages(app) == ""
    assert layers(app) == ["attention", "pooling"]


def test_an_example_is_taken_with_a_click():
    app = _open(model="sentiment")
    example = attnviz.load_model("sentiment").card.examples[3].sequence
    app.pills(key="example").set_value(3).run()
    assert app.text_input(key="text").value == example
    assert _messages(app) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("   ", "empty"),
        ("Qwxyz vbnmtr", "Qwxyz"),
        ("a good zzzqqq film", "zzzqqq"),
        ("good " * 2000, "reads the first 64 and leaves out 1936 tokens"),
        ("<script>zzzqqq()</script>", "zzzqqq"),
    ],
)
def test_text_that_needs_a_word(text, message):
    app = _open(model="sentiment")
    app.text_input(key="text").set_value(text).run()
    assert message.lower() in _messages(app).lower()
    assert app.text_input(key="text").value == text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("", "There are no numbers"),
        ("1,2,3", "3"),
        (";".join(["0,0,0,0,0,0,0,0"] * 7), "7"),
        (";".join(["0,0,0,0,0,0,0,0"] * 9), "9"),
        (";".join(["0,0,0,0,0,0,0,nan"] * 8), "must be a finite number. Received: nan"),
        (";".join(["0,0,0,0,0,0,0,inf"] * 8), "must be a finite number. Received: inf"),
        (";".join(["0,0,0,0,0,0,0,0"] * 7 + ["1,2"]), "8"),
        (";".join(["0,0,0,0,0,0,0,words"] * 8), "words"),
        (";".join(["0,0,0,0,0,0,0,99"] * 8), "99"),
    ],
    ids=["empty", "features", "short", "long", "nan", "infinity", "ragged", "words", "range"],
)
def test_numbers_that_cannot_be_used(values, message):
    app = _open(model="digits")
    app.text_area(key="values").set_value(values).run()
    assert message.lower() in _messages(app).lower()
    assert app.text_area(key="values").value == values


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "empty"),
        ("data.exe", b"MZ", ".txt"),
        ("latin.txt", b"caf\x81\xff\x00", "UTF-8"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "line 3"),
        ("objects.npy", _npy(np.array([{"a": 1}], dtype=object)), "object"),
        ("broken.json", b'["a", ', "JSON"),
        ("numbers.json", b"[1, 2, 3]", "text"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n0000", "PNG"),
    ],
)
def test_files_that_cannot_be_used(name, content, message):
    app = _open(model="sentiment", text="still here")
    assert message.lower() in _upload(app, name, content).lower()
    assert app.text_input(key="text").value == "still here"


def test_a_file_over_the_operators_limit(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_UPLOAD_SEQUENCES", "2")
    app = _open(model="sentiment")
    assert "2" in _upload(app, "many.txt", b"one\ntwo\nthree\n")


def test_the_column_of_a_csv_is_guessed_and_can_be_chosen():
    app = _open(model="sentiment")
    assert _upload(app, "reviews.csv", b"name,review\nAnn,A very good film indeed.\nBob,Bad.\n") == ""
    column = next(one for one in app.selectbox if one.label == "Column")
    assert column.options == ["name", "review"]
    assert column.value == "review"


def test_a_link_restores_every_choice():
    app = _open(model="sentiment", text="A kind waiter.", layer="attention", query="2 kind", scale="log", shared="yes")
    assert app.text_input(key="text").value == "A kind waiter."
    assert sent(app)["chosen"] == chosen_data(Chosen(map=0, head="mean", query=1, scale="log", shared=True))
    assert _messages(app) == ""


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("model", "nowhere"),
        ("layer", "attention_99"),
        ("head", "17"),
        ("query", "5 nothing"),
        ("scale", "weird"),
        ("shared", "perhaps"),
    ],
)
def test_a_link_to_something_that_does_not_exist(parameter, value):
    app = _open(**{"text": "A kind waiter.", parameter: value})
    assert f"The link asks for the {parameter} '{value}', which does not exist here" in _messages(app)
    next(one for one in app.button if one.label == "Dismiss").click().run()
    assert _messages(app) == ""
    assert app.text_input(key="text").value == "A kind waiter."


def test_numbers_out_of_range_reach_the_page_from_the_grid_too():
    app = _open(model="digits", values=";".join(["0,0,0,0,0,0,0,0"] * 7 + ["0,0,0,0,0,0,0,-3"]))
    assert "-3" in _messages(app)


def test_a_change_of_model_clamps_what_the_other_lacks():
    app = _open(model="sentiment", layer="pooling")
    app.selectbox(key="model").set_value("digits").run()
    assert not app.exception
    assert layers(app) == [one.name for one in attnviz.load_model("digits").capture([np.zeros((8, 8))]).maps]
    assert sent(app)["chosen"]["map"] < len(sent(app)["meta"]["maps"])


def test_an_example_of_another_model_makes_room_and_what_was_typed_stays():
    app = _open(model="sentiment")
    app.selectbox(key="model").set_value("dates").run()
    assert app.text_input(key="text").value == attnviz.load_model("dates").card.examples[0].sequence
    app.text_input(key="text").set_value("3 May 2021").run()
    app.selectbox(key="model").set_value("sentiment").run()
    assert app.text_input(key="text").value == "3 May 2021"


def test_numbers_that_another_model_cannot_read_make_room():
    app = _open(model="digits")
    digit = app.text_area(key="values").value
    app.selectbox(key="model").set_value("digits_vit").run()
    assert app.text_area(key="values").value == digit
    app.selectbox(key="model").set_value("forecast").run()
    assert _messages(app) == ""
    assert len(app.text_area(key="values").value.split()) == 33


def test_a_chosen_query_is_let_go_with_its_text():
    app = _open(model="sentiment", text="A kind waiter.", query="3 waiter")
    assert sent(app)["chosen"]["query"] == 2
    app.text_input(key="text").set_value("Good.").run()
    assert sent(app)["chosen"]["query"] is None
    assert "query" not in app.query_params
    assert _messages(app) == ""


@pytest.fixture
def operators_models(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNVIZ_MODELS", str(tmp_path))
    cache.forget_shared_models()
    yield tmp_path
    cache.forget_shared_models()


def test_heads_of_an_operators_model(operators_models):
    write_toy_transformer(operators_models / "toy_transformer")
    app = _open(model="toy_transformer", head="3")
    assert heads(app) == 4
    assert sent(app)["chosen"]["head"] == 2
    assert _messages(app) == ""
    tokens, every = (one.value for one in app.dataframe[-2:])
    capture = attnviz.load_model("toy_transformer").capture(app.text_input(key="text").value)
    received = capture.maps[0].weights[0, 2].mean(axis=0)[: len(tokens)]
    np.testing.assert_allclose(tokens["attention received"], received, atol=1e-6)
    assert len(every) == 4


def test_outputs_at_every_position_show_as_predictions_per_token(operators_models):
    folder = operators_models / "tagger"
    write_toy_transformer(folder)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = attnviz.SelfAttention(name="own")(keras.layers.Embedding(20, 4)(tokens))
    keras.Model(tokens, keras.layers.Dense(2, activation="softmax")(hidden)).save(folder / "model.keras")
    write_card(replace(read_card(folder), name="tagger", task="token_classification"), folder)
    app = _open(model="tagger", text="the soup was good")
    expected = attnviz.load_model("tagger").predict("the soup was good")
    shown = app.dataframe[0].value
    assert list(shown["token"]) == ["the", "soup", "was", "good"]
    assert list(shown["prediction"]) == list(expected["prediction"])


def test_the_tables_hold_the_numbers_of_the_capture():
    app = _open(model="sentiment", text="A kind waiter.", layer="attention")
    weights = attnviz.load_model("sentiment").capture("A kind waiter.").map_of("attention").weights[0, 0]
    tokens, heads = (one.value for one in app.dataframe[-2:])
    np.testing.assert_allclose(tokens["attention received"], weights.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(tokens["to itself"], np.diag(weights), atol=1e-6)
    entropy = -(weights * np.log(weights)).sum(axis=-1)
    np.testing.assert_allclose(tokens["entropy (nats)"], entropy, atol=1e-5)
    assert len(heads) == 1
