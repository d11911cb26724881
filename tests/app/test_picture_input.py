"""A picture as the input of Explore: uploaded, drawn, and what the page says of it."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.jobs import preload
from attnviz.sequences.numeric import parse_numbers
from tests.sequences.picture_bytes import file_of

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


@pytest.fixture(scope="module")
def rows():
    return attnviz.load_model("digits").card.input


def _open(model="digits") -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=30)
    app.query_params["model"] = model
    app.run()
    assert not app.exception
    return app


def _upload(app: AppTest, name: str, content: bytes) -> None:
    app.file_uploader(key="file").set_value((name, content, "application/octet-stream")).run()
    assert not app.exception


def _values(app: AppTest, rows) -> np.ndarray:
    return parse_numbers(app.text_area(key="values").value, rows)


def _said(app: AppTest) -> str:
    return " ".join(one.value.replace("\\", "") for one in app.markdown)


def _toggle(app: AppTest, name: str):
    return next(one for one in app.toggle if one.label.startswith(name))


# A stroke down the middle, 16 pixels wide of 64: two columns of the model's eight.
STROKE = np.full((64, 64), 255, np.uint8)
STROKE[:, 24:40] = 0


def test_an_uploaded_picture_is_looked_at_at_once(rows):
    app = _open()
    _upload(app, "one.png", file_of(STROKE))
    expected = np.zeros((8, 8))
    expected[:, 3:5] = 16
    np.testing.assert_array_equal(_values(app, rows), expected)
    assert "It has 64 × 64 pixels." in _said(app)
    assert "made 2 × 8 pixels by averaging, then put in the middle of 8 × 8" in _said(app)
    assert not _toggle(app, "Invert").value


def test_chalk_is_inverted_and_a_person_can_say_otherwise(rows):
    app = _open()
    _upload(app, "chalk.jpg", file_of(255 - STROKE, "JPEG", quality=100))
    inverted = _values(app, rows)
    assert (inverted[:, 3:5] > 15).all()
    assert inverted[:, [0, 1, 6, 7]].max() < 1
    assert _toggle(app, "Invert").value
    assert "The picture was inverted" in _said(app)
    assert "because its border is dark, and the model learned from black on white" in _said(app)
    _toggle(app, "Invert").set_value(False).run()
    assert _values(app, rows).max() <= 16
    assert not np.allclose(_values(app, rows), inverted)
    assert "inverted" not in _said(app)


def test_the_border_is_kept_on_demand(rows):
    app = _open()
    framed = np.full((64, 64), 255, np.uint8)
    framed[16:48, 24:40] = 0
    _upload(app, "one.png", file_of(framed))
    assert _values(app, rows)[0].max() == 16
    _toggle(app, "Cut off the empty border").set_value(False).run()
    expected = np.zeros((8, 8))
    expected[2:6, 3:5] = 16
    np.testing.assert_array_equal(_values(app, rows), expected)


def test_the_picture_can_be_looked_at_again(rows):
    app = _open()
    _upload(app, "one.png", file_of(STROKE))
    before = app.text_area(key="values").value
    app.text_area(key="values").set_value(";".join(["1,2,3,4,5,6,7,8"] * 8)).run()
    assert _values(app, rows)[0, 7] == 8
    next(one for one in app.button if one.label == "Look at this picture").click().run()
    assert app.text_area(key="values").value == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.png", b"hello", "no picture that can be read"),
        ("a.png", file_of(STROKE)[:-40], "damaged or incomplete"),
        ("a.tiff", file_of(STROKE, "TIFF"), "must end in one of .png, .jpg, .jpeg, .webp, .gif, .bmp, .txt"),
    ],
    ids=["text", "half a picture", "another format"],
)
def test_what_is_no_picture_is_said_and_the_input_stays(name, content, message):
    app = _open()
    before = app.text_area(key="values").value
    _upload(app, name, content)
    assert message in " ".join(one.value.replace("\\", "") for one in app.error)
    assert app.text_area(key="values").value == before


def test_a_picture_for_a_model_of_texts_is_refused():
    app = _open("sentiment")
    _upload(app, "one.png", file_of(STROKE))
    assert "must end in one of .txt, .csv, .tsv, .json, .jsonl, .parquet, .npy, .npz" in " ".join(
        one.value.replace("\\", "") for one in app.error
    )


def test_drawing_is_offered_for_pictures_alone():
    assert [one.label for one in _open("digits_vit").tabs][:3] == ["Draw", "Grid", "Paste"]
    assert [one.label for one in _open("forecast").tabs][:2] == ["Grid", "Paste"]


def test_pasted_values_that_are_no_picture_can_be_drawn_over():
    app = _open()
    app.text_area(key="values").set_value("1,2,3").run()
    assert not app.exception
    assert "What you draw replaces them" in " ".join(one.value for one in app.caption)
