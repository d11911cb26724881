"""Picture files (PNG, JPEG, WebP, GIF, BMP) as light from 0 to 1. A file is hostile until Pillow has read it: only the
listed formats are tried, and its size is looked at before a pixel is decoded."""

import io
import math
import threading
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from attnviz.errors import InputError, ShapeError
from attnviz.records import read_only

PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
"""Extensions of picture files, in lower case."""

MOST_PIXELS = 40_000_000
"""Pixels that are decoded at most, as many as a large photograph has: up to 160 MB, twice that while it is turned."""

WORKING_SIDE = 1024
"""What is larger than this is averaged down to it at once: no model of the dashboard sees as much."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_SIXTEEN_BITS = 65535
_ONE_AT_A_TIME = threading.Lock()  # so that many uploads at once take the memory of one


@dataclass(frozen=True, eq=False, kw_only=True)
class DecodedPicture:
    """A picture file, upright, without transparency.

    Attributes:
        light: `[rows, columns]` where a grey picture was asked for, else `[rows, columns, 3]`; float32, from 0 (black)
            to 1 (white).
        size: Rows and columns of the file, before anything was averaged.
        notices: What was done, a sentence each.
    """

    light: np.ndarray
    size: tuple[int, int]
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "light", read_only(self.light, dtype=np.float32))
        shape = self.light.shape
        if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)):
            raise ShapeError(f"`light` must have shape [rows, columns] or [rows, columns, 3]. Received: shape={shape}.")


def decode_picture(data: bytes, *, channels: int) -> DecodedPicture:
    """The pixels of a picture file: the first frame, turned as its camera was held, over white where it is transparent.

    Args:
        data: The file's bytes.
        channels: 1 turns colours to grey (ITU-R 601-2 luma, as Pillow does), 3 keeps or repeats them.

    Raises:
        InputError: If it is no picture of a known format, is damaged, or has too many pixels.
    """
    try:
        with _ONE_AT_A_TIME, Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            return _decoded(opened, channels)
    except InputError:
        raise
    except Image.DecompressionBombError:
        raise InputError(f"The picture has far more than {MOST_PIXELS:,} pixels. Make it smaller.") from None
    except UnidentifiedImageError:
        raise InputError(
            f"The file is no picture that can be read. Expected: {', '.join(_FORMATS)}. Save it as PNG."
        ) from None
    except Exception as error:  # Pillow's decoders raise errors of every kind at damaged files
        raise InputError("The picture is damaged or incomplete. Open it elsewhere and save it as PNG.") from error


def _decoded(opened: Image.Image, channels: int) -> DecodedPicture:
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise InputError(
            f"The picture may have at most {MOST_PIXELS:,} pixels. Received: {width:,} × {height:,}. Make it smaller."
        )
    notices = []
    if getattr(opened, "is_animated", False):
        opened.seek(0)
        notices.append("The picture moves: its first frame is used.")
    orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation in range(2, 9):
        notices.append("The picture was turned as its camera was held.")
    opened.draft("RGB", (2 * WORKING_SIDE, 2 * WORKING_SIDE))  # a JPEG is decoded no larger than it has to be
    picture = ImageOps.exif_transpose(opened)
    if picture.has_transparency_data and not picture.mode.startswith("I"):
        picture, is_clear = _over_white(picture)
        if is_clear:
            notices.append("What is transparent in the picture was made white.")
    size = (width, height) if orientation in range(5, 9) else (height, width)
    return DecodedPicture(light=_light(picture, channels), size=size, notices=tuple(notices))


def _over_white(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture on white paper, and whether any of that is seen."""
    seen = _smaller(picture.convert("RGBA"))
    is_clear = bool((np.asarray(seen.getchannel("A")) < 255).any())
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB"), is_clear


def _light(picture: Image.Image, channels: int) -> np.ndarray:
    if picture.mode.startswith("I"):  # grey, in 16 bits
        numbers = np.clip(np.asarray(picture).astype(np.float32) / _SIXTEEN_BITS, 0, 1)
        grey = np.asarray(_smaller(Image.fromarray(numbers)))
        return grey if channels == 1 else np.repeat(grey[:, :, np.newaxis], channels, axis=2)
    return np.asarray(_smaller(picture.convert("RGB" if channels == 3 else "L")), dtype=np.float32) / 255


def _smaller(picture: Image.Image) -> Image.Image:
    factor = math.ceil(max(picture.size) / WORKING_SIDE)
    return picture if factor == 1 else picture.reduce((min(factor, picture.width), min(factor, picture.height)))
