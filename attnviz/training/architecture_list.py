"""The models that attnviz trains: what each is, what it is for, and which settings it reads. Free of Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from attnviz.errors import TrainingError
from attnviz.training.settings import SETTINGS, Setting, TrainingSettings

TASKS = ("classification", "regression")
TEXT, SERIES = "text", "series"

_EVERY = (
    "dropout",
    "learning_rate",
    "batch_size",
    "epochs",
    "patience",
    "validation_share",
    "test_share",
    "seed",
)
_TEXT = ("word_dropout", "maximum_words", "maximum_length")


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One kind of model that can be trained.

    Attributes:
        name: What `fit` is told.
        title: What a person calls it.
        description: How it reads a sequence, and what its attention shows.
        maps: Name of each layer whose attention can be seen, and what it shows; `attention_1` stands for one a block.
        settings: What can be set, with the defaults of this architecture, those of the model first.
        tasks: What it can learn.
        inputs: What it reads: `"text"`, `"series"` of numbers, or both.
    """

    name: str
    title: str
    description: str
    maps: Mapping[str, str]
    settings: tuple[Setting, ...]
    tasks: tuple[str, ...] = TASKS
    inputs: tuple[str, ...] = (TEXT, SERIES)

    def settings_for(self, kind: str) -> tuple[Setting, ...]:
        """The settings that matter for `"text"` or `"series"`: a series has no words."""
        return tuple(one for one in self.settings if kind == TEXT or one.name not in (*_TEXT, "maximum_sentences"))

    def default_settings(self, **changes: Any) -> TrainingSettings:
        """This architecture's defaults, with some of them changed.

        Raises:
            TrainingError: If a change names no setting, or is outside its limits.
        """
        unknown = sorted(set(changes) - set(SETTINGS))
        if unknown:
            raise TrainingError(f"Settings are {', '.join(SETTINGS)}. Received: {unknown[0]!r}.")
        return TrainingSettings(**{one.name: one.default for one in self.settings} | changes)


def _settings(*own: str, **defaults: float) -> tuple[Setting, ...]:
    return tuple(
        replace(SETTINGS[name], default=defaults.get(name, SETTINGS[name].default)) for name in (*own, *_TEXT, *_EVERY)
    )


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        one.name: one
        for one in (
            Architecture(
                name="self_attention",
                title="Self-attention",
                description=(
                    "Every word looks at every other word and gathers what it needs; the prediction is read from the "
                    "mean of that. The smallest and fastest of the five. It does not know the order of words."
                ),
                maps={"attention": "Which word looks at which."},
                settings=_settings("units", "embedding"),
            ),
            Architecture(
                name="lstm_attention",
                title="LSTM + self-attention",
                description=(
                    "An LSTM reads from left to right, so that each state knows what came before, and the states then "
                    "look at each other."
                ),
                maps={"attention": "Which state looks at which; a state also remembers the words before its own."},
                settings=_settings("units", "embedding"),
            ),
            Architecture(
                name="bilstm_pooling",
                title="Bidirectional LSTM + attention pooling",
                description=(
                    "Two LSTMs read in both directions, and attention gives each word one weight: a single row shows "
                    "what the prediction is made of."
                ),
                maps={"pooling": "One weight a word."},
                settings=_settings("units", "embedding", units=32),
            ),
            Architecture(
                name="transformer",
                title="Multi-head transformer",
                description=(
                    "Blocks of several attention heads over words and their places (Vaswani et al., 2017), and "
                    "attention pooling at the end. The most to look at; on small data sets seldom the most accurate."
                ),
                maps={
                    "attention_1": "Which word looks at which, in each head of a block; further blocks follow.",
                    "pooling": "One weight a word, over what the blocks made of it.",
                },
                settings=_settings("units", "heads", "blocks"),
            ),
            Architecture(
                name="hierarchical",
                title="Hierarchical: words, sentences, document",
                description=(
                    "Words are pooled to sentences and sentences to the document, each by attention of its own (Yang "
                    "et al., 2016). For texts of several sentences: it shows which sentence mattered, and which words "
                    "in it."
                ),
                maps={
                    "word_attention": "One weight a word, within its sentence.",
                    "sentence_attention": "One weight a sentence.",
                },
                settings=_settings("units", "embedding", "maximum_sentences", units=32, maximum_length=40),
                inputs=(TEXT,),
            ),
        )
    }
)
"""Every architecture, by name."""


def architecture_named(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        TrainingError: If there is none.
    """
    if name not in ARCHITECTURES:
        raise TrainingError(f"`architecture` must be one of {', '.join(ARCHITECTURES)}. Received: {name!r}.")
    return ARCHITECTURES[name]
