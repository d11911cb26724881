from pathlib import Path

import pytest

from attnviz.errors import InputError
from attnviz.training.command_line import progress, run_script, seeds_of, training_parser
from attnviz.training.fitting import Epoch


def _parse(*words, data="sentences"):
    return training_parser("Train.", folder=Path("there"), epochs=9, data=data).parse_args(words)


def test_defaults():
    arguments = _parse("--data", "file.tsv")
    assert (arguments.epochs, arguments.out, arguments.evaluate) == (9, Path("there"), False)
    assert seeds_of(arguments) == (0, 1, 2, 3, 4)


def test_seeds_count_up_from_the_first():
    assert seeds_of(_parse("--seed", "7", "--seeds", "2", data="")) == (7, 8)


def test_a_script_with_data_of_its_own_needs_no_file_but_takes_one(capsys):
    parser = training_parser("Train.", folder=Path("there"), epochs=9, data="numbers", own_data="what ships")
    assert parser.parse_args([]).data is None
    assert parser.parse_args(["--data", "file.csv"]).data == Path("file.csv")
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    assert "numbers (default: what ships)" in capsys.readouterr().out


def test_a_script_that_makes_its_data_says_so_where_a_file_is_given(capsys):
    with pytest.raises(SystemExit):
        _parse("--data", "file.csv", data="")
    assert "--data: must be left away, as this script makes its data itself. Received: 'file.csv'" in (
        " ".join(capsys.readouterr().err.split())
    )


@pytest.mark.parametrize("words", [(), ("--data", "f", "--epochs", "0"), ("--data", "f", "--seeds", "-1")])
def test_what_cannot_be_used_is_refused(words):
    with pytest.raises(SystemExit):
        _parse(*words)


def test_our_errors_are_a_message_and_a_status_not_a_traceback():
    messages = []

    def fails(_):
        raise InputError("no such file")

    assert run_script(fails, messages.append) == 1
    assert messages == ["no such file"]
    assert run_script(lambda _: None, messages.append) == 0


def test_progress_is_one_line_an_epoch():
    lines = []
    progress(3, lines.append)(
        Epoch(number=2, training_loss=0.5, training_metric=0.8, validation_loss=0.25, validation_metric=0.75)
    )
    assert lines == ["seed 3  epoch   2  training loss 0.5000  validation loss 0.2500  validation accuracy 0.7500"]


def test_progress_names_the_metric():
    lines = []
    progress(0, lines.append)(
        Epoch(
            number=1, training_loss=4, training_metric=2, validation_loss=9, validation_metric=3,
            metric="mean_absolute_error",
        )
    )  # fmt: skip
    assert lines[0].endswith("validation loss 9.0000  validation mean absolute error 3.0000")
