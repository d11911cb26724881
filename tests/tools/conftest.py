"""Programs to put on a PATH, written as shell scripts."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[[str, str], Path]


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def program(path_folder: Path) -> Program:
    """Puts a shell script of that name on the PATH."""

    def write(name: str, script: str) -> Path:
        path = path_folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def may_use_apt(program: Program) -> None:
    """Lets a user who is not root call the apt-get that a test puts on the PATH."""
    if os.geteuid() != 0:
        program("sudo", '[ "$1" = -n ] && shift\n[ "$1" = true ] || exec "$@"')
