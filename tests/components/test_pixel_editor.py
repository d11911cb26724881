import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.components import pixel_editor as component
from attnviz.errors import ShapeError
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification

FOLDER = component._FOLDER


def specification(rows=2, columns=3, **picture):
    picture = {"white": 0, "black": 16, **picture}
    count = columns * picture.get("channels", 1)
    return NumericSpecification(
        name="rows",
        step="row",
        features=tuple(f"pixel {number}" for number in range(1, count + 1)),
        length=rows,
        picture=PictureSpecification(**picture),
    )


VALUES = np.array([[0.0, 8.5, 16.0], [1.0, 2.0, 3.0]])


def page():
    import numpy as np

    from attnviz.components.pixel_editor import pixel_editor
    from tests.components.test_pixel_editor import specification

    pixel_editor(specification(), np.zeros((2, 3)), key="pixels", on_draw=lambda values: None)


def test_the_editor_mounts():
    app = AppTest.from_function(page).run()
    assert not app.exception


def test_the_browser_gets_plain_json_with_the_numbers():
    sent = json.loads(json.dumps(component.payload(specification(background="white"), VALUES), allow_nan=False))
    assert sent["values"] == [0, 8.5, 16, 1, 2, 3]
    assert (sent["rows"], sent["columns"], sent["decimals"]) == (2, 3, 2)
    assert (sent["white"], sent["black"], sent["blank"]) == (0, 16, 0)
    assert (sent["step"], sent["features"]) == ("row", ["pixel 1", "pixel 2", "pixel 3"])


@pytest.mark.parametrize(("background", "blank"), [("white", 0), ("black", 16), (None, 16)])
def test_an_empty_pixel_is_background(background, blank):
    assert component.blank_value(specification(background=background)) == blank


def test_what_cannot_be_sent_is_refused():
    with pytest.raises(ShapeError, match=r"\[rows, columns\] = \(2, 3\). Received: \(3, 2\)"):
        component.payload(specification(), VALUES.T)
    with pytest.raises(ValueError, match="not JSON compliant"):
        component.payload(specification(), np.full((2, 3), np.nan))


@pytest.mark.parametrize(
    ("one", "drawn"),
    [
        (specification(), True),
        (specification(64, 64), True),
        (specification(65, 64), False),
        (specification(channels=3), False),
        (NumericSpecification(name="days", features=("x",)), False),
    ],
)
def test_small_grey_pictures_can_be_drawn(one, drawn):
    assert component.can_be_drawn(one) is drawn


def test_values_from_the_browser():
    np.testing.assert_array_equal(
        component.drawn_values({"values": [0, 8.5, 16, 1, 2, 3]}, specification()), [[0, 8.5, 16], [1, 2, 3]]
    )


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"values": "0,0,0,0,0,0"},
        {"values": [0, 0, 0]},
        {"values": [0, 0, 0, 0, 0, "0"]},
        {"values": [0, 0, 0, 0, 0, None]},
        {"values": [0, 0, 0, 0, 0, True]},
        {"values": [0, 0, 0, 0, 0, float("nan")]},
        {"values": [0, 0, 0, 0, 0, 10**400]},
    ],
)
def test_messages_that_are_no_picture_are_ignored(message):
    assert component.drawn_values(message, specification()) is None


def test_nothing_is_markup_and_nothing_is_fetched_from_elsewhere():
    for path in (*FOLDER.glob("*.js"), *FOLDER.glob("*.css")):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source)
        assert not re.search(r"https?://|@import|url\(", source)
