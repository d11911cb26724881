import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import environment
import pytest

TOOLS = Path(environment.__file__).parent
OURS = "a file of ours"


def wheel(folder: Path, *, version: str) -> Path:
    """A package `tiny` with nothing in it but its version."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    information = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    return path


def require(checkout: Path, *, version: str) -> None:
    """Ask for that version of `tiny` in the requirements, in a way that needs no index."""
    line = f"tiny @ {wheel(checkout, version=version).as_uri()}\n"
    (checkout / "requirements.txt").write_text(line, encoding="utf-8")


def installed(checkout: Path) -> str:
    python = checkout / ".venv" / "bin" / "python"
    question = "import tiny; print(tiny.VERSION)"
    return subprocess.run([python, "-c", question], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def new_checkout(tmp_path) -> Path:
    checkout = tmp_path / "my checkout"
    checkout.mkdir()
    require(checkout, version="1.0")
    (checkout / "requirements-dev.txt").write_text("# for the tests\n-r requirements.txt\n", encoding="utf-8")
    return checkout


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The bare environment that the tests below copy, as making one takes seconds."""
    folder = tmp_path_factory.mktemp("made") / ".venv"
    environment.create(folder)
    (folder / environment.UNFINISHED).unlink()
    return folder


@pytest.fixture
def checkout(new_checkout, made) -> Path:
    """A checkout with an environment that somebody made by hand, without the packages."""
    shutil.copytree(made, new_checkout / ".venv", symlinks=True)
    (new_checkout / ".venv" / OURS).touch()
    return new_checkout


def test_a_fresh_checkout_gets_an_environment_with_the_packages(new_checkout, capfd):
    python = environment.prepare("requirements.txt", root=new_checkout)
    assert python == new_checkout / ".venv" / "bin" / "python"
    assert installed(new_checkout) == "1.0"
    output = capfd.readouterr().out
    assert "==> Making a virtual environment" in output
    assert "==> Installing the packages of requirements.txt" in output


def test_what_is_up_to_date_is_left_alone(checkout, capfd):
    environment.prepare("requirements-dev.txt", root=checkout)
    capfd.readouterr()
    environment.prepare("requirements-dev.txt", root=checkout)
    environment.prepare("requirements.txt", root=checkout)  # the development file includes it
    assert capfd.readouterr().out == ""


def test_what_the_dashboard_needs_is_not_enough_for_the_tests(checkout, capfd):
    environment.prepare("requirements.txt", root=checkout)
    capfd.readouterr()
    environment.prepare("requirements-dev.txt", root=checkout)
    assert "==> Installing the packages of requirements-dev.txt" in capfd.readouterr().out


def test_a_change_in_an_included_file_is_noticed(checkout):
    environment.prepare("requirements-dev.txt", root=checkout)
    require(checkout, version="2.0")
    environment.prepare("requirements-dev.txt", root=checkout)
    assert installed(checkout) == "2.0"
    assert (checkout / ".venv" / OURS).exists()


def test_an_environment_made_by_hand_is_kept(checkout):
    environment.prepare("requirements.txt", root=checkout)
    assert installed(checkout) == "1.0"
    assert (checkout / ".venv" / OURS).exists()


def test_an_interrupted_set_up_is_done_again(checkout):
    environment.prepare("requirements.txt", root=checkout)
    (checkout / ".venv" / environment.UNFINISHED).touch()
    environment.prepare("requirements.txt", root=checkout)
    assert installed(checkout) == "1.0"
    assert not (checkout / ".venv" / OURS).exists()
    assert environment.usable_version(checkout / ".venv") == sys.version_info[:2]


def test_an_environment_whose_python_is_gone_is_made_again(checkout):
    for name in ("python", "python3"):
        (checkout / ".venv" / "bin" / name).unlink()
    environment.prepare("requirements.txt", root=checkout)
    assert installed(checkout) == "1.0"


def test_a_failing_pip_ends_the_command_and_is_tried_again(checkout, capfd):
    (checkout / "requirements.txt").write_text("tiny @ file:///nowhere/tiny-1.0-py3-none-any.whl\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"pip could not install .*requirements\.txt"):
        environment.prepare("requirements.txt", root=checkout)
    require(checkout, version="1.0")
    environment.prepare("requirements.txt", root=checkout)
    assert installed(checkout) == "1.0"
    assert (checkout / ".venv" / OURS).exists()


def test_a_second_command_waits_for_the_first(checkout):
    """Two at once, as from two terminals: one installs, the other finds it done."""
    command = [sys.executable, "-c", "from pathlib import Path; import environment as e, sys\n"]
    command[-1] += "e.prepare('requirements.txt', root=Path(sys.argv[1]))"
    options = {"stdout": subprocess.PIPE, "text": True, "env": {**os.environ, "PYTHONPATH": str(TOOLS)}}
    both = [subprocess.Popen([*command, checkout], **options) for _ in range(2)]
    outputs = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum("==> Installing" in output for output in outputs) == 1


@pytest.fixture
def start_without_ensurepip(tmp_path, new_checkout, path_folder):
    """Starts `tools/start.py` of a fresh checkout on a Python without ensurepip, as Debian's is."""
    shutil.copytree(TOOLS, new_checkout / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')\n", encoding="utf-8")

    def start() -> subprocess.CompletedProcess:
        variables = {**os.environ, "PYTHONPATH": str(hidden)}
        command = [sys.executable, new_checkout / "tools" / "start.py"]
        return subprocess.run(command, capture_output=True, text=True, cwd="/", env=variables)

    return start


PACKAGE = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def test_without_ensurepip_and_apt_it_says_what_to_install(start_without_ensurepip):
    done = start_without_ensurepip()
    assert done.returncode == 1
    assert f"Run `sudo apt-get install {PACKAGE}`, then this command again." in done.stderr
    assert "there is no apt-get on this machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_ensurepip_debians_package_is_installed(start_without_ensurepip, tmp_path, program, may_use_apt):
    log = tmp_path / "apt.log"
    # The package brings ensurepip: the one that hides it goes.
    remove = f"/bin/rm {tmp_path / 'hidden' / 'ensurepip.py'}"
    program("apt-get", f'echo "$@" >> {log}\ncase "$*" in *{PACKAGE}) {remove};; esac')
    done = start_without_ensurepip()
    assert re.fullmatch(rf"-q update\n-q install .*{re.escape(PACKAGE)}\n", log.read_text(encoding="utf-8"))
    assert "==> Starting the dashboard" in done.stdout
    assert "No module named streamlit" in done.stderr  # it went on, to what this checkout's requirements leave out


def test_a_failing_apt_is_reported(start_without_ensurepip, program, may_use_apt):
    program("apt-get", "echo E: Unable to locate package >&2; exit 100")
    done = start_without_ensurepip()
    assert done.returncode == 1
    assert "`apt-get update` failed" in done.stderr
    assert f"Run `sudo apt-get install {PACKAGE}`" in done.stderr
