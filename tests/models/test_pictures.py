import keras
import numpy as np
import pytest
from keras import layers

from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification


@keras.saving.register_keras_serializable("test_pictures")
class ClassToken(layers.Layer):
    """Puts one trained token before the others."""

    def build(self, shape):
        self.token = self.add_weight(shape=(1, 1, shape[-1]), name="class_token")

    def call(self, tokens):
        first = keras.ops.broadcast_to(self.token, (keras.ops.shape(tokens)[0], 1, tokens.shape[-1]))
        return keras.ops.concatenate([first, tokens], axis=1)


def loaded(rows, across, *, patch=(2, 3), class_token=False, picture=False):
    """Attention over `across` patches of 2 × 3 pixels in a row, of a picture taken as rows or as a picture."""
    columns, count = 3 * across, rows // 2 * across
    pixels = keras.Input((rows, columns, 1) if picture else (rows, columns), name="rows")
    tokens = layers.Reshape((rows // 2, 2, across, 3))(pixels)
    tokens = layers.Reshape((count, 6))(layers.Permute((1, 3, 2, 4))(tokens))
    tokens = ClassToken()(tokens) if class_token else tokens
    mixed = layers.MultiHeadAttention(1, 2, name="attention")(tokens, tokens)
    output = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(mixed))
    specification = NumericSpecification(
        name="rows",
        features=tuple(map(str, range(columns))),
        length=rows,
        picture=PictureSpecification(white=1, black=0, patch=patch),
    )
    card = Card(
        name="toy",
        title="Toy",
        description="",
        task="classification",
        classes=("a", "b"),
        input=specification,
    )
    return LoadedModel(card=card, keras_model=keras.Model(pixels, output))


def grid(rows, columns):
    return tuple(f"{row}, {column}" for row in range(1, rows + 1) for column in range(1, columns + 1))


def pixels(rows, across):
    return np.arange(3 * rows * across).reshape(rows, 3 * across) / 100


def labels_of_keys(model, sequences):
    capture = model.capture(sequences)
    (one,) = capture.maps
    assert one.query_axis == one.key_axis
    return one.key_axis, capture.sequences[one.key_axis]


def test_patches_are_named_by_row_and_column():
    assert labels_of_keys(loaded(4, 3), pixels(4, 3)) == ("rows: 2 × 3 patches", (grid(2, 3),))


def test_as_many_patches_as_rows_are_still_patches():
    assert labels_of_keys(loaded(4, 2), pixels(4, 2)) == ("rows: 2 × 2 patches", (grid(2, 2),))


@pytest.mark.parametrize("across", [2, 3])
def test_a_class_token_keeps_its_name(across):
    two = [pixels(4, across), 1 - pixels(4, across)]
    axis, labels = labels_of_keys(loaded(4, across, class_token=True), two)
    assert axis == f"class_token + rows: 2 × {across} patches"
    assert labels == (("class token", *grid(2, across)),) * 2


def test_positions_that_cannot_be_those_of_the_card_are_left_alone():
    for patch in (None, (4, 3)):
        _, (labels,) = labels_of_keys(loaded(4, 3, patch=patch), pixels(4, 3))
        assert labels == tuple("123456")


def test_rows_of_pixels_reach_a_model_that_takes_pictures():
    model = loaded(4, 3, picture=True, patch=None)
    capture = model.capture(pixels(4, 3))
    np.testing.assert_allclose(capture.outputs, model.keras_model(pixels(4, 3)[None, :, :, None]), atol=1e-6)
    assert capture.sequences["rows: 2 × 3 patches"] == (grid(2, 3),)  # which the capture knows from the picture
