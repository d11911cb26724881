"""How `sentiment` and `sentiment_transformer` are trained and measured: the same sentences, the same split."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from attnviz.models.card import Card, Metric
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import TextSpecification
from attnviz.training.command_line import progress
from attnviz.training.figures import classification_figures
from attnviz.training.fitting import FitSettings, Run, fit, make_optimizer_variables
from attnviz.training.recipe import Part, Recipe, noted
from sample_models.sentiment.batches import batches
from sample_models.sentiment.examples import EXAMPLES
from sample_models.sentiment.lexicon import PhraseSource, read_lexicon, valence_vectors
from sample_models.sentiment.sentences import Sentence, count_words, frequent_words, split_sentences

CLASSES = ("negative", "positive")
MAXIMUM_LENGTH = 64
LEAST_COUNT = 2
BASELINE_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)

DATA = (
    "Sentiment Labelled Sentences (Kotzias et al., KDD 2015), UCI Machine Learning Repository, CC BY 4.0: sentences "
    "from reviews on amazon.com, imdb.com and yelp.com. Word vectors start from the valences of the VADER lexicon "
    "(Hutto & Gilbert, 2014, MIT licence), and phrases made from its words teach negation. The example sentences "
    "were written for this project."
)


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """What comes before the sentences: phrases around words of the lexicon, with fixed word vectors.

    Attributes:
        phrases: How many.
        epochs: Passes over them.
        learning_rate: Adam's step size.
        batch_size: Phrases of one step.
    """

    phrases: int = 6000
    epochs: int = 6
    learning_rate: float = 0.002
    batch_size: int = 64


def sentiment_recipe(
    sentences: Sequence[Sentence],
    *,
    name: str,
    title: str,
    description: str,
    build: Callable[[TextSpecification], keras.Model],
    settings: FitSettings,
    warm_up: WarmUp,
) -> Recipe:
    """How a model of the sentiment of sentences is made.

    Args:
        sentences: All of them.
        name: The model's name.
        title: What a person calls it.
        description: What it does.
        build: Makes the model: int32 `[batch, length]` ids to `[batch, 2]`; layer `embedding` holds a vector a word.
        settings: How to fit.
        warm_up: What comes before.
    """
    split = split_sentences(sentences)
    training, validation, tested = (part(sentences, one) for one in (split.training, split.validation, split.test))
    specification = specification_for(training, read_lexicon())
    return Recipe(
        card=Card(
            name=name,
            title=title,
            description=description,
            task="classification",
            input=specification,
            classes=CLASSES,
            data=DATA,
            splits=split.sizes,
        ),
        train=lambda seed: train(seed, specification, training, validation, build, settings, warm_up),
        measured={"test": labelled(tested), "validation": labelled(validation)},
        measure=measure,
        baselines=lambda: baseline_figures(*map(labelled, (training, validation, tested))),
        examples=EXAMPLES,
        settings=f"Adam {settings.learning_rate}, after {warm_up.epochs} epochs of phrases.",
    )


def specification_for(training: Sequence[Sentence], lexicon: Mapping[str, float]) -> TextSpecification:
    """The model's input: every word that training has twice or the lexicon knows."""
    return TextSpecification(name="tokens", vocabulary=vocabulary_of(training, lexicon), maximum_length=MAXIMUM_LENGTH)


def vocabulary_of(training: Sequence[Sentence], lexicon: Mapping[str, float]) -> tuple[str, ...]:
    """Every word that training has twice or the lexicon knows."""
    frequent = frequent_words(training, least=LEAST_COUNT)
    known = set(frequent)
    return (*frequent, *(word for word in lexicon if word not in known))


def train(
    seed: int,
    specification: TextSpecification,
    training: Sequence[Sentence],
    validation: Sequence[Sentence],
    build: Callable[[TextSpecification], keras.Model],
    settings: FitSettings,
    warm_up: WarmUp,
) -> Run:
    """One training: first the lexicon and negation with fixed word vectors, then the sentences with everything."""
    started = time.perf_counter()
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    lexicon = read_lexicon()
    model = build(specification)
    embedding = model.get_layer("embedding")
    embedding.set_weights([valence_vectors(specification.vocabulary, lexicon, generator, size=embedding.output_dim)])
    embedding.trainable = False
    source = PhraseSource(lexicon=lexicon, counts=count_words(training))
    drawn, classes = source.draw(warm_up.phrases, generator)
    model.compile(keras.optimizers.Adam(warm_up.learning_rate), keras.losses.SparseCategoricalCrossentropy())
    make_optimizer_variables(model)
    model.fit(
        encode(specification, drawn).inputs,
        classes,
        batch_size=warm_up.batch_size,
        epochs=min(warm_up.epochs, settings.epochs),
        verbose=0,
    )
    embedding.trainable = True
    held = labelled(validation)
    run = fit(
        model,
        batches(specification, training, source, generator, size=settings.batch_size),
        (encode(specification, held.sequences).inputs, held.targets),
        settings,
        seed=seed,
        on_epoch=progress(seed, print),
    )
    return replace(run, seconds=time.perf_counter() - started)


def baseline_figures(training: Part, validation: Part, tested: Part) -> tuple[Metric, ...]:
    """TF-IDF of words and word pairs with logistic regression, its strength chosen on validation, on the same test."""
    fitted = [_baseline(strength, training) for strength in BASELINE_STRENGTHS]
    best = max(fitted, key=lambda one: one.score(validation.sequences, validation.targets))
    figures = measure(tested.targets, best.predict_proba(tested.sequences), "test")
    return noted(figures, "TF-IDF + logistic regression")


def measure(targets: np.ndarray, outputs: np.ndarray, split: str) -> tuple[Metric, ...]:
    """The figures of probabilities `[examples, 2]`."""
    return classification_figures(targets, outputs, split=split)


def part(sentences: Sequence[Sentence], indices: np.ndarray) -> list[Sentence]:
    """The sentences at `indices`."""
    return [sentences[index] for index in indices]


def labelled(sentences: Sequence[Sentence]) -> Part:
    """Texts and classes: 0 negative, 1 positive."""
    return Part(
        sequences=[one.text for one in sentences],
        targets=np.array([one.label for one in sentences], dtype=np.int64),
    )


def _baseline(strength: float, training: Part) -> Pipeline:
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(features, LogisticRegression(C=strength, max_iter=1000)).fit(
        training.sequences, training.targets
    )
