"""A picture with the attention that its patches or rows receive."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.sequences.pictures import light_of
from attnviz.sequences.specification import NumericSpecification
from attnviz.views.colour_scale import Colouring, Scale
from attnviz.views.matrix import COLOURS_PER_MAP, COLOURS_SHARED, own_limits
from attnviz.views.places import Places, places_of
from attnviz.views.region import Region, region_of
from attnviz.views.token_strip import attention_colouring, attention_description, attention_title, attention_to_keys


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureView:
    """The picture that a model saw, and where the positions of its attention lie in it.

    Attributes:
        light: `[row, column]`, or `[row, column, 3]` in colour; float32, from 0 (black) to 1 (white).
        places: For each axis of the capture that runs over parts of the picture, by its name.
    """

    light: np.ndarray
    places: Mapping[str, Places]

    def __post_init__(self) -> None:
        object.__setattr__(self, "light", _checked_light(self.light))
        object.__setattr__(self, "places", MappingProxyType(dict(self.places)))


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageView:
    """A picture and the attention to each of its patches.

    Attributes:
        light: `[row, column]`, or `[row, column, 3]` in colour; float32, from 0 (black) to 1 (white).
        boxes: `[patch, 4]`, int32: first row, first column, height and width in pixels, counted from 0.
        names: One a patch.
        values: `[patch]`, float32, the attention that each receives.
        outside: Keys that are no part of the picture, such as a class token: name and attention.
        limits: Attention at the two ends of the colours.
        selected: Position in `names` of the patch whose attention is shown; None for any other query, or the mean.
        title: What the picture is.
        scale_note: Whether the colours are this picture's own or the same for every one.
        colouring: The colours on a scale of the page; None for linear ones between `limits`.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If boxes, names and values differ in number, or a box lies outside the picture.
    """

    light: np.ndarray
    boxes: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    outside: tuple[tuple[str, float], ...] = ()
    limits: tuple[float, float] = (0.0, 1.0)
    selected: int | None = None
    title: str = ""
    scale_note: str = COLOURS_PER_MAP
    colouring: Colouring | None = None
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "light", _checked_light(self.light))
        object.__setattr__(self, "boxes", read_only(self.boxes, dtype=np.int32))
        object.__setattr__(self, "values", read_only(self.values, dtype=np.float32))
        object.__setattr__(self, "names", tuple(self.names))
        count = len(self.names)
        if self.boxes.shape != (count, 4) or self.values.shape != (count,):
            raise ShapeError(
                f"`boxes` and `values` must have one entry for each of the {count} patches. "
                f"Received: shapes {self.boxes.shape} and {self.values.shape}."
            )
        starts, sizes = self.boxes[:, :2], self.boxes[:, 2:]
        if (starts < 0).any() or (sizes < 1).any() or (starts + sizes > self.light.shape[:2]).any():
            raise ShapeError(f"Every box must lie in the picture of {self.light.shape[:2]} rows and columns.")
        if self.selected is not None and not 0 <= self.selected < count:
            raise ShapeError(f"`selected` must be None or a patch from 0 to {count - 1}. Received: {self.selected}.")


def picture_view(
    capture: AttentionCapture, values: npt.ArrayLike, specification: NumericSpecification, *, sample: int = 0
) -> PictureView:
    """The picture of one sample, with every axis of the capture that runs over its rows or patches.

    Args:
        capture: The run.
        values: `[rows, columns × channels]`, what the person gave.
        specification: What the model takes, a picture.
        sample: Index into the batch.

    Raises:
        ShapeError: If the input is no picture, or `values` have another size.
    """
    places = {
        axis: places_of(axis, labels[sample], specification)
        for axis, labels in capture.sequences.items()
        if sample < len(labels)
    }
    return PictureView(
        light=light_of(values, specification),
        places={axis: found for axis, found in places.items() if found is not None},
    )


def image_view(
    capture: AttentionCapture,
    values: npt.ArrayLike,
    specification: NumericSpecification,
    *,
    layer: str,
    head: Head,
    query: int | None = None,
    sample: int = 0,
    scale: Scale | None = None,
    shared_scale: bool = False,
) -> ImageView:
    """The picture that the model saw, with the attention that each of its patches or rows receives.

    Args:
        capture: The run.
        values: `[rows, columns × channels]`, what the person gave.
        specification: What the model takes, a picture.
        layer: `AttentionMap.name`; its keys must be parts of the picture.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        query: Position among the real queries; None for the mean over all of them.
        sample: Index into the batch.
        scale: Colours as on the page; None for linear ones up to this picture's maximum.
        shared_scale: Let the colours run from 0 to 1, and not up to this picture's maximum.

    Raises:
        ShapeError: If layer, head, sample or query do not exist, or the layer's keys are no parts of the picture.
    """
    region = region_of(capture, layer=layer, head=head, sample=sample)
    places = picture_view(capture, values, specification, sample=sample).places.get(region.map.key_axis)
    if places is None:
        raise ShapeError(
            f"The keys of layer {region.map.name!r} are no rows or patches of the picture. "
            f"Received: axis {region.map.key_axis!r}."
        )
    named = _named(region, places)
    attention = attention_to_keys(region, query)
    inside = places.inside[region.keys]
    patches = np.flatnonzero(inside)
    colours = attention_colouring(region, query, attention, scale=scale, shared=shared_scale)
    chosen = query if region.same_axis and len(region.queries) > 1 else None
    return ImageView(
        light=light_of(values, specification),
        boxes=places.boxes[region.keys][patches],
        names=tuple(named.key_labels[patch] for patch in patches),
        values=attention[patches],
        outside=tuple((named.key_labels[key], float(attention[key])) for key in np.flatnonzero(~inside)),
        limits=(0.0, 1.0) if shared_scale else own_limits(attention),
        selected=int(inside[:chosen].sum()) if chosen is not None and inside[chosen] else None,
        title=attention_title(named, query),
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        colouring=colours and replace(colours, shades=colours.shades[patches]),
        description=attention_description(named, query, attention),
    )


def _named(region: Region, places: Places) -> Region:
    """The region with the names of patches for labels."""
    names = tuple(places.names[key] for key in region.keys)
    return replace(region, key_labels=names, query_labels=names if region.same_axis else region.query_labels)


def _checked_light(light: npt.ArrayLike) -> np.ndarray:
    pixels = read_only(light, dtype=np.float32)
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
        raise ShapeError(f"`light` must have shape [row, column] or [row, column, 3]. Received: shape={pixels.shape}.")
    if not ((pixels >= 0) & (pixels <= 1)).all():  # also false for NaN
        raise ShapeError("`light` must be from 0 (black) to 1 (white).")
    return pixels
