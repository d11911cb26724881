"""What Streamlit calls: it mounts the workspace, brings it new data, and takes it away."""

import base64

import numpy as np
from playwright.sync_api import Page, expect

from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.family import BEGINNING, Family, payload_of


def captured(*labels: str) -> AttentionCapture:
    length = len(labels)
    weights = np.full((1, 2, length, length), 1 / length, np.float32)
    one = AttentionMap(layer="layer", weights=weights, query_axis="text", key_axis="text")
    valid = np.ones((1, length), bool)
    return AttentionCapture(
        model="hand", maps=(one,), sequences={"text": (labels,)}, valid={"text": valid}, outputs=np.zeros(1)
    )


def render(page: Page, capture: AttentionCapture, *, views: tuple[str, ...], subject: str) -> None:
    """Call the component as Streamlit does."""
    data = payload_of(capture)
    page.evaluate(
        """async ({data, cells}) => {
            const { default: render } = await import("/attention/component.js");
            const bytes = Uint8Array.from(atob(cells), (one) => one.charCodeAt(0));
            const setStateValue = () => {};
            window.leave = render({ data: { ...data, cells: bytes }, parentElement: document.body, setStateValue });
        }""",
        {
            "data": {
                "id": data.meta["id"],
                "meta": data.text,
                "subject": subject,
                "chosen": BEGINNING,
                "views": list(views),
                "extras": {},
            },
            "cells": base64.b64encode(data.cells.tobytes()).decode(),
        },
    )


def test_new_data_keep_the_views_and_what_has_the_focus(family: Family):
    page = family.blank()
    render(page, captured("a", "b"), views=("text",), subject="one")
    page.locator(".attnviz-toolbar").get_by_label("Head", exact=True).focus()
    page.evaluate("() => { document.querySelector('.attnviz-text').dataset.same = 'yes' }")
    render(page, captured("c", "d", "e"), views=("text",), subject="two")
    expect(page.locator(".attnviz-text[data-same=yes] .token")).to_have_text(["c", "d", "e"])
    expect(page.locator(".attnviz-toolbar").get_by_label("Head", exact=True)).to_be_focused()


def test_another_kind_of_model_gets_the_views_of_its_own(family: Family):
    page = family.blank()
    render(page, captured("a", "b"), views=("text", "heatmap"), subject="one")
    expect(page.locator(".attnviz-text .token")).to_have_text(["a", "b"])
    render(page, captured("c", "d", "e"), views=("heatmap", "table"), subject="two")
    expect(page.locator(".attnviz-table tbody tr")).to_have_count(3)
    expect(page.locator(".attnviz-heatmap")).to_have_count(1)
    expect(page.locator(".attnviz-text")).to_have_count(0)
    expect(page.locator(".attnviz-toolbar")).to_have_count(1)
