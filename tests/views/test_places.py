import numpy as np
import pytest

from attnviz.capture.grids import grid_labels, grid_of
from attnviz.errors import ShapeError
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification
from attnviz.views.places import Places, places_of


def specification(rows, columns, patch=None, channels=1):
    return NumericSpecification(
        name="rows",
        features=tuple(map(str, range(columns * channels))),
        step="row",
        length=rows,
        picture=PictureSpecification(white=0, black=16, patch=patch, channels=channels),
    )


def test_the_input_itself_runs_over_rows():
    places = places_of("rows", ("row 1", "row 2"), specification(2, 3))
    np.testing.assert_array_equal(places.boxes, [[0, 0, 1, 3], [1, 0, 1, 3]])
    assert places.names == ("row 1", "row 2")


def test_patches_run_row_by_row():
    places = places_of("rows: 2 × 3 patches", grid_labels((2, 3)), specification(4, 6, patch=(2, 2)))
    np.testing.assert_array_equal(
        places.boxes, [[0, 0, 2, 2], [0, 2, 2, 2], [0, 4, 2, 2], [2, 0, 2, 2], [2, 2, 2, 2], [2, 4, 2, 2]]
    )
    assert places.names[:4] == ("patch 1, 1", "patch 1, 2", "patch 1, 3", "patch 2, 1")
    assert places.inside.all()


def test_the_colours_of_a_pixel_are_one_place():
    places = places_of("rows: 1 × 2 patches", grid_labels((1, 2)), specification(2, 4, channels=3))
    np.testing.assert_array_equal(places.boxes, [[0, 0, 2, 2], [0, 2, 2, 2]])


@pytest.mark.parametrize("before", [("class token",), ("class token", "registers 1", "registers 2"), ()])
def test_a_class_token_lies_nowhere(before):
    labels = (*before, *grid_labels((2, 2)), "distilled")
    places = places_of("class_token + rows: 2 × 2 patches", labels, specification(4, 4))
    assert places.inside.tolist() == [False] * len(before) + [True] * 4 + [False]
    assert places.names == (*before, "patch 1, 1", "patch 1, 2", "patch 2, 1", "patch 2, 2", "distilled")
    np.testing.assert_array_equal(places.boxes[len(before) + 1], [0, 2, 2, 2])


@pytest.mark.parametrize(
    ("size", "patch", "grid", "last"),
    [
        ((4, 6), (2, 3), (2, 2), [2, 3, 2, 3]),  # as the card says
        ((4, 6), None, (2, 2), [2, 3, 2, 3]),
        ((9, 9), None, (4, 4), [6, 6, 2, 2]),  # a ninth row and column are left over
        ((9, 9), None, (5, 5), [8, 8, 1, 1]),  # the last patches reach beyond
        ((28, 28), None, (7, 7), [24, 24, 4, 4]),
    ],
)
def test_the_size_of_patches(size, patch, grid, last):
    places = places_of("patches", grid_labels(grid), specification(*size, patch=patch))
    assert places.boxes[-1].tolist() == last
    covered = np.zeros(size, int)
    for row, column, height, width in places.boxes:
        covered[row : row + height, column : column + width] += 1
    assert covered.max() == 1
    if patch is None and size[0] == size[1]:
        assert grid_of(len(places.names), size) == grid  # what captures make such labels from


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        ("tokens", ("a", "b")),
        ("pooled", ("pooled",)),
        ("rows", ("row 1",)),
        ("rows: 3 positions", ("1", "2", "3")),
        ("patches", ("1, 1", "1, 2", "2, 1")),  # one is missing
        ("patches", ("1, 2", "1, 1")),
        ("patches", grid_labels((3, 1))),  # cannot be patches of 4 × 4
    ],
)
def test_other_axes_are_no_parts_of_the_picture(axis, labels):
    assert places_of(axis, labels, specification(4, 4)) is None


def test_boxes_and_names_go_together():
    with pytest.raises(ShapeError, match=r"a box for each of 1 names. Received: shape=\(2, 4\)"):
        Places(boxes=np.zeros((2, 4)), names=("a",))
