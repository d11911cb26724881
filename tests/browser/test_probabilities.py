"""The prediction of a classifier by itself in a real browser: real files, real data, a page that holds nothing else."""

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from attnviz.components.probabilities import FOLDER, payload
from attnviz.components.scripts import joined_styles
from attnviz.views.probability import probability_view
from tests.browser.family import THEMES, Family

HOSTILE = ("<img src=x onerror=window.hacked=1>", "<script>window.hacked=1</script>", "ايجابي", "no " * 80)
SHOW = """async (data) => {
    const { default: render } = await import("/probabilities/component.js");
    render({ data, parentElement: document.body });
}"""
HEIGHTS = (
    "[...document.querySelectorAll('.attnviz-probabilities, tr')].map((one) => one.getBoundingClientRect().height)"
)
BARS = """() => [...document.querySelectorAll(".bar")].map(
    (one) => one.getBoundingClientRect().width / one.parentElement.getBoundingClientRect().width)"""


def mounted(family: Family, **options) -> Page:
    """A page with nothing on it but the component's place."""
    page = family.blank(**options)
    page.add_style_tag(content=joined_styles(FOLDER))
    page.evaluate("document.querySelector('.attnviz').className = 'attnviz-probabilities'")
    return page


def show(page: Page, classes, probabilities) -> list[str]:
    """Give the component a prediction; returns its shares."""
    best = int(np.argmax(probabilities))
    title = f"Prediction: {classes[best]} ({probabilities[best]:.1%})"
    data = payload(probability_view(classes, probabilities, title=title))
    page.evaluate(SHOW, data)
    return data["shares"]


def violations(page: Page) -> list[str]:
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in Axe().run(page, ".attnviz-probabilities").response["violations"]
    ]


def colour(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).first.evaluate("(one, name) => getComputedStyle(one)[name]", name)


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[start : start + 2], 16)) for start in (1, 3, 5))})"


def test_a_table_has_the_numbers_and_bars_of_their_length(family: Family):
    page = mounted(family)
    show(page, ("no", "maybe", "yes"), [0.125, 0.6875, 0.1875])
    table = page.get_by_role("table", name="Prediction: maybe (68.8%)")
    rows = table.get_by_role("row")
    assert rows.all_inner_texts() == ["no\t12.5%", "maybe\t68.8%", "yes\t18.8%"]
    assert table.get_by_role("rowheader").all_inner_texts() == ["no", "maybe", "yes"]
    assert page.evaluate(BARS) == pytest.approx([0.125, 0.6875, 0.1875], abs=0.01)
    weights = (
        table.get_by_role("rowheader")
        .locator(".text")
        .evaluate_all("(all) => all.map((one) => getComputedStyle(one).fontWeight)")
    )
    assert weights == ["400", "600", "400"]


def test_the_keyboard_reaches_every_digit_with_one_stop(family: Family):
    page = mounted(family)
    show(page, ("no", "maybe", "yes"), [0.125, 0.6875, 0.1875])
    before = page.evaluate(HEIGHTS)
    page.keyboard.press("Tab")
    expect(page.locator("tr:focus")).to_have_attribute("title", "no: 0.125000")
    page.keyboard.press("End")
    share = page.locator("tr:focus .share")
    expect(page.locator("tr:focus")).to_have_attribute("title", "yes: 0.187500")
    assert share.evaluate("(one) => getComputedStyle(one, '::after').content") == '"0.187500"'
    expect(share.locator(".text")).to_be_hidden()
    assert page.evaluate(HEIGHTS) == before
    page.keyboard.press("Tab")
    expect(page.locator("tr:focus")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_are_text_on_a_phone_and_nothing_moves_with_the_next_input(family: Family, theme: str):
    page = mounted(family, width=360, theme=theme)
    show(page, HOSTILE, [0.1, 0.2, 0.6, 0.1])
    before = page.evaluate(HEIGHTS)
    for predicted in (0, 1, 3):
        show(page, HOSTILE, [0.7 if place == predicted else 0.1 for place in range(4)])
        assert page.evaluate(HEIGHTS) == before
    assert page.get_by_role("rowheader").all_inner_texts()[:2] == list(HOSTILE[:2])
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, main script").count() == 0
    assert violations(page) == []


def test_of_many_classes_the_most_probable_are_seen_and_the_others_reached(family: Family):
    page = mounted(family)
    names = [f"class {place}" for place in range(200)]
    chances = np.random.default_rng(5).dirichlet(np.ones(200), size=2)
    shares = show(page, names, chances[0])
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    last = page.get_by_role("row").last
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("row").first).not_to_be_in_viewport()
    assert last.locator(".share .text").text_content() == shares[-1]
    height = page.locator(".attnviz-probabilities").bounding_box()["height"]
    assert height < 400
    show(page, names, chances[1])
    first = page.get_by_role("row").first
    expect(first).to_be_in_viewport(ratio=1)
    assert first.locator(".name").inner_text() == names[int(chances[1].argmax())]
    assert page.locator(".attnviz-probabilities").bounding_box()["height"] == height
    assert violations(page) == []
    show(page, names[:2], [0.25, 0.75])
    assert page.get_by_role("row").all_inner_texts() == ["class 0\t25.0%", "class 1\t75.0%"]


def test_another_theme_needs_nothing_but_its_variables(family: Family):
    page = mounted(family)
    show(page, ("no", "yes"), [0.25, 0.75])
    for theme in ("light", "dark"):
        for name in ("text", "background", "primary"):
            page.evaluate(
                "([name, colour]) => document.documentElement.style.setProperty(`--st-${name}-color`, colour)",
                [name, THEMES[theme][name]],
            )
        assert colour(page, "caption", "color") == rgb(THEMES[theme]["text"])
        assert colour(page, ".predicted .bar", "backgroundColor") == rgb(THEMES[theme]["primary"])
