"""What a person can take along of a run, as the bytes of files. Nothing here asks anybody anything."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import attnviz
from attnviz.app.number_picture import pinned_number
from attnviz.app.offered_file import csv_file
from attnviz.app.pictured import Pictured
from attnviz.app.prediction_words import prediction_in_words
from attnviz.app.run import ModelRun, parsed_sequence
from attnviz.app.selection import Selection
from attnviz.app.writing_words import decoding_in_words
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.components.attention import Chosen
from attnviz.errors import AttnVizError
from attnviz.models.card import Card
from attnviz.models.decodings import Decoding
from attnviz.render.export import PictureFormat, figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.report.html_report import html_report
from attnviz.report.view_file import Token, ViewFile, view_file_bytes
from attnviz.sequences.specification import NumericSpecification
from attnviz.storage import capture_to_bytes
from attnviz.views.document import DocumentView, document_view
from attnviz.views.explorer import Wanted
from attnviz.views.grid import GridView, grid_description, grid_row
from attnviz.views.heatmap import heatmap_view
from attnviz.views.image import image_view
from attnviz.views.labels import displayed, map_title
from attnviz.views.links import links_view
from attnviz.views.region import region_of
from attnviz.views.series import series_view
from attnviz.views.subwords import words_of
from attnviz.views.tables import head_table, token_table
from attnviz.views.text import text_view

LONGEST_FACT = 4_000

Picture = Literal["Heatmap", "Heads", "Links", "Inside one number", "Text", "Sentences and words", "Series", "Picture"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Export:
    """A run as it is shown, ready to be written.

    Attributes:
        card: The model's card.
        sequence: The input, as it was typed.
        run: What the model says of it.
        selection: What of it is shown.
        shown: How it is shown.
        decoding: How a model that writes does it.
        output: What it was asked to write, if it was.
    """

    card: Card
    sequence: str
    run: ModelRun
    selection: Selection
    shown: Pictured
    decoding: Decoding | None = None
    output: str | None = None

    @property
    def stem(self) -> str:
        """Name for files about the chosen head, without an ending."""
        capture, chosen = self.run.capture, self.selection
        one = capture.map_of(chosen.layer)
        head = f"-{chosen.head}" if isinstance(chosen.head, str) else f"-head-{chosen.head + 1}"
        part = f"-part-{chosen.sample + 1}" if one.weights.shape[0] > 1 else ""
        layer = chosen.layer.replace("/", "-").replace(" ", "-")
        return f"{capture.model}-{layer}{part}{'' if one.heads == 1 else head}"

    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that there are for what is shown; that inside one number `number_picture` makes."""
        views, key_axis = self.shown.views, self.run.capture.map_of(self.selection.layer).key_axis
        found: list[Picture] = ["Heatmap", "Heads", "Links"]
        if "neuron" in views:
            found.append("Inside one number")
        if "text" in views:
            found.append("Text")
        if "document" in views:
            found.append("Sentences and words")
        if "series" in views and key_axis == getattr(self.card.input, "name", None):
            found.append("Series")
        if "image" in views and displayed(key_axis) in self.shown.extras["image"]["axes"]:
            found.append("Picture")
        return tuple(found)

    def picture(self, picture: Picture, picture_format: PictureFormat) -> bytes:
        """A picture of what is shown."""
        return figure_bytes(to_matplotlib(self._view(picture)), picture_format)

    def report(self, inside: Callable[[str], QueriesAndKeys] | None = None) -> bytes:
        """The linked views in one HTML file, beginning with what is shown.

        Args:
            inside: What a layer, by its name, computed its attention from in this run. It is asked only where a number
                is pinned; a layer that cannot be read is shown without.
        """
        sent = self.run.explored.sent(hide_padding=self.selection.hide_padding, wanted=Wanted())
        places = [(one.name, one.sample) for one in sent.view.maps]
        chosen = self.selection
        return html_report(
            self.run.capture,
            title=f"What {displayed(self.card.title)} attends to",
            facts=self._facts(),
            chosen=Chosen(
                map=places.index((chosen.layer, chosen.sample)),
                head=chosen.head,
                query=chosen.query,
                key=chosen.key,
                scale=chosen.scale,
                shared=chosen.shared_scale,
                drawn=chosen.drawn,
            ),
            views=self.shown.views,
            extras=self.shown.extras,
            inside=self._inside(inside),
            hide_padding=chosen.hide_padding,
        )

    def _inside(self, inside: Callable[[str], QueriesAndKeys] | None) -> QueriesAndKeys | None:
        if inside is None or pinned_number(self.run.capture, self.selection) is None:
            return None
        try:
            return inside(self.selection.layer)
        except AttnVizError:  # the page says why, where one looks inside
            return None

    def tokens(self) -> bytes:
        """The numbers of each token, as CSV."""
        chosen = self.selection
        return csv_file(token_table(self.run.capture, layer=chosen.layer, head=chosen.head, sample=chosen.sample))

    def heads(self) -> bytes:
        """The numbers of each head of the layer, as CSV."""
        return csv_file(head_table(self.run.capture, layer=self.selection.layer, sample=self.selection.sample))

    def weights(self) -> bytes:
        """Every weight of the run with its labels, as NPZ."""
        return capture_to_bytes(self.run.capture)

    def view(self, name: str, sha256: str) -> bytes:
        """A file that opens the same view again, of the model with this name and digest."""
        chosen = self.selection
        sent = self.run.explored.sent(hide_padding=chosen.hide_padding, wanted=Wanted())
        one = next(one for one in sent.view.maps if (one.name, one.sample) == (chosen.layer, chosen.sample))
        return view_file_bytes(
            ViewFile(
                model=name,
                model_sha256=sha256,
                kind="numbers" if isinstance(self.card.input, NumericSpecification) else "text",
                sequence=self.sequence,
                output=self.output,
                decoding=self.decoding,
                layer=chosen.layer,
                part=chosen.part,
                head=chosen.head,
                query=_token(chosen.query, sent.view.axes[one.query_axis].labels),
                key=_token(chosen.key, sent.view.axes[one.key_axis].labels),
                scale=chosen.scale,
                shared=chosen.shared_scale,
                padding=not chosen.hide_padding,
                drawn=chosen.drawn,
            )
        )

    def _view(self, picture: Picture) -> Any:
        """What to draw."""
        capture, chosen, specification = self.run.capture, self.selection, self.card.input
        layer, sample = chosen.layer, chosen.sample
        colours: dict[str, Any] = {"scale": chosen.scale, "shared_scale": chosen.shared_scale}
        pins = self._real_pins()
        head: dict[str, Any] = {"layer": layer, "sample": sample, "head": chosen.head, "query": pins["query"]} | colours
        match picture:
            case "Heads":
                return self._grid()
            case "Links":
                return links_view(capture, layer=layer, sample=sample, mass=chosen.drawn.mass, heads=self._link_heads())
            case "Text":
                return text_view(capture, **head | self._text_pins(), words=chosen.drawn.words)
            case "Sentences and words":
                return self._document(colours)
            case "Series" if isinstance(specification, NumericSpecification):
                return series_view(capture, self._values(), specification.features, **head)
            case "Picture" if isinstance(specification, NumericSpecification):
                return image_view(capture, self._values(), specification, **head)
        shown = {"query": chosen.query, "key": chosen.key, "hide_padding": chosen.hide_padding}
        return heatmap_view(capture, **head | shown)

    def _link_heads(self) -> list[int] | None:
        """Those that were switched on, else the chosen one, else all."""
        chosen = self.selection
        heads = self.run.capture.map_of(chosen.layer).heads
        switched_on = [head for head in chosen.drawn.heads if head < heads]
        return switched_on or (None if isinstance(chosen.head, str) else [chosen.head])

    def _real_pins(self) -> dict[str, int | None]:
        """The pins among the real tokens, for pictures that have no others; padding that is pinned is none there."""
        chosen = self.selection
        one = self.run.capture.map_of(chosen.layer)
        return {"query": self._real(chosen.query, one.query_axis), "key": self._real(chosen.key, one.key_axis)}

    def _real(self, position: int | None, axis: str) -> int | None:
        if position is None or self.selection.hide_padding:
            return position
        real = self.run.capture.valid[axis][self.selection.sample]
        return int(real[:position].sum()) if real[position] else None

    def _text_pins(self) -> dict[str, int | None]:
        """The pins as a text shows them: from one side, on whole words where these are joined."""
        chosen, pins = self.selection, self._real_pins()
        side = "query" if pins["query"] is not None else "key"
        position = pins[side]
        if position is not None and chosen.drawn.words:
            region = region_of(self.run.capture, layer=chosen.layer, head=chosen.head, sample=chosen.sample)
            words = words_of(region.query_labels if side == "query" else region.key_labels)
            position = position if words is None else bisect_right(words, position) - 1
        return {"query": None, "key": None, side: position}

    def _document(self, colours: dict[str, Any]) -> DocumentView:
        """The document with the chosen head where its layer is shown, and the mean of all elsewhere."""
        capture, chosen = self.run.capture, self.selection
        view = document_view(capture, **colours)
        heads: dict[str, Any] = {
            name: chosen.head
            for name, layer in (("sentence_head", view.sentence_layer), ("word_head", view.word_layer))
            if layer == chosen.layer
        }
        return document_view(capture, **colours, **heads) if heads else view

    def _grid(self) -> GridView:
        """Every head and part, as they are sorted, looked for, numbered and coloured."""
        capture, chosen = self.run.capture, self.selection
        maps = self.run.explored.sent(hide_padding=chosen.hide_padding, wanted=Wanted()).view.maps
        rows = tuple(grid_row(capture, layer=one.name, sample=one.sample) for one in maps)
        place = [(one.name, one.sample) for one in maps].index((chosen.layer, chosen.sample))
        return GridView(
            rows=rows,
            description=grid_description(rows),
            selected=None if isinstance(chosen.head, str) else (place, chosen.head),
            pooling=chosen.drawn.pooling,
            scale=chosen.scale,
            shared_scale=chosen.shared_scale,
            sort_by=chosen.drawn.sort_by,
            looked_for=chosen.drawn.looked_for,
            number=chosen.drawn.number,
        )

    def _values(self) -> Any:
        return parsed_sequence(self.sequence, self.card.input)

    def _facts(self) -> dict[str, str]:
        chosen = self.selection
        heads = self.run.capture.map_of(chosen.layer).heads
        title = map_title(chosen.layer, chosen.head, heads)
        return {
            "Model": f"{displayed(self.card.title)} ({self.card.name})",
            "Input": _cut(self.sequence),
            "Prediction": _cut(prediction_in_words(self.card, self.run.predictions)),
            "How it writes": "" if self.decoding is None else decoding_in_words(self.decoding),
            "Opens with": f"{title}, {chosen.scale} colours"
            + (" from 0 to 1 for every map" if chosen.shared_scale else ""),
            "Made by": f"attnviz {attnviz.__version__}",
        }


def _token(position: int | None, labels: tuple[str, ...]) -> Token | None:
    return None if position is None else Token(position=position + 1, label=labels[position])


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]} … ({len(text):,} characters in all)"
