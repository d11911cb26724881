"""What Explore says of a run beside its pictures."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app import cache
from attnviz.app.jobs import preload
from attnviz.models.card import read_card, write_card
from benchmarks.toy_transformer import write_toy_transformer

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


def _words(app: AppTest) -> str:
    return " ".join(one.value.replace("\\", "") for one in (*app.markdown, *app.warning))


def test_the_badge_says_that_capturing_changed_nothing():
    assert "Same prediction as the plain model] :small[difference 0" in _words(_open(model="sentiment"))


def test_a_model_is_compared_once():
    cache.forget_shared_models()
    compared = []
    run = attnviz.LoadedModel.capture

    def counting(model, *arguments, compare=False, **options):
        compared.append(compare)
        return run(model, *arguments, compare=compare, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attnviz.LoadedModel, "capture", counting)
        _open(model="digits")
        _open(model="digits", values=";".join(["1,2,3,4,5,6,7,8"] * 8))
    assert compared.count(True) == 1
    assert compared.count(False) == 2


def test_a_difference_and_its_cause_are_said():
    def script():
        from attnviz.app.notices import show_comparison, show_notices
        from attnviz.app.run import Comparison, ModelRun

        comparison = Comparison(difference=0.25, same=False, warnings=("Every key is *masked*.",))
        show_notices(ModelRun(capture=None, predictions=None, notices=()), comparison)
        show_comparison(comparison)

    words = _words(AppTest.from_function(script).run())
    assert "Not the plain model's prediction] :small[difference 0.25" in words
    assert "Every key is *masked*." in words


def test_attention_to_padding_is_said(tmp_path, monkeypatch):
    write_toy_transformer(tmp_path / "toy")
    card = read_card(tmp_path / "toy")
    write_card(replace(card, input=replace(card.input, fixed_length=True, maximum_length=16)), tmp_path / "toy")
    monkeypatch.setenv("ATTNVIZ_MODELS", str(tmp_path))
    cache.forget_shared_models()
    try:
        padded = _words(_open(model="toy", text="the soup was good"))
        full = _words(_open(model="toy", text=" ".join(["the soup was good"] * 4)))
    finally:
        monkeypatch.undo()
        cache.forget_shared_models()
    assert "of their attention in layer 'attention_1' on padding" in padded
    assert "on padding" not in full
