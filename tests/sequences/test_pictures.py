from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import ShapeError
from attnviz.sequences.encoding import encode
from attnviz.sequences.numeric_checks import checked_numbers
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.pictures import decimals_of, light_of, numbers_of, patch_grid, picture_shape
from attnviz.sequences.specification import NumericSpecification


def specification(rows, columns, **picture):
    channels = picture.get("channels", 1)
    return NumericSpecification(
        name="rows",
        features=tuple(map(str, range(columns * channels))),
        length=rows,
        picture=PictureSpecification(**picture),
    )


INK = specification(2, 3, white=0, black=16)
COLOURS = specification(2, 2, white=255, black=0, channels=3)


def test_ink_is_dark():
    light = light_of([[0, 8, 16], [4, 12, 20]], INK)
    np.testing.assert_allclose(light, [[1, 0.5, 0], [0.75, 0.25, 0]])  # 20 is blacker than black


def test_the_colours_of_a_pixel_stand_next_to_each_other():
    light = light_of([[255, 0, 0, 0, 255, 0], [0, 0, 255, 51, 51, 51]], COLOURS)
    np.testing.assert_allclose(light, [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [0.2, 0.2, 0.2]]])
    np.testing.assert_array_equal(numbers_of(light, COLOURS)[1], [0, 0, 255, 51, 51, 51])


@pytest.mark.parametrize(
    ("white", "black", "decimals"),
    [(255, 0, 0), (0, 255, 0), (0, 16, 2), (1, 0, 3), (1, -1, 3), (0, 1000, 0), (0.01, 0, 5)],
)
def test_numbers_are_as_fine_as_shades(white, black, decimals):
    picture = PictureSpecification(white=white, black=black)
    assert decimals_of(picture) == decimals
    shades = black + np.arange(256) / 255 * (white - black)
    assert len(set(np.round(shades, decimals))) == 256


@given(
    white=st.floats(-1e3, 1e3),
    black=st.floats(-1e3, 1e3),
    shades=st.lists(st.integers(0, 255), min_size=6, max_size=6),
)
def test_every_shade_survives(white, black, shades):
    if abs(white - black) < 1e-3:
        return
    one = replace(specification(2, 3, white=white, black=black), minimum=min(white, black), maximum=max(white, black))
    light = np.reshape(shades, (2, 3)) / 255
    numbers = checked_numbers(numbers_of(light, one), one)
    np.testing.assert_array_equal(np.round(light_of(numbers, one) * 255), light * 255)


def test_numbers_of_pixels_can_be_encoded():
    one = NumericSpecification(
        name="rows",
        features=("a", "b"),
        length=1,
        minimum=-1,
        maximum=1,
        picture=PictureSpecification(white=1, black=-1),
    )
    numbers = numbers_of([[-3.0, 7.0]], one)  # lighter and darker than can be
    np.testing.assert_array_equal(checked_numbers(numbers, one), [[-1, 1]])
    assert encode(one, [numbers]).labels == (("step 1",),)


def test_the_grid_of_patches():
    assert patch_grid(specification(4, 6, white=0, black=1, patch=(2, 3))) == (2, 2)
    assert patch_grid(INK) is None
    assert picture_shape(COLOURS) == (2, 2, 3)


def test_what_does_not_fit_is_refused():
    series = NumericSpecification(name="days", features=("x",))
    with pytest.raises(ShapeError, match="input 'days' does not say that its numbers are a picture"):
        light_of([[1]], series)
    with pytest.raises(ShapeError, match=r"\[rows, columns × channels\] = \(2, 3\). Received: shape=\(3, 2\)"):
        light_of(np.zeros((3, 2)), INK)
    with pytest.raises(ShapeError, match=r"the 2 rows, 2 columns and 3 channels .* Received: shape=\(2, 2\)"):
        numbers_of(np.zeros((2, 2)), COLOURS)
