"""The Compare page: what is chosen is compared, the link restores it, and what cannot be compared is said."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.compare_inputs import HEADS, INPUTS, MODELS, most_alike, takes_the_same
from attnviz.app.jobs import preload
from attnviz.app.model_upload import _CHECK
from attnviz.app.run import written_outputs
from attnviz.app.words import plain
from attnviz.models.decodings import Beam
from attnviz.models.registry import cards

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
ROOT = Path(__file__).parents[2]
COMPARE = "page_scripts/compare.py"


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page(COMPARE)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _messages(app: AppTest) -> str:
    assert not app.exception
    return " ".join(one.value.replace("\\", "") for one in (*app.error, *app.warning, *app.info))


def _sent(app: AppTest) -> dict[str, Any]:
    """What the browser is sent of the pictures, without their cells."""
    (proto,) = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "attnviz.comparison"]
    return json.loads(proto.mixed.json)


def _table(app: AppTest, column: str):
    (found,) = [one.value for one in app.dataframe if column in one.value]
    return found


def _prediction(model: str, text: str) -> dict[str, float]:
    loaded = attnviz.load_model(model)
    return loaded.predictions(loaded.capture([text])).iloc[0].to_dict()


def test_two_inputs_are_aligned_and_their_predictions_stand_beside_each_other():
    texts = "The soup was good.", "The soup was not good."
    app = _open(a_model="sentiment_transformer", a_text=texts[0], b_text=texts[1])
    assert _messages(app) == ""
    sent = _sent(app)["meta"]
    assert sent["axes"][0]["labels"] == ["The", "soup", "was", "not", "good", "."]
    assert sent["gaps"] == [{"queries": [3], "keys": [3]}, {"queries": [], "keys": []}, {"queries": [3], "keys": [3]}]
    predictions = _table(app, "outcome").set_index("outcome")
    for name, text in zip("AB", texts, strict=True):
        assert predictions.loc["positive", name] == pytest.approx(
            _prediction("sentiment_transformer", text)["positive"]
        )
    assert predictions.loc["positive", "difference"] < 0


def test_tokens_of_one_side_alone_can_be_left_out():
    app = _open(a_model="sentiment", a_text="The soup was good.", b_text="The soup was not good.")
    assert _sent(app)["meta"]["gaps"][0]["keys"] == [3]
    app.toggle(key="common").set_value(True).run()
    sent = _sent(app)["meta"]
    assert sent["axes"][0]["labels"] == ["The", "soup", "was", "good", "."]
    assert sent["gaps"][0]["keys"] == []


def test_tokens_receive_what_the_model_gave_them():
    text = "The soup was good."
    app = _open(a_model="sentiment_transformer", a_text=text, b_text=text, a_layer="attention_2", a_head="3")
    weights = attnviz.load_model("sentiment_transformer").capture([text]).map_of("attention_2").read(0, 2)
    received = _table(app, "received A")
    np.testing.assert_allclose(received["received A"], weights[:5, :5].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(received["difference"], 0.0, atol=1e-7)


def test_two_models_read_the_same_text():
    app = _open(compare=MODELS, a_model="sentiment", b_model="sentiment_transformer", a_text="A good film.")
    predictions = _table(app, "outcome").set_index("outcome")
    for name, model in (("A", "sentiment"), ("B", "sentiment_transformer")):
        assert predictions.loc["positive", name] == pytest.approx(_prediction(model, "A good film.")["positive"])
    assert [one.key for one in app.text_input] == ["a_text"]


def test_a_second_model_answers_the_same_question_if_there_is_one():
    app = _open(compare=MODELS)
    assert app.selectbox(key="a_model").value == "sentiment"
    second = cards()[app.selectbox(key="b_model").value]
    assert (second.task, set(second.classes)) == ("classification", {"positive", "negative"})


def test_models_that_read_other_things_are_not_offered_beside_each_other():
    every = cards()
    assert not takes_the_same(every["forecast"], every["sentiment"])
    assert takes_the_same(every["digits"], every["digits_vit"])
    app = _open(compare=MODELS, a_model="digits", b_model="sentiment")
    assert "asks for model B 'sentiment', which does not exist here" in _messages(app)
    assert "sentiment" not in app.selectbox(key="b_model").options


def test_two_heads_of_one_run_differ_as_captured():
    text = "The soup was good."
    app = _open(compare=HEADS, a_model="sentiment_transformer", a_text=text, a_head="2", b_head="4")
    one = attnviz.load_model("sentiment_transformer").capture([text]).maps[0]
    sent = _sent(app)["meta"]
    difference = one.read(0, 3)[:5, :5] - one.read(0, 1)[:5, :5]
    assert sent["largest"] == pytest.approx(np.abs(difference).max(), abs=1e-6)
    others = _table(app, "divergence (bits)")
    heads = sum(each.heads for each in attnviz.load_model("sentiment_transformer").capture([text]).maps)
    assert len(others) == heads - 1
    assert others["divergence (bits)"].is_monotonic_increasing
    assert not any(one.key == "b_text" for one in app.text_input)


def test_colours_of_both_can_be_told_apart_otherwise():
    app = _open(a_model="sentiment_transformer", colours="log")
    assert _sent(app)["meta"]["scale"] == "log"
    app.segmented_control(key="colours").set_value("rank").run()
    assert _sent(app)["meta"]["scale"] == "rank"


def test_a_model_that_writes_does_so_as_it_is_told():
    texts = "I am cold.", "I am tired."
    app = _open(a_model="translation", a_text=texts[0], b_text=texts[1], decoding="beam", beam="3", penalty="0")
    model = attnviz.load_model("translation")
    said = " ".join(one.value for one in app.markdown)
    for text in texts:
        (best, *_) = written_outputs(model, text, Beam(size=3, length_penalty=0.0))
        assert f"predicts **{plain(model.card.output.text_of(best.ids))}**" in said
    app.segmented_control(key="decoding").set_value("sampled").run()
    assert app.number_input(key="seed").value == 0


def test_each_side_takes_a_row_of_its_own_file():
    app = _open(a_model="sentiment")
    before = app.text_input(key="a_text").value
    rows = b"text\nThe bread was stale.\nA marvellous evening.\n"
    app.file_uploader(key="b_file").set_value(("rows.csv", rows, "text/csv")).run()
    assert any("Select one" in one.value for one in app.caption)
    assert app.text_input(key="a_text").value == before


def test_a_picture_is_taken_for_one_side():
    app = _open(a_model="digits")
    before = app.text_area(key="a_values").value
    file = io.BytesIO()
    Image.fromarray(np.full((16, 16), 255, np.uint8)).save(file, "PNG")
    app.file_uploader(key="b_file").set_value(("white.png", file.getvalue(), "image/png")).run()
    assert not app.exception
    assert app.text_area(key="b_values").value != before
    assert len(set(app.text_area(key="b_values").value.replace("\n", ",").split(","))) == 1
    assert app.text_area(key="a_values").value == before


def test_explore_leads_here_with_its_model_and_its_text():
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["model"] = "sentiment_transformer"
    app.query_params["text"] = "good & bad?"
    app.run()
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label == "Open in Compare"]
    assert link.page == "compare"
    assert parse_qs(link.query_string) == {"a_model": ["sentiment_transformer"], "a_text": ["good & bad?"]}


def test_a_run_with_one_head_says_that_there_is_nothing_to_compare():
    assert "same head of the same run" in _messages(_open(compare=HEADS, a_model="forecast"))


def test_the_link_restores_model_inputs_layer_and_cell():
    wanted = {"compare": HEADS, "a_model": "sentiment_transformer", "a_text": "good", "b_layer": "attention_2"}
    app = _open(**wanted, query="1", key="1")
    assert app.segmented_control(key="compare").value == HEADS
    for key in ("a_model", "b_layer"):
        assert app.selectbox(key=key).value == wanted[key]
    assert app.text_input(key="a_text").value == "good"
    assert _sent(app)["pinned"] == {"query": 0, "key": 0}
    assert app.query_params["query"] == "1"


def test_what_a_link_asks_for_in_vain_is_said():
    app = _open(compare="two cats", a_model="nobody", a_layer="nowhere", a_head="99", query="500")
    said = _messages(app)
    for word in ("the comparison 'two cats'", "model A 'nobody'", "the layer 'nowhere'", "the pinned query '500'"):
        assert f"The link asks for {word}" in said
    assert app.segmented_control(key="compare").value == INPUTS


def test_a_change_of_model_brings_its_examples_and_its_layers():
    app = _open(a_model="sentiment_transformer", a_layer="attention_2", a_text="A good film.")
    app.selectbox(key="a_model").set_value("sentiment").run()
    assert _messages(app) == ""
    examples = [one.sequence for one in cards()["sentiment"].examples]
    assert app.text_input(key="a_text").value == examples[0]
    assert app.text_input(key="b_text").value == examples[most_alike(cards()["sentiment"])]
    assert app.selectbox(key="a_layer").value == "attention"


def test_an_example_is_taken_for_one_side():
    app = _open()
    app.selectbox(key="b_example").set_value(0).run()
    assert app.text_input(key="a_text").value == app.text_input(key="b_text").value
    assert "same there" in _sent(app)["meta"]["description"]


def test_an_input_that_cannot_be_read_is_said_with_its_side():
    app = _open(a_model="forecast", b_values="one, two")
    assert "B: " in _messages(app)
    assert not [one for one in app.get("bidi_component") if one.proto.component_name == "attnviz.comparison"]


@pytest.mark.parametrize("name", sorted(cards()))
@pytest.mark.parametrize("kind", [INPUTS, HEADS])
def test_every_model_can_be_compared(name, kind):
    app = _open(compare=kind, a_model=name)
    assert [one.value for one in app.error] == []
    assert _sent(app)["meta"]["titles"][0].startswith(name)
    assert any("received A" in one.value for one in app.dataframe)


def test_downloads_are_offered_for_pictures_and_tables():
    labels = [one.label for one in _open().get("download_button")]
    assert labels == ["PNG", "SVG", "PDF", "CSV tokens", "CSV heads", "CSV predictions"]


def test_an_uploaded_checkpoint_is_compared_and_the_page_says_that_a_link_has_it_not():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("model.keras", "card.json"):
            archive.write(ROOT / "sample_models" / "sentiment" / name, name)
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("page_scripts/models.py").run()
    (uploader,) = (one for one in app.file_uploader if "model.keras" in one.label)
    uploader.set_value(("copy.zip", file.getvalue(), "application/zip")).run()
    app.session_state[_CHECK].future.exception(timeout=120)
    app.run()
    app.run()
    app.switch_page(COMPARE)
    app.query_params["compare"] = MODELS
    app.query_params["b_model"] = "sentiment (yours)"
    app.run()
    assert app.selectbox(key="b_model").value == "sentiment (yours)"
    assert "a link to this page opens everything else" in " ".join(one.value for one in app.caption)
    assert _sent(app)["meta"]["largest"] == 0.0  # the same weights
    np.testing.assert_array_equal(_table(app, "outcome")["difference"], 0.0)
