"""The package as others install it: a wheel with everything in it, outside this checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

PREDICT = """
import json, pathlib
import attnviz
frame = attnviz.load_model("sentiment").predict(["A wonderful little film."])
print(json.dumps({
    "home": str(pathlib.Path(attnviz.__file__).parent),
    "columns": [str(name) for name in frame.columns],
    "rows": frame.to_dict(orient="records"),
    "models": list(attnviz.model_names()),
}))
"""


def project_files(*folders: str) -> list[str]:
    """The files that are tracked, or would be after `git add`: what a clone has, and not what a run left behind."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    copy = tmp_path_factory.mktemp("project")
    for name in project_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (copy / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="session")
def target(wheel, tmp_path_factory) -> Path:
    """A folder with nothing in it but the installed wheel."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", folder, wheel]
    subprocess.run(command, check=True)
    return folder


def test_every_file_is_in_the_wheel_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = sorted(name for name in archive.namelist() if ".dist-info/" not in name)
    expected = project_files("attnviz", "sample_models")
    assert [name for name in expected if name.endswith(("component.js", "model.keras", "card.json", "train.py"))]
    assert held == expected


def test_the_metadata_name_licence_and_requirements(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode("utf-8").splitlines()
    assert {"Name: attnviz", "License-Expression: MIT", "License-File: LICENSE", "Requires-Python: >=3.11"} <= {*lines}
    wanted = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    named = [line.split("==")[0].split(">")[0].split("<")[0] for line in wanted]
    required = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    always = [one for one in required if "extra ==" not in one]
    assert [one.split("<")[0].split(">")[0] for one in always] == named
    (hub,) = (one for one in required if one not in always)
    assert re.fullmatch(r"keras-hub[<>=.,0-9]+; extra == \"hub\"", hub)


def test_the_installed_package_predicts_with_a_sample_model(target, tmp_path):
    variables = {**os.environ, "PYTHONPATH": str(target), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", PREDICT]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["home"] == str(target / "attnviz")
    assert {"digits", "sentiment"} <= {*answer["models"]}

    card = json.loads((ROOT / "sample_models" / "sentiment" / "card.json").read_text(encoding="utf-8"))
    (row,) = answer["rows"]
    probabilities = {name: value for name, value in row.items() if isinstance(value, float)}
    assert row["prediction"] in card["classes"]
    assert len(probabilities) == len(card["classes"])
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
