"""Make the translation model again: `python -m sample_models.translation.train --data tatoeba-eng-fra.tsv.gz`.

The settings were chosen on the validation sentences; the test split was never looked at for them.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras

from attnviz.models.card import Card, Metric
from attnviz.models.decodings import Beam, Greedy
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.command_line import progress, run_script, training_parser
from attnviz.training.fitting import FitSettings, Run
from attnviz.training.sequence_batches import SequenceBatches
from attnviz.training.sequence_fitting import fit_sequences
from attnviz.training.sequence_recipe import SequenceRecipe, carry_out_sequences
from attnviz.training.sequence_to_sequence import translator
from sample_models.translation.figures import nearest_translations, references_of, translation_figures
from sample_models.translation.sentences import (
    Pair,
    english_vocabulary,
    french_vocabulary,
    read_pairs,
    split_pairs,
)

LEAST_COUNT = 2
EMBEDDING, UNITS, DROPOUT = 192, 384, 0.3
EPOCHS, PATIENCE, LEARNING_RATE, BATCH_SIZE = 20, 3, 0.002, 128
LONGEST_SOURCE, LONGEST_OUTPUT = 40, 40
EXAMPLES = (
    "I am cold.",
    "Where is the station?",
    "She is reading a book.",
    "We don't have much time.",
    "My brother lives in Paris.",
    "Can you help me?",
    "Tom bought a new car.",
    "I'd like a cup of coffee.",
    "I have never been to Paris.",
    "What time is it?",
    "Open the window, please.",
    "I forgot your name.",
)

DESCRIPTION = (
    "Translates short, everyday English sentences into French. It has read sentences of up to nine words: longer ones, "
    "rare words and set phrases such as Good morning! come out wrong, and its adjectives do not always agree with "
    "their subject. It knows few names, Tom, Mary and John among them."
)
DATA = (
    "Sentence pairs of the Tatoeba project (tatoeba.org) by way of manythings.org/anki, CC BY 2.0 FR: short English "
    "sentences with their French versions. Split by English sentence with all its versions; no sentence of the test "
    "differs from one of training in case, punctuation or short forms (I'm, I am) alone. The example sentences were "
    "written for this project."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser(
        "Train the translation model.",
        folder=Path(__file__).parent,
        epochs=EPOCHS,
        data="tab-separated sentence pairs with the columns english and french, packed with gzip or not",
    )
    parser.set_defaults(seeds=1)
    arguments = parser.parse_args(argv)
    settings = FitSettings(
        epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE
    )
    recipe = recipe_for(read_pairs(arguments.data), settings, backup=arguments.out / "unfinished")
    carry_out_sequences(recipe, arguments, print)


def recipe_for(pairs: Sequence[Pair], settings: FitSettings, *, backup: Path | None = None) -> SequenceRecipe:
    """How the model is made.

    Args:
        pairs: All of them, of training, validation and test.
        settings: How to fit.
        backup: Where a training that is stopped leaves what it goes on from, a folder for each seed.
    """
    split = split_pairs(pairs)
    training, validation, tested = (
        [pairs[index] for index in part] for part in (split.training, split.validation, split.test)
    )
    source, output = specifications_for(training)
    return SequenceRecipe(
        card=Card(
            name="translation",
            title="English to French",
            description=DESCRIPTION,
            task="seq2seq",
            input=source,
            output=output,
            outputs="logits",
            data=DATA,
            splits=split.sizes,
        ),
        train=lambda seed: train(
            seed, source, output, training, validation, settings, backup=backup and backup / f"seed_{seed}"
        ),
        measure=lambda model: (
            *figures_of(model, tested, "test"),
            *figures_of(model, validation, "validation"),
        ),
        baselines=lambda: baseline_figures(training, tested),
        examples=EXAMPLES,
        settings=f"Adam {LEARNING_RATE}, halved where validation stops improving; batches of {BATCH_SIZE}; one core.",
    )


def specifications_for(training: Sequence[Pair]) -> tuple[TextSpecification, OutputSpecification]:
    """What the model takes and what it writes: every token that training has twice or more."""
    source = TextSpecification(
        name="english",
        vocabulary=english_vocabulary(training, least=LEAST_COUNT),
        maximum_length=LONGEST_SOURCE,
        splitting="english_words",
    )
    output = OutputSpecification(
        name="french",
        vocabulary=french_vocabulary(training, least=LEAST_COUNT),
        maximum_length=LONGEST_OUTPUT,
        splitting="french_words",
        joining="french_words",
        sentence_case=True,
    )
    return source, output


def train(
    seed: int,
    source: TextSpecification,
    output: OutputSpecification,
    training: Sequence[Pair],
    validation: Sequence[Pair],
    settings: FitSettings,
    *,
    backup: Path | None = None,
) -> Run:
    """One training."""
    keras.utils.set_random_seed(seed)
    model = translator(
        source_words=source.first_id + len(source.vocabulary),
        target_words=output.size,
        source_name=source.name,
        target_name=output.name,
        embedding=EMBEDDING,
        units=UNITS,
        dropout=DROPOUT,
        name="translation",
    )
    return fit_sequences(
        model,
        batches(source, output, training, size=settings.batch_size, seed=seed),
        batches(source, output, validation, size=settings.batch_size),
        settings,
        seed=seed,
        on_epoch=progress(seed, print),
        backup=backup,
    )


def batches(
    source: TextSpecification, output: OutputSpecification, pairs: Sequence[Pair], *, size: int, seed: int | None = None
) -> SequenceBatches:
    """Pairs as ids, in batches."""
    return SequenceBatches(
        [[source.ids.get(token, source.unknown_id or 0) for token in pair.source] for pair in pairs],
        [output.ids_of(pair.french) for pair in pairs],
        start_id=output.start_id,
        end_id=output.end_id,
        unknown_id=output.unknown_id,
        batch_size=size,
        seed=seed,
    )


def figures_of(model: LoadedModel, pairs: Sequence[Pair], split: str) -> tuple[Metric, ...]:
    """BLEU and chrF of what the model writes with a beam, its default, and greedily."""
    references = references_of(pairs)
    figures: list[Metric] = []
    for decoding, name, suffix in ((Beam(), f"beam of {Beam().size}", ""), (Greedy(), "greedy", ", greedy")):
        table = model.write(list(references), decoding=decoding)
        written = table[table["rank"] == 1]["prediction"].tolist()
        measured = translation_figures(written, references, split=split, note=name)
        figures.extend(replace(one, name=f"{one.name}{suffix}") for one in measured)
    return tuple(figures)


def baseline_figures(training: Sequence[Pair], tested: Sequence[Pair]) -> tuple[Metric, ...]:
    """The translation of the most similar training sentence, on the same test."""
    references = references_of(tested)
    written = nearest_translations(list(references), training)
    return translation_figures(written, references, split="test", note="most similar training sentence, TF-IDF")


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
