"""What the browser needs to take a weight of one layer apart: a header, and one piece of bytes with the vectors."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.records import AttentionCapture
from attnviz.views.explorer import MapView
from attnviz.views.neuron import score_row
from attnviz.views.region import Region, region_of

MOST_BYTES = 4 * 2**20
"""Bytes of vectors that are sent at once. Of a larger layer one head's are sent, or one query's scores."""


@dataclass(frozen=True, kw_only=True)
class VectorsWish:
    """Whose queries and keys are looked at.

    Attributes:
        map: Position among `ExplorerView.maps`.
        head: A head's index; None where every head's are wanted, if they fit.
        query: Position of the query that is looked at among the shown ones; None where none has to be named.
        key: The same of the key.
    """

    map: int
    head: int | None = None
    query: int | None = None
    key: int | None = None


@dataclass(frozen=True, kw_only=True)
class Number:
    """One weight of a map.

    Attributes:
        sample: Index into the map's batch.
        head: The head's index.
        query: Position among the shown queries.
        key: Position among the shown keys.
    """

    sample: int
    head: int
    query: int
    key: int


def packed_vectors(
    capture: AttentionCapture,
    parts: QueriesAndKeys,
    one: MapView,
    wish: VectorsWish,
    about: Mapping[str, Any],
    *,
    hide_padding: bool = True,
    most_bytes: int = MOST_BYTES,
) -> bytes:
    """What `neuron_numbers.js` computes with.

    Args:
        capture: The run.
        parts: What the layer of `one` compared in it.
        one: The map that is looked at.
        wish: What of it; only where not everything fits does its head, or its query and key, matter.
        about: What the header says beside: plain JSON.
        hide_padding: Whether padding is left out of what is shown.
        most_bytes: How many numbers may be sent.

    Returns:
        The header's length in bytes, a multiple of four, as little-endian uint32; the header, JSON: `about` with
        `problem`, `formula`, `size`, `scale`, `cap`, `componentScale`, `keyHeads`, and `heads`, those whose vectors are
        there. Where that is none, `row` holds the scores of the query that was wished for. Then little-endian float32
        numbers and the mask as uint8; the header says where each begins.
    """
    region = region_of(capture, layer=one.name, head="mean", sample=one.sample, hide_padding=hide_padding)
    heads = list(range(one.heads))
    if _bytes_of(region, parts, heads) > most_bytes:
        heads = [wish.head] if wish.head is not None and wish.head < one.heads else []
    header, numbers = _vectors(region, parts, wish, heads, most_bytes)
    return _packed({**about, **header}, numbers)


def kept_vectors(
    capture: AttentionCapture,
    parts: QueriesAndKeys,
    number: Number,
    *,
    place: tuple[int, int],
    hide_padding: bool,
    most_bytes: int,
) -> dict[str, Any]:
    """What a file holds to take one weight apart: its head, or where that is too much its row of scores.

    Args:
        capture: The run.
        parts: What the layer compared in it; its name says which map this is about.
        number: Which weight.
        place: Position of the map and of the head in the file, which need not hold all of them.
        hide_padding: Whether padding is left out of what is shown.
        most_bytes: How many numbers of a head it may hold.

    Returns:
        Plain JSON: `header`, as in `packed_vectors`, with `map`, `head`, `query` and `key`; `numbers`, those of
        `packed_vectors` in base64.
    """
    region = region_of(capture, layer=parts.name, head="mean", sample=number.sample, hide_padding=hide_padding)
    position, head = place
    wish = VectorsWish(map=position, head=number.head, query=number.query, key=number.key)
    header, numbers = _vectors(region, parts, wish, [number.head], most_bytes)
    header["heads"] = [head] if header["heads"] else []
    if header["row"] is not None:
        header["row"]["head"] = head
    named = {"map": position, "head": head, "query": number.query, "key": number.key}
    return {"header": header | named, "numbers": base64.b64encode(b"".join(numbers)).decode()}


def _vectors(
    region: Region, parts: QueriesAndKeys, wish: VectorsWish, heads: list[int], most_bytes: int
) -> tuple[dict[str, Any], list[bytes]]:
    """The header and the numbers, of `heads` if these are no more than may be sent."""
    if _bytes_of(region, parts, heads) > most_bytes:
        heads = []
    writer = _Numbers()
    hidden = len(region.keys) < region.map.weights.shape[3]
    header = {
        "problem": "",
        "formula": parts.formula,
        "size": parts.size,
        "scale": parts.scale,
        "cap": parts.cap,
        "componentScale": None if parts.component_scale is None else writer.add([parts.component_scale]),
        "keyHeads": parts.key_heads(region.map.heads),
        "heads": heads,
        "queries": writer.add([parts.query_of(region.sample, head)[region.queries] for head in heads]),
        "keys": writer.add([parts.key_of(region.sample, head)[region.keys] for head in heads]),
        "bias": _bias(region, parts, heads, writer),
        "hidden": writer.add([_hidden(region, parts, head) for head in heads]) if hidden else None,
        "row": None if heads else _row(region, parts, wish, writer),
        "mask": _mask(region, parts, writer) if heads else None,  # last: its bytes would put numbers out of line
    }
    return header, writer.parts


def packed_problem(problem: str, about: Mapping[str, Any]) -> bytes:
    """The same where queries and keys cannot be read: `problem` says which layer, why, and which layers' can."""
    return _packed({**about, "problem": problem}, [])


