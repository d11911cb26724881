import pytest

from attnviz.models.loaded import open_model
from sample_models.dates import train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the script writes after one pass over little data."""
    out = tmp_path_factory.mktemp("models") / "dates"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "SIZES", {"training": 256, "validation": 20, "test": 30})
        train.main(["--epochs", "1", "--seed", "3", "--seeds", "1", "--out", str(out)])
        yield out


def test_the_script_writes_a_folder_that_opens_and_writes(folder):
    loaded = open_model(folder)
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert loaded.card.splits == {"training": 256, "validation": 20, "test": 30}
    assert "Seed 3 of 3" in loaded.card.training
    exact = next(one for one in loaded.card.metrics if one.name == "exact")
    assert "of 30 dates" in exact.note


def test_evaluate_prints_the_figures_of_the_card_again(folder, capsys):
    train.main(["--evaluate", "--out", str(folder)])
    assert "the card says the same" in capsys.readouterr().out
