import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import attnviz
from attnviz.errors import InputError
from attnviz.models.loaded import open_model
from attnviz.training.recipe import Part
from sample_models.forecast.baselines import baseline_figures
from sample_models.forecast.train import main
from sample_models.forecast.years import LENGTH, read_sunspots, window_before, windows, with_strengths


def test_windows_end_in_the_year_before_the_one_that_is_asked_for():
    sunspots = read_sunspots()
    parts = windows(sunspots)
    assert {name: len(part.targets) for name, part in parts.items()} == {"training": 176, "validation": 40, "test": 60}
    assert sunspots[2008] == parts["test"].targets[-1] == 2.9
    np.testing.assert_array_equal(parts["test"].sequences[-1], window_before(sunspots, 2008))
    assert parts["test"].sequences[-1][-1, 0] == sunspots[2007]
    assert parts["test"].sequences[-1][0, 0] == sunspots[2008 - LENGTH]
    assert parts["validation"].targets[0] == sunspots[1909]


def test_the_series_has_no_gap():
    years = list(read_sunspots())
    assert years == list(range(1700, 2009))


def test_numbers_of_another_file_are_read(tmp_path):
    path = tmp_path / "years.csv"
    path.write_text("year,sunspots\n" + "".join(f"{year},{year % 11}.5\n" for year in range(1800, 2020)))
    sunspots = read_sunspots(path)
    assert (len(sunspots), sunspots[1801]) == (220, 8.5)
    assert len(windows(sunspots)["test"].targets) == 71


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "must have the columns year, sunspots. Received: .'a', 'b'"),
        ("year,sunspots\n1700,many\n", "Line 2 of .* must have a year and its number"),
        ("year,sunspots\n1700\n", "Line 2 of .* must have a year and its number"),
        ("year,sunspots\n1700,nan\n", "Line 2 of .* must have a number from 0. Received: nan"),
        ("year,sunspots\n1700,5\n", "every year in order, from 1875 or before to 2008 or after. Received: 1 years"),
        ("year,sunspots\n", "Received: 0 years."),
        ("year,sunspots\n" + "".join(f"{year},1\n" for year in range(1700, 2009) if year != 1800), "Received: 308"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(content, message, tmp_path):
    path = tmp_path / "years.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_sunspots(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_sunspots(tmp_path / "none.csv")


def test_baselines_are_those_of_scikit_learn_and_of_shifting():
    sunspots = read_sunspots()
    values = np.array(list(sunspots.values()))
    parts = windows(sunspots)
    figures = {one.name: one.value for one in baseline_figures([parts["training"], parts["validation"]], parts["test"])}
    assert figures["MAE of persistence"] == pytest.approx(np.abs(values[-60:] - values[-61:-1]).mean(), abs=1e-4)
    assert figures["MAE of lag 11"] == pytest.approx(np.abs(values[-60:] - values[-71:-11]).mean(), abs=1e-4)
    lags = np.stack([values[position - 9 : position] for position in range(LENGTH, len(values))])
    model = LinearRegression().fit(lags[:-60], values[LENGTH:-60])
    assert figures["MAE"] == pytest.approx(np.abs(model.predict(lags[-60:]) - values[-60:]).mean(), abs=1e-4)


def test_the_script_writes_a_folder_that_opens_and_predicts(tmp_path, capsys):
    main(["--epochs", "2", "--seeds", "1", "--out", str(tmp_path / "forecast")])
    loaded = open_model(tmp_path / "forecast")
    predicted = loaded.predict([np.array(one.sequence) for one in loaded.card.examples])["prediction"]
    np.testing.assert_allclose(predicted, [one.prediction for one in loaded.card.examples], atol=1e-3)
    main(["--evaluate", "--out", str(tmp_path / "forecast")])
    assert "the card says the same" in capsys.readouterr().out


def test_what_ships_beats_persistence_and_lag_11_on_the_test():
    loaded = attnviz.load_model("forecast")
    tested = windows(read_sunspots())["test"]
    error = np.abs(loaded.predict(tested.sequences)["prediction"] - tested.targets).mean()
    figures = {(one.name, one.split): one.value for one in loaded.card.metrics}
    baselines = {one.name: one.value for one in loaded.card.baselines}
    assert error == pytest.approx(figures["MAE", "test"], abs=1e-3)
    assert error < min(baselines["MAE of persistence"], baselines["MAE of lag 11"])
    assert figures["mean MAE over training seeds", "test"] < min(
        baselines["MAE of persistence"], baselines["MAE of lag 11"]
    )


def test_its_attention_runs_over_the_years():
    loaded = attnviz.load_model("forecast")
    capture = loaded.capture([np.array(loaded.card.examples[0].sequence)])
    (attention,) = capture.maps
    assert attention.weights.shape == (1, 1, 1, LENGTH)
    assert attention.key_axis == "years"
    assert capture.sequences["years"][0][0] == "year 1"


def test_stronger_and_weaker_windows_keep_their_shape():
    part = Part(sequences=np.array([[[1.0], [2.0]]]), targets=np.array([3.0]))
    scaled = with_strengths(part)
    assert scaled.sequences.shape == (5, 2, 1)
    np.testing.assert_allclose(scaled.targets / scaled.sequences[:, 0, 0], 3)
    assert scaled.targets[0] == 3.0
    assert scaled.targets.min() < 3.0 < scaled.targets.max()
