"""Scales and colours of the linked views, as the browser computes them."""

import numpy as np
import pytest

from tests.browser.family import Family


def test_ranks_of_many_weights_are_those_of_sorting(family: Family):
    page = family.blank()
    found = page.evaluate(
        """async () => {
            const { scaleOf, legendStops } = await import("/attention/scales.js");
            const values = Float32Array.from({ length: 100000 }, (_, place) => ((place * 7919) % 100003 / 100003) ** 5);
            values[17] = NaN;
            const few = values.slice(0, 1000);
            const asked = [0, 1e-6, 0.001, 0.2, 0.9];
            const choice = { scale: "rank", maximum: 1 };
            const answers = [values, few].map((some) => asked.map(scaleOf({ values: some, maximum: 1 }, choice)));
            const stops = legendStops({ values, maximum: 1 }, choice).map(({ value }) => value);
            const masked = scaleOf({ values, maximum: 1 }, choice)(NaN);
            return { asked, answers, stops, masked, all: Array.from(values) };
        }"""
    )
    every = np.array([np.nan if one is None else one for one in found["all"]], float)
    for values, answers in zip((every, every[:1000]), found["answers"], strict=True):
        values = values[~np.isnan(values)]
        expected = [(values < one).sum() / (values < values.max()).sum() for one in found["asked"]]
        assert answers == pytest.approx(expected, abs=6e-4)
    assert np.isnan(found["masked"])
    assert found["stops"] == pytest.approx(np.nanquantile(every, [0, 0.25, 0.5, 0.75, 1]), rel=2e-3, abs=1e-6)


def test_colours_of_heads_and_of_differences_can_be_told_apart(family: Family):
    page = family.blank()
    found = page.evaluate(
        """async () => {
            const { headColours, divergingColours, cssOf, themeOf, luminance, parseColour } =
                await import("/attention/colours.js");
            const theme = themeOf(document.body);
            const dark = { ...theme, dark: true, ground: [15, 21, 24] };
            const contrast = (one, ground) => {
                const [less, more] = [luminance(one), luminance(ground)].sort((a, b) => a - b);
                return (more + 0.05) / (less + 0.05);
            };
            const heads = [theme, dark].map((one) => headColours(16, one));
            const differences = divergingColours(theme);
            return {
                heads, dark: theme.dark,
                contrasts: [theme, dark].map((one, index) =>
                    heads[index].map((colour) => contrast(parseColour(colour), one.ground))),
                ends: [0, 127, 255].map((step) => parseColour(cssOf(differences[step]))),
            };
        }"""
    )
    assert not found["dark"]
    for heads, contrasts in zip(found["heads"], found["contrasts"], strict=True):
        assert len(set(heads)) == 16
        assert min(contrasts) >= 3
    less, none, more = found["ends"]
    assert less[2] > less[0] + 60  # blue
    assert more[0] > more[2] + 60  # orange
    assert none == pytest.approx([255, 255, 255], abs=2)
