"""Make the hierarchical model again: `python -m sample_models.reviews_hierarchical.train --data …`.

`--data` takes sentiment-sentences.tsv. The settings were chosen on documents of the validation sentences; those of the
test sentences were never looked at for them.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from attnviz.models.card import Card
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import FIRST_WORD_ID
from attnviz.training.architectures import document_classifier
from attnviz.training.command_line import progress, run_script, training_parser
from attnviz.training.fitting import FitSettings, Run, fit, make_optimizer_variables
from attnviz.training.recipe import Part, Recipe, carry_out
from sample_models.reviews_hierarchical.documents import draw_documents
from sample_models.reviews_hierarchical.examples import EXAMPLES
from sample_models.sentiment.batches import with_unknown_words
from sample_models.sentiment.lexicon import PhraseSource, read_lexicon, valence_vectors
from sample_models.sentiment.recipe import CLASSES, baseline_figures, measure, part, vocabulary_of
from sample_models.sentiment.sentences import Sentence, count_words, read_sentences, split_sentences, words_of

MAXIMUM_SENTENCES, MAXIMUM_LENGTH = 8, 32
SIZES = {"training": 3000, "validation": 500, "test": 1000}
DATA_SEEDS = {"training": 3, "validation": 1, "test": 2}
"""Fixed, whatever seed the training has: every model is measured on the same documents."""
EPOCHS, PATIENCE, LEARNING_RATE = 10, 3, 0.0005
PHRASES, WARM_UP_EPOCHS, WARM_UP_LEARNING_RATE = 2000, 6, 0.002
SINGLE_SHARE = 0.4
"""Share of the training documents that are a single sentence."""

DESCRIPTION = (
    "Says whether most sentences of an English review are positive or negative. It weighs the words of every sentence, "
    "and then the sentences: both weights are shown. Words differ much; for a majority every sentence counts the same, "
    "so the weights of sentences are close to each other."
)
DATA = (
    "Documents of 3 to 7 sentences drawn from the Sentiment Labelled Sentences (Kotzias et al., KDD 2015), UCI Machine "
    "Learning Repository, CC BY 4.0. Every document has positive and negative sentences; its label is that of most of "
    "them, and there are no ties. The sentences were split first, so that none stands in documents of two parts; "
    "training draws new documents every epoch, and single sentences among them. Word vectors start from the valences "
    "of the VADER lexicon (Hutto & Gilbert, 2014, MIT licence), and phrases made from its words teach negation. The "
    "example reviews were written for this project. Documents of one part share its sentences, so the intervals are "
    "narrower than those of as many documents of new sentences would be."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, choose and write the model, or measure the written one again.

    Raises:
        InputError: If the data cannot be used.
        CardError: If `--evaluate` measures other figures than the card quotes.
    """
    parser = training_parser(
        "Train the hierarchical model of reviews.",
        folder=Path(__file__).parent,
        epochs=EPOCHS,
        data="tab-separated sentences with the columns domain, label (0 or 1) and text",
    )
    arguments = parser.parse_args(argv)
    settings = FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE)
    carry_out(recipe_for(read_sentences(arguments.data), settings), arguments, print)


