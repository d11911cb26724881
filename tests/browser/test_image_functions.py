"""The arithmetic of the picture views' modules, run as a browser runs it."""

import numpy as np
import pytest

BLACK_ON_WHITE = {"blank": 0, "full": 16, "decimals": 2}
WHITE_ON_BLACK = {"blank": 0, "full": 255, "decimals": 0}


@pytest.fixture
def swept(family):
    """Cover of a picture of 4 × 5 pixels after one movement of the brush."""
    page = family.blank()

    def sweep(start, end, width):
        cover = page.evaluate(
            """async ([start, end, width]) => {
                const { sweep } = await import("/pixel_editor/strokes.js");
                const cover = new Float64Array(20);
                sweep(cover, 5, start, end, width);
                return Array.from(cover);
            }""",
            [start, end, width],
        )
        return np.reshape(cover, (4, 5))

    return sweep


def expected_cover(start, end, width):
    """The same from its definition: 1 within half the width of the line between the points, 0 one pixel further."""
    start, end = np.array(start, float), np.array(end, float)
    cover = np.zeros((4, 5))
    for row in range(4):
        for column in range(5):
            steps = np.linspace(0, 1, 2001)[:, None]
            far = np.linalg.norm(start + steps * (end - start) - [row + 0.5, column + 0.5], axis=1).min()
            cover[row, column] = np.clip(width / 2 + 0.5 - far, 0, 1)
    return cover


def test_a_dot_fills_its_pixel_and_softens_its_neighbours(swept):
    cover = swept([1.5, 2.5], [1.5, 2.5], 2)
    assert cover[1, 2] == 1
    assert cover[0, 2] == cover[1, 1] == cover[1, 3] == cover[2, 2] == pytest.approx(0.5)
    assert cover[0, 1] == pytest.approx(1.5 - np.sqrt(2))
    assert cover[3].max() == 0


@pytest.mark.parametrize(
    ("start", "end", "width"),
    [([0.5, 0.5], [3.5, 4.5], 1), ([3.2, 0.1], [3.2, 4.9], 1.5), ([-1, -1], [2, 2], 3), ([9, 9], [9, 9], 2)],
)
def test_a_line_covers_what_is_near_it(swept, start, end, width):
    np.testing.assert_allclose(swept(start, end, width), expected_cover(start, end, width), atol=1e-3)


@pytest.mark.parametrize(
    ("values", "cover", "brush", "expected"),
    [
        ([0, 4, 16], [1, 1, 1], {**BLACK_ON_WHITE, "ink": 1, "erase": False}, [16, 16, 16]),
        ([0, 4, 16], [0.5, 0.5, 0.5], {**BLACK_ON_WHITE, "ink": 0.5, "erase": False}, [4, 4, 16]),  # never paler
        ([0, 4, 16], [0.5, 1, 0.25], {**BLACK_ON_WHITE, "ink": 1, "erase": True}, [0, 0, 12]),
        ([0, 4, 16], [0, 0, 0], {**BLACK_ON_WHITE, "ink": 1, "erase": False}, [0, 4, 16]),
        ([0, 100, 255], [1 / 3, 1 / 3, 1 / 3], {**WHITE_ON_BLACK, "ink": 1, "erase": False}, [85, 100, 255]),
        ([1, 0.5, -1], [1, 1, 1], {"blank": 1, "full": -1, "decimals": 3, "ink": 0.5, "erase": False}, [0, 0, -1]),
    ],
)
def test_what_a_stroke_does_to_values(family, values, cover, brush, expected):
    stroked = family.blank().evaluate(
        """async ([values, cover, brush]) => {
            const { stroked } = await import("/pixel_editor/strokes.js");
            return stroked(values, Float64Array.from(cover), brush);
        }""",
        [values, cover, brush],
    )
    assert stroked == expected


BOXES = [[0, 0, 0, 0], [0, 0, 2, 2], [0, 2, 2, 2], [2, 0, 2, 2], [2, 2, 2, 2]]  # the first is a class token


def _evaluate(family, name, *arguments):
    return family.blank().evaluate(
        "async ([name, args]) => (await import('/attention/image_model.js'))[name](...args)", [name, list(arguments)]
    )


def test_which_patch_is_under_a_point(family):
    assert [_evaluate(family, "keyAt", BOXES, *point) for point in ((0, 0), (1.9, 2), (2, 1.9), (3.9, 3.9))] == [
        1,
        2,
        3,
        4,
    ]
    assert _evaluate(family, "keyAt", BOXES, 4, 0) is None


@pytest.mark.parametrize(
    ("start", "arrow", "end"),
    [
        (None, "ArrowLeft", 1),
        (0, "ArrowDown", 1),  # a class token is nowhere
        (1, "ArrowRight", 2),
        (1, "ArrowDown", 3),
        (4, "ArrowUp", 2),
        (4, "ArrowLeft", 3),
        (4, "ArrowRight", 4),
        (1, "ArrowUp", 1),
    ],
)
def test_where_an_arrow_leads(family, start, arrow, end):
    assert _evaluate(family, "keyBeside", BOXES, start, arrow) == end


def test_rows_are_walked_up_and_down(family):
    rows = [[row, 0, 1, 8] for row in range(8)]
    assert _evaluate(family, "keyBeside", rows, 3, "ArrowDown") == 4
    assert _evaluate(family, "keyBeside", rows, 3, "ArrowUp") == 2
    assert _evaluate(family, "keyBeside", rows, 3, "ArrowRight") == 3
