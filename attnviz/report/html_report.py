"""The linked views of one run as one HTML file that works without a server and without a network."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import numpy as np

from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.components.attention import FOLDER as VIEWS_FOLDER
from attnviz.components.attention import Chosen, chosen_data
from attnviz.components.attention.neuron import Number, kept_vectors
from attnviz.components.attention.payload import Payload, payload
from attnviz.components.scripts import joined_script, joined_styles
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture
from attnviz.report.document import digest, file_text, filled, html_document
from attnviz.report.held import Held, held
from attnviz.views.labels import displayed

MOST_CELLS = 2**20
"""Weights that a file holds: 2.5 MB of it. That is every head of 6 layers with 12 heads at 120 tokens."""

EVERYWHERE = ("text", "heatmap", "grid", "links", "table")

MOST_VECTOR_BYTES = 2**16
"""Bytes of queries and keys that a file holds: those of a head of 128 tokens with 64 components."""

INSIDE = "neuron"
"""The view of one number, which needs what no other does: the queries and keys of its layer."""

_OFFLINE = "offline.js"


def html_report(
    capture: AttentionCapture,
    *,
    title: str = "",
    facts: Mapping[str, str] | None = None,
    chosen: Chosen | None = None,
    views: Sequence[str] = EVERYWHERE,
    extras: Mapping[str, Any] | None = None,
    inside: QueriesAndKeys | None = None,
    sample: int = 0,
    hide_padding: bool = True,
    most_cells: int = MOST_CELLS,
) -> bytes:
    """One HTML file with the linked views, to open by a double click.

    It loads nothing and sends nothing: its policy forbids both, and names the two scripts that may run by their
    digests. Tokens stand in it compressed and nowhere in the markup; `title` and `facts` are escaped.

    Args:
        capture: The run.
        title: What the file is; the model's name by default.
        facts: What a reader should know, by what it is called: the prediction, the input, settings. Shown in its order.
        chosen: What the views begin with.
        views: Names of the views, of those in `workspace.js`.
        extras: What a view needs beside the capture, by the view's name: plain JSON.
        inside: What the chosen layer computed its attention from in this run, see `capture_queries_and_keys`. With
            it, and a head, a query and a key that are chosen, the file has the view inside that number too.
        sample: Index into the batch.
        hide_padding: Leave out queries and keys that are padding.
        most_cells: Weights that may be held. Of a larger capture the file holds the chosen layer's heads, or if these
            are too many as well the chosen head, and says so.

    Returns:
        UTF-8; the same bytes for the same arguments. 64 tokens and 72 heads are 0.8 MB.

    Raises:
        ShapeError: As `explorer_view`, or if `inside` is of another layer or run.
        ValueError: If `extras` is no JSON.
    """
    kept = held(capture, chosen=chosen or Chosen(), sample=sample, hide_padding=hide_padding, most_cells=most_cells)
    sent = _without_made_thumbnails(payload(kept.view, kept.grid), kept)
    number = None if inside is None else _number(capture, inside, kept, chosen or Chosen(), hide_padding)
    data = {
        "meta": sent.meta,
        "chosen": chosen_data(kept.chosen),
        "views": [*(one for one in views if one != INSIDE), *([] if number is None else [INSIDE])],
        "extras": {**(extras or {}), **({} if number is None else {INSIDE: number})},
    }
    size = 4 if sent.meta["type"] == "float32" else 2
    planes = np.ascontiguousarray(sent.cells.reshape(-1, size).T)
    unpack, program = file_text("unpack.js"), _program()
    return html_document(
        title=title or f"Attention of {displayed(capture.model)}",
        facts=[(displayed(term), text) for term, text in (facts or {}).items() if text],
        style=joined_styles(VIEWS_FOLDER),
        allowed={"script-src": f"{digest(unpack)} {digest(program)}"},
        main=filled("views.html", left_out=f'<p class="note">{escape(kept.left_out)}</p>' if kept.left_out else ""),
        scripts=filled(
            "scripts.html",
            data=_packed(json.dumps(data, allow_nan=False).encode()),
            cells=_packed(planes.tobytes()),
            program=_packed(program.encode()),
            unpack=unpack,
        ),
    )


def _number(
    capture: AttentionCapture, inside: QueriesAndKeys, kept: Held, chosen: Chosen, hide_padding: bool
) -> dict[str, Any] | None:
    """What is behind the chosen weight; None where no single one is."""
    one = kept.view.maps[kept.chosen.map]
    weights = capture.map_of(one.name).weights
    if inside.name != one.name or (inside.queries.shape[2], inside.keys.shape[2]) != weights.shape[2:]:
        raise ShapeError(
            f"`inside` must be of layer {one.name!r} with {weights.shape[2]} queries and {weights.shape[3]} keys. "
            f"Received: layer {inside.name!r} with {inside.queries.shape[2]} and {inside.keys.shape[2]}."
        )
    head = 0 if weights.shape[1] == 1 else chosen.head
    query = 0 if len(kept.view.axes[one.query_axis].labels) == 1 else chosen.query
    if isinstance(head, str) or query is None or chosen.key is None:
        return None
    return kept_vectors(
        capture,
        inside,
        Number(sample=one.sample, head=head, query=query, key=chosen.key),
        place=(kept.chosen.map, 0 if one.heads == 1 else head),
        hide_padding=hide_padding,
        most_bytes=MOST_VECTOR_BYTES,
    )


@cache
def _program() -> str:
    return f"{joined_script(VIEWS_FOLDER, _OFFLINE)}\n{file_text('open.js')}"


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()


def _without_made_thumbnails(sent: Payload, kept: Held) -> Payload:
    """The payload without the thumbnails that the browser can make of the cells: a third of the file.

    They say where they lie, and `None` for their start.
    """
    exact = {(block.map, block.head) for block in kept.view.blocks if block.whole and not block.pooled}
    kind = np.dtype("<f4" if sent.meta["type"] == "float32" else "<f2")
    cells = sent.cells.view(kind)
    ends = [block["start"] + block["queryCount"] * block["keyCount"] for block in sent.meta["blocks"]]
    parts, count = [cells[: max(ends, default=0)]], max(ends, default=0)
    thumbnails = []
    for one in sent.meta["thumbnails"]:
        row, axes = kept.grid[one["map"]], kept.view.axes
        of = kept.view.maps[one["map"]]
        same = (row.queries, row.keys) == (len(axes[of.query_axis].labels), len(axes[of.key_axis].labels))
        if same and (one["map"], one["head"]) in exact:
            thumbnails.append({**one, "start": None})
            continue
        size = one["queryCount"] * one["keyCount"]
        parts.append(cells[one["start"] : one["start"] + size])
        thumbnails.append({**one, "start": count})
        count += size
    return Payload(meta={**sent.meta, "thumbnails": thumbnails}, cells=np.concatenate(parts).view(np.uint8))
