"""Make the dates model again: `python -m sample_models.dates.train`.

The settings were chosen on the validation dates; the test dates were never looked at for them.
"""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from attnviz.models.card import Card, Metric
from attnviz.models.decodings import Greedy
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.command_line import progress, run_script, training_parser
from attnviz.training.fitting import FitSettings, Run
from attnviz.training.sequence_batches import SequenceBatches
from attnviz.training.sequence_fitting import fit_sequences
from attnviz.training.sequence_recipe import SequenceRecipe, carry_out_sequences, share_figure
from attnviz.training.sequence_to_sequence import transcriber
from sample_models.dates.alignment import looks_in_the_field
from sample_models.dates.written_dates import WrittenDate, draw_days, write_date

SOURCE = TextSpecification(
    name="written",
    vocabulary=tuple(" ',-./0123456789abcdefghijklmnopqrstuvwxyz"),
    maximum_length=48,
    splitting="characters",
)
OUTPUT = OutputSpecification(
    name="iso", vocabulary=tuple("-0123456789"), maximum_length=11, splitting="characters", joining="characters"
)
SIZES = {"training": 20_000, "validation": 1_000, "test": 2_000}
DATA_SEED = 2015
"""Fixed, whatever seed the training has: every model is measured on the same dates."""
EPOCHS, PATIENCE, LEARNING_RATE, BATCH_SIZE = 8, 2, 0.003, 128
EXAMPLES = (
    "12 March 2021",
    "Tuesday, March 3rd 2026",
    "3/12/21",
    "14 July 1789",
    "the 1st of January 2000",
    "9.11.1989",
    "DEC 25, 1999",
    "4th of sept. '07",
    "2024-02-29",
    "Fri 31 october 1997",
    "July the 20th, 1969",
    "5-Nov-48",
)

DESCRIPTION = (
    "Writes a date in its ISO form, yyyy-mm-dd, digit by digit. Where only numbers are given the day comes first, "
    "unless a year of four digits does; a year of two digits lies from 1950 to 2049. Which characters it has to look "
    "at is known, so it shows whether the attention can be believed."
)
DATA = (
    "Made by train.py: days of the years 1000 to 2999, each written in one of 21 patterns, with and without weekday, "
    "leading zeros, ordinals, short months and years, in any case. No day stands on two sides. Trained on the loss of "
    "the next character alone, which knows nothing of where to look."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser("Train the dates model.", folder=Path(__file__).parent, epochs=EPOCHS)
    parser.set_defaults(seeds=2)
    arguments = parser.parse_args(argv)
    settings = FitSettings(
        epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE
    )
    carry_out_sequences(recipe_for(settings), arguments, print)


def recipe_for(settings: FitSettings) -> SequenceRecipe:
    """How the model is made."""
    dates = draw_data()
    return SequenceRecipe(
        card=Card(
            name="dates",
            title="Dates to ISO",
            description=DESCRIPTION,
            task="seq2seq",
            input=SOURCE,
            output=OUTPUT,
            outputs="logits",
            data=DATA,
            splits={part: len(drawn) for part, drawn in dates.items()},
        ),
        train=lambda seed: train(seed, dates["training"], dates["validation"], settings),
        measure=lambda model: (
            *figures_of(model, dates["test"], "test"),
            *figures_of(model, dates["validation"], "validation"),
        ),
        baselines=lambda: baseline_figures(dates["test"]),
        examples=EXAMPLES,
        settings=f"Adam {LEARNING_RATE}, batches of {BATCH_SIZE}.",
    )


def draw_data() -> dict[str, list[WrittenDate]]:
    """Training, validation and test, on different days, each day written once."""
    generator = np.random.default_rng(DATA_SEED)
    written = iter([write_date(day, generator) for day in draw_days(sum(SIZES.values()), generator)])
    return {part: [next(written) for _ in range(size)] for part, size in SIZES.items()}


def train(seed: int, training: Sequence[WrittenDate], validation: Sequence[WrittenDate], settings: FitSettings) -> Run:
    """One training: the seed draws the first weights and the order of the dates."""
    keras.utils.set_random_seed(seed)
    model = transcriber(
        source_characters=SOURCE.first_id + len(SOURCE.vocabulary),
        target_characters=OUTPUT.size,
        source_name=SOURCE.name,
        target_name=OUTPUT.name,
        name="dates",
    )
    return fit_sequences(
        model,
        batches(training, size=settings.batch_size, seed=seed),
        batches(validation, size=settings.batch_size),
        settings,
        seed=seed,
        on_epoch=progress(seed, print),
    )


def batches(dates: Sequence[WrittenDate], *, size: int, seed: int | None = None) -> SequenceBatches:
    """Dates as ids, in batches."""
    return SequenceBatches(
        [[SOURCE.ids[one] for one in date.text.lower()] for date in dates],
        [OUTPUT.ids_of(date.iso) for date in dates],
        start_id=OUTPUT.start_id,
        end_id=OUTPUT.end_id,
        unknown_id=OUTPUT.unknown_id,
        batch_size=size,
        seed=seed,
    )


def figures_of(model: LoadedModel, dates: Sequence[WrittenDate], split: str) -> tuple[Metric, ...]:
    """Exact dates, and where the model looked."""
    written = model.write([date.text for date in dates], decoding=Greedy())["prediction"]
    right = sum(one == date.iso for one, date in zip(written, dates, strict=True))
    looked = looks_in_the_field(model, dates)
    every = [one for kind in looked.values() for one in kind]
    return (
        share_figure("exact", right, len(dates), split=split, what="dates, greedy"),
        share_figure(
            "looks in the right field",
            sum(looked["source"]),
            len(looked["source"]),
            split=split,
            what="digits that stand in the text: the most attended character is one of their day, month or year",
        ),
        share_figure(
            "looks in the right field, filled-in zeros too",
            sum(every),
            len(every),
            split=split,
            what="digits, with those that make 05 of 5",
        ),
    )


def baseline_figures(dates: Sequence[WrittenDate]) -> tuple[Metric, ...]:
    """What pandas makes of the same texts, day first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it says so where the year comes first all the same
        read = [pd.to_datetime(date.text, dayfirst=True, errors="coerce") for date in dates]
    right = sum(not pd.isna(one) and f"{one:%Y-%m-%d}" == date.iso for one, date in zip(read, dates, strict=True))
    return (share_figure("exact", right, len(dates), split="test", what="dates by pandas.to_datetime, day first"),)


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
