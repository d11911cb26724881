"""View files as a person opens them: in the field for uploads, on a page that shows something else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.app.uploaded import Space, YourModel
from attnviz.components.attention.drawn import Drawn, drawn_data
from attnviz.models.card import card_of_folder
from attnviz.models.decodings import Beam, Greedy
from attnviz.models.registry import model_folders
from attnviz.models.untrusted.checking import CheckedUpload
from attnviz.report.view_file import Token, ViewFile, view_file_bytes
from tests.app.linked import sent

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
SENTENCE = "The soup was cold but the waiter was very kind."


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


def _opened(data: bytes, **parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    app.file_uploader(key="file").set_value(("view.json", data, "application/json")).run()
    assert not app.exception
    return app


def _view(**changes) -> ViewFile:
    fields = {
        "model": "sentiment_transformer",
        "model_sha256": changes.get("model_sha256") or cache.digest_of(changes.get("model", "sentiment_transformer")),
        "kind": "text",
        "sequence": SENTENCE,
        "layer": "attention_2",
        "head": 1,
        "query": Token(position=2, label="soup"),
        "key": Token(position=4, label="cold"),
        "scale": "log",
        "shared": True,
    }
    return ViewFile(**fields | changes)


def _says(app: AppTest) -> str:
    return " ".join(one.value.replace("\\", "") for one in (*app.error, *app.warning, *app.success))


def test_a_view_opens_on_a_page_that_shows_another_model():
    app = _opened(view_file_bytes(_view()), model="digits")
    assert "open as it was written" in _says(app)
    assert app.selectbox(key="model").value == "sentiment_transformer"
    assert app.text_input(key="text").value == SENTENCE
    data = sent(app)
    chosen = data["chosen"]
    assert data["meta"]["maps"][chosen["map"]]["name"] == "attention_2"
    assert {name: chosen[name] for name in ("head", "query", "key", "scale", "shared")} == {
        "head": 1,
        "query": 1,
        "key": 3,
        "scale": "log",
        "shared": True,
    }


def test_what_no_link_says_is_drawn_as_it_was():
    drawn = Drawn(heads=(1, 3), mass=0.35, words=True, pooling="mean", sort_by="rows:diagonal", number="diagonal")
    chosen = sent(_opened(view_file_bytes(_view(drawn=drawn)), model="digits"))["chosen"]
    assert {name: chosen[name] for name in drawn_data(drawn)} == drawn_data(drawn)


def test_a_view_opens_over_another_view_of_the_same_input():
    app = _opened(view_file_bytes(_view()), model="sentiment_transformer", text=SENTENCE, layer="attention_1")
    first = sent(app)["chosen"]
    data = view_file_bytes(_view(layer="attention_1", head="max", query=None, key=None, scale="linear", shared=False))
    app.file_uploader(key="file").set_value(("other.json", data, "application/json")).run()
    assert not app.exception
    second = sent(app)["chosen"]
    assert (first["map"], first["head"]) != (second["map"], second["head"]) == (0, "max")
    assert (second["query"], second["key"], second["shared"]) == (None, None, False)


def test_a_view_comes_before_the_layer_that_the_card_shows_first():
    data = view_file_bytes(_view(model="recall", sequence="a 4 c 9 a", layer="attention_1", query=None, key=None))
    chosen = sent(_opened(data, model="recall"))["chosen"]
    assert (chosen["map"], chosen["head"]) == (0, 1)


def test_numbers_are_restored():
    values = ";".join([",".join(["0"] * 8)] * 7 + ["1,2,3,4,5,6,7,8"])
    app = _opened(view_file_bytes(_view(model="digits", kind="numbers", sequence=values, layer="nothing", query=None)))
    assert app.text_area(key="values").value.endswith("1,2,3,4,5,6,7,8")
    assert "asks for the layer 'nothing', which does not exist" in _says(app)


def test_how_a_model_writes_is_restored():
    view = _view(
        model="dates",
        sequence="the third of may 1999",
        layer=next(iter(attnviz.load_model("dates").capture("may 3 1999").maps)).name,
        output="1999-05-04",
        decoding=Beam(size=2, length_penalty=0.0),
        query=None,
        key=None,
    )
    app = _opened(view_file_bytes(view))
    assert "open as it was written" in _says(app)
    assert (app.number_input(key="beam").value, app.number_input(key="penalty").value) == (2, 0.0)
    assert app.text_input(key="output").value == "1999-05-04"


def test_a_view_of_an_upload_finds_it_by_its_digest_whatever_it_is_called_here():
    folder = model_folders()["sentiment"]
    card = replace(card_of_folder(folder), name="mine (yours)")
    model = (folder / "model.keras").read_bytes()
    checked = CheckedUpload(name="mine", sha256="a" * 64, model=model, card=None, parameters=1)
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.session_state["uploaded models"] = {
        "mine (yours)": YourModel(card=card, checked=checked, space=Space(len(model)))
    }
    app.run()
    view = _view(model="its first name", model_sha256="a" * 64, layer="attention", head=0, query=None, key=None)
    app.file_uploader(key="file").set_value(("view.json", view_file_bytes(view), "application/json")).run()
    assert not app.exception
    assert app.selectbox(key="model").value == "mine (yours)"
    assert sent(app)["meta"]["model"] == "mine (yours)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "sentiment", "model_sha256": "0" * 64}, "another version of it (SHA-256 "),
        ({"model": "nobody's", "model_sha256": "0" * 64}, "which is not here. If it was uploaded"),
        ({"kind": "numbers", "sequence": "1"}, "takes text. Received: a view of numbers"),
        ({"decoding": Greedy()}, "writes nothing"),
        ({"model": "dates"}, "nothing of how"),
        ({"model": "dates", "decoding": Beam(size=11)}, "beam size of the view must be from 1 to 10"),
    ],
)
def test_what_cannot_be_opened_leaves_the_page_as_it_is(changes, message):
    app = _opened(view_file_bytes(_view(**changes)), model="sentiment")
    assert message in _says(app)
    assert app.selectbox(key="model").value == "sentiment"


def test_a_broken_view_is_refused_by_name():
    document = json.loads(view_file_bytes(_view()))
    document["view"]["head"] = {"$ref": "#"}
    app = _opened(json.dumps(document).encode())
    assert "`head` of `view` of the view file must be a whole number" in _says(app)
