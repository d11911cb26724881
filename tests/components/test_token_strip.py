import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.components import token_strip as component
from attnviz.views.token_strip import TokenStripView, token_strip_view
from tests.views.captures import TOKENS, pooled, two_heads

FOLDER = component._FOLDER


def page():
    import streamlit as st

    from attnviz.components.token_strip import token_strip
    from attnviz.views.token_strip import token_strip_view
    from tests.views.captures import two_heads

    view = token_strip_view(two_heads(), layer="attention", head=0, query=st.session_state.get("query"))
    st.write("chosen", token_strip(view, key="strip", on_choose=lambda position: None))


@pytest.mark.parametrize("query", [None, 2])
def test_the_page_gets_the_selection_of_the_view_until_somebody_chooses(query):
    app = AppTest.from_function(page)
    app.session_state["query"] = query
    app.run()
    assert not app.exception
    assert app.markdown[0].value == f"chosen {f'`{query}`' if query is not None else '`None`'}"


def test_the_browser_gets_plain_json_with_the_numbers_of_the_view():
    view = token_strip_view(two_heads(), layer="attention", head=0, query=3)
    sent = json.loads(json.dumps(component.payload(view), allow_nan=False))
    assert sent["tokens"] == list(TOKENS)
    np.testing.assert_array_equal(np.float32(sent["values"]), view.values)
    assert (sent["low"], sent["high"]) == view.limits
    assert (sent["selected"], sent["selectable"]) == (3, True)
    assert (sent["title"], sent["scaleNote"]) == (view.title, "colours per map")


def test_keys_that_are_no_queries_cannot_be_chosen():
    assert component.payload(token_strip_view(pooled(), layer="pooling", head=0))["selectable"] is False


def test_a_value_that_is_no_number_is_an_error_and_not_a_broken_page():
    with pytest.raises(ValueError, match="not JSON compliant"):
        component.payload(TokenStripView(tokens=("a",), values=[np.nan]))


@pytest.mark.parametrize(
    ("message", "position"),
    [
        ({"position": 1}, 1),
        ({"position": None}, None),
        ({"position": 2}, None),
        ({"position": -1}, None),
        ({"position": "1"}, None),
        ({"position": True}, None),
        ({}, None),
        ("1", None),
    ],
)
def test_what_the_browser_sends_is_checked(message, position):
    view = TokenStripView(tokens=("a", "b"), values=[0.0, 1.0])
    assert component._position(message, view) == position


def test_tokens_never_reach_the_page_as_markup():
    script = (FOLDER / "component.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
    assert "child.textContent = token" in script


def test_nothing_is_fetched_from_elsewhere():
    for name in ("component.js", "component.css"):
        assert not re.search(r"https?://|@import|\bimport\b|url\(", (FOLDER / name).read_text(encoding="utf-8"))
