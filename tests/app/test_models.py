"""The Models page: what it lists, and the way of an uploaded model from its file to Explore."""

import gc
import io
import json
import os
import weakref
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache, uploaded
from attnviz.app.jobs import preload
from attnviz.app.model_page import card_file
from attnviz.app.model_upload import _CHECK
from attnviz.app.words import WORD_JOINER
from attnviz.errors import InputError
from attnviz.models.card import Card, card_to_dict
from attnviz.models.loaded import LoadedModel
from attnviz.models.untrusted.checking import CheckedUpload
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.sequence_to_sequence import translator
from benchmarks.toy_transformer import VOCABULARY, write_toy_transformer
from tests.app.linked import heads, prediction

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
MODELS = "page_scripts/models.py"
MARKUP = "<b>bold</b> $x^2$ [link](http://x.y) :red[red] `code`"


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "toy"
    write_toy_transformer(folder)
    return folder


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page(MODELS).run()
    assert not app.exception
    return app


def _upload(app: AppTest, name: str, content: bytes) -> AppTest:
    """Upload a file and wait until it has been checked, as the page does by looking again and again."""
    uploader = next(one for one in app.file_uploader if "model.keras" in one.label)
    uploader.set_value((name, content, "application/octet-stream")).run()
    if _CHECK in app.session_state:
        app.session_state[_CHECK].future.exception(timeout=120)
        app.run()
        app.run()
    assert not app.exception
    return app


def _zipped(model: bytes, card: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model.keras", model)
        archive.writestr("card.json", card)
    return buffer.getvalue()


def _folder_zipped(folder: Path, **changes: object) -> bytes:
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return _zipped((folder / "model.keras").read_bytes(), json.dumps({**card, **changes}).encode())


def _errors(app: AppTest) -> str:
    assert not app.exception
    return " ".join(one.value.replace("\\", "") for one in app.error)


def _names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["model"])


def _text(app: AppTest, label: str):
    return next(one for one in (*app.text_input, *app.text_area) if one.label.startswith(label))


def _press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
    return app


def _select(app: AppTest, label: str, option: str) -> AppTest:
    return next(one for one in app.selectbox if one.label == label).select(option).run()


def _vocabulary(app: AppTest, content: bytes, name: str = "vocabulary.txt") -> AppTest:
    uploader = next(one for one in app.file_uploader if one.label.startswith("Vocabulary"))
    return uploader.set_value((name, content, "text/plain")).run()


def test_the_shipped_models_are_listed_and_the_chosen_one_is_described():
    app = _open(model="digits")
    assert set(_names(app)) >= {"sentiment", "digits"}
    tasks = dict(app.dataframe[0].value[["model", "task"]].itertuples(index=False))
    assert (tasks["sentiment"], tasks["translation"]) == ("classification", "sequence to sequence")
    card = attnviz.load_model("digits").card
    assert app.header[-1].value == card.title
    capture = attnviz.load_model("digits").capture([card.examples[0].sequence])
    layers = app.dataframe[1].value
    assert list(layers["layer"]) == [one.layer for one in capture.maps]
    assert list(layers["heads"]) == [one.heads for one in capture.maps]
    assert f"{card.parameters:,}" in " ".join(one.value.replace("\\", "") for one in app.markdown)
    assert list(app.table[0].value["figure"]) == [one.name for one in (*card.metrics, *card.baselines)]
    assert "Total params: 78,346" in app.code[0].value


def test_a_link_to_a_model_that_is_not_here_is_said():
    app = _open(model="somebody's (yours)")
    assert "The link asks for the model" in " ".join(one.value.replace("\\", "") for one in app.warning)
    assert app.header[-1].value == attnviz.load_model("sentiment").card.title


def test_the_operators_models_are_listed(toy, monkeypatch):
    monkeypatch.setenv("ATTNVIZ_MODELS", str(toy.parent))
    cache.forget_shared_models()
    try:
        table = _open(model="toy").dataframe[0].value.set_index("model")
    finally:
        monkeypatch.undo()
        cache.forget_shared_models()
    assert table.loc["toy", "from"] == "this server"
    assert table.loc["sentiment", "from"] == "attnviz"


def test_a_zip_with_a_card_opens_without_questions(toy):
    app = _upload(_open(), "anything.zip", _folder_zipped(toy))
    assert _errors(app) == ""
    assert _names(app)[0] == "toy (yours)"
    assert app.header[-1].value == "Toy transformer"
    assert list(app.dataframe[1].value["heads"]) == [4, 4]
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "toy (yours)"
    app.run()
    assert not app.exception
    assert app.selectbox(key="model").value == "toy (yours)"
    assert heads(app) == 4
    assert any("only this tab has it" in one.value for one in app.caption)
    assert not any("made up" in one.value for one in app.caption)


