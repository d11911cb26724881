"""Model folders that the operator adds: named as their folders are, and no damaged one takes the page down."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.models.registry import OPERATOR_DIRECTORY, model_folders
from tests.app.linked import layers, prediction, sent

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
CLASSES = [f"class {number}" for number in range(10)]


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """An empty directory of the operator's; whatever the dashboard keeps of it is dropped afterwards."""
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    cache.forget_shared_models()
    yield tmp_path
    cache.forget_shared_models()


def _copy_of_digits(folder: Path) -> Path:
    """The shipped digits in another folder, with other names for its classes; the card still says "digits"."""
    shutil.copytree(model_folders()["digits"], folder)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, "classes": CLASSES}), encoding="utf-8")
    return folder


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _messages(app: AppTest) -> str:
    return " ".join(one.value.replace("\\", "") for one in (*app.error, *app.warning))


def test_a_folder_whose_card_has_another_name(folders):
    _copy_of_digits(folders / "copy")
    app = _open(model="copy")
    assert _messages(app) == ""
    assert app.selectbox(key="model").value == "copy"
    expected = attnviz.load_model("copy").predict([attnviz.load_model("digits").card.examples[0].sequence])
    assert expected["prediction"].tolist() == ["class 0"]
    shares = [f"{expected[f'class {digit}'][0]:.1%}" for digit in range(10)]
    renamed, shipped = prediction(app), prediction(_open(model="digits"))
    assert renamed["title"] == f"Prediction: class 0 ({shares[0]})"
    assert renamed["names"] == [f"class {digit}" for digit in range(10)]
    assert shipped["title"] == f"Prediction: 0 ({shares[0]})"
    assert shipped["names"] == [str(digit) for digit in range(10)]
    assert renamed["shares"] == shipped["shares"] == shares


def test_a_card_that_shows_a_layer_first_that_is_not_there(folders):
    card = json.loads((_copy_of_digits(folders / "copy") / "card.json").read_text(encoding="utf-8"))
    text = json.dumps({**card, "first_layer": "<b>seventh</b>"})
    (folders / "copy" / "card.json").write_text(text, encoding="utf-8")
    app = _open(model="copy")
    assert "Received: '<b>seventh</b>'. 'attention' is shown first instead." in _messages(app)
    assert sent(app)["chosen"]["map"] == 0


def test_a_bad_card_is_said_and_the_others_are_offered(folders):
    shipped = set(model_folders())
    (folders / "broken").mkdir()
    (folders / "broken" / "card.json").write_text("{", encoding="utf-8")
    app = _open()
    assert set(app.selectbox(key="model").options) == shipped
    assert "Model broken cannot be used: " in _messages(app)
    assert "card.json is not valid JSON" in _messages(app)
    assert layers(app) == ["attention", "pooling"]


def test_a_damaged_model_is_said_at_itself_only(folders):
    (_copy_of_digits(folders / "damaged") / "model.keras").write_bytes(b"no archive")
    cache.warm_up()
    cache.warm_up_others()
    assert _messages(_open(model="sentiment")) == ""
    assert "cannot load" in _messages(_open(model="damaged"))


def test_warming_up_survives_whatever_a_model_raises(folders, monkeypatch):
    shipped = set(model_folders())
    _copy_of_digits(folders / "first")
    opened = []

    def load(name: str) -> attnviz.LoadedModel:
        opened.append(name)
        if name == "digits":
            raise MemoryError("too large")
        return attnviz.load_model(name)

    monkeypatch.setattr(cache, "load_model", load)
    cache.warm_up()
    cache.warm_up_others()
    assert set(opened) == {*shipped, "first"}
