"""The pages in docs/ say what the code does."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from attnviz.models.card import TASKS, Card, Example, Metric, card_from_dict
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification, RawTextSpecification, TextSpecification
from attnviz.sequences.splitting import SPLITTINGS

ROOT = Path(__file__).resolve().parents[1]
CARD_PAGE = (ROOT / "docs" / "card.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_the_example_card_can_be_read():
    (block,) = re.findall(r"```json\n(.*?)```", CARD_PAGE, re.DOTALL)
    card = card_from_dict(json.loads(block))
    (example,) = card.examples
    assert len(example.sequence) == card.input.length
    assert {len(step) for step in example.sequence} == {len(card.input.features)}
    assert sum(example.probabilities) == pytest.approx(1)
    assert example.prediction == card.classes[max(range(2), key=example.probabilities.__getitem__)]


@pytest.mark.parametrize(
    ("heading", "record"),
    [
        ("## Fields", Card),
        ("### A metric", Metric),
        ("### An example input", Example),
        ('## Input: `"kind": "text"`', TextSpecification),
        ('## Input: `"kind": "raw_text"`', RawTextSpecification),
        ('## Input: `"kind": "numeric"`', NumericSpecification),
        ("### A picture", PictureSpecification),
    ],
)
def test_the_card_page_lists_the_fields(heading, record):
    section = re.split(r"\n##+ ", CARD_PAGE.split(f"{heading}\n")[1])[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert listed == [field.name for field in dataclasses.fields(record)]


def test_the_card_page_lists_the_tasks():
    (line,) = (line for line in CARD_PAGE.splitlines() if line.startswith("| `task` |"))
    assert tuple(re.findall(r"`(\w+)`", line)[1:]) == TASKS


def test_the_card_page_lists_the_ways_of_splitting():
    section = re.split(r"\n##+ ", CARD_PAGE.split("### Splitting a text\n")[1])[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(SPLITTINGS)


def test_the_floors_are_those_that_are_checked():
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8").split("\nlayers =\n")[1].split("\n\n")[0]
    floors = re.findall(r"\((\w+)\)", contract)
    for page in (ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"):
        (drawn,) = re.findall(r"```text\n(app →.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        assert re.findall(r"\w+", drawn) == floors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:attnviz|tests|tools|docs|\.ci)/[\w/.-]*\w)/?`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name.replace("/NAME", "")).exists()] == []