def test_a_card_that_holds_markup_shows_it_as_text(toy):
    app = _upload(_open(), "model.zip", _folder_zipped(toy, title=MARKUP, description=MARKUP, data=MARKUP))
    shown = [one.value for one in (*app.header, *app.markdown) if "bold" in one.value]
    assert len(shown) == 3
    for value in shown:
        assert value.replace(f"http{WORD_JOINER}", "HTTP").endswith(
            r"\<b\>bold\<\/b\> \$x^2\$ \[link\]\(HTTP\:\/\/x\.y\) \:red\[red\] \`code\`"
        )


def test_a_model_without_a_card_is_asked_for_it_and_its_card_opens_it_again(toy):
    content = (toy / "model.keras").read_bytes()
    app = _upload(_open(), "own.keras", content)
    assert "What is own?" in [one.value for one in app.subheader]
    _press(app, "Open the model")
    assert "`input.vocabulary` must be given" in _errors(app)
    _vocabulary(app, b"the\nthe\n")
    assert "must hold each token once" in _errors(app)
    _vocabulary(app, "\n".join(VOCABULARY).encode())
    _text(app, "Names of the 2 classes").set_value("bad\ngood\nugly").run()
    _press(app, "Open the model")
    assert "must name each of the model's 2 classes" in _errors(app)
    _select(app, "What does it do?", "regression")
    assert _errors(app) == ""  # there are no classes any more
    _select(app, "What does it do?", "classification")
    _text(app, "Names of the 2 classes").set_value("bad\ngood").run()
    _text(app, "Title").set_value("My model").run()
    _press(app, "Open the model")
    assert _errors(app) == ""
    assert _names(app)[0] == "own (yours)"
    assert app.header[-1].value == "My model"
    assert "Card" in [one.proto.label for one in app.get("download_button")]
    yours = app.session_state["uploaded models"]["own (yours)"]
    assert yours.card.classes == ("bad", "good")
    written = card_file(yours.card)  # what the button hands over
    assert json.loads(written)["name"] == "own"
    again = _upload(_open(), "again.zip", _zipped(content, written))
    assert _names(again)[0] == "own (yours)"
    assert again.session_state["uploaded models"]["own (yours)"].card == yours.card
    for opened in (app, again):  # the example is said to be made up, by the card that was downloaded too
        opened.switch_page("page_scripts/explore.py")
        opened.query_params["model"] = "own (yours)"
        opened.run()
        assert not opened.exception
        assert any("The example is made up" in one.value for one in opened.caption)


def test_what_was_wrong_with_one_model_is_not_said_of_the_next(toy, tmp_path):
    content = (toy / "model.keras").read_bytes()
    app = _upload(_open(), "own.keras", content)
    _vocabulary(app, "\n".join(VOCABULARY).encode())
    _text(app, "Name").set_value("a/b").run()
    _press(app, "Open the model")
    assert "Received: 'a/b'" in _errors(app)
    numbers = keras.Input((6, 2))
    _upload(app, "numbers.keras", _saved(keras.Model(numbers, keras.layers.Dense(1)(numbers)), tmp_path))
    assert "What is numbers?" in [one.value.replace("\\", "") for one in app.subheader]
    assert _errors(app) == ""
    _upload(app, "own.keras", content)
    _press(app, "Open the model")
    assert "`input.vocabulary` must be given" in _errors(app)
    _press(app, "Discard")
    _upload(app, "own.keras", content)
    assert _errors(app) == ""


def test_a_model_whose_texts_are_padded_in_front_says_so_in_its_form(tmp_path):
    ids = keras.Input((7,), dtype="int32", name="tokens")
    words = keras.layers.Embedding(5, 4)(ids)
    attended = keras.layers.MultiHeadAttention(2, 2)(words, words)
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(attended))
    model = keras.Model(ids, outputs)
    app = _upload(_open(), "front.keras", _saved(model, tmp_path))
    _vocabulary(app, b"good\nsoup\ncold\n")
    _select(app, "Shorter texts are padded", "left")
    _press(app, "Open the model")
    assert _errors(app) == ""
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "front (yours)"
    app.query_params["text"] = "cold soup"
    app.run()
    expected = model(np.array([[0, 0, 0, 0, 0, 4, 3]])).numpy()[0]
    shown = prediction(app)
    assert shown["title"] == f"Prediction: class {expected.argmax()} ({expected.max():.1%})"
    assert [float(one) for one in shown["values"]] == pytest.approx(expected.tolist(), abs=2e-6)


