"""The table of models in the README says what the cards say."""

import re
from pathlib import Path

import pytest

import attnviz

README = Path(__file__).parents[2] / "README.md"
HEADLINES = {"spam": "F1 of spam", "translation": "BLEU, up to 7 words", "dates": "exact", "forecast": "MAE"}
"""What each model is measured by; accuracy where nothing is said."""

NUMBER = re.compile(r"\d+\.\d+")


def table():
    """Source, result and baseline of each row, by model."""
    lines = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {cells[0].strip("`"): cells[2:] for cells in rows if len(cells) == 5}


@pytest.fixture(scope="module", params=sorted(attnviz.model_names()))
def row(request):
    return attnviz.load_model(request.param).card, *table()[request.param]


def rounds_to(value, number):
    """Whether `number`, as it is written, is this value."""
    return number == f"{value:.{len(number.partition('.')[2])}f}"


def test_every_model_has_a_row():
    assert set(table()) == set(attnviz.model_names())


def test_it_leads_with_what_the_model_is_measured_by(row):
    card, _, result, _ = row
    headline = HEADLINES.get(card.name, "accuracy")
    name, number = headline.partition(",")[0], NUMBER.search(result)[0]
    assert result.startswith(f"{name} {number}")
    (figure,) = (one for one in card.metrics if one.split == "test" and one.name == headline)
    assert rounds_to(figure.value, number)


def test_every_mean_of_seeds_is_that_of_the_card(row):
    card, _, result, _ = row
    said = re.search(r"mean of five seeds (\d+\.\d+)", result)
    means = [one for one in card.metrics if one.name.endswith("over training seeds")]
    if said:
        assert rounds_to(means[0].value, said[1])
        assert len(re.findall(r"\d: ", means[0].note)) == 5
    else:  # left out where all seeds reach the same, or a training takes too long for five
        assert not means or means[0].interval == (1.0, 1.0)


def test_every_number_is_a_test_figure_of_the_card_or_the_end_of_its_interval(row):
    card, _, result, _ = row
    figures = [one for one in card.metrics if one.split == "test"]
    known = [value for one in figures for value in (one.value, *(one.interval or ()))]
    for number in NUMBER.findall(result):
        assert any(rounds_to(value, number) for value in known), number


def test_every_baseline_is_one_of_the_card(row):
    card, _, _, beside = row
    numbers = NUMBER.findall(beside)
    assert numbers
    for number in numbers:
        assert any(rounds_to(one.value, number) for one in card.baselines if one.split == "test"), number


def test_the_licence_is_that_of_the_card(row):
    card, source, _, _ = row
    if source == "made by its script":
        assert card.data.startswith("Made by train.py")
    else:
        assert source.rpartition(", ")[2] in card.data


def test_those_who_made_the_data_are_named():
    text = README.read_text(encoding="utf-8")
    for who in (
        "Kotzias et al.",
        "Almeida & Hidalgo",
        "Alpaydin & Kaynak",
        "Tatoeba",
        "National Geophysical Data Center",
    ):
        assert who in text
