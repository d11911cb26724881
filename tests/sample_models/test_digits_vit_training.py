from dataclasses import replace

import keras
import numpy as np
from sklearn.datasets import load_digits

import attnviz
from attnviz.models.loaded import open_model
from attnviz.training.fitting import FitSettings
from attnviz.training.recipe import Part
from sample_models.digits.pictures import read_digits, with_shifts
from sample_models.digits_vit.train import main, recipe_for


def test_the_script_writes_a_folder_that_opens_and_predicts(tmp_path, capsys):
    own = load_digits()
    few = tmp_path / "digits.csv"
    np.savetxt(few, np.column_stack([own.data, own.target])[:200], fmt="%d", delimiter=",")
    asked = ["--data", str(few), "--out", str(tmp_path / "digits_vit")]
    main([*asked, "--epochs", "1", "--seeds", "1"])
    loaded = open_model(tmp_path / "digits_vit")
    table = loaded.predict([np.array(one.sequence) for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    main([*asked, "--evaluate"])
    assert "the card says the same" in capsys.readouterr().out


def test_it_is_measured_on_the_digits_of_digits():
    recipe = recipe_for(read_digits(None), FitSettings(epochs=1, patience=1, learning_rate=0.001))
    assert recipe.card.splits == attnviz.load_model("digits").card.splits
    assert recipe.card.input == attnviz.load_model("digits_vit").card.input
    rows = attnviz.load_model("digits").card.input
    assert replace(recipe.card.input, picture=rows.picture) == rows


def test_patches_are_squares_of_two_pixels_row_by_row():
    model = attnviz.load_model("digits_vit").keras_model
    picture = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    patches = np.asarray(keras.Model(model.inputs, model.get_layer("patches").output)(picture))[0]
    for number, patch in enumerate(patches):
        top, left = 2 * (number // 4), 2 * (number % 4)
        np.testing.assert_array_equal(patch, picture[0, top : top + 2, left : left + 2].ravel())


def test_shifted_pictures_move_by_a_pixel_and_keep_their_class():
    pictures = load_digits().images[:2]
    moved = with_shifts(Part(sequences=pictures, targets=np.array([0, 1])))
    assert moved.sequences.shape == (10, 8, 8)
    assert moved.targets.tolist() == [0, 1] * 5
    np.testing.assert_array_equal(moved.sequences[:2], pictures)
    np.testing.assert_array_equal(moved.sequences[2, 1:], pictures[0, :-1])
    assert moved.sequences[2, 0].sum() == 0
    np.testing.assert_array_equal(moved.sequences[9, :, :-1], pictures[1, :, 1:])


def test_two_layers_of_heads_attend_among_sixteen_patches():
    loaded = attnviz.load_model("digits_vit")
    capture = loaded.capture([np.array(loaded.card.examples[0].sequence)])
    assert [(one.layer, one.weights.shape) for one in capture.maps] == [
        ("attention_1", (1, 4, 16, 16)), ("attention_2", (1, 4, 16, 16)),
    ]  # fmt: skip
    for one in capture.maps:
        assert one.query_axis == one.key_axis == "rows: 4 × 4 patches"
        np.testing.assert_allclose(one.weights.sum(axis=-1), 1, atol=1e-5)
    labels = capture.sequences["rows: 4 × 4 patches"][0]
    assert labels[:5] == ("1, 1", "1, 2", "1, 3", "1, 4", "2, 1")
    assert labels[-1] == "4, 4"