def test_a_model_that_writes_texts_is_described_and_its_text_is_shown(tmp_path):
    source = TextSpecification(name="english", vocabulary=("i", "am", "cold"), maximum_length=6)
    output = OutputSpecification(name="french", vocabulary=("ai", "froid"), maximum_length=4)
    keras.utils.set_random_seed(3)
    names = {"source_name": "english", "target_name": "french", "embedding": 4, "units": 4}
    model = translator(source_words=5, target_words=output.size, **names)
    card = Card(
        name="toy", title="To French", description="", task="seq2seq", input=source, output=output, outputs="logits"
    )
    written = json.dumps(card_to_dict(card)).encode()
    app = _upload(_open(), "toy.zip", _zipped(_saved(model, tmp_path), written))
    assert _errors(app) == ""
    assert app.header[-1].value == "To French"
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "toy (yours)"
    app.query_params["text"] = "i am cold"
    app.run()
    assert _errors(app) == ""
    expected = LoadedModel(card=card, keras_model=model).predict("i am cold").iloc[0]
    shown = " ".join(one.value for one in app.markdown).replace("\\", "")
    assert f"It writes.** {expected['prediction'] or '<end>'} ({expected['probability']:.1%})" in shown


def test_the_predictions_of_an_upload_are_the_models_own(toy):
    app = _upload(_open(), "model.zip", _folder_zipped(toy))
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "toy (yours)"
    app.query_params["text"] = "we was good"
    app.run()
    ids = np.array([[VOCABULARY.index(word) + 2 for word in ["we", "was", "good"]]])
    expected = keras.models.load_model(toy / "model.keras")(ids).numpy()[0]
    shown = prediction(app)
    assert shown["names"] == ["first", "second"]
    assert shown["title"] == f"Prediction: {shown['names'][expected.argmax()]} ({expected.max():.1%})"
    assert [float(one) for one in shown["values"]] == pytest.approx(expected.tolist(), abs=2e-6)


def _saved(model: keras.Model, tmp_path: Path) -> bytes:
    model.save(tmp_path / "saved.keras")
    return (tmp_path / "saved.keras").read_bytes()


def test_a_model_of_numbers_is_opened_with_what_it_says_of_itself(tmp_path):
    steps = keras.Input((6, 2), name="weather")
    attended = keras.layers.MultiHeadAttention(2, 4, name="days")(steps, steps)
    model = keras.Model(steps, keras.layers.Dense(1)(keras.layers.Flatten()(attended)))
    app = _upload(_open(), "rain.keras", _saved(model, tmp_path))
    assert [one.value for one in app.text_area] == ["feature 1\nfeature 2"]
    _press(app, "Open the model")
    assert "What does the model predict, in which unit?" in _errors(app)
    _text(app, "What it predicts").set_value("rain (mm)").run()
    assert _errors(app) == ""
    _text(app, "Names of the numbers").set_value("temperature\nhumidity").run()
    _press(app, "Open the model")
    assert _errors(app) == ""
    assert list(app.dataframe[1].value["heads"]) == [2]
    card = app.session_state["uploaded models"]["rain (yours)"].card
    assert (card.input.features, card.input.length, card.target) == (("temperature", "humidity"), 6, "rain (mm)")
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "rain (yours)"
    app.query_params["values"] = "1,2;3,4;5,6;7,8;9,10;11,12"
    app.run()
    numbers = np.arange(1, 13, dtype="float32").reshape(1, 6, 2)
    assert app.metric[0].value == f"{model(numbers).numpy()[0, 0]:.4g}"


def test_a_model_with_several_labels_says_why_it_has_no_task(tmp_path):
    steps = keras.Input((6, 2))
    attended = keras.layers.MultiHeadAttention(2, 4)(steps, steps)
    model = keras.Model(steps, keras.layers.Dense(3, activation="sigmoid")(keras.layers.Flatten()(attended)))
    app = _upload(_open(), "labels.keras", _saved(model, tmp_path))
    said = [one.value for one in app.info]
    assert any("each through a sigmoid of its own" in one and "several labels" in one for one in said), said
    _select(app, "What does it do?", "regression")
    assert not app.info
    _select(app, "What does it do?", "features")
    _press(app, "Open the model")
    assert _errors(app) == ""
    assert list(app.dataframe[1].value["heads"]) == [2]


