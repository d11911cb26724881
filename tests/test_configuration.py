"""The dashboard's settings: options that Streamlit knows, and colours that can be read."""

import tomllib
from pathlib import Path

import pytest
from streamlit import config

from tests.rooms_together import LONGEST_FIRST

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

TEXT_CONTRAST = 4.5
"""Least contrast of text to what is behind it (WCAG 2.2, 1.4.3, level AA)."""

SHAPE_CONTRAST = 3.0
"""Least contrast of a control or a part of a chart to what is beside it (WCAG 2.2, 1.4.11, level AA)."""


def flat(settings: dict, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in settings.items():
        key = f"{prefix}{name}"
        found |= flat(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, `#RRGGBB` each, from 1 to 21 (WCAG 2.2's definition)."""
    lower, upper = sorted((luminance(one), luminance(other)))
    return (upper + 0.05) / (lower + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def mixed(colour: str, ground: str, opacity: float) -> str:
    """What `colour` at that opacity looks like on `ground`."""
    pairs = [(int(colour[start : start + 2], 16), int(ground[start : start + 2], 16)) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * one + (1 - opacity) * other):02X}" for one, other in pairs)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # WebAIM's checker


@pytest.mark.parametrize("name", flat(SETTINGS))
def test_streamlit_knows_the_option(name):
    assert name in config.get_config_options()


def test_nothing_comes_from_elsewhere():
    assert [value for value in flat(SETTINGS).values() if "//" in str(value)] == []
    assert SETTINGS["browser"]["gatherUsageStats"] is False


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme):
    theme = SETTINGS["theme"][scheme]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    for ground in grounds:
        assert contrast(theme["textColor"], ground) >= TEXT_CONTRAST
        assert contrast(theme["linkColor"], ground) >= TEXT_CONTRAST
        # Streamlit writes captions in 60 % of the text colour, and a chosen option in the accent on 10 % of it.
        assert contrast(mixed(theme["textColor"], ground, 0.6), ground) >= TEXT_CONTRAST
        chosen = mixed(theme["primaryColor"], ground, 0.1)
        assert contrast(theme["primaryColor"], chosen) >= TEXT_CONTRAST
    assert contrast(theme["codeTextColor"], theme["codeBackgroundColor"]) >= TEXT_CONTRAST


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_and_lines_stand_out(scheme):
    theme = SETTINGS["theme"][scheme]
    for colour in [theme["primaryColor"], *theme["chartCategoricalColors"]]:
        assert contrast(colour, theme["backgroundColor"]) >= SHAPE_CONTRAST


def test_no_primary_button_is_used():
    """No accent on a dark ground is light enough to be read as text and dark enough for the white label of a button."""
    assert contrast("#FFFFFF", SETTINGS["theme"]["dark"]["primaryColor"]) >= SHAPE_CONTRAST  # a tick in its box
    sources = (ROOT / "attnviz" / "app").rglob("*.py")
    assert [path for path in sources if 'type="primary"' in path.read_text(encoding="utf-8")] == []


def test_both_schemes_set_the_same():
    assert SETTINGS["theme"]["light"].keys() == SETTINGS["theme"]["dark"].keys()


def test_the_rooms_that_the_tests_begin_with_are_there():
    """A room of another name would be run file by file, and last, without a word."""
    assert [room for room in LONGEST_FIRST if not (ROOT / room).is_dir()] == []
