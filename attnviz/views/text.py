"""A sequence as text shaded by attention: what a token attends to, or what attends to it; pieces joined into words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from attnviz.analysis.statistics import allowed_weights, received_attention
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head
from attnviz.views.colour_scale import Scale, colouring
from attnviz.views.labels import listed, quoted
from attnviz.views.matrix import COLOURS_PER_MAP, COLOURS_SHARED, STRONGEST_TOLD, own_limits
from attnviz.views.region import Region, region_of
from attnviz.views.subwords import word_labels, words_of
from attnviz.views.token_strip import TokenStripView, attention_description, attention_title, known_weights


def merge_words(
    weights: npt.ArrayLike, query_words: Sequence[int] | None = None, key_words: Sequence[int] | None = None
) -> np.ndarray:
    """Attention between words: summed over the keys of a word, averaged over its queries.

    What goes to a word is what goes to its pieces; what comes from it is what comes from a piece of it in the mean. So
    a row that sums to 1 still does. A query that may attend to nothing (every weight NaN, or all of them 0) has no part
    in its word's mean.

    Args:
        weights: `[query, key]`, each row from 0 to 1 in sum; NaN where the query may not attend to the key.
        query_words: First query of each word, ascending from 0; None leaves the queries as they are.
        key_words: The same for keys.

    Returns:
        `[query word, key word]`, float64; NaN where no piece of the one may attend to any of the other.

    Raises:
        ShapeError: If `weights` have no two axes, or words do not ascend from 0 within their axis.
    """
    cells = np.asarray(weights, dtype=np.float64)
    if cells.ndim != 2:
        raise ShapeError(f"`weights` must have shape [query, key]. Received: shape={cells.shape}.")
    rows = _starts(query_words, cells.shape[0], "query_words")
    columns = _starts(key_words, cells.shape[1], "key_words")
    allowed = ~np.isnan(cells)
    filled = np.where(allowed, cells, 0.0)
    attending = filled.sum(axis=1) > 0
    summed = np.add.reduceat(np.add.reduceat(filled, columns, axis=1), rows, axis=0)
    counts = np.maximum(np.add.reduceat(attending.astype(np.float64), rows), 1.0)
    reachable = np.logical_or.reduceat(np.logical_or.reduceat(allowed, columns, axis=1), rows, axis=0)
    return np.where(reachable, summed / counts[:, None], np.nan)


def text_view(
    capture: AttentionCapture,
    *,
    layer: str,
    head: Head,
    query: int | None = None,
    key: int | None = None,
    words: bool = False,
    sample: int = 0,
    scale: Scale | None = None,
    shared_scale: bool = False,
) -> TokenStripView:
    """The text shaded by what one token attends to, by what attends to one token, or by the mean over all queries.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        query: Shade the keys by what this query attends to; a position among the real queries (of words, if joined).
        key: Shade the queries by how much they attend to this key. At most one of `query` and `key`.
        words: Join pieces into words, where the tokens are pieces.
        sample: Index into the batch.
        scale: Colours as on the page; None for linear ones up to this picture's maximum.
        shared_scale: Let the colours run from 0 to 1, and not up to this picture's maximum.

    Raises:
        ShapeError: If layer, head, sample, query or key do not exist, or both `query` and `key` are given.
    """
    if query is not None and key is not None:
        raise ShapeError(
            "A text shows what one query attends to or what attends to one key. "
            f"Received both: query={query}, key={key}."
        )
    region = region_of(capture, layer=layer, head=head, sample=sample)
    known = None if scale is None else known_weights(region)
    weights, region = _words(region) if words else (allowed_weights(region.weights(), region.allowed()), region)
    if words:
        known = weights
    for name, position, length in (("query", query, weights.shape[0]), ("key", key, weights.shape[1])):
        if position is not None and not 0 <= position < length:
            raise ShapeError(
                f"Layer {region.map.name!r} has {length} places for `{name}` in this sample, counted from 0. "
                f"Received: {name}={position}."
            )
    if key is not None:
        values, tokens = weights[:, key], region.query_labels
        title = f"Attention to {quoted(region.key_labels[key])} from each token, {region.title}"
        description = _attenders(title, tokens, values)
    else:
        values = np.nan_to_num(received_attention(weights)) if query is None else weights[query]
        tokens, title = region.key_labels, attention_title(region, query)
        description = attention_description(region, query, values)
    values = values.astype(np.float32)
    mean = query is None and key is None
    colours = scale and colouring(
        values,
        scale=scale,
        shared=shared_scale,
        among=None if mean else known,
        largest="mean" if mean and len(weights) > 1 else "weight of this map",
    )
    selectable = region.same_axis and len(region.query_labels) > 1
    return TokenStripView(
        tokens=tokens,
        values=values,
        limits=(0.0, 1.0) if shared_scale else own_limits(values),
        selected=(query if key is None else key) if selectable else None,
        selectable=selectable,
        title=title,
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        colouring=colours or None,
        description=description,
    )


def _words(region: Region) -> tuple[np.ndarray, Region]:
    """The weights between words, 0 where nothing may be attended to, and the region with words for labels."""
    allowed = region.allowed()
    cells = region.weights() if allowed is None else np.where(allowed, region.weights(), np.nan)
    queries, keys = words_of(region.query_labels), words_of(region.key_labels)
    named = replace(
        region,
        query_labels=region.query_labels if queries is None else word_labels(region.query_labels, queries),
        key_labels=region.key_labels if keys is None else word_labels(region.key_labels, keys),
    )
    return np.nan_to_num(merge_words(cells, queries, keys)), named


def _attenders(title: str, tokens: Sequence[str], values: np.ndarray) -> str:
    told = [place for place in np.argsort(-values, kind="stable")[:STRONGEST_TOLD] if values[place] > 0]
    if not told:
        return f"{title}: none attends to it."
    return f"{title}. Most comes from {listed([f'{quoted(tokens[place])} ({values[place]:.2f})' for place in told])}."


def _starts(words: Sequence[int] | None, length: int, name: str) -> np.ndarray:
    starts = np.arange(length) if words is None else np.asarray(words, dtype=np.intp)
    if starts.ndim != 1 or not len(starts) or starts[0] != 0 or (np.diff(starts) < 1).any() or starts[-1] >= length:
        raise ShapeError(
            f"`{name}` must be the first token of each word, ascending from 0 to at most {length - 1}. "
            f"Received: {list(words or ())[:20]}."
        )
    return starts
