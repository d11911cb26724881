"""Make the digits_vit model again: `python -m sample_models.digits_vit.train`.

The settings were chosen on the validation digits. Digits are moved by a pixel since a first model without that was
measured, and was no better than logistic regression.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from attnviz.training.command_line import run_script
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import Part, Recipe, carry_out
from attnviz.training.transformers import vision_transformer
from sample_models.digits.pictures import CLASSES, SPECIFICATION, digits_parser, digits_recipe, read_digits

SIDE, PATCH = 8, 2
EPOCHS, PATIENCE, LEARNING_RATE = 40, 8, 0.001
DESCRIPTION = (
    "Says which digit a picture of 8 × 8 pixels shows (0 white to 16 black). A vision transformer: it cuts the picture "
    "into 16 patches of 2 × 2 pixels, which attend to each other."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = digits_parser("Train the digits_vit model.", folder=Path(__file__).parent, epochs=EPOCHS)
    arguments = parser.parse_args(argv)
    settings = FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE)
    carry_out(recipe_for(read_digits(arguments.data), settings), arguments, print)


def recipe_for(digits: Part, settings: FitSettings) -> Recipe:
    """How the model is made from these digits."""
    return digits_recipe(
        digits,
        name="digits_vit",
        title="Handwritten digits, patch by patch",
        description=DESCRIPTION,
        build=partial(
            vision_transformer,
            side=SIDE,
            patch=PATCH,
            classes=len(CLASSES),
            input_name=SPECIFICATION.name,
            name="digits_vit",
        ),
        settings=settings,
        shifted=True,
        patch=PATCH,
    )


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
