"""Which layer Explore begins with: the one that the link names, else the one that the card names, else the first."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.jobs import preload
from attnviz.app.run import run_model
from tests.app.linked import sent

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


def _change_model(app: AppTest, name: str) -> AppTest:
    app.selectbox(key="model").set_value(name).run()
    assert not app.exception
    return app


def _shown(app: AppTest) -> str:
    data = sent(app)
    return str(data["meta"]["maps"][data["chosen"]["map"]]["name"])


def test_the_card_says_what_is_shown_first():
    """`recall` answers in its second layer, see tests/sample_models/test_recall_training.py."""
    app = _open(model="recall")
    assert _shown(app) == "attention_2"
    assert "layer" not in app.query_params
    app.text_input(key="text").set_value("x 7 y 7 z 1 x").run()
    assert _shown(app) == "attention_2"


def test_a_link_comes_before_the_card():
    app = _open(model="recall", layer="attention_1")
    assert _shown(app) == "attention_1"
    assert app.query_params["layer"] == "attention_1"


def test_what_nobody_chose_is_said_by_the_card_of_the_next_model():
    app = _open(model="sentiment_transformer")
    assert _shown(app) == "attention_1"
    assert _shown(_change_model(app, "recall")) == "attention_2"
    assert _shown(_change_model(app, "sentiment_transformer")) == "attention_1"


def test_what_was_chosen_stays_with_another_model():
    app = _open(model="sentiment_transformer", layer="attention_2")
    assert _shown(_change_model(app, "sentiment")) == "pooling"  # its second


def test_a_layer_that_the_model_does_not_have_is_said():
    run = run_model(attnviz.load_model("recall"), "a 4 c 9 a")
    assert run.missing_layer == ""
    assert run.explored.first_map(hide_padding=True) == 1
    wrong = replace(run, first_layer="attention_7")
    assert "shown: attention_1, attention_2. Received: 'attention_7'. 'attention_1' is shown" in wrong.missing_layer
    assert wrong.explored.first_map(hide_padding=True) == 0
