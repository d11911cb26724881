"""Make the sentiment model again: `python -m sample_models.sentiment.train --data sentiment-sentences.tsv`.

The settings were chosen by validation inside the training sentences; the test split was never looked at for them.
"""

import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from attnviz.models.card import Card, Metric
from attnviz.models.loaded import open_model
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import FIRST_WORD_ID, TextSpecification
from attnviz.training.architectures import text_classifier
from attnviz.training.command_line import progress, run_script, seeds_of, training_parser
from attnviz.training.figures import check_figures, classification_figures, mean_over_seeds, printed
from attnviz.training.fitting import FitSettings, Run, best_run, fit
from attnviz.training.folders import outputs_of, predicted_examples, write_folder
from attnviz.training.splits import Split
from sample_models.sentiment.batches import batches
from sample_models.sentiment.examples import EXAMPLES
from sample_models.sentiment.lexicon import PhraseSource, read_lexicon, valence_vectors
from sample_models.sentiment.sentences import Sentence, count_words, frequent_words, read_sentences, split_sentences

CLASSES = ("negative", "positive")
MAXIMUM_LENGTH = 64
EMBEDDING = 64
LEAST_COUNT = 2
EPOCHS, PATIENCE, LEARNING_RATE = 20, 4, 0.001
LEXICON_PHRASES, LEXICON_EPOCHS, LEXICON_LEARNING_RATE = 6000, 6, 0.002
BASELINE_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)

