import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from attnviz.errors import InputError
from attnviz.sequences.picture_files import WORKING_SIDE, decode_picture
from tests.sequences.picture_bytes import file_of

GREYS = (np.arange(12).reshape(3, 4) * 20).astype(np.uint8)


@pytest.mark.parametrize(
    ("picture", "kind", "options"),
    [
        (GREYS, "PNG", {}),
        (GREYS, "BMP", {}),
        (GREYS, "GIF", {}),
        (Image.fromarray(GREYS).convert("RGB"), "WEBP", {"lossless": True}),
        (GREYS.astype(np.uint16) * 257, "PNG", {}),
        (Image.fromarray(GREYS).convert("P"), "PNG", {}),
        (Image.fromarray(GREYS).convert("LA"), "PNG", {}),
        (Image.fromarray(GREYS).convert("RGBA"), "PNG", {}),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_greys_are_read_exactly(picture, kind, options, channels):
    decoded = decode_picture(file_of(picture, kind, **options), channels=channels)
    expected = GREYS / 255 if channels == 1 else np.repeat(GREYS[:, :, None] / 255, 3, axis=2)
    np.testing.assert_allclose(decoded.light, expected, atol=1e-6)
    assert decoded.size == (3, 4)
    assert decoded.notices == ()


def test_black_and_white():
    decoded = decode_picture(file_of(Image.fromarray(GREYS > 100)), channels=1)
    np.testing.assert_array_equal(decoded.light, GREYS > 100)


def test_colours_become_grey_by_their_lightness():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    light = decode_picture(file_of(colours), channels=1).light
    np.testing.assert_allclose(light, [[0.299, 0.587, 0.114]], atol=1 / 255)  # ITU-R 601-2
    np.testing.assert_array_equal(decode_picture(file_of(colours), channels=3).light * 255, colours)


def test_ink_printed_in_four_colours():
    white = decode_picture(file_of(Image.new("CMYK", (8, 8)), "JPEG"), channels=1)
    np.testing.assert_allclose(white.light, 1, atol=0.02)


def test_what_is_transparent_is_white():
    clear = np.zeros((1, 2, 4), np.uint8)
    clear[0, 1, 3] = 255
    decoded = decode_picture(file_of(clear), channels=1)
    np.testing.assert_array_equal(decoded.light, [[1, 0]])
    assert decoded.notices == ("What is transparent in the picture was made white.",)


def test_a_transparent_colour_of_a_palette_is_white():
    picture = Image.fromarray(GREYS).convert("P")
    decoded = decode_picture(file_of(picture, transparency=picture.getpixel((0, 0))), channels=1)
    assert decoded.light[0, 0] == 1
    np.testing.assert_allclose(decoded.light.ravel()[1:], GREYS.ravel()[1:] / 255, atol=1e-6)


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, False), (6, True), (8, True)])
def test_photographs_stand_upright(orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(np.repeat(np.repeat(GREYS, 16, 0), 16, 1))
    decoded = decode_picture(file_of(picture, "JPEG", quality=100, exif=exif), channels=1)
    assert decoded.size == ((64, 48) if turned else (48, 64))
    corner = {1: (0, 0), 3: (-1, -1), 6: (0, -1), 8: (-1, 0)}[orientation]  # where the darkest corner of GREYS goes
    assert decoded.light[corner] < 0.05
    assert bool(decoded.notices) == (orientation != 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame(kind):
    frames = [Image.new("L", (4, 4), shade) for shade in (200, 0)]
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
    decoded = decode_picture(data, channels=1)
    np.testing.assert_allclose(decoded.light, 200 / 255, atol=0.02)
    assert decoded.notices == ("The picture moves: its first frame is used.",)


def test_a_large_picture_is_averaged_as_it_is_read():
    wide = np.zeros((4, 3 * WORKING_SIDE), np.uint8)
    wide[:, ::3] = 255
    decoded = decode_picture(file_of(wide), channels=1)
    assert decoded.light.shape[1] <= WORKING_SIDE
    assert decoded.size == wide.shape
    np.testing.assert_allclose(decoded.light, 1 / 3, atol=0.01)


def claiming(width, height):
    """A PNG whose header claims a size that its data does not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (claiming(10_000, 5_000), r"may have at most 40,000,000 pixels. Received: 10,000 × 5,000. Make it smaller"),
        (claiming(60_000, 60_000), r"far more than 40,000,000 pixels"),
        (claiming(100, 100), "damaged or incomplete"),
        (file_of(GREYS)[:-30], "damaged or incomplete"),
        (b"hello", "no picture that can be read. Expected: PNG, JPEG, WEBP, GIF, BMP"),
        (file_of(GREYS, "TIFF"), "no picture that can be read"),
        (file_of(Image.fromarray(GREYS), "PPM"), "no picture that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture that can be read"),
    ],
)
def test_what_cannot_be_used_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        decode_picture(data, channels=1)


KINDS = {kind: file_of(Image.fromarray(GREYS).convert("RGB"), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP")}


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2000), st.binary(max_size=20))
def test_damaged_files_are_read_or_refused(kind, at, change):
    data = bytearray(KINDS[kind])
    at %= len(data)
    data[at : at + len(change)] = change
    try:
        decoded = decode_picture(bytes(data), channels=3)
    except InputError:
        return
    assert decoded.light.ndim == 3
    assert 0 <= decoded.light.min() <= decoded.light.max() <= 1