class _Numbers:
    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.count = 0

    def add(self, arrays: Sequence[np.ndarray], kind: str = "<f4") -> int:
        """Keep `arrays`; returns how many bytes stand before them."""
        start = self.count
        for array in arrays:
            self.parts.append(np.ascontiguousarray(array, dtype=kind).tobytes())
            self.count += len(self.parts[-1])
        return start


def _packed(header: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def _bytes_of(region: Region, parts: QueriesAndKeys, heads: Sequence[int]) -> int:
    queries, keys = len(region.queries), len(region.keys)
    mask = 0 if parts.mask is None else parts.mask[0].size
    bias = 0 if parts.bias is None else parts.bias[0, 0].size
    return mask + 4 * len(heads) * ((queries + keys) * parts.size + bias)


def _cut(array: np.ndarray, region: Region) -> np.ndarray:
    """`[query or 1, key or 1]` of the shown queries and keys."""
    rows = region.queries if array.shape[0] > 1 else slice(None)
    columns = region.keys if array.shape[1] > 1 else slice(None)
    return array[rows][:, columns]


def _bias(region: Region, parts: QueriesAndKeys, heads: Sequence[int], writer: _Numbers) -> dict[str, int] | None:
    found = [_cut(bias, region) for head in heads if (bias := parts.bias_of(region.sample, head)) is not None]
    return {"rows": found[0].shape[0], "columns": found[0].shape[1], "start": writer.add(found)} if found else None


def _mask(region: Region, parts: QueriesAndKeys, writer: _Numbers) -> dict[str, int] | None:
    mask = parts.mask_of(region.sample)
    if mask is None:
        return None
    cut = _cut(mask, region)
    return {"rows": cut.shape[0], "columns": cut.shape[1], "start": writer.add([cut], "u1")}


def _hidden(region: Region, parts: QueriesAndKeys, head: int) -> np.ndarray:
    """What keys that are not shown add to the softmax, `[query, 2]`, see `_outside`."""
    scores = parts.scores(region.sample, head)[region.queries]
    mask = parts.mask_of(region.sample)
    if mask is not None:
        scores = np.where(mask if len(mask) == 1 else mask[region.queries], scores, -np.inf)
    return _outside(np.delete(scores, region.keys, axis=1))


def _outside(scores: np.ndarray) -> np.ndarray:
    """The logarithm of the sum of e to the power of `scores` along their last axis, and the largest of them.

    Returns:
        `[..., 2]`; minus infinity for nothing.
    """
    return np.stack([np.logaddexp.reduce(scores, axis=-1), scores.max(axis=-1, initial=-np.inf)], axis=-1)


def _row(region: Region, parts: QueriesAndKeys, wish: VectorsWish, writer: _Numbers) -> dict[str, Any] | None:
    """All scores of the query that is wished for, and the vectors of the pair."""
    head, query, sample = wish.head, wish.query, region.sample
    if head is None or query is None or head >= region.map.heads or query >= len(region.queries):
        return None
    place = int(region.queries[query])
    every = score_row(parts, sample=sample, head=head, query=place, keys=region.map.weights.shape[3])
    scores = every[region.keys]
    key = int(scores.argmax()) if wish.key is None or wish.key >= len(scores) else wish.key
    at = int(region.keys[key])
    bias = parts.bias_of(sample, head)
    return {
        "head": head,
        "query": query,
        "key": key,
        "queryVector": writer.add([parts.query_of(sample, head)[place]]),
        "keyVector": writer.add([parts.key_of(sample, head)[at]]),
        "scores": writer.add([scores]),
        "weights": writer.add([region.map.weights[sample, head, place][region.keys]]),
        "hidden": writer.add([_outside(np.delete(every, region.keys))]),
        "bias": None if bias is None else writer.add([np.broadcast_to(bias, region.map.weights.shape[2:])[place, at]]),
    }
