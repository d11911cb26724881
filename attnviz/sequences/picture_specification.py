"""What a card says of a numeric input that is a picture: what its numbers look like, and how the model cuts it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attnviz.errors import CardError
from attnviz.sequences.field_checks import check_fields

if TYPE_CHECKING:
    from attnviz.sequences.specification import NumericSpecification

CHANNELS = (1, 3)
BACKGROUNDS = ("white", "black")


@dataclass(frozen=True, kw_only=True)
class PictureSpecification:
    """That the steps of a numeric input are the rows of a picture, and its features the pixels of a row.

    Attributes:
        white: The number of a white pixel, before normalisation.
        black: The number of a black pixel.
        channels: 1 for a grey picture; 3 where the features are red, green and blue of each pixel in turn.
        patch: Height and width of the patches that the model cuts the picture into, row by row; None if it reads whole
            rows, or its own layers show the patches.
        background: What lies around the subject of the training pictures, one of `BACKGROUNDS`: a picture with the
            other one is inverted when it is read, and the empty border is cut off. None for scenes, which have no
            background.
        margin: Pixels of background that the training pictures have on every side of their subject; a picture whose
            border was cut off gets them back.

    Raises:
        CardError: If a field has the wrong type or is impossible.
    """

    white: float
    black: float
    channels: int = 1
    patch: tuple[int, int] | None = None
    background: str | None = None
    margin: int = 0

    def __post_init__(self) -> None:
        check_fields(self, "`picture`")
        if self.white == self.black:
            raise CardError(f"`white` and `black` of `picture` must be two numbers. Received twice: {self.white:g}.")
        if self.channels not in CHANNELS:
            raise CardError(
                f"`channels` of `picture` must be 1 (grey) or 3 (red, green, blue). Received: {self.channels}."
            )
        if self.patch is not None and min(self.patch) < 1:
            raise CardError(
                f"`patch` of `picture` must be at least 1 pixel high and wide. Received: {list(self.patch)}."
            )
        if self.background is not None and self.background not in BACKGROUNDS:
            raise CardError(
                f"`background` of `picture` must be one of {', '.join(BACKGROUNDS)}, or null. "
                f"Received: {self.background!r}."
            )
        if self.margin < 0:
            raise CardError(f"`margin` of `picture` must not be negative. Received: {self.margin}.")


def check_picture(specification: "NumericSpecification") -> None:
    """Whether the picture fits the numeric input that it describes; an input that is no picture always does.

    Raises:
        CardError: If the picture has no size, or its pixels, patches or colours do not fit it.
    """
    picture, name = specification.picture, specification.name
    if picture is None:
        return
    features = len(specification.features)
    if specification.length is None:
        raise CardError(
            f"`length` of input {name!r} must be given where there is a `picture`: its number of rows. Received: null."
        )
    if features % picture.channels:
        raise CardError(
            f"`features` of input {name!r} must name {picture.channels} numbers for each pixel of a row, as "
            f"`picture.channels` says. Received: {features}."
        )
    size = specification.length, features // picture.channels
    if 2 * picture.margin >= min(size):
        raise CardError(
            f"`picture.margin` of input {name!r} must leave room for the subject in a picture of {size[0]} × {size[1]} "
            f"pixels. Received: {picture.margin}."
        )
    if picture.patch is not None and any(pixels % edge for pixels, edge in zip(size, picture.patch, strict=True)):
        raise CardError(
            f"`picture.patch` of input {name!r} must divide the picture, which is {size[0]} pixels high and "
            f"{size[1]} wide. Received: {list(picture.patch)}."
        )
    low, high = specification.minimum, specification.maximum
    for field, number in (("white", picture.white), ("black", picture.black)):
        if (low is not None and number < low) or (high is not None and number > high):
            raise CardError(
                f"`picture.{field}` of input {name!r} must be from `minimum` to `maximum`. Received: {number:g}."
            )
