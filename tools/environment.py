"""The virtual environment `.venv` of a checkout: made where it is missing, brought up to date where it is old."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import interpreter
from debian import NotInstallableError, install_packages
from stages import stage, stop

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ".venv"
STAMP = "attnviz-requirements.json"
UNFINISHED = "attnviz-unfinished"
SPACE = "about 3 GB"

_INCLUDED = re.compile(r"^\s*-r\s+(\S+)", re.MULTILINE)


def prepare(requirements: str, *, root: Path = ROOT) -> Path:
    """Make sure that `.venv` holds what a requirements file asks for.

    A set-up that was interrupted leaves a marker behind and is done again from the start; an environment that somebody
    made by hand is kept and gets the packages. Two commands at once wait for each other.

    Args:
        requirements: Name of a requirements file in `root`.
        root: The checkout.

    Returns:
        The environment's Python.
    """
    folder = root / FOLDER
    python = folder / "bin" / "python"
    with _one_at_a_time(root):
        version = usable_version(folder)
        if version is None:
            stage(f"Making a virtual environment in {folder}")
            create(folder)
            version = sys.version_info[:2]
        stamps = read_stamps(folder)
        if stamps.get(requirements) != fingerprint_of(root / requirements, version=version):
            stage(f"Installing the packages of {requirements}: some minutes the first time, and {SPACE} on disk")
            install(python, root / requirements)
            # An install for the tests also holds what the dashboard needs, so that file is stamped too.
            for path in [root / requirements, *included_in(root / requirements)]:
                stamps[path.name] = fingerprint_of(path, version=version)
            (folder / STAMP).write_text(json.dumps(stamps, indent=2) + "\n", encoding="utf-8")
        (folder / UNFINISHED).unlink(missing_ok=True)
    return python


def usable_version(folder: Path) -> tuple[int, int] | None:
    """The environment's Python version; None if its set-up was interrupted, it does not run, or it is not supported."""
    if (folder / UNFINISHED).exists():
        return None
    question = "import pip, sys; print(*sys.version_info[:2])"
    command = [str(folder / "bin" / "python"), "-c", question]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    major, minor = (int(number) for number in answer.stdout.split())
    return (major, minor) if interpreter.OLDEST <= (major, minor) <= interpreter.NEWEST else None


def create(folder: Path) -> None:
    """Make the environment anew, with pip, and mark it as unfinished; what was in the folder is gone."""
    _require_ensurepip()
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / UNFINISHED).touch()
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)])
    if made.returncode:
        stop(f"`{sys.executable} -m venv {folder}` failed with exit status {made.returncode}, see above.")


def install(python: Path, requirements: Path) -> None:
    """Install a requirements file with pip into the environment of `python`."""
    marker = python.parent.parent / UNFINISHED
    marker.touch()  # stays behind if this is interrupted while pip replaces packages
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)]
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        # Python keeps what it compiles at an import; pip would compile all files first, 14,000, of which few are used.
        command.append("--no-compile")
    installed = subprocess.run(command, env=clean_environment())
    if installed.returncode:
        marker.unlink()  # pip gave up on its own: what was installed still works
        stop(
            f"pip could not install {requirements}, see above. It needs a package index that can be reached and "
            f"{SPACE} on disk. This command tries again when it is run again."
        )


def fingerprint_of(requirements: Path, *, version: tuple[int, int]) -> str:
    """What an environment's packages depend on: a requirements file, those that it includes, and the Python version.

    Returns:
        A SHA-256 in hexadecimal.
    """
    digest = hashlib.sha256(repr(tuple(version)).encode())
    for path in [requirements, *included_in(requirements)]:
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()


def included_in(requirements: Path) -> list[Path]:
    """The files that a requirements file includes with `-r`, directly or through another."""
    names = _INCLUDED.findall(requirements.read_text(encoding="utf-8"))
    direct = [requirements.parent / name for name in names]
    return [path for one in direct for path in [one, *included_in(one)]]


def read_stamps(folder: Path) -> dict[str, str]:
    """The fingerprint of each requirements file that was installed; empty for an environment made by hand."""
    try:
        stamps = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def clean_environment() -> dict[str, str]:
    """This process's environment variables without those that would lead another Python away from `.venv`."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "VIRTUAL_ENV")}


def _require_ensurepip() -> None:
    """Debian and Ubuntu keep what `venv` needs in a package of its own, which a fresh machine does not have."""
    if _has_ensurepip():
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    stage(f"This Python cannot make virtual environments yet: installing Debian's package {package}")
    try:
        install_packages([package])
        reason = "" if _has_ensurepip() else f"{package} is installed, but {sys.executable} does not see `ensurepip`"
    except NotInstallableError as error:
        reason = str(error)
    if reason:
        stop(
            f"{sys.executable} has no `ensurepip`, which making a virtual environment takes, and it could not be "
            f"installed: {reason}. Run `sudo apt-get install {package}`, then this command again."
        )


def _has_ensurepip() -> bool:
    # In a process of its own, as this one remembers what it could not import.
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stage("Waiting for another set-up of this checkout to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