def test_a_model_that_holds_its_vocabulary_is_not_asked_for_it(tmp_path):
    vectorize = keras.layers.TextVectorization(vocabulary=["good", "soup", "cold"], output_sequence_length=5)
    texts = keras.Input((), dtype="string", name="texts")
    words = keras.layers.Embedding(5, 4)(vectorize(texts))
    attended = keras.layers.MultiHeadAttention(2, 2)(words, words)
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling1D()(attended))
    app = _upload(_open(), "raw.keras", _saved(keras.Model(texts, outputs), tmp_path))
    assert not [one for one in app.file_uploader if one.label.startswith("Vocabulary")]
    _press(app, "Open the model")
    assert _errors(app) == ""
    app.switch_page("page_scripts/explore.py")
    app.query_params["model"] = "raw (yours)"
    app.query_params["text"] = "good soup"
    app.run()
    assert not app.exception
    assert _errors(app) == ""
    assert heads(app) == 2


def _keras_with_lambda(tmp_path: Path) -> bytes:
    inputs = keras.Input((3,))
    keras.Model(inputs, keras.layers.Lambda(lambda values: values * 2)(inputs)).save(tmp_path / "lambda.keras")
    return (tmp_path / "lambda.keras").read_bytes()


def test_a_refusal_stands_at_the_uploader_and_the_page_goes_on(tmp_path, toy):
    app = _upload(_open(), "model.keras", _keras_with_lambda(tmp_path))
    assert "Lambda" in _errors(app)
    _upload(app, "model.h5", b"\x89HDF\r\n\x1a\n rest")
    assert "old HDF5 format" in _errors(app)
    assert "keras.models.load_model('model.h5'" in " ".join(one.value for one in app.code)
    _upload(app, "model.zip", _folder_zipped(toy, task="juggling"))
    assert "`task` of card" in _errors(app)
    assert _names(app)[0] == "sentiment"
    _upload(app, "model.zip", _folder_zipped(toy))
    assert _errors(app) == ""
    assert _names(app)[0] == "toy (yours)"


def test_a_session_keeps_as_many_models_as_it_may(toy):
    app = _upload(_open(), "one.zip", _folder_zipped(toy))
    _upload(app, "two.zip", _folder_zipped(toy))
    assert _names(app)[:2] == ["toy (yours)", "toy 2 (yours)"]
    _upload(app, "three.zip", _folder_zipped(toy))
    assert "This tab holds 2 uploaded models, the most that it may: remove one first." in _errors(app)
    _press(app, "Remove")
    assert _errors(app) == ""
    _upload(app, "three.zip", _folder_zipped(toy))
    assert _errors(app) == ""
    assert len([name for name in _names(app) if name.endswith("(yours)")]) == 2


def test_all_sessions_together_keep_no_more_than_the_operator_allows(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_MODELS_MEGABYTES", "1")
    monkeypatch.setattr(uploaded, "_taken", weakref.WeakSet())  # the other tests' sessions hold some
    upload = CheckedUpload(name="half", sha256="", model=bytes(300 * 1024), card=None, parameters=75 * 1024)
    held = uploaded.reserve(upload)
    with pytest.raises(InputError, match="may take 1 MB .* 0.6 MB are taken and this model needs 0.6 MB"):
        uploaded.reserve(upload)
    del held  # as when its session ends
    gc.collect()
    assert uploaded.reserve(upload).size == 600 * 1024


def test_an_operator_turns_uploading_off(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_NO_UPLOADS", "1")
    app = _open()
    assert app.get("file_uploader") == []
    assert "Uploading is turned off on this server." in [one.value for one in app.info]
    app.switch_page("page_scripts/explore.py").run()
    assert not app.exception
    assert app.get("file_uploader") == []


def test_an_operators_layers_are_for_uploads_only_if_the_operator_says_so(tmp_path, monkeypatch):
    (tmp_path / "layers_of_this_test.py").write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable('ours')\n"
        "class Doubled(keras.layers.Layer):\n"
        "    def call(self, values):\n"
        "        return 2 * values\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from layers_of_this_test import Doubled

    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = Doubled()(keras.layers.Embedding(4, 4)(tokens))
    outputs = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(hidden))
    keras.Model(tokens, outputs).save(tmp_path / "model.keras")
    content = (tmp_path / "model.keras").read_bytes()
    app = _upload(_open(), "model.keras", content)
    assert "Doubled" in _errors(app)
    monkeypatch.setitem(os.environ, "ATTNVIZ_ALLOW_MODULES", "layers_of_this_test")
    _upload(app, "model.keras", content)
    assert _errors(app) == ""
    assert "What is model?" in [one.value for one in app.subheader]
