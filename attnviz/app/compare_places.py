"""Which layer and head of each run are compared; the link holds them."""

from collections.abc import Sequence

import streamlit as st

from attnviz.app.compare_inputs import HEADS, INPUTS, Asked
from attnviz.app.run import ModelRun
from attnviz.app.selection import layer_name
from attnviz.app.state import check_link
from attnviz.components.attention import SCALES, Scale
from attnviz.records import Head
from attnviz.views.comparison import Side
from attnviz.views.explorer import MapView, Wanted


def choose_places(kind: str, runs: tuple[ModelRun, ModelRun]) -> tuple[Side, Side] | None:
    """A and B; None if they have no layer in common where they have to."""
    first, second = (maps_of(run) for run in runs)
    if kind == INPUTS:
        both = [name for name in first if name in second]
        if not both:
            return None
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = _layer("a", both, 0, "Layer")
            head = _head("a", min(first[name].heads, second[name].heads), "mean", "Head")
        return _side(runs[0], first[name], head), _side(runs[1], second[name], head)
    heads = kind == HEADS
    columns = st.columns(2, gap="medium")
    sides = []
    for column, side, run, maps in zip(columns, ("a", "b"), runs, (first, second), strict=True):
        with column, st.container(horizontal=True, vertical_alignment="bottom"):
            names = list(maps)
            # Two heads begin with the first two: of the first layer, or of two layers that have one each.
            begins = 1 if heads and side == "b" and maps[names[0]].heads == 1 and len(names) > 1 else 0
            name = _layer(side, names, begins, f"Layer of {side.upper()}")
            otherwise = {"a": "1", "b": "2"}[side] if heads and maps[name].heads > 1 else "mean"
            head = _head(side, maps[name].heads, otherwise, f"Head of {side.upper()}")
            sides.append(_side(run, maps[name], head))
    return sides[0], sides[1]


def hides_gaps(asked: Asked) -> bool:
    """Whether tokens that only one side has are left out; the two heads of one run mostly have the same."""
    if asked.kind == HEADS:
        return False
    return st.toggle("Only tokens that both have", key="common", bind="query-params")


def choose_colours() -> Scale:
    """How the weights of A and B become colours."""
    check_link("colours", SCALES, "the colours")
    chosen = st.segmented_control(
        "Colours of A and B",
        SCALES,
        default=SCALES[0],
        required=True,
        key="colours",
        bind="query-params",
        help="**log** tells small weights apart, over four decades; **rank** gives every colour to as many weights.",
    )
    return next(one for one in SCALES if one == chosen)


def are_the_same(sides: tuple[Side, Side]) -> bool:
    """Whether A and B are the same head of the same run."""
    first, second = sides
    return (first.layer, first.sample, first.head) == (second.layer, second.sample, second.head) and (
        first.capture is second.capture
    )


def maps_of(run: ModelRun) -> dict[str, MapView]:
    """What of a run can be compared, by the name that a link gives it."""
    view = run.explored.sent(hide_padding=True, wanted=Wanted()).view
    return {layer_name(one): one for one in view.maps}


def all_sides(run: ModelRun) -> list[Side]:
    """Every layer of a run, its first head."""
    return [_side(run, one, 0) for one in maps_of(run).values()]


def paired_sides(runs: tuple[ModelRun, ModelRun], chosen: tuple[Side, Side]) -> list[tuple[Side, Side]]:
    """Layers of A and B that belong together: of the same name, else in the same order, else the chosen ones alone."""
    first, second = (maps_of(run) for run in runs)
    both = [(_side(runs[0], first[name], 0), _side(runs[1], second[name], 0)) for name in first if name in second]
    if both:
        return both
    if [one.heads for one in first.values()] == [one.heads for one in second.values()]:
        return list(zip(all_sides(runs[0]), all_sides(runs[1]), strict=True))
    return [chosen]


def _side(run: ModelRun, one: MapView, head: Head) -> Side:
    return Side(
        capture=run.capture, layer=one.name, head=0 if one.heads == 1 else head, sample=one.sample, part=one.part
    )


def _layer(side: str, names: Sequence[str], index: int, label: str) -> str:
    key = f"{side}_layer"
    check_link(key, list(dict.fromkeys([names[index], *names])), f"the {label[0].lower()}{label[1:]}")
    _clamp(key, names, names[index])
    return st.selectbox(label, names, index=index, key=key, bind="query-params", width=260)


def _head(side: str, heads: int, otherwise: str, label: str) -> Head:
    if heads == 1:
        return 0
    key = f"{side}_head"
    options = ["mean", "max", *(str(head + 1) for head in range(heads))]
    check_link(key, list(dict.fromkeys([otherwise, *options])), f"the {label[0].lower()}{label[1:]}")
    _clamp(key, options, otherwise)
    chosen = st.selectbox(label, options, index=options.index(otherwise), key=key, bind="query-params", width=110)
    return "mean" if chosen == "mean" else "max" if chosen == "max" else int(chosen) - 1


def _clamp(key: str, options: Sequence[str], otherwise: str) -> None:
    if st.session_state.get(key, otherwise) not in options:
        st.session_state[key] = otherwise
