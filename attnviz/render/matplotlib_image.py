"""A picture with its patches tinted by attention, on matplotlib's axes."""

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from attnviz.render.matplotlib_layout import coloured
from attnviz.render.tint import STRONGEST, TINT
from attnviz.views.image import ImageView

_TINT = tuple(channel / 255 for channel in TINT)
TINTS = LinearSegmentedColormap.from_list("tint", [(*_TINT, 0.0), (*_TINT, STRONGEST)])
_EDGE = (0.5, 0.5, 0.5, 0.35)


def draw_image(axes: Axes, view: ImageView) -> ScalarMappable:
    """Draw the pixels, and a tinted rectangle over each patch; returns the colours for a colour bar."""
    axes.imshow(view.light, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()
    colours, shown = coloured(view.values, view.limits, view.colouring, TINTS)
    tints = colours.to_rgba(shown)
    for position, (box, tint) in enumerate(zip(view.boxes, tints, strict=True)):
        row, column, height, width = (int(one) for one in box)
        place = ((column - 0.5, row - 0.5), width, height)  # a pixel's middle is a whole number
        axes.add_patch(Rectangle(*place, facecolor=tint, edgecolor=_EDGE, linewidth=0.5))
        if position == view.selected:
            for colour, line in (("white", 4.0), ("black", 2.0)):  # seen on any grey
                axes.add_patch(Rectangle(*place, fill=False, edgecolor=colour, linewidth=line, zorder=3))
    return colours
