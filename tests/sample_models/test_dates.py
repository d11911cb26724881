"""The dates model that ships: what it writes, and that its attention is where the right answer comes from."""

import datetime
import re

import keras
import numpy as np
import pytest

import attnviz
import sample_models
from attnviz.models.decodings import Beam, Greedy
from attnviz.training.sequence_batches import padded
from sample_models.dates.alignment import looks_in_the_field
from sample_models.dates.train import OUTPUT, SOURCE, draw_data
from sample_models.dates.written_dates import draw_days, write_date

FOLDER = next(iter(sample_models.__path__))


@pytest.fixture(scope="module")
def model():
    return attnviz.load_model("dates")


@pytest.fixture(scope="module")
def tested():
    return draw_data()["test"][:400]


def test_the_examples_come_out_as_the_card_says(model):
    table = model.predict([one.sequence for one in model.card.examples])
    assert len(table) == 12
    assert list(table["prediction"]) == [one.prediction for one in model.card.examples]
    np.testing.assert_allclose(table["probability"], [one.probabilities[0] for one in model.card.examples], atol=1e-4)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("12 March 2021", "2021-03-12"),
        ("3/12/21", "2021-12-03"),
        ("the 5th of November 1605", "1605-11-05"),
        ("monday, april 1st 2024", "2024-04-01"),
        ("31.12.1999", "1999-12-31"),
        ("JUL 4, 1976", "1976-07-04"),
        ("2010-10-10", "2010-10-10"),
        ("1 Sept. '50", "1950-09-01"),
        ("1 Sept. '49", "2049-09-01"),
    ],
)
def test_dates_come_out_right(model, written, iso):
    for decoding in (Greedy(), Beam()):
        assert model.predict(written, decoding=decoding)["prediction"][0] == iso


def test_test_dates_are_exact(model, tested):
    table = model.write([date.text for date in tested], decoding=Greedy())
    right = [one == date.iso for one, date in zip(table["prediction"], tested, strict=True)]
    assert np.mean(right) >= 0.99


def test_the_most_attended_character_lies_in_the_field_that_a_digit_comes_from(model, tested):
    """Straight from Keras' layer: the known answer for everything that shows attention."""
    keras_model = model.keras_model
    plain = keras.Model(keras_model.inputs, keras_model.get_layer("attention").output[1])
    spans = {"year": (0, 4), "month": (5, 7), "day": (8, 10)}
    source = padded([[SOURCE.ids[one] for one in date.text.lower()] for date in tested])
    written = padded([[OUTPUT.start_id, *OUTPUT.ids_of(date.iso)] for date in tested])
    looked = plain.predict([source, written], verbose=0).argmax(axis=-1)
    inside = []
    for date, most in zip(tested, looked, strict=True):
        for field, (first, last) in spans.items():
            start, end = date.fields[field]
            digits = re.sub(r"\D", "", date.text[start:end])
            named = field == "month" and not digits
            for position in range(first, last):
                if named or position >= last - len(digits):  # else the digit stands nowhere in the text
                    inside.append(start <= most[position] < end)
    assert len(inside) > 2500
    assert np.mean(inside) >= 0.95


def test_the_capture_shows_the_same(model, tested):
    looked = looks_in_the_field(model, tested)
    assert np.mean(looked["source"]) >= 0.95
    said = {one.name: one.value for one in model.card.metrics if one.split == "test"}
    assert np.mean(looked["source"]) == pytest.approx(said["looks in the right field"], abs=0.02)


def test_the_card_is_of_a_model_that_passes(model):
    said = {one.name: one for one in model.card.metrics if one.split == "test"}
    assert said["exact"].value >= 0.99
    assert said["looks in the right field"].value >= 0.95
    assert model.card.parameters == model.keras_model.count_params()
    assert model.card.splits == {"training": 20_000, "validation": 1_000, "test": 2_000}
    assert {one.name for one in model.card.baselines} == {"exact"}
    assert 0 < model.card.training_seconds < 1800


def test_the_generator_says_where_the_fields_are():
    generator = np.random.default_rng(5)
    texts = set()
    for day in draw_days(3000, generator):
        date = write_date(day, generator)
        parts = {name: date.text[start:end] for name, (start, end) in date.fields.items()}
        assert date.iso == day.isoformat()
        assert int(re.match(r"\d+", parts["day"])[0]) == day.day
        assert int(parts["year"]) in (day.year, day.year % 100)
        if parts["month"].isdigit():
            assert int(parts["month"]) == day.month
        else:
            assert parts["month"].lower()[:3] == f"{day:%b}".lower()
        if len(parts["year"]) == 2:
            assert 1950 <= day.year <= 2049
        assert len(date.text) <= SOURCE.maximum_length
        assert set(date.text.lower()) <= set(SOURCE.vocabulary)
        texts.add(date.text)
    assert len(texts) > 2990


def test_weekdays_are_those_of_the_calendar():
    generator = np.random.default_rng(1)
    for _ in range(200):
        date = write_date(datetime.date(2024, 2, 29), generator)
        word = re.match(r"[A-Za-z]+day\b|(?:mon|tue|wed|thu|fri|sat|sun)\b", date.text, re.IGNORECASE)
        if word:
            assert word[0].lower() in ("thursday", "thu")


def test_no_day_stands_on_two_sides():
    days = {part: {date.iso for date in dates} for part, dates in draw_data().items()}
    assert sum(map(len, days.values())) == 23_000 == len(set().union(*days.values()))


def test_the_file_is_small():
    from pathlib import Path

    assert (Path(FOLDER) / "dates" / "model.keras").stat().st_size < 2_000_000
