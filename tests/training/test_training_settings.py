import dataclasses
import subprocess
import sys

import pytest

from attnviz.errors import TrainingError
from attnviz.training.architecture_list import ARCHITECTURES, SERIES, TEXT
from attnviz.training.settings import SETTINGS, TrainingSettings


def test_every_setting_is_a_field_with_the_same_default_within_its_limits():
    fields = {field.name: field.default for field in dataclasses.fields(TrainingSettings)}
    assert fields == {name: setting.default for name, setting in SETTINGS.items()}
    for setting in SETTINGS.values():
        assert setting.minimum <= setting.default <= setting.maximum
        assert setting.hint.endswith(".")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_lists_settings_that_exist_and_makes_them(name):
    architecture = ARCHITECTURES[name]
    made = architecture.default_settings(seed=5)
    assert made.seed == 5
    assert {one.name: one.default for one in architecture.settings} | {"seed": 5} == {
        one.name: getattr(made, one.name) for one in architecture.settings
    }
    assert "maximum_words" in {one.name for one in architecture.settings_for(TEXT)}
    assert "maximum_words" not in {one.name for one in architecture.settings_for(SERIES)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": 4.5}, "`units` .* whole number from 4 to 512. Received: 4.5"),
        ({"seed": -1}, "`seed` .* from 0 to 2,147,483,647. Received: -1"),
        ({"heads": 0}, "`heads` .* from 1 to 16. Received: 0"),
        ({"learning_rate": float("nan")}, "`learning_rate` .* a number from 1e-05 to 0.1. Received: nan"),
        ({"epochs": True}, "`epochs` .* Received: True"),
        ({"batch_size": "32"}, "`batch_size` .* Received: '32'"),
        ({"heads": 16, "units": 8}, "`heads` must be at most `units`.* 16 heads of 8 units"),
        ({"validation_share": 0.4, "test_share": 0.4}, "leave a third .* Received: 0.4 and 0.4"),
    ],
)
def test_settings_outside_their_limits_are_told(changes, message):
    with pytest.raises(TrainingError, match=message):
        TrainingSettings(**changes)


def test_a_setting_that_does_not_exist_is_told():
    with pytest.raises(TrainingError, match="Received: 'width'"):
        ARCHITECTURES["transformer"].default_settings(width=3)


def test_whole_numbers_stay_whole():
    assert isinstance(TrainingSettings(units=8.0).units, int)


def test_architectures_settings_code_and_child_process_load_without_tensorflow():
    code = (
        "import sys, attnviz.training as training\n"
        "[getattr(training, name) for name in training.__all__ if name != 'fit']\n"
        "training.generated_code('transformer', training.TrainingSettings())\n"
        "print(sorted({'keras', 'tensorflow', 'streamlit'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
