"""A document of a hierarchical model: sentences with their weights, and within each its words with theirs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap, Head, read_only
from attnviz.views.colour_scale import Colouring, Scale, colouring, shades
from attnviz.views.labels import displayed, listed, quoted
from attnviz.views.matrix import COLOURS_PER_MAP, COLOURS_SHARED, STRONGEST_TOLD, own_limits
from attnviz.views.region import region_of
from attnviz.views.token_strip import attention_to_keys

WORDS_NOTE = "each sentence up to its own strongest word"
"""How words are shaded: their weights sum to 1 in every sentence, so that a short sentence would look darker."""

SMALLEST_TOLD = 0.005
"""Of a smaller weight two digits would say nothing."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentView:
    """Sentences with one weight each, and the words of each with theirs. All are told apart by position.

    Attributes:
        sentences: What to call each sentence: its text.
        sentence_weights: `[sentence]`, float32, from 0 to 1; they sum to 1 where the layer's do.
        words: For each sentence its words, in reading order.
        word_weights: For each sentence `[word]`, float32, from 0 to 1; they sum to 1 in every sentence.
        places: Position of each sentence on the axis of sentences, ascending.
        sample: Which sample of the sentences' map this document is.
        word_samples: Which sample of the words' map holds each sentence.
        sentence_layer: `AttentionMap.name` of the map over sentences.
        word_layer: `AttentionMap.name` of the map over words.
        limits: Sentence weights at the two ends of the colours.
        word_limits: For each sentence the word weights at the two ends of the colours.
        title: What the picture is.
        scale_note: Whether the sentences' colours are this picture's own or the same for every one.
        word_note: The same for the words' colours.
        colouring: The sentences' colours on a scale of the page; None for linear ones between `limits`.
        word_shades: For each sentence `[word]`, where each word lies along the colours; none for linear ones.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If sentences, words and weights differ in number, or limits are not ascending.
    """

    sentences: tuple[str, ...]
    sentence_weights: np.ndarray
    words: tuple[tuple[str, ...], ...]
    word_weights: tuple[np.ndarray, ...]
    places: tuple[int, ...] = ()
    sample: int = 0
    word_samples: tuple[int, ...] = ()
    sentence_layer: str = ""
    word_layer: str = ""
    limits: tuple[float, float] = (0.0, 1.0)
    word_limits: tuple[tuple[float, float], ...] = ()
    title: str = ""
    scale_note: str = COLOURS_PER_MAP
    word_note: str = WORDS_NOTE
    colouring: Colouring | None = None
    word_shades: tuple[np.ndarray, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        count = len(self.sentences)
        object.__setattr__(self, "sentences", tuple(self.sentences))
        object.__setattr__(self, "sentence_weights", read_only(self.sentence_weights, dtype=np.float32))
        object.__setattr__(self, "words", tuple(tuple(words) for words in self.words))
        weights = tuple(read_only(one, dtype=np.float32) for one in self.word_weights)
        object.__setattr__(self, "word_weights", weights)
        for name, default in (
            ("places", tuple(range(count))),
            ("word_samples", tuple(range(count))),
            ("word_limits", tuple(own_limits(one) for one in weights)),
        ):
            object.__setattr__(self, name, tuple(getattr(self, name)) or default)
        if self.sentence_weights.shape != (count,):
            raise ShapeError(
                f"`sentence_weights` of a document must have one entry for each of its {count} sentences. "
                f"Received: shape={self.sentence_weights.shape}."
            )
        for name in ("words", "word_weights", "places", "word_samples", "word_limits"):
            if len(getattr(self, name)) != count:
                raise ShapeError(
                    f"`{name}` of a document must have one entry for each of its {count} sentences. "
                    f"Received: {len(getattr(self, name))}."
                )
        for position, (words, values) in enumerate(zip(self.words, weights, strict=True)):
            if values.shape != (len(words),):
                raise ShapeError(
                    f"`word_weights` of sentence {position + 1} must have one entry for each of its {len(words)} words."
                    f" Received: shape={values.shape}."
                )
        for low, high in (self.limits, *self.word_limits):
            if not low < high:
                raise ShapeError(f"Limits of a document must be (low, high) with low < high. Received: {(low, high)}.")


@dataclass(frozen=True, kw_only=True)
class DocumentMaps:
    """Which maps of a capture weigh sentences and which the words in them, by `AttentionMap.name`, in call order.

    Attributes:
        axis: Name of the axis of sentences.
        sentences: Maps whose keys are the sentences of a document.
        words: Maps whose keys are the words of one sentence; sentences are folded into their batch.
    """

    axis: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]


