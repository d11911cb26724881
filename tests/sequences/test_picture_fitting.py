import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.sequences.picture_files import DecodedPicture, decode_picture
from attnviz.sequences.picture_fitting import border_light, fit_picture, looks_inverted
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification
from tests.sequences.picture_bytes import file_of


def specification(rows=2, columns=2, **picture):
    picture = {"white": 0, "black": 16, **picture}
    return NumericSpecification(
        name="rows",
        features=tuple(map(str, range(columns * picture.get("channels", 1)))),
        length=rows,
        picture=PictureSpecification(**picture),
    )


def decoded(light):
    light = np.asarray(light, np.float32)
    return DecodedPicture(light=light, size=light.shape[:2])


SCENE = specification()
INK = specification(4, 4, background="white")
CHALK = specification(4, 4, white=255, black=0, background="black")


def test_each_pixel_is_the_mean_of_those_that_it_covers():
    light = [[1, 1, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 1, 0], [0.5, 0.5, 0, 1]]
    fitted = fit_picture(decoded(light), SCENE)
    np.testing.assert_allclose(fitted.numbers, [[4, 16], [8, 8]])
    assert fitted.description == (
        "The picture was made 2 × 2 pixels by averaging, then written as numbers from 16 (black) to 0 (white)."
    )


def test_pixels_of_a_small_picture_are_repeated():
    fitted = fit_picture(decoded([[0.0]]), SCENE)
    np.testing.assert_array_equal(fitted.numbers, [[16, 16], [16, 16]])
    assert fitted.steps[0] == "made 2 × 2 pixels by repeating pixels"


def test_a_wide_picture_keeps_its_proportions():
    fitted = fit_picture(decoded(np.full((2, 4), 0.25)), specification(4, 4))
    np.testing.assert_array_equal(fitted.numbers, np.full((4, 4), 12.0))  # filled with its own border
    dark = np.zeros((2, 4))
    framed = fit_picture(decoded(dark), INK, invert=False, clean=False)
    np.testing.assert_array_equal(framed.numbers, [[0] * 4, [16] * 4, [16] * 4, [0] * 4])
    assert framed.steps[0] == "put in the middle of 4 × 4"


def test_colours_are_averaged_one_by_one():
    light = np.zeros((2, 2, 3))
    light[0, 0] = [1, 0, 0.5]
    fitted = fit_picture(decoded(light), specification(1, 1, white=100, black=0, channels=3))
    np.testing.assert_allclose(fitted.numbers, [[25, 0, 12.5]], atol=0.51)  # no finer than 256 shades


def cross(size=12, at=3, ink=0.2, paper=0.8):
    """An upright stroke of 2 × 6 pixels on paper."""
    light = np.full((size, size), paper)
    light[at : at + 6, at : at + 2] = ink
    return light


@pytest.mark.parametrize("at", [1, 3, 5])
def test_what_is_drawn_is_cut_out_and_its_contrast_stretched(at):
    fitted = fit_picture(decoded(cross(at=at)), INK)
    assert fitted.steps[:2] == ("cut to what is drawn, with its contrast stretched", "made 1 × 4 pixels by averaging")
    np.testing.assert_array_equal(fitted.numbers, np.tile([0, 16, 0, 0], (4, 1)))


def test_chalk_on_a_blackboard_is_inverted_for_a_model_of_ink():
    chalk = decoded(1 - cross())
    assert looks_inverted(chalk, INK)
    assert not looks_inverted(chalk, CHALK)
    np.testing.assert_array_equal(fit_picture(chalk, INK).numbers, fit_picture(decoded(cross()), INK).numbers)
    assert fit_picture(chalk, INK).steps[0] == "inverted"
    assert "inverted" not in fit_picture(chalk, CHALK).steps
    assert fit_picture(chalk, CHALK).numbers.max() == 255


def test_ink_is_inverted_for_a_model_of_chalk():
    ink = decoded(cross())
    assert looks_inverted(ink, CHALK)
    np.testing.assert_array_equal(fit_picture(ink, CHALK).numbers, np.tile([0, 255, 0, 0], (4, 1)))


def test_a_person_decides_otherwise():
    fitted = fit_picture(decoded(1 - cross()), INK, invert=False, clean=False)
    assert fitted.numbers.min() > 3  # the blackboard stays dark
    assert fitted.steps[0].startswith("made 4 × 4 pixels")


def test_scenes_are_left_as_they_are():
    assert not looks_inverted(decoded(np.zeros((2, 2))), SCENE)
    np.testing.assert_array_equal(fit_picture(decoded(np.zeros((2, 2))), SCENE).numbers, np.full((2, 2), 16))


def test_the_margin_of_the_training_pictures_comes_back():
    fitted = fit_picture(decoded(cross()), specification(8, 8, background="white", margin=2))
    inked = np.argwhere(fitted.numbers > 0)
    assert (inked.min(axis=0).tolist(), inked.max(axis=0).tolist()) == ([2, 3], [5, 3])


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_an_empty_picture_stays_empty(shade):
    fitted = fit_picture(decoded(np.full((9, 9), shade)), INK, invert=False)
    assert len(set(fitted.numbers.ravel())) == 1
    assert "cut" not in fitted.description


def test_a_speck_does_not_set_the_contrast():
    light = cross(size=60, at=20, ink=0.4)
    light[20:50, 20:30] = 0.4
    light[30, 25] = 0
    numbers = fit_picture(decoded(light), INK).numbers
    assert numbers.max() == 16
    assert (numbers == 16).sum() >= 4


def test_the_border_is_what_most_of_it_is():
    light = np.ones((5, 5))
    light[0, :3] = 0
    assert border_light(light) == 1


def test_colours_for_a_grey_model_are_refused():
    with pytest.raises(ShapeError, match="1 channels of the picture"):
        fit_picture(decoded(np.zeros((4, 4, 3))), INK)


def test_a_file_becomes_numbers():
    greys = np.array([[0, 255], [255, 0]], np.uint8)
    picture = decode_picture(file_of(np.kron(greys, np.ones((8, 8), np.uint8))), channels=1)
    np.testing.assert_array_equal(fit_picture(picture, SCENE).numbers, [[16, 0], [0, 16]])
