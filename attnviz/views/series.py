"""A numeric sequence with the attention that each of its steps receives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.colour_scale import Colouring, Scale
from attnviz.views.labels import displayed
from attnviz.views.matrix import COLOURS_PER_MAP, COLOURS_SHARED, own_limits
from attnviz.views.region import region_of
from attnviz.views.token_strip import attention_colouring, attention_description, attention_title, attention_to_keys


@dataclass(frozen=True, eq=False, kw_only=True)
class SeriesView:
    """A series and the attention to each of its steps.

    Attributes:
        values: `[step, feature]`, float32, as the person gave them; NaN for a missing one.
        step_labels: One a step; cells are told apart by position.
        feature_names: One a feature.
        attention: `[step]`, float32, the attention that each step receives.
        limits: Attention at the two ends of the colours.
        title: What the picture is.
        scale_note: Whether the colours are this picture's own or the same for every one.
        colouring: The colours on a scale of the page; None for linear ones between `limits`.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If values, labels, names and attention do not fit together.
    """

    values: np.ndarray
    step_labels: tuple[str, ...]
    feature_names: tuple[str, ...]
    attention: np.ndarray
    limits: tuple[float, float] = (0.0, 1.0)
    title: str = ""
    scale_note: str = COLOURS_PER_MAP
    colouring: Colouring | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for name, dtype in (("values", np.float32), ("attention", np.float32)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=dtype))
        for name in ("step_labels", "feature_names"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        steps, features = len(self.step_labels), len(self.feature_names)
        if self.values.shape != (steps, features):
            raise ShapeError(
                f"`values` of a series must have shape [step, feature] = {(steps, features)}, "
                f"as its labels say. Received: shape={self.values.shape}."
            )
        if self.attention.shape != (steps,):
            raise ShapeError(
                f"`attention` of a series must have one entry for each of its {steps} steps. "
                f"Received: shape={self.attention.shape}."
            )


def series_view(
    capture: AttentionCapture,
    values: npt.ArrayLike,
    feature_names: Sequence[str],
    *,
    layer: str,
    head: Head,
    query: int | None = None,
    sample: int = 0,
    scale: Scale | None = None,
    shared_scale: bool = False,
) -> SeriesView:
    """The series that the model saw, with the attention that each step receives. Padding is left out.

    Args:
        capture: The run.
        values: `[step, feature]`, with or without the steps that are padding.
        feature_names: One a feature.
        layer: `AttentionMap.name`; its keys must be the steps.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        query: Position among the real queries; None for the mean over all of them.
        sample: Index into the batch.
        scale: Colours as on the page; None for linear ones up to this picture's maximum.
        shared_scale: Let the colours run from 0 to 1, and not up to this picture's maximum.

    Raises:
        ShapeError: If layer, head, sample or query do not exist, or `values` are not of the layer's keys.
    """
    region = region_of(capture, layer=layer, head=head, sample=sample)
    series = np.asarray(values, dtype=np.float32)
    length = len(capture.valid[region.map.key_axis][sample])
    if series.ndim != 2 or series.shape[0] not in (len(region.keys), length):
        raise ShapeError(
            f"`values` must have shape [step, feature] with the {len(region.keys)} steps that layer "
            f"{region.map.name!r} attends to. Received: shape={series.shape}."
        )
    if series.shape[0] != len(region.keys):
        series = series[region.keys]
    attention = attention_to_keys(region, query)
    return SeriesView(
        values=series,
        step_labels=region.key_labels,
        feature_names=tuple(displayed(name) for name in feature_names),
        attention=attention,
        limits=(0.0, 1.0) if shared_scale else own_limits(attention),
        title=attention_title(region, query),
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        colouring=attention_colouring(region, query, attention, scale=scale, shared=shared_scale),
        description=attention_description(region, query, attention),
    )
