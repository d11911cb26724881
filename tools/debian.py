"""Installing a Debian or Ubuntu package, where this user may."""

import os
import shutil
import subprocess
from collections.abc import Sequence


class NotInstallableError(Exception):
    """A package could not be installed; the message says why."""


def install_packages(names: Sequence[str]) -> None:
    """Install packages with apt-get, as root or through a sudo that asks for no password.

    Raises:
        NotInstallableError: If apt-get is missing, may not be used by this user, or fails.
    """
    command = [*apt_command(), "-q"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh container has no package lists, and old lists name files that are gone.
    updated = subprocess.run([*command, "update"], env=environment)
    if updated.returncode:
        raise NotInstallableError("`apt-get update` failed, see above")
    installed = subprocess.run([*command, "install", "-y", "--no-install-recommends", *names], env=environment)
    if installed.returncode:
        raise NotInstallableError(f"`apt-get install {' '.join(names)}` failed, see above")


def apt_command() -> list[str]:
    """How this user calls apt-get.

    Raises:
        NotInstallableError: If there is no apt-get, or this user is neither root nor has a sudo without password.
    """
    apt = shutil.which("apt-get")
    if apt is None:
        raise NotInstallableError("there is no apt-get on this machine")
    if os.geteuid() == 0:
        return [apt]
    sudo = shutil.which("sudo")
    if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True).returncode:
        raise NotInstallableError("this user is not root and sudo is missing or asks for a password")
    return [sudo, "-n", apt]
