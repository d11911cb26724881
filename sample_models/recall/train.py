"""Make the recall model again: `python -m sample_models.recall.train`.

The settings were chosen on the validation questions; the test questions were never looked at for them.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from attnviz.models.card import Card, Metric
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import TextSpecification
from attnviz.training.command_line import progress, run_script, training_parser
from attnviz.training.figures import classification_figures
from attnviz.training.fitting import FitSettings, Run, fit
from attnviz.training.recipe import Part, Recipe, carry_out, noted
from attnviz.training.transformers import decoder_classifier
from sample_models.recall.pairs import FEWEST_PAIRS, KEYS, MOST_PAIRS, VALUES, Question, questions

SPECIFICATION = TextSpecification(
    name="tokens",
    vocabulary=(*KEYS, *VALUES),
    maximum_length=2 * MOST_PAIRS + 1,
    splitting="whitespace",
    padding_side="left",  # the last token is the key that is asked for
)
SIZES = {"training": 25_600, "validation": 1_000, "test": 2_000}
DATA_SEEDS = {"validation": 1, "test": 2}
"""Fixed, whatever seed the training has: every model is measured on the same questions."""
EPOCHS, PATIENCE, LEARNING_RATE, BATCH_SIZE = 16, 6, 0.002, 128
EPOCHS_OF_FEWEST = 2
"""Epochs with two pairs, before every further one has a pair more: with eight from the start, it learns nothing."""
EXAMPLES = (
    "a 4 c 9 b 1 a",
    "a 4 c 9 b 1 c",
    "a 4 c 9 b 1 b",
    "x 7 y 7 x",
    "m 0 n 1 o 2 p 3 q 4 o",
    "z 5 a 2 k 8 e 3 z",
    "z 5 a 2 k 8 e 3 e",
    "h 1 e 2 l 3 o 4 w 5 r 6 d 7 h",
    "h 1 e 2 l 3 o 4 w 5 r 6 d 7 d",
    "t 9 s 9 r 9 q 0 q",
    "b 6 d 2 f 0 h 8 j 5 l 3 n 1 p 7 j",
    "p 7 n 1 l 3 j 5 h 8 f 0 d 2 b 6 j",
)

WHERE_THE_ANSWER_STANDS = "attention_2"
"""Layer in which the last letter attends to the digit that it asks for."""
DESCRIPTION = (
    "Reads pairs of a letter and a digit, then one of the letters again, and says which digit belongs to it. It can "
    f"only know by looking: in the layer {WHERE_THE_ANSWER_STANDS}, the last letter attends to the right digit."
)
DATA = (
    "Made by train.py: 2 to 8 pairs with different letters. Questions are training, validation or test by a checksum "
    "of their text, so that none stands on two sides; training draws new ones every epoch."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser("Train the recall model.", folder=Path(__file__).parent, epochs=EPOCHS)
    arguments = parser.parse_args(argv)
    settings = FitSettings(
        epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE
    )
    carry_out(recipe_for(settings), arguments, print)


def recipe_for(settings: FitSettings, *, an_epoch: int = SIZES["training"]) -> Recipe:
    """How the model is made, with this many new questions an epoch."""
    validation, tested = (_part(held_out(name)) for name in ("validation", "test"))
    return Recipe(
        card=Card(
            name="recall",
            title="Associative recall",
            description=DESCRIPTION,
            task="classification",
            input=SPECIFICATION,
            classes=VALUES,
            data=DATA,
            splits={**SIZES, "training": an_epoch},
            first_layer=WHERE_THE_ANSWER_STANDS,
        ),
        train=lambda seed: train(seed, validation, settings, an_epoch),
        measured={"test": tested, "validation": validation},
        measure=_measure,
        baselines=lambda: baseline_figures(tested),
        examples=EXAMPLES,
        settings=f"Adam {LEARNING_RATE}, batches of {BATCH_SIZE}, {an_epoch:,} new questions an epoch, "
        "first of two pairs, then of more.",
    )


def held_out(part: str) -> list[Question]:
    """The questions of `"validation"` or `"test"`."""
    return list(itertools.islice(questions(part, np.random.default_rng(DATA_SEEDS[part])), SIZES[part]))


def train(seed: int, validation: Part, settings: FitSettings, an_epoch: int) -> Run:
    """One training: the seed draws the first weights and the questions."""
    keras.utils.set_random_seed(seed)
    model = decoder_classifier(
        tokens=SPECIFICATION.first_id + len(SPECIFICATION.vocabulary),
        classes=len(VALUES),
        maximum_length=SPECIFICATION.maximum_length,
        name="recall",
    )
    held = (encode(SPECIFICATION, validation.sequences).inputs, validation.targets)
    batches = training_batches(np.random.default_rng(seed), an_epoch // settings.batch_size, settings.batch_size)
    return fit(model, batches, held, settings, seed=seed, on_epoch=progress(seed, print))


def training_batches(generator: np.random.Generator, steps: int, size: int) -> tf.data.Dataset:
    """New questions every epoch, of more pairs from epoch to epoch.

    Returns:
        Batches of int32 `[batch, length]` ids and int64 `[batch]` answers.
    """
    epochs = itertools.count()

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        most = min(MOST_PAIRS, FEWEST_PAIRS + max(0, next(epochs) - EPOCHS_OF_FEWEST + 1))
        source = questions("training", generator, most=most)
        for _ in range(steps):
            part = _part(list(itertools.islice(source, size)))
            yield encode(SPECIFICATION, part.sequences).inputs, part.targets

    signature = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int64))
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(1)


def baseline_figures(tested: Part) -> tuple[Metric, ...]:
    """Any of the digits in the question with the same chance: what there is to know without the keys."""
    outputs = np.array([[text.split().count(value) for value in VALUES] for text in tested.sequences], dtype=float)
    outputs = (outputs + 1e-3) / (outputs + 1e-3).sum(axis=-1, keepdims=True)
    return noted(_measure(tested.targets, outputs, "test"), "the most frequent digit of the question")


def _measure(targets: np.ndarray, outputs: np.ndarray, split: str) -> tuple[Metric, ...]:
    return classification_figures(targets, outputs, split=split)


def _part(drawn: Sequence[Question]) -> Part:
    return Part(sequences=[one.text for one in drawn], targets=np.array([one.answer for one in drawn], dtype=np.int64))


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
