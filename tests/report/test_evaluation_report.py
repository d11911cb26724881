"""An evaluation as one HTML file: complete, escaped, and with nothing to load or to run."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import attnviz
from attnviz.evaluation.examples import LabelledData
from attnviz.evaluation.running import evaluate
from attnviz.models.registry import cards
from attnviz.report.evaluation_report import evaluation_report
from attnviz.report.evaluation_tables import figure_table, headline_figures, number, per_class_table
from attnviz.report.findings import Findings, findings_of

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e& free prize"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def findings() -> Findings:
    model = attnviz.load_model("spam")
    texts = [MARKUP, "See you at the station at ten", "Claim your free phone now, call 0800 123 456", "Bring the cake"]
    data = LabelledData(
        name="<b>messages</b>.csv",
        sequences=texts * 6,
        targets=np.array([1, 0, 0, 0] * 6),
        lines=np.arange(2, 26),
        task="classification",
        classes=model.card.classes,
    )
    return findings_of(evaluate(model, data))


@pytest.fixture(scope="module")
def page(findings) -> Page:
    return Page(evaluation_report(findings).decode())


def test_nothing_is_loaded_or_run(findings, page):
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not page.all("script")
    assert not page.all("link")
    style = re.search(r"<style>(.*?)</style>", evaluation_report(findings).decode(), re.DOTALL).group(1)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert all(image["src"].startswith("data:image/png;base64,iVBOR") for image in page.all("img"))
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]


def test_texts_stand_in_it_as_they_are_and_are_no_markup(page):
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>" in page.text
    assert "<b>messages</b>.csv" in page.text
    assert not page.all("b")


def test_it_holds_every_figure_with_its_interval_and_its_number_of_examples(findings, page):
    assert "24" in page.text
    for figure in findings.figures:
        assert figure.name in page.text
        if not np.isnan(figure.value):
            assert f"{figure.value:.4g}" in page.text


def test_every_picture_is_described_in_words(findings, page):
    described = [image["alt"] for image in page.all("img")]
    assert all(described)
    for words in ("Truth against prediction", "ROC", "Precision and recall", "Calibration", "Attention as a multiple"):
        assert any(words in one for one in described), words


def test_it_is_the_same_file_twice(findings):
    assert evaluation_report(findings) == evaluation_report(findings)


def test_mistakes_come_with_their_lines(findings, page):
    wrong = findings.evaluation.examples[~findings.evaluation.examples["right"].astype(bool)]
    assert len(wrong) > 0
    assert "Most confident mistakes" in page.text
    for line in wrong["line"]:
        assert str(line) in page.text


def test_figures_of_a_class_stand_in_its_row(findings):
    table = per_class_table(findings.figures).set_index("class")
    recall = next(one for one in findings.figures if (one.name, one.per_class) == ("recall", "ham"))
    assert table.loc["ham", "examples"] == recall.examples == 18
    assert table.loc["ham", "recall"].startswith(f"{recall.value:.3f} (")
    assert len(figure_table(findings.figures)) == len(findings.figures)
    assert [one.name for one in headline_figures(findings)][:2] == ["accuracy", "accuracy of the most frequent class"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5, "0.500"), (0.000417, "0.000417"), (-0.0041, "-0.0041"), (0.0, "0.000"), (1234.56, "1,234.6"),
     (float("nan"), "not defined")],
)  # fmt: skip
def test_a_small_figure_is_no_zero(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize("task", ["regression", "seq2seq"])
def test_models_of_other_tasks_have_a_report_too(task):
    name = next(name for name, card in cards().items() if card.task == task)
    model = attnviz.load_model(name)
    examples = model.card.examples
    targets = (
        np.array([float(one.prediction) + 1 for one in examples])
        if task == "regression"
        else np.array([str(one.prediction) for one in examples], dtype=object)
    )
    sequences = [one.sequence if isinstance(one.sequence, str) else np.asarray(one.sequence) for one in examples]
    data = LabelledData(
        name="examples", sequences=sequences, targets=targets, lines=np.arange(1, len(examples) + 1), task=task
    )
    found = findings_of(evaluate(model, data))
    text = Page(evaluation_report(found).decode()).text
    for figure in headline_figures(found):
        assert figure.name in text
    assert ("Residuals" in text) == (task == "regression")


def test_the_example_of_the_documentation_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "messages.csv").write_text(
        "text,label\nSee you at eight,ham\nWin a free phone,spam\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/evaluate.md", "exec"), {})
    assert "accuracy" in capsys.readouterr().out
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!doctype html>")
