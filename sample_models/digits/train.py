"""Make the digits model again: `python -m sample_models.digits.train`.

The settings were chosen on the validation digits; the test split was never looked at for them.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from attnviz.training.architectures import series_classifier
from attnviz.training.command_line import run_script
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import carry_out
from sample_models.digits.pictures import CLASSES, SPECIFICATION, digits_parser, digits_recipe, read_digits

EPOCHS, PATIENCE, LEARNING_RATE = 80, 12, 0.003
DESCRIPTION = (
    "Says which digit a picture of 8 rows of 8 pixels shows (0 white to 16 black), reading it row by row from the top."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = digits_parser("Train the digits model.", folder=Path(__file__).parent, epochs=EPOCHS)
    arguments = parser.parse_args(argv)
    recipe = digits_recipe(
        read_digits(arguments.data),
        name="digits",
        title="Handwritten digits",
        description=DESCRIPTION,
        build=partial(
            series_classifier,
            length=SPECIFICATION.length,
            features=len(SPECIFICATION.features),
            classes=len(CLASSES),
            input_name=SPECIFICATION.name,
            name="digits",
        ),
        settings=FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE),
    )
    carry_out(recipe, arguments, print)


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
