import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attnviz import InputError
from attnviz.app import settings
from attnviz.app.settings import (
    UPLOAD_MEGABYTES,
    UPLOAD_SEQUENCES,
    allowed_modules,
    apply_command_line,
    model_uploads,
    upload_limits,
    uploads_allowed,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """The test's own environment: options become variables in it."""
    monkeypatch.setattr(
        os, "environ", {name: one for name, one in os.environ.items() if not name.startswith("ATTNVIZ")}
    )


def test_limits_unless_the_operator_says_otherwise():
    assert upload_limits().maximum_bytes == 100 * 2**20
    assert upload_limits().maximum_sequences == 100_000
    assert model_uploads().megabytes == 300
    assert model_uploads().a_session == 2
    assert uploads_allowed()
    assert allowed_modules() == ()


def test_the_operator_sets_both(monkeypatch):
    monkeypatch.setitem(os.environ, UPLOAD_MEGABYTES, "3")
    monkeypatch.setitem(os.environ, UPLOAD_SEQUENCES, "7")
    assert upload_limits().maximum_bytes == 3 * 2**20
    assert upload_limits().maximum_sequences == 7


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1.5"])
def test_a_setting_that_is_no_number_is_said(monkeypatch, value):
    monkeypatch.setitem(os.environ, UPLOAD_MEGABYTES, value)
    with pytest.raises(InputError, match=f"{UPLOAD_MEGABYTES} must be a whole number above 0"):
        upload_limits()


def test_every_option_has_a_variable(tmp_path):
    numbers = ["--upload-megabytes", "5", "--upload-sequences", "6", "--model-megabytes", "7"]
    inside = ["--model-unpacked-megabytes", "10", "--model-entries", "11"]
    kept = ["--models-a-session", "8", "--models-megabytes", "9", *inside]
    modules = ["--allow-module", "json", "--allow-module", "csv"]
    training = ["--trainings", "2", "--training-rows", "12", "--training-epochs", "13", "--training-minutes", "14"]
    switches = ["--no-uploads", "--no-training"]
    apply_command_line(["--models", str(tmp_path), *switches, *numbers, *kept, *modules, *training])
    assert os.environ["ATTNVIZ_MODELS"] == str(tmp_path)
    assert not uploads_allowed()
    assert allowed_modules() == ("json", "csv")
    assert (upload_limits().maximum_bytes, upload_limits().maximum_sequences) == (5 * 2**20, 6)
    assert model_uploads() == settings.ModelUploads(
        megabytes=7, unpacked_megabytes=10, entries=11, a_session=8, total_megabytes=9
    )
    assert not settings.training_allowed()
    assert settings.trainings_at_once() == 2
    limits = settings.training_limits()
    assert (limits.rows, limits.epochs, limits.minutes) == (12, 13, 14)


def test_an_option_wins_over_its_variable(monkeypatch):
    monkeypatch.setitem(os.environ, UPLOAD_MEGABYTES, "3")
    apply_command_line(["--upload-megabytes", "4"])
    assert upload_limits().maximum_bytes == 4 * 2**20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--models", "/no/such/directory"], "must name a directory of models. Received: '/no/such/directory'"),
        (["--allow-module", "no_such_module"], "Received: 'no_such_module', which raises ModuleNotFoundError"),
        (["--model-megabytes", "none"], "ATTNVIZ_MODEL_MEGABYTES must be a whole number above 0. Received: 'none'"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_an_option_that_cannot_be_used_ends_the_start(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        apply_command_line(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_module_of_layers_is_imported_from_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "layers_of_the_operator.py").write_text("IMPORTED = True\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    apply_command_line(["--allow-module", "layers_of_the_operator"])
    assert sys.modules.pop("layers_of_the_operator").IMPORTED


def test_a_module_that_fails_says_why(tmp_path, monkeypatch, capsys):
    (tmp_path / "broken_layers.py").write_text("raise ValueError('no license file')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit):
        apply_command_line(["--allow-module", "broken_layers"])
    assert "ValueError: no license file" in capsys.readouterr().err


def test_streamlit_hands_over_what_follows_the_dashes():
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true", "--server.port=0"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [*command, "--", "--help"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for option in ("--models DIR", "--no-uploads", "--allow-module MODULE", "ATTNVIZ_MODELS_A_SESSION"):
        assert option in done.stdout


def test_the_documentation_lists_the_options_with_their_variables_and_defaults(capsys):
    with pytest.raises(SystemExit):
        apply_command_line(["--help"])
    shown = capsys.readouterr().out
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(--[\w-]+)(?: \w+)?` \| `(\w+)(?:=1)?` \| (.*) \|$", page, re.MULTILINE)
    options = set(re.findall(r"^  (--[\w-]+)", shown, re.MULTILINE))
    assert {option for option, _, _ in rows} == options
    for _, variable, meaning in rows:
        assert variable in shown
        default = re.search(r"; ([\d,]+)$", meaning)
        if default is not None:
            assert re.search(rf"{default.group(1)}\s+\({variable}\)", shown)
