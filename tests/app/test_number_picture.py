"""The picture of one number among what can be taken along: offered where a weight is pinned, else a reason."""

import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import pytest
from keras import ops
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.app.number_picture import number_picture, pinned_number
from attnviz.app.selection import Selection
from attnviz.components.attention.neuron import Number
from attnviz.models.inside import queries_and_keys
from attnviz.models.registry import OPERATOR_DIRECTORY
from benchmarks.toy_transformer import write_toy_transformer
from tests.views.captures import pooled, two_heads

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
TEXT = "{http://www.w3.org/2000/svg}text"
SENTENCE = "The soup was cold but the waiter was very kind."
PINNED = {"head": "2", "query": "2 soup", "key": "4 cold"}


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


def _selection(**changed) -> Selection:
    fields = {"layer": "attention", "sample": 0, "part": "", "head": 1, "query": 2, "key": 3, "scale": "linear"}
    return Selection(**fields | {"shared_scale": False, "hide_padding": True} | changed)


def _picture(app: AppTest) -> AppTest:
    """Choose the picture of one number."""
    app.segmented_control(key="picture").set_value("Inside one number").run()
    assert not app.exception
    return app


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _offered(app: AppTest) -> set[str]:
    return {one.proto.label for one in app.get("download_button")} & {"PNG", "SVG", "PDF"}


@pytest.mark.parametrize("missing", [{"head": "mean"}, {"query": None}, {"key": None}])
def test_a_head_a_query_and_a_key_make_a_number(missing):
    assert pinned_number(two_heads(), _selection()) == Number(sample=0, head=1, query=2, key=3)
    assert pinned_number(two_heads(), _selection(**missing)) is None


def test_the_only_query_need_not_be_pinned():
    found = pinned_number(pooled(), _selection(layer="pooling", head=0, query=None, key=1))
    assert found == Number(sample=0, head=0, query=0, key=1)


def test_the_picture_ends_in_the_captured_weight():
    model = attnviz.load_model("sentiment_transformer")
    capture = model.capture(SENTENCE)
    inside = queries_and_keys(model, SENTENCE, layer="attention_2")
    number = Number(sample=0, head=3, query=6, key=1)
    svg = number_picture(capture, inside, number, hide_padding=True, picture_format="svg")
    told = {element.text for element in ElementTree.fromstring(svg).iter(TEXT)}  # noqa: S314 - written here
    assert f"{capture.map_of('attention_2').weights[0, 3, 6, 1]:.6g}" in told


def test_what_the_page_has_read_of_a_layer_no_thread_reads_again():
    run = ("sentiment_transformer", SENTENCE, None)
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(cache.reader_for(*run), "attention_2").result()
        assert threads.submit(cache.digest_reader(run[0])).result() == cache.digest_of(run[0])
    assert found is cache.queries_and_keys_for(*run, "attention_2")


def test_it_is_offered_where_a_weight_is_pinned_and_else_says_what_to_do():
    app = _picture(_open(model="sentiment_transformer", text=SENTENCE, **PINNED))
    assert _offered(app) == {"PNG", "SVG", "PDF"}
    assert not app.info
    app = _picture(_open(model="sentiment_transformer", text=SENTENCE, head="2", query=PINNED["query"]))
    assert _offered(app) == set()
    assert "pin a query and a key" in app.info[0].value


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Of a model that the operator adds; what the dashboard keeps of it is dropped afterwards."""
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    cache.forget_shared_models()
    write_toy_transformer(tmp_path / "toy_transformer")
    yield tmp_path / "toy_transformer"
    cache.forget_shared_models()


def test_a_layer_that_cannot_be_read_says_so_at_the_picture(folder):
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    series = keras.layers.Embedding(20, 4)(tokens)
    bent = ops.softmax(9 * ops.sigmoid(ops.matmul(series, ops.transpose(series, (0, 2, 1)))))
    mixed = keras.layers.GlobalAveragePooling1D()(ops.matmul(bent, series))
    outputs = keras.layers.Dense(2, activation="softmax")(mixed)
    keras.Model(tokens, outputs).save(folder / "model.keras")
    app = _picture(_open(model="toy_transformer", text="the soup was good", query="2 soup", key="1 the"))
    assert _offered(app) == set()
    assert "through sigmoid before the softmax" in " ".join(one.value for one in app.warning)