def document_maps(capture: AttentionCapture) -> DocumentMaps | None:
    """The maps of a hierarchical model, found from their axes; None if the capture is of no such model.

    Words are folded into the batch: where the axis of sentences is `[batch, sentences]`, that of words is
    `[batch × sentences, words]`, and a sentence is real exactly where it has a real word. Names play no part.

    Args:
        capture: The run.
    """
    keys = list(dict.fromkeys(one.key_axis for one in capture.maps))
    for axis in keys:
        sentences = capture.valid[axis]
        if sentences.shape[1] < 2:
            continue
        folded = {
            other
            for other in keys
            if len(capture.valid[other]) == sentences.size
            and np.array_equal(capture.valid[other].any(axis=1), sentences.reshape(-1))
        }
        if folded:
            return DocumentMaps(
                axis=axis,
                sentences=tuple(one.name for one in capture.maps if one.key_axis == axis),
                words=tuple(one.name for one in capture.maps if one.key_axis in folded),
            )
    return None


def document_view(
    capture: AttentionCapture,
    *,
    sentence_layer: str | None = None,
    word_layer: str | None = None,
    sentence_head: Head = "mean",
    word_head: Head = "mean",
    sample: int = 0,
    scale: Scale | None = None,
    shared_scale: bool = False,
) -> DocumentView:
    """The sentences of a document and the words in them with the attention that each receives. Padding is left out.

    A map with several queries shows their mean, as everywhere.

    Args:
        capture: A run of a hierarchical model.
        sentence_layer: `AttentionMap.name` of a map over sentences; None for the last that pools, else the last.
        word_layer: The same for words.
        sentence_head: A head's index, or `"mean"` or `"max"` over all heads.
        word_head: The same for words.
        sample: Which document of the batch.
        scale: Colours as on the page; None for linear ones up to the most attended.
        shared_scale: Let the sentences' colours run from 0 to 1, and not up to the most attended one. Words are
            always shaded within their sentence.

    Raises:
        ShapeError: If the capture is of no hierarchical model, or layer, head or sample do not exist.
    """
    maps = document_maps(capture)
    if maps is None:
        shapes = {name: valid.shape for name, valid in capture.valid.items()}
        raise ShapeError(
            "A document needs a map over sentences, [batch, sentences], and one over the words of each, "
            f"[batch × sentences, words]. This capture has the axes {shapes}: show its layers one by one."
        )
    above = _chosen(capture, maps.sentences, sentence_layer, "sentences")
    below = _chosen(capture, maps.words, word_layer, "words")
    region = region_of(capture, layer=above.name, head=sentence_head, sample=sample)
    weights = attention_to_keys(region, None)
    first = sample * len(capture.valid[maps.axis][sample])
    folded = [first + int(place) for place in region.keys]
    inner = [region_of(capture, layer=below.name, head=word_head, sample=one) for one in folded]
    words = tuple(one.key_labels for one in inner)
    word_weights = tuple(attention_to_keys(one, None) for one in inner)
    title = f"Sentences weighted by {region.title}, their words by {inner[0].title}"
    return DocumentView(
        sentences=region.key_labels,
        sentence_weights=weights,
        words=words,
        word_weights=word_weights,
        places=tuple(int(place) for place in region.keys),
        sample=sample,
        word_samples=tuple(folded),
        sentence_layer=above.name,
        word_layer=below.name,
        limits=(0.0, 1.0) if shared_scale else own_limits(weights),
        title=title,
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        colouring=None if scale is None else colouring(weights, scale=scale, shared=shared_scale, largest="of them"),
        word_shades=() if scale is None else tuple(shades(one, scale, float(one.max())) for one in word_weights),
        description=f"{title}. {_description(region.key_labels, weights, words, word_weights)}",
    )


def _chosen(capture: AttentionCapture, names: tuple[str, ...], wanted: str | None, what: str) -> AttentionMap:
    if wanted is None:
        pooling = [name for name in names if capture.map_of(name).weights.shape[2] == 1]
        return capture.map_of((pooling or names)[-1])
    if wanted not in names:
        raise ShapeError(
            f"Layer {displayed(wanted)!r} does not weigh the {what} of a document. Those that do: "
            f"{', '.join(map(repr, names))}."
        )
    return capture.map_of(wanted)


def _description(
    sentences: tuple[str, ...],
    weights: np.ndarray,
    words: tuple[tuple[str, ...], ...],
    word_weights: tuple[np.ndarray, ...],
) -> str:
    most = int(np.argmax(weights))
    if weights[most] <= 0:
        return "No sentence receives any attention."
    told = listed([f"{quoted(word)} ({value:.2f})" for word, value in _strongest(words[most], word_weights[most])])
    return (
        f"Most attention goes to sentence {most + 1} of {len(sentences)}, {quoted(sentences[most])} "
        f"({weights[most]:.2f}), and in it to {told}."
    )


def _strongest(words: tuple[str, ...], weights: np.ndarray) -> Iterator[tuple[str, float]]:
    for rank, position in enumerate(np.argsort(-weights, kind="stable")[:STRONGEST_TOLD]):
        if rank == 0 or weights[position] >= SMALLEST_TOLD:
            yield words[position], float(weights[position])
