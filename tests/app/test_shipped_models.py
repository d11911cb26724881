"""Every model that ships, opened on Explore as a person opens it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.jobs import preload
from attnviz.models.registry import cards
from tests.app.linked import layers, prediction

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


@pytest.mark.parametrize("name", sorted(cards()))
def test_explore_shows_the_models_first_example(name):
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["model"] = name
    app.run()
    assert not app.exception
    assert [one.value for one in app.error] == []
    example = cards()[name].examples[0]
    maps = attnviz.load_model(name).capture([example.sequence]).maps
    assert layers(app) == [one.name for one in maps]
    assert len(app.get("plotly_chart")) == 0  # its script would take the browser tens of megabytes
    if cards()[name].task == "classification":
        shown = prediction(app)
        assert shown["names"] == list(cards()[name].classes)
        assert shown["title"].startswith(f"Prediction: {example.prediction} (")
        assert [float(one) for one in shown["values"]] == pytest.approx(example.probabilities, abs=1e-4)
        return
    words = " ".join(one.value.replace("\\", "") for one in (*app.markdown, *app.metric))
    assert (example.prediction if isinstance(example.prediction, str) else f"{example.prediction:.4g}") in words
