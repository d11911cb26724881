"""Which of a model's attention maps a caller wants kept."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import CaptureError
from attnviz.records import map_name

MOST_LISTED = 30
"""Layers that a message lists at most."""


def chosen_maps(maps: Sequence[TracedMap], layers: str | Collection[str] | None) -> tuple[int, ...]:
    """Positions of the maps that `layers` names, in call order.

    Args:
        maps: All that the model has.
        layers: One or several of: a layer's path, the path of a model that holds layers, the name of one call
            (`"attention (call 2)"`), or a pattern of these with `*`, `?` and `[...]`, where `*` also stands for `/`.
            None for all.

    Raises:
        CaptureError: If one of them names no map; the message lists the layers that there are.
    """
    if layers is None:
        return tuple(range(len(maps)))
    wanted = [layers] if isinstance(layers, str) else list(layers)
    if not all(isinstance(one, str) for one in wanted):
        raise CaptureError(f"`layers` must be a path, a pattern or several of them. Received: {layers!r:.200}.")
    chosen: set[int] = set()
    for one in wanted:
        found = {position for position, traced in enumerate(maps) if _is_named(traced, one)}
        if not found:
            raise CaptureError(f"`layers` must name attention layers of the model. Received: {one!r}. {_listed(maps)}")
        chosen |= found
    return tuple(sorted(chosen))


def _is_named(traced: TracedMap, pattern: str) -> bool:
    names = (traced.layer, map_name(traced.layer, traced.call_index))
    inside = traced.layer.startswith(f"{pattern.rstrip('/')}/")
    return pattern in names or inside or any(fnmatchcase(name, pattern) for name in names)


def _listed(maps: Sequence[TracedMap]) -> str:
    if not maps:
        return "It has none."
    names = [repr(map_name(traced.layer, traced.call_index)) for traced in maps]
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"It has: {', '.join(names[:MOST_LISTED])}{more}."
