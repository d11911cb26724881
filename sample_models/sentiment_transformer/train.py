"""Make the transformer of sentiment again: `python -m sample_models.sentiment_transformer.train --data …`.

`--data` takes sentiment-sentences.tsv. The settings were chosen on the validation sentences; the test split was never
looked at for them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import keras

from attnviz.sequences.specification import FIRST_WORD_ID, TextSpecification
from attnviz.training.command_line import run_script, training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import Recipe, carry_out
from attnviz.training.transformers import encoder_classifier
from sample_models.sentiment.recipe import CLASSES, WarmUp, sentiment_recipe
from sample_models.sentiment.sentences import Sentence, read_sentences

WIDTH, BLOCKS, HEADS = 64, 2, 4
EPOCHS, PATIENCE, LEARNING_RATE = 20, 4, 0.0005
DESCRIPTION = (
    "Says whether a short English sentence about a product, a film or a restaurant is positive or negative: a "
    "transformer encoder with 2 layers of 4 heads, trained on the same sentences as the model sentiment."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser(
        "Train the transformer of sentiment.",
        folder=Path(__file__).parent,
        epochs=EPOCHS,
        data="tab-separated sentences with the columns domain, label (0 or 1) and text",
    )
    arguments = parser.parse_args(argv)
    settings = FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE)
    carry_out(recipe_for(read_sentences(arguments.data), settings, WarmUp()), arguments, print)


def recipe_for(sentences: Sequence[Sentence], settings: FitSettings, warm_up: WarmUp) -> Recipe:
    """How the model is made from these sentences."""
    return sentiment_recipe(
        sentences,
        name="sentiment_transformer",
        title="Sentiment of a sentence, by a transformer",
        description=DESCRIPTION,
        build=build,
        settings=settings,
        warm_up=warm_up,
    )


def build(specification: TextSpecification) -> keras.Model:
    """The model before training."""
    return encoder_classifier(
        words=len(specification.vocabulary) + FIRST_WORD_ID,
        classes=len(CLASSES),
        maximum_length=specification.maximum_length,
        blocks=BLOCKS,
        heads=HEADS,
        width=WIDTH,
        name="sentiment_transformer",
    )


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
