"""Print and page agree: each weight gets the same place along the colours, and the legends the same words."""

import numpy as np
import pytest

from attnviz.render.matplotlib_colours import HEADS, PAGE_COLOURS
from attnviz.views.colour_scale import shades, ticks


@pytest.mark.parametrize("scale", ["linear", "log", "rank"])
@pytest.mark.parametrize("maximum", [0.37, 1.0])
def test_python_and_browser_give_a_weight_the_same_colour(family, scale, maximum):
    weights = np.random.default_rng(1).dirichlet(np.full(30, 0.1), size=30).astype(np.float32)
    weights[3, 4:9] = np.nan
    units, stops = family.blank().evaluate(
        """async ({weights, scale, maximum}) => {
            const { scaleOf, legendStops } = await import("/attention/scales.js");
            const matrix = { values: Float32Array.from(weights, (one) => one ?? NaN), maximum };
            const units = Array.from(matrix.values, scaleOf(matrix, { scale, maximum }));
            return [units.map((one) => (Number.isNaN(one) ? null : one)), legendStops(matrix, { scale, maximum })];
        }""",
        {
            "weights": [None if np.isnan(one) else float(one) for one in weights.ravel()],
            "scale": scale,
            "maximum": maximum,
        },
    )
    np.testing.assert_allclose(shades(weights, scale, maximum).ravel(), np.array(units, float), atol=2e-6)
    python = ticks(weights, scale, maximum)
    assert [text for _, text in python] == [stop["text"] for stop in stops]
    np.testing.assert_allclose([unit for unit, _ in python], [stop["unit"] for stop in stops], atol=1e-6)


def test_print_has_the_colours_of_a_light_page(family):
    colours, heads = family.blank().evaluate(
        """async () => {
            const { sequentialColours, cssOf, headColours, themeOf } = await import("/attention/colours.js");
            const theme = themeOf(document.body);
            return [Array.from(sequentialColours(theme), cssOf), headColours(16, theme)];
        }"""
    )
    parsed = [[int(part) for part in one.removeprefix("rgb(").rstrip(")").split(",")] for one in colours]
    np.testing.assert_allclose(PAGE_COLOURS(np.arange(256), bytes=True)[:, :3], parsed, atol=2)
    assert list(HEADS) == heads
