"""The table beside the pictures: the numbers themselves, linked with the other views."""

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import entropy

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


def test_all_heads_are_a_table_too_in_the_order_and_with_the_filter_of_their_pictures(family: Family):
    turned = np.stack([WEIGHTS, WEIGHTS[:, ::-1], np.full((3, 3), 1 / 3, np.float32)])[None]
    one = captured()
    capture = replace(one, maps=(replace(one.maps[0], weights=turned), replace(one.maps[0], layer="other")))
    page = family.open(payload_of(capture), views=("table",))
    page.get_by_role("button", name="All heads").click()
    expect(page.get_by_role("caption")).to_have_text("All 4 heads")
    expect(page.get_by_role("columnheader").nth(2)).to_have_text("Entropy (nats)")
    rows = page.locator(ROWS)
    cells = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    assert [cell[:2] for cell in cells] == [["layer", "1"], ["layer", "2"], ["layer", "3"], ["other", "1"]]
    entropies = entropy(turned[0], axis=-1).mean(axis=-1)
    assert [float(cell[2]) for cell in cells] == pytest.approx([*entropies, entropies[0]], abs=0.005)
    page.evaluate("workspace.store.set({ sortBy: 'all:entropy (nats)', filter: 'entropy (nats)>=1' })")
    expect(page.get_by_role("caption")).to_have_text("1 of 4 heads")
    rows.get_by_role("button", name="3").click()
    assert (state(page, "map"), state(page, "head")) == (0, 2)
    expect(page.locator(f"{ROWS}.marked")).to_have_count(1)
    page.get_by_role("button", name="This head").click()
    expect(page.get_by_role("caption")).to_have_text("The strongest key of every query")
