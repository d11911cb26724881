"""What the commands in this folder print, and how they stop."""

import sys
from typing import NoReturn


def stage(text: str) -> None:
    """Print the heading of what is done next."""
    print(f"==> {text}", flush=True)


def stop(text: str) -> NoReturn:
    """End the command with a message and exit status 1."""
    sys.stdout.flush()
    sys.exit(f"\nERROR: {text}")
