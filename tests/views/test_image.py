import numpy as np
import pytest

from attnviz.capture.grids import grid_labels
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification
from attnviz.views.image import ImageView, image_view, picture_view

PIXELS = np.array([[0, 4, 8, 16], [16, 16, 16, 16], [0, 0, 0, 0], [16, 8, 4, 0]])
PATCHES = "rows: 2 × 2 patches"
WITH_CLASS = f"class_token + {PATCHES}"
# Two heads; queries are the class token and four patches.
HEADS = np.array(
    [
        [[0.2, 0.2, 0.2, 0.2, 0.2], [0.5, 0.1, 0.2, 0.1, 0.1], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0.5, 0, 0.5, 0]],
        [[0.6, 0.1, 0.1, 0.1, 0.1], [0.1, 0.3, 0.2, 0.3, 0.1], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0.1, 0.8, 0.1, 0]],
    ]
)


def specification(patch=(2, 2)):
    return NumericSpecification(
        name="rows",
        features=tuple("abcd"),
        step="row",
        length=4,
        picture=PictureSpecification(white=0, black=16, patch=patch),
    )


def capture_of(weights, labels, *, key_axis, query_axis=None, query_labels=None):
    weights = np.asarray(weights, np.float32)[None]
    sequences = {key_axis: (tuple(labels),), query_axis or key_axis: (tuple(query_labels or labels),)}
    return AttentionCapture(
        model="toy",
        maps=(AttentionMap(layer="attention", weights=weights, query_axis=query_axis or key_axis, key_axis=key_axis),),
        sequences=sequences,
        valid={axis: np.ones((1, len(samples[0])), bool) for axis, samples in sequences.items()},
        outputs=None,
    )


def with_class_token():
    return capture_of(HEADS, ("class token", *grid_labels((2, 2))), key_axis=WITH_CLASS)


def rows_pooled():
    """One query that stands for the whole picture, and four rows."""
    return capture_of(
        [[[0.1, 0.2, 0.3, 0.4]]],
        ("row 1", "row 2", "row 3", "row 4"),
        key_axis="rows",
        query_axis="pooled",
        query_labels=("pooled",),
    )


def test_the_picture_is_shown_as_a_person_sees_it():
    view = image_view(with_class_token(), PIXELS, specification(), layer="attention", head=0)
    np.testing.assert_array_equal(view.light, 1 - PIXELS / 16)


def test_a_patch_as_the_query():
    view = image_view(with_class_token(), PIXELS, specification(), layer="attention", head=1, query=4)
    np.testing.assert_allclose(view.values, [0.1, 0.8, 0.1, 0.0])
    assert view.names == ("patch 1, 1", "patch 1, 2", "patch 2, 1", "patch 2, 2")
    np.testing.assert_array_equal(view.boxes, [[0, 0, 2, 2], [0, 2, 2, 2], [2, 0, 2, 2], [2, 2, 2, 2]])
    assert view.selected == 3
    assert view.limits == (0.0, pytest.approx(0.8))
    assert view.title == "Attention from 'patch 2, 2', layer attention, head 2"
    assert view.description.endswith("Most goes to 'patch 1, 2' (0.80), 'patch 1, 1' (0.10) and 'patch 2, 1' (0.10).")


def test_the_class_token_as_the_query_and_as_a_key():
    view = image_view(with_class_token(), PIXELS, specification(), layer="attention", head=1, query=0)
    assert view.selected is None
    np.testing.assert_allclose(view.values, [0.1] * 4)
    assert view.outside == (("class token", pytest.approx(0.6)),)
    assert view.limits == (0.0, pytest.approx(0.6))  # also of what lies outside, so that the colours do not deceive
    assert view.title == "Attention from 'class token', layer attention, head 2"


def test_the_mean_over_all_queries():
    view = image_view(with_class_token(), PIXELS, specification(), layer="attention", head="mean", shared_scale=True)
    expected = HEADS.mean(axis=0).mean(axis=0)
    np.testing.assert_allclose(view.values, expected[1:], atol=1e-6)
    assert view.outside == (("class token", pytest.approx(expected[0])),)
    assert (view.limits, view.scale_note, view.selected) == ((0.0, 1.0), "colours shared 0 to 1", None)


def test_rows_of_a_pooled_picture():
    view = image_view(rows_pooled(), PIXELS, specification(patch=None), layer="attention", head=0, query=0)
    np.testing.assert_array_equal(view.boxes, [[0, 0, 1, 4], [1, 0, 1, 4], [2, 0, 1, 4], [3, 0, 1, 4]])
    np.testing.assert_allclose(view.values, [0.1, 0.2, 0.3, 0.4])
    assert (view.selected, view.outside, view.names[2]) == (None, (), "row 3")


def test_every_axis_of_the_picture_is_found():
    capture = capture_of(
        [[[0.5, 0.5, 0, 0]] * 4],
        grid_labels((2, 2)),
        key_axis=PATCHES,
        query_axis="rows",
        query_labels=("row 1", "row 2", "row 3", "row 4"),
    )
    view = picture_view(capture, PIXELS, specification())
    assert set(view.places) == {PATCHES, "rows"}
    assert view.places["rows"].names[0] == "row 1"
    assert list(picture_view(rows_pooled(), PIXELS, specification()).places) == ["rows"]


def test_keys_that_are_no_part_of_the_picture_are_refused():
    capture = capture_of([[[0.5, 0.5]] * 2], ("a", "b"), key_axis="tokens")
    with pytest.raises(ShapeError, match="keys of layer 'attention' are no rows or patches.*axis 'tokens'"):
        image_view(capture, PIXELS, specification(), layer="attention", head=0)


def test_pixels_of_another_picture_are_refused():
    with pytest.raises(ShapeError, match=r"= \(4, 4\). Received: shape=\(2, 2\)"):
        image_view(rows_pooled(), PIXELS[:2, :2], specification(), layer="attention", head=0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"light": np.zeros((2, 2, 2))}, r"\[row, column, 3\]. Received: shape=\(2, 2, 2\)"),
        ({"light": np.full((2, 2), 1.5)}, r"from 0 \(black\) to 1 \(white\)"),
        ({"light": np.full((2, 2), np.nan)}, r"from 0 \(black\) to 1 \(white\)"),
        ({"boxes": [[0, 0, 3, 1]]}, r"must lie in the picture of \(2, 2\)"),
        ({"boxes": [[0, 0, 0, 0]]}, "must lie in the picture"),
        ({"boxes": [[-1, 0, 1, 1]]}, "must lie in the picture"),
        ({"values": [1.0, 2.0]}, "one entry for each of the 1 patches"),
        ({"selected": 1}, "a patch from 0 to 0. Received: 1"),
    ],
)
def test_what_does_not_fit_together(fields, message):
    whole = {"light": np.zeros((2, 2)), "boxes": [[0, 0, 2, 2]], "names": ("a",), "values": [1.0]}
    assert ImageView(**whole).values.flags.writeable is False
    with pytest.raises(ShapeError, match=message):
        ImageView(**{**whole, **fields})
