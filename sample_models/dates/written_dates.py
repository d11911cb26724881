"""Dates as people write them, with the place of day, month and year: what the dates model learns from.

Where only numbers are given the day comes first (12/3/2021 is 12 March), unless a year of four digits does. A year of
two digits lies from 1950 to 2049, one of four from 1000 to 2999.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

YEARS = (1000, 2999)
RECENT_YEARS = (1950, 2049)
"""A year may be written with two digits from the first to the last of these, and every second date lies there."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_PATTERNS = (
    "{day} {month} {year}",
    "{day} {month}, {year}",
    "{month} {day}, {year}",
    "{month} {day} {year}",
    "{ordinal} {month} {year}",
    "{ordinal} of {month} {year}",
    "{ordinal} of {month}, {year}",
    "the {ordinal} of {month} {year}",
    "{month} {ordinal}, {year}",
    "{month} {ordinal} {year}",
    "{month} the {ordinal}, {year}",
    "{day}-{month}-{year}",
    "{year} {month} {day}",
    "{year}, {month} {ordinal}",
)
_NUMBER_PATTERNS = ("{day}/{number}/{year}", "{day}.{number}.{year}", "{day}-{number}-{year}", "{day} {number} {year}")
_YEAR_FIRST = ("{year}/{number}/{day}", "{year}-{number}-{day}", "{year}.{number}.{day}")
_FIELDS = {"day": "day", "ordinal": "day", "month": "month", "number": "month", "year": "year"}


@dataclass(frozen=True, kw_only=True)
class WrittenDate:
    """A date as somebody wrote it.

    Attributes:
        text: As written.
        iso: The same day as `yyyy-mm-dd`.
        fields: For `"day"`, `"month"` and `"year"` the position of its first character in `text` and that after its
            last; an ordinal's ending (`rd`) belongs to its day, a stop or an apostrophe to no field.
    """

    text: str
    iso: str
    fields: Mapping[str, tuple[int, int]]

    @property
    def output_fields(self) -> tuple[str | None, ...]:
        """For each of the ten characters of `iso` the field that it comes from.

        None for hyphens, and for what is nowhere in `text`: the century of a year of two digits.
        """
        first, last = self.fields["year"]
        century = "year" if last - first == 4 else None
        return (century, century, "year", "year", None, "month", "month", None, "day", "day")

    @property
    def filled_positions(self) -> tuple[int, ...]:
        """Positions in `iso` of the zeros that stand before a day or a month of one digit in `text`."""
        filled = []
        for position, field in ((5, "month"), (8, "day")):
            start, end = self.fields[field]
            digits = sum(one.isdigit() for one in self.text[start:end])
            if self.iso[position] == "0" and digits == 1:
                filled.append(position)
        return tuple(filled)


def write_date(date: datetime.date, generator: np.random.Generator) -> WrittenDate:
    """`date` in one of many ways, drawn at random.

    Args:
        date: A day of the years `YEARS`.
        generator: What draws.
    """
    choose = generator.random
    short_year = choose() < 0.4 and RECENT_YEARS[0] <= date.year <= RECENT_YEARS[1]
    if choose() < 0.35:
        pattern = _one(_YEAR_FIRST if choose() < 0.3 else _NUMBER_PATTERNS, generator)
    else:
        pattern = _one(_PATTERNS, generator)
    if pattern.startswith("{year}"):
        short_year = False  # 21 March 12 could be of two years
    year = f"{date.year % 100:02}" if short_year else str(date.year)
    month = _MONTHS[date.month - 1]
    if choose() < 0.5:
        month = "Sept" if month == "September" and choose() < 0.5 else month[:3]
        month += "." * (choose() < 0.2 and "{month} " in pattern)
    zeros = choose() < 0.5
    words = {
        "day": f"{date.day:02}" if zeros else str(date.day),
        "ordinal": f"{date.day}{_ordinal_ending(date.day)}",
        "month": month,
        "number": f"{date.month:02}" if zeros else str(date.month),
        "year": year,
    }
    text, fields = _filled(pattern, words)
    if short_year and _ends_in_named_month(pattern) and choose() < 0.5:
        start, end = fields["year"]
        text, fields = f"{text[:start]}'{text[start:]}", {**fields, "year": (start + 1, end + 1)}
    if choose() < 0.3:
        weekday = _WEEKDAYS[date.weekday()]
        before = f"{weekday if choose() < 0.5 else weekday[:3]}{_one((', ', ' '), generator)}"
        text = before + text
        fields = {name: (start + len(before), end + len(before)) for name, (start, end) in fields.items()}
    case = choose()
    text = text.lower() if case < 0.25 else text.upper() if case < 0.4 else text
    return WrittenDate(text=text, iso=date.isoformat(), fields=fields)


def draw_days(count: int, generator: np.random.Generator) -> list[datetime.date]:
    """`count` different days of the years `YEARS`, about half of them in `RECENT_YEARS`.

    Args:
        count: At most the number of days in `RECENT_YEARS`.
        generator: What draws.
    """
    days: dict[datetime.date, None] = {}
    while len(days) < count:
        first, last = RECENT_YEARS if generator.random() < 0.5 else YEARS
        start = datetime.date(first, 1, 1)
        span = (datetime.date(last, 12, 31) - start).days + 1
        days[start + datetime.timedelta(days=int(generator.integers(span)))] = None
    return list(days)


def _filled(pattern: str, words: Mapping[str, str]) -> tuple[str, dict[str, tuple[int, int]]]:
    text, fields = "", {}
    for literal, name in re.findall(r"([^{]*)(?:\{(\w+)\})?", pattern):
        text += literal
        if name:
            fields[_FIELDS[name]] = (len(text), len(text) + len(words[name].rstrip(".")))
            text += words[name]
    return text, fields


def _ends_in_named_month(pattern: str) -> bool:
    return "{month}" in pattern and pattern.endswith(" {year}")


def _ordinal_ending(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _one(choices: tuple[str, ...], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]
