"""Captures of hierarchical models: the maps over the words of sentences, with those words as labels."""

from dataclasses import replace

from attnviz.models.model_inputs import maps_on
from attnviz.records import POOLED_AXIS, AttentionCapture
from attnviz.sequences.document_encoding import EncodedDocuments
from attnviz.sequences.encoding import EncodedSequences


def with_words(capture: AttentionCapture, encoded: EncodedSequences, axis: str) -> AttentionCapture:
    """The capture with the words of documents as the labels of each map that runs over them.

    A hierarchical model folds sentences into the batch: its maps over words are `[batch × sentences, heads, query,
    words]`, sentence by sentence and document by document, places without a sentence included.

    Args:
        capture: A run of `encoded`.
        encoded: What the model was given; anything but documents leaves the capture as it is.
        axis: What the axis of the words shall be called; their pooled query is called `"pooled "` and this, and is
            labelled with the sentence.
    """
    if not isinstance(encoded, EncodedDocuments):
        return capture
    batch, sentences, words = encoded.inputs.shape
    every = batch * sentences
    pooled = f"{POOLED_AXIS} {axis}"
    new = {(every, words): axis, (every, 1): pooled}
    names = {name: new.get(valid.shape, name) for name, valid in capture.valid.items()}
    kept = [name for name, renamed in names.items() if name == renamed]
    labels = {
        axis: tuple(one for document in encoded.words for one in document),
        pooled: tuple((one,) for document in encoded.labels for one in document),
    }
    valid = {axis: encoded.valid_words.reshape(every, words), pooled: encoded.valid.reshape(every, 1)}
    used = {name for name in (axis, pooled) if name in names.values()}
    return replace(
        capture,
        maps=maps_on(names, capture),
        sequences={name: capture.sequences[name] for name in kept} | {name: labels[name] for name in used},
        valid={name: capture.valid[name] for name in kept} | {name: valid[name] for name in used},
    )
