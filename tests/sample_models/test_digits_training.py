import numpy as np
import pytest
from sklearn.datasets import load_digits

from attnviz.models.loaded import open_model
from attnviz.training.splits import grouped_split
from sample_models.digits.pictures import SPLIT_SEED, example_indices
from sample_models.digits.train import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the script writes after one epoch with one seed."""
    out = tmp_path_factory.mktemp("models") / "digits"
    main(["--epochs", "1", "--seeds", "1", "--seed", "3", "--out", str(out)])
    return out


def test_the_script_writes_a_folder_that_opens_and_predicts(folder):
    loaded = open_model(folder)
    table = loaded.predict([np.array(one.sequence) for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert loaded.card.splits == {"training": 1257, "validation": 180, "test": 360}
    assert "Seed 3 of 3" in loaded.card.training


def test_evaluate_prints_the_figures_of_the_card_again(folder, capsys):
    main(["--evaluate", "--out", str(folder)])
    assert "the card says the same" in capsys.readouterr().out


def test_examples_are_test_digits_of_every_class():
    classes = load_digits().target
    split = grouped_split(classes, seed=SPLIT_SEED)
    chosen = example_indices(classes, split)
    assert len(set(chosen)) == 12
    assert set(chosen) <= set(split.test)
    np.testing.assert_array_equal(classes[chosen[:10]], np.arange(10))
