"""Cells that come later: asked for once, brought by a component of their own, and kept within bounds."""

import base64

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnviz.components.attention.cells_supply import wish_of
from attnviz.components.attention.payload import packed_cells
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted, brought_blocks, explorer_view
from tests.browser.family import BEGINNING, Family, payload_of

HEADS = 8
FEW = {"most_cells": 2**17}  # more than one head of 300 tokens, fewer than two


@pytest.fixture(scope="module")
def capture() -> AttentionCapture:
    logits = np.random.default_rng(5).normal(size=(1, HEADS, 300, 300)) * 3
    weights = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    one = AttentionMap(layer="attention", weights=weights.astype(np.float32), query_axis="text", key_axis="text")
    labels = (tuple(map(str, range(300))),)
    valid = np.ones((1, 300), bool)
    return AttentionCapture(model="m", maps=(one,), sequences={"text": labels}, valid={"text": valid}, outputs=0)


def wish(head: int, **more: object) -> dict[str, object]:
    return {"subject": "test", "map": 0, "head": head, "whole": True, "queries": None, "keys": None, **more}


def weight(page: Page, head: int) -> float | None:
    """Of query 7 and key 11 of a head; None where its cells are not here."""
    found: float | None = page.evaluate(
        "(head) => { const one = workspace.store && capture(); return one.value(0, head, 7, 11); }", head
    )
    return found


def opened(family: Family, capture: AttentionCapture) -> Page:
    """A page with head 3, and `capture()`, what its views read."""
    page = family.open(payload_of(capture, **FEW, wanted=Wanted(map=0, head=2)), views=(), chosen={"head": 2})
    page.evaluate(
        """async () => {
            const { openCapture } = await import("/attention/capture.js");
            const { openWorkspace } = await import("/attention/workspace.js");
            const root = document.querySelector(".attnviz");
            let newest = null;
            window.workspace.destroy();
            const send = (name, value) => window.sent.push({ name, value });
            window.workspace = openWorkspace(root, window.data, send, (data) => (newest = openCapture(data)));
            window.capture = () => newest;
        }"""
    )
    return page


def test_a_head_that_is_not_here_is_asked_for_at_once_and_read_as_it_was_captured(family: Family, capture):
    page = opened(family, capture)
    assert weight(page, 4) is None
    page.get_by_label("Head", exact=True).select_option(label="5")
    expect(page.get_by_role("status")).to_contain_text("Fetching")
    page.wait_for_function("window.sent.length === 2")
    assert page.evaluate("window.sent.map(({ name }) => name)") == ["wish", "selection"]
    assert page.evaluate("window.sent[0].value") == wish(4)
    family.bring(page, capture, wish(4, subject="another"), **FEW)
    expect(page.get_by_role("status")).to_contain_text("Fetching")
    family.bring(page, capture, wish(4), **FEW)
    expect(page.get_by_role("status")).to_be_empty()
    assert weight(page, 4) == pytest.approx(float(capture.maps[0].weights[0, 4, 7, 11]), rel=2**-11)
    assert weight(page, 2) is not None  # what it began with stays


def test_the_same_cells_again_are_no_news(family: Family, capture):
    page = opened(family, capture)
    page.evaluate("workspace.store.set({ head: 5 })")
    for _ in range(2):
        family.bring(page, capture, wish(5), **FEW)
        assert page.evaluate("workspace.store.get().capture") == 2


def test_heads_that_came_are_kept_as_long_as_they_fit(family: Family):
    weights = np.zeros((1, 4, 1024, 1024), np.float32)
    weights[0, :, 7, 11] = (0.1, 0.2, 0.3, 0.4)
    one = AttentionMap(layer="a", weights=weights, query_axis="text", key_axis="text", range_known=True)
    labels = (tuple(map(str, range(1024))),)
    valid = np.ones((1, 1024), bool)
    capture = AttentionCapture(model="m", maps=(one,), sequences={"text": labels}, valid={"text": valid}, outputs=0)
    page = opened(family, capture)
    for head in (0, 1, 3):  # two megabytes each
        page.evaluate("(head) => workspace.store.set({ head })", head)
        family.bring(page, capture, wish(head), **FEW)
    assert weight(page, 0) is None
    assert [weight(page, head) for head in (1, 2, 3)] == pytest.approx([0.2, 0.3, 0.4], rel=2**-11)


def test_a_window_comes_by_itself_and_exactly(capture):
    asked = wish_of({**wish(1), "whole": False, "queries": [3, 40], "keys": [5, 9]})
    (block,) = brought_blocks(capture, explorer_view(capture), asked.wanted, whole=asked.whole)
    packed = packed_cells((block,), {"subject": "x", "wish": None})
    length = int.from_bytes(packed[:4], "little")
    cells = np.frombuffer(packed[4 + length :], "<f4").reshape(37, 4)
    np.testing.assert_array_equal(cells, capture.maps[0].weights[0, 1, 3:40, 5:9])


def test_the_two_components_find_each_other_whichever_comes_first(family: Family, capture):
    page = family.blank()
    data = payload_of(capture, **FEW, wanted=Wanted(map=0, head=2))
    page.evaluate(
        """async ({data, cells}) => {
            window.bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            const { default: render } = await import("/attention/component.js");
            window.told = [];
            const parentElement = document.body;
            const setStateValue = (name, value) => window.told.push({ name, value });
            render({ data: { ...data, cells: bytes(cells) }, parentElement, setStateValue });
        }""",
        {
            "data": {
                "id": data.meta["id"],
                "meta": data.text,
                "subject": "test",
                "chosen": {**BEGINNING, "head": 2},
                "views": [],
                "extras": {},
            },
            "cells": base64.b64encode(data.cells.tobytes()).decode(),
        },
    )
    page.get_by_label("Head", exact=True).select_option(label="7")
    page.wait_for_function("window.told.length > 0")  # the choice; nobody heard the wish

    def supply(asked: dict[str, object] | None, kind: str = "cells") -> None:
        blocks = brought_blocks(capture, explorer_view(capture), Wanted(map=0, head=6), whole=True, **FEW)
        packed = packed_cells(blocks if asked else (), {"kind": kind, "subject": "test", "wish": asked})
        page.evaluate(
            """async ([packed, kind]) => {
                const { default: render } = await import("/attention/supply.js");
                const place = (window.places ??= {})[kind] ??= document.createElement("div");
                const wished = (window.wished ??= { cells: [], vectors: [] })[kind];
                render({ data: bytes(packed), parentElement: place, setStateValue: (_, value) => wished.push(value) });
            }""",
            [base64.b64encode(packed).decode(), kind],
        )

    supply(wish(6), "vectors")  # whatever it holds is not what the views listen to
    expect(page.get_by_role("status")).not_to_be_empty()
    supply(None)
    assert page.evaluate("window.wished") == {"cells": [wish(6)], "vectors": []}
    supply(wish(6))
    expect(page.get_by_role("status")).to_be_empty()
    assert page.evaluate("window.wished") == {"cells": [wish(6)], "vectors": []}


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {"map": -1, "head": "all", "whole": "yes", "queries": 3, "keys": None},
        {"queries": [0, 9], "keys": [5, 5]},
        {"queries": [0, 9, 10], "keys": [4, 5]},
        {"queries": ["0", 9], "keys": [4, 5]},
    ],
)
def test_what_is_no_wish_counts_as_none(message):
    asked = wish_of(message)
    assert (asked.whole, asked.wanted) == (False, Wanted())
