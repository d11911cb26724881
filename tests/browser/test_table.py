"""The table beside the pictures: the numbers themselves, linked with the other views."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.family import Family, payload_of

WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5], [0, 1, 0]], np.float32)
ROWS = ".attnviz-table tbody tr"


def captured() -> AttentionCapture:
    labels = ("one", "two", "two")
    one = AttentionMap(layer="layer", weights=WEIGHTS[None, None], query_axis="text", key_axis="text")
    return AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"text": (labels,)},
        valid={"text": np.ones((1, 3), bool)},
        outputs=np.zeros(1),
    )


def opened(family: Family) -> Page:
    page = family.open(payload_of(captured()), views=("table",))
    page.locator(".attnviz-table[data-ready='1']").wait_for()
    return page


def state(page: Page, name: str) -> object:
    return page.evaluate("(name) => workspace.store.get()[name]", name)


def test_a_row_names_the_positions_of_query_and_key(family: Family):
    cells = (
        opened(family).locator(ROWS).evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    )
    assert [cell[:4] for cell in cells] == [
        ["1", "one", "1", "one"],
        ["2", "two", "3", "two"],
        ["3", "two", "2", "two"],
    ]
    assert [float(cell[4]) for cell in cells] == pytest.approx([0.7, 0.5, 1])


def test_pointing_at_a_row_marks_its_cell_in_every_view_and_back(family: Family):
    page = opened(family)
    page.locator(ROWS).nth(1).hover()
    assert state(page, "hover") == {"query": 1, "key": 2}
    page.mouse.move(1, 1)
    assert state(page, "hover") == {"query": None, "key": None}
    page.evaluate("workspace.store.set({ hover: { query: 2, key: 0 } })")
    expect(page.locator(f"{ROWS}.marked")).to_have_text(re.compile("^3"))


def test_a_query_that_is_chosen_keeps_the_focus_in_the_table(family: Family):
    page = opened(family)
    page.get_by_role("button", name="two").last.press("Enter")
    expect(page.get_by_role("caption")).to_have_text("What 'two' attends to")
    assert state(page, "query") == 2
    expect(page.locator(f"{ROWS}").first).to_have_text(re.compile(r"1\s*2\s*two\s*1"))
    expect(page.locator(".attnviz-table .scroll")).to_be_focused()
    page.evaluate("workspace.store.set({ key: 0 })")
    expect(page.locator(f"{ROWS}.marked")).to_have_text(re.compile("one"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("caption")).to_have_text("The strongest key of every query")