def recipe_for(sentences: Sequence[Sentence], settings: FitSettings, *, sizes: Mapping[str, int] = SIZES) -> Recipe:
    """How the model is made from these sentences, with this many documents of each part (of training, an epoch)."""
    split = split_sentences(sentences)
    by_part = {name: part(sentences, getattr(split, name)) for name in sizes}
    drawn = {
        name: draw_documents(by_part[name], sizes[name], np.random.default_rng(DATA_SEEDS[name])) for name in sizes
    }
    specification = DocumentSpecification(
        name="sentences",
        vocabulary=vocabulary_of(by_part["training"], read_lexicon()),
        maximum_length=MAXIMUM_LENGTH,
        maximum_sentences=MAXIMUM_SENTENCES,
    )
    return Recipe(
        card=Card(
            name="reviews_hierarchical",
            title="Reviews, sentence by sentence",
            description=DESCRIPTION,
            task="classification",
            input=specification,
            classes=CLASSES,
            data=f"{DATA} Sentences: {', '.join(f'{len(own):,} {name}' for name, own in by_part.items())}.",
            splits=sizes,
        ),
        train=lambda seed: train(
            seed, specification, by_part["training"], drawn["validation"], settings, sizes["training"]
        ),
        measured={"test": drawn["test"], "validation": drawn["validation"]},
        measure=measure,
        baselines=lambda: baseline_figures(drawn["training"], drawn["validation"], drawn["test"]),
        examples=EXAMPLES,
        settings=(
            f"Adam {LEARNING_RATE}, {sizes['training']:,} new documents an epoch, after {WARM_UP_EPOCHS} epochs of "
            "single sentences and phrases."
        ),
    )


def train(
    seed: int,
    specification: DocumentSpecification,
    sentences: Sequence[Sentence],
    validation: Part,
    settings: FitSettings,
    documents: int,
) -> Run:
    """One training: the seed draws the first weights, the documents, unknown words and dropout."""
    started = time.perf_counter()
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    model = document_classifier(
        words=len(specification.vocabulary) + FIRST_WORD_ID,
        classes=len(CLASSES),
        sentences=specification.maximum_sentences,
        length=specification.maximum_length,
        dropout=0.5,
        name="reviews_hierarchical",
    )
    lexicon = read_lexicon()
    embedding = model.get_layer("embedding")
    embedding.set_weights([valence_vectors(specification.vocabulary, lexicon, generator, size=embedding.output_dim)])
    embedding.trainable = False
    phrases = phrases_of(PhraseSource(lexicon=lexicon, counts=count_words(sentences)), generator)
    known = [*sentences, *phrases]
    model.compile(keras.optimizers.Adam(WARM_UP_LEARNING_RATE), keras.losses.SparseCategoricalCrossentropy())
    make_optimizer_variables(model)
    model.fit(
        training_batches(specification, known, documents, settings.batch_size, generator, single_share=1.0),
        epochs=min(WARM_UP_EPOCHS, settings.epochs),
        shuffle=False,  # a dataset brings its own order
        verbose=0,
    )
    embedding.trainable = True
    run = fit(
        model,
        training_batches(
            specification, sentences, documents, settings.batch_size, generator, single_share=SINGLE_SHARE
        ),
        (encode(specification, validation.sequences).inputs, validation.targets),
        settings,
        seed=seed,
        on_epoch=progress(seed, print),
    )
    return replace(run, seconds=time.perf_counter() - started)


def phrases_of(source: PhraseSource, generator: np.random.Generator) -> list[Sentence]:
    """Phrases around words of the lexicon, half of them negated, as sentences."""
    drawn, classes = source.draw(PHRASES, generator)
    return [
        Sentence(domain="lexicon", label=int(label), text=text, words=words_of(text))
        for text, label in zip(drawn, classes, strict=True)
    ]


def training_batches(
    specification: DocumentSpecification,
    sentences: Sequence[Sentence],
    documents: int,
    size: int,
    generator: np.random.Generator,
    *,
    single_share: float,
) -> tf.data.Dataset:
    """Batches of new documents every epoch: int32 `[batch, sentences, words]` ids and int64 `[batch]` classes."""

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        drawn = draw_documents(sentences, documents, generator, single_share=single_share)
        inputs = with_unknown_words(encode(specification, drawn.sequences).inputs, generator)
        for start in range(0, documents, size):
            yield inputs[start : start + size], drawn.targets[start : start + size]

    shape = (None, specification.maximum_sentences, specification.maximum_length)
    signature = (tf.TensorSpec(shape, tf.int32), tf.TensorSpec((None,), tf.int64))
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(-(-documents // size)))


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