DESCRIPTION = (
    "Says whether a short English sentence about a product, a film or a restaurant is positive or negative. "
    "It knows simple negation; it misses irony, and reads a mixed opinion by its louder side."
)
DATA = (
    "Sentiment Labelled Sentences (Kotzias et al., KDD 2015), UCI Machine Learning Repository, CC BY 4.0: sentences "
    "from reviews on amazon.com, imdb.com and yelp.com. Word vectors start from the valences of the VADER lexicon "
    "(Hutto & Gilbert, 2014, MIT licence), and phrases made from its words teach negation. The example sentences "
    "were written for this project."
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
    sentences = read_sentences(arguments.data)
    split = split_sentences(sentences)
    print("sentences:", ", ".join(f"{size} {part}" for part, size in split.sizes.items()))
    if arguments.evaluate:
        evaluate(arguments.out, sentences, split)
        return
    specification = specification_for(part(sentences, split.training), read_lexicon())
    settings = FitSettings(epochs=arguments.epochs, patience=PATIENCE, learning_rate=LEARNING_RATE)
    runs = [train(seed, specification, sentences, split, settings) for seed in seeds_of(arguments)]
    card = card_of(runs, specification, sentences, split)
    write_folder(best_run(runs).model, card, arguments.out)
    print(f"{card.training}\n{printed(card.metrics)}\n{printed(card.baselines)}\nwritten to {arguments.out}")


def specification_for(training: Sequence[Sentence], lexicon: Mapping[str, float]) -> TextSpecification:
    """The model's input: every word that training has twice or the lexicon knows."""
    frequent = frequent_words(training, least=LEAST_COUNT)
    known = set(frequent)
    vocabulary = (*frequent, *(word for word in lexicon if word not in known))
    return TextSpecification(name="tokens", vocabulary=vocabulary, maximum_length=MAXIMUM_LENGTH)


def train(
    seed: int, specification: TextSpecification, sentences: Sequence[Sentence], split: Split, settings: FitSettings
) -> Run:
    """One training: first the lexicon and negation with fixed word vectors, then the sentences with everything."""
    started = time.perf_counter()
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    lexicon = read_lexicon()
    model = text_classifier(
        words=len(specification.vocabulary) + FIRST_WORD_ID, classes=len(CLASSES), embedding=EMBEDDING, name="sentiment"
    )
    embedding = model.get_layer("embedding")
    embedding.set_weights([valence_vectors(specification.vocabulary, lexicon, generator, size=EMBEDDING)])
    embedding.trainable = False
    training, validation = part(sentences, split.training), part(sentences, split.validation)
    source = PhraseSource(lexicon=lexicon, counts=count_words(training))
    drawn, classes = source.draw(LEXICON_PHRASES, generator)
    model.compile(keras.optimizers.Adam(LEXICON_LEARNING_RATE), keras.losses.SparseCategoricalCrossentropy())
    model.fit(
        encode(specification, drawn).inputs,
        classes,
        batch_size=64,
        epochs=min(LEXICON_EPOCHS, settings.epochs),
        verbose=0,
    )
    embedding.trainable = True
    run = fit(
        model,
        batches(specification, training, source, generator, size=settings.batch_size),
        (encode(specification, [one.text for one in validation]).inputs, labels_of(validation)),
        settings,
        seed=seed,
        on_epoch=progress(seed, print),
    )
    return replace(run, seconds=time.perf_counter() - started)


def card_of(runs: Sequence[Run], specification: TextSpecification, sentences: Sequence[Sentence], split: Split) -> Card:
    """The card of the run that validation chose, with the figures of all runs."""
    chosen = best_run(runs)
    figures = figures_of(chosen.model, specification, sentences, split)
    tested = part(sentences, split.test)
    accuracies = [accuracy_of(run.model, specification, tested) for run in runs]
    return Card(
        name="sentiment",
        title="Sentiment of a sentence",
        description=DESCRIPTION,
        task="classification",
        input=specification,
        classes=CLASSES,
        data=DATA,
        splits=split.sizes,
        metrics=(*figures, mean_over_seeds(accuracies, [run.seed for run in runs], split="test")),
        baselines=baseline_figures(sentences, split),
        parameters=chosen.model.count_params(),
        training_seconds=round(chosen.seconds, 1),
        training=(
            f"Seed {chosen.seed} of {', '.join(str(run.seed) for run in runs)}, chosen by its validation loss; epoch "
            f"{chosen.best.number} of {len(chosen.epochs)}. Adam {LEARNING_RATE}, after "
            f"{LEXICON_EPOCHS} epochs of phrases. Keras {keras.__version__}, {platform.machine()} processor."
        ),
        examples=predicted_examples(chosen.model, specification, CLASSES, EXAMPLES),
    )


def evaluate(folder: Path, sentences: Sequence[Sentence], split: Split) -> None:
    """Measure the model in `folder` again, print its figures and compare them with its card.

    Raises:
        CardError: If they differ.
    """
    loaded = open_model(folder)
    figures = figures_of(loaded.keras_model, loaded.card.input, sentences, split)
    baselines = baseline_figures(sentences, split)
    print(f"{printed(figures)}\n{printed(baselines)}")
    check_figures(loaded.card.metrics, figures, source=f"the card in {folder}")
    check_figures(loaded.card.baselines, baselines, source=f"the card in {folder}")
    print("the card says the same")


def figures_of(
    model: keras.Model, specification: TextSpecification, sentences: Sequence[Sentence], split: Split
) -> tuple[Metric, ...]:
    """The figures of a trained model on the test and the validation sentences."""
    figures: list[Metric] = []
    for name, indices in (("test", split.test), ("validation", split.validation)):
        chosen = part(sentences, indices)
        probabilities = outputs_of(model, specification, [one.text for one in chosen])
        figures.extend(classification_figures(labels_of(chosen), probabilities, split=name))
    return tuple(figures)


def accuracy_of(model: keras.Model, specification: TextSpecification, sentences: Sequence[Sentence]) -> float:
    """Share of the sentences that the model gets right."""
    probabilities = outputs_of(model, specification, [one.text for one in sentences])
    return float((probabilities.argmax(axis=-1) == labels_of(sentences)).mean())


def baseline_figures(sentences: Sequence[Sentence], split: Split) -> tuple[Metric, ...]:
    """TF-IDF of words and word pairs with logistic regression, its strength chosen on validation, on the same test."""
    training, validation, tested = (part(sentences, one) for one in (split.training, split.validation, split.test))
    fitted = [_baseline(strength, training) for strength in BASELINE_STRENGTHS]
    best = max(fitted, key=lambda one: one.score([each.text for each in validation], labels_of(validation)))
    figures = classification_figures(labels_of(tested), best.predict_proba([one.text for one in tested]), split="test")
    return tuple(replace(one, note=f"TF-IDF + logistic regression{one.note and f'; {one.note}'}") for one in figures)


def part(sentences: Sequence[Sentence], indices: np.ndarray) -> list[Sentence]:
    """The sentences at `indices`."""
    return [sentences[index] for index in indices]


def labels_of(sentences: Sequence[Sentence]) -> np.ndarray:
    """`[sentences]`, int64: 0 negative, 1 positive."""
    return np.array([one.label for one in sentences], dtype=np.int64)


def _baseline(strength: float, training: Sequence[Sentence]) -> Pipeline:
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(features, LogisticRegression(C=strength, max_iter=1000)).fit(
        [one.text for one in training], labels_of(training)
    )


if __name__ == "__main__":
    sys.exit(run_script(main, lambda message: print(message, file=sys.stderr)))
