import numpy as np
import pytest
from sklearn.datasets import load_digits

from attnviz.errors import InputError
from attnviz.models.loaded import open_model
from attnviz.training.splits import grouped_split
from sample_models.digits.pictures import SPLIT_SEED, example_indices, read_digits
from sample_models.digits.train import main


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The first two hundred digits; test_shipped_models.py measures the shipped model on all of them."""
    own = load_digits()
    path = tmp_path_factory.mktemp("data") / "digits.csv"
    np.savetxt(path, np.column_stack([own.data, own.target])[:200], fmt="%d", delimiter=",")
    return path


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """What the script writes after one epoch with one seed."""
    out = tmp_path_factory.mktemp("models") / "digits"
    main(["--data", str(data), "--epochs", "1", "--seeds", "1", "--seed", "3", "--out", str(out)])
    return out


def test_the_script_writes_a_folder_that_opens_and_predicts(folder):
    loaded = open_model(folder)
    table = loaded.predict([np.array(one.sequence) for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert loaded.card.splits == {"training": 140, "validation": 20, "test": 40}
    assert "Seed 3 of 3" in loaded.card.training


def test_evaluate_prints_the_figures_of_the_card_again(folder, data, capsys):
    main(["--evaluate", "--data", str(data), "--out", str(folder)])
    assert "the card says the same" in capsys.readouterr().out


def test_examples_are_test_digits_of_every_class():
    classes = load_digits().target
    split = grouped_split(classes, seed=SPLIT_SEED)
    chosen = example_indices(classes, split)
    assert len(set(chosen)) == 12
    assert set(chosen) <= set(split.test)
    np.testing.assert_array_equal(classes[chosen[:10]], np.arange(10))


def test_digits_of_a_file_are_read_as_scikit_learn_has_them(tmp_path):
    own = load_digits()
    path = tmp_path / "digits.csv"
    np.savetxt(path, np.column_stack([own.data, own.target]), fmt="%d", delimiter=",")
    given, shipped = read_digits(path), read_digits(None)
    np.testing.assert_array_equal(given.sequences, own.images)
    np.testing.assert_array_equal(given.targets, own.target)
    np.testing.assert_array_equal(shipped.sequences, own.images)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,2,x\n", "must be comma-separated numbers"),
        ("1,2,3\n", "64 pixels from 0 to 16 and a class from 0 to 9. Received: 3 numbers a line"),
        (",".join(["17"] * 64) + ",3\n", "pixels from 17 to 17"),
        (",".join(["1"] * 64) + ",10\n", "classes from 10 to 10"),
    ],
)
def test_digits_that_cannot_be_used_are_refused(content, message, tmp_path):
    path = tmp_path / "digits.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_digits(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_digits(tmp_path / "none.csv")
