"""The Evaluate page as a person uses it: from a file to its figures, from a confusion to an example, and back."""

import csv
import io
import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

import attnviz

HAM = (
    "Are we still on for the cinema tonight? Film starts at {}",
    "Running late, the bus never came. Start without me at {}",
    "Bring the cake, I have the {} candles",
    "See you at the station at {}",
)
SPAM = (
    "URGENT! You have won a £{}00 prize. Call 09061701461 to claim now",
    "Free ringtones! Text WIN to 8008{} and claim your free weekly prize",
    "Dear, I am a banker with a proposal of {} million",  # of a later time than the model's: taken for ham
)
ROWS = [(text.format(number), label) for label, texts in (("ham", HAM), ("spam", SPAM)) for text in texts
        for number in range(2, 8)]  # fmt: skip
EVALUATE = re.compile(r"Evaluate [\d,]+ examples")
FIRST_BUTTON = {"x": 67, "y": 54}
"""Where the first row of the table has its button."""
STARTED_WITHIN = 120_000  # milliseconds: the server loads TensorFlow first


@pytest.fixture(scope="module")
def predictions():
    """What the model says of the same messages, without the dashboard."""
    return attnviz.load_model("spam").predict([text for text, _ in ROWS])


def _file(rows: list[tuple[str, str]]) -> dict[str, object]:
    content = io.StringIO()
    csv.writer(content).writerows([("message", "kind"), *rows])
    return {"name": "messages.csv", "mimeType": "text/csv", "buffer": content.getvalue().encode()}


def _upload(page: Page, server: str, rows: list[tuple[str, str]]) -> None:
    page.goto(f"{server}/evaluate?model=spam")
    expect(page.get_by_role("button", name=EVALUATE)).to_be_visible(timeout=STARTED_WITHIN)
    _rests(page)
    page.get_by_role("radio", name="a file of mine").click()
    page.locator("input[type=file]").set_input_files(_file(rows))
    _start(page, page.get_by_role("button", name=f"Evaluate {len(rows):,} examples"))


def _start(page: Page, button: Locator) -> None:
    """By the keyboard: the pictures that appear above it may move it away under the mouse."""
    expect(button).to_be_enabled()
    _rests(page)
    button.press("Enter")


def _rests(page: Page) -> None:
    """Wait until the server has answered whatever was asked."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_have_count(1)


def _click_where_it_stays(cell: Locator) -> None:
    """Click a cell that lies under others, so that Playwright cannot wait for it to stand still."""
    cell.evaluate(
        """async (cell) => {
            let before = "", frames = 0;
            while (frames < 10) {
                await new Promise(requestAnimationFrame);
                const { x, y, width, height } = cell.getBoundingClientRect();
                const now = [x, y, width, height].join();
                frames = now === before && width > 0 ? frames + 1 : 0;
                before = now;
            }
        }"""
    )
    cell.click(force=True)


def _figure(page: Page, name: str) -> str:
    return (
        page.locator("[data-testid=stMetric]", has_text=name).first.locator("[data-testid=stMetricValue]").inner_text()
    )


def test_figures_are_those_of_scikit_learn_and_a_confusion_leads_to_its_example(page: Page, server: str, predictions):
    truth = [label for _, label in ROWS]
    _upload(page, server, ROWS)
    expect(page.get_by_role("heading", name="spam on messages.csv")).to_be_visible()
    _rests(page)
    assert _figure(page, "accuracy") == f"{accuracy_score(truth, predictions['prediction']):.3f}"
    assert _figure(page, "macro F1") == f"{f1_score(truth, predictions['prediction'], average='macro'):.3f}"

    counts = confusion_matrix(truth, predictions["prediction"], labels=["ham", "spam"])
    missed = int(counts[1, 0])
    assert missed > 0
    page.get_by_role("radio", name="Examples").click()
    cells = page.locator(".st-key-confusion .barlayer .point path")
    expect(cells).to_have_count(4)
    _rests(page)
    _click_where_it_stays(cells.nth(2))  # spam taken for ham; the count lies upon it
    expect(page.get_by_text(f"{missed} of {len(ROWS)} examples")).to_be_visible()
    table = page.locator(".st-key-evaluated_examples")
    expect(table.locator("tbody tr")).to_have_count(missed)
    wrong = np.flatnonzero((np.array(truth) == "spam") & (predictions["prediction"] == "ham"))
    first = wrong[predictions["ham"].to_numpy()[wrong].argmax()]
    expect(table.locator("tbody tr").first).to_contain_text(ROWS[first][0][:30])

    _rests(page)
    table.locator("[data-testid=stDataFrame]").click(position=FIRST_BUTTON)
    expect(page.get_by_label("Text", exact=True)).to_have_value(ROWS[first][0])
    expect(page).to_have_url(re.compile(r"\?model=spam&text="))
    page.get_by_role("link", name="Evaluate").click()
    expect(page.get_by_role("heading", name="spam on messages.csv")).to_be_visible()
    expect(page.get_by_text("messages.csv is still here")).to_be_visible()
    expect(page.get_by_text(f"{missed} of {len(ROWS)} examples")).to_be_visible()


def test_an_evaluation_is_cancelled_found_again_after_a_reload_and_run_again(page: Page, server: str):
    # So many that it cannot be over before somebody could cancel it.
    _upload(page, server, [(f"{text} {number}", label) for number in range(1_000) for text, label in ROWS])
    page.get_by_role("button", name="Cancel").press("Enter")
    cancelled = page.get_by_text(re.compile("Cancelled (after|before)"))
    expect(cancelled).to_be_visible()
    page.reload()
    expect(cancelled).to_be_visible()
    _start(page, page.get_by_role("button", name=EVALUATE))
    expect(page.get_by_role("heading", name="spam on its own data set")).to_be_visible()
    _rests(page)
    assert 0.5 < float(_figure(page, "accuracy")) <= 1
