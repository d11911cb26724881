"""Make the sentiment model again: `python -m sample_models.sentiment.train --data sentiment-sentences.tsv`.

The settings were chosen by validation inside the training sentences; the test split was never looked at for them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import keras

from attnviz.sequences.specification import FIRST_WORD_ID, TextSpecification
from attnviz.training.architectures import text_classifier
from attnviz.training.command_line import run_script, training_parser
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import Recipe, carry_out
from sample_models.sentiment.recipe import CLASSES, WarmUp, sentiment_recipe
from sample_models.sentiment.sentences import Sentence, read_sentences

EMBEDDING = 64
EPOCHS, PATIENCE, LEARNING_RATE = 20, 4, 0.001
DESCRIPTION = (
    "Says whether a short English sentence about a product, a film or a restaurant is positive or negative. "
    "It knows simple negation; it misses irony, and reads a mixed opinion by its louder side."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser(
        "Train the sentiment model.",
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
        name="sentiment",
        title="Sentiment of a sentence",
        description=DESCRIPTION,
        build=build,
        settings=settings,
        warm_up=warm_up,
    )


def build(specification: TextSpecification) -> keras.Model:
    """The model before training."""
    return text_classifier(
        words=len(specification.vocabulary) + FIRST_WORD_ID, classes=len(CLASSES), embedding=EMBEDDING, name="sentiment"
    )


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
