"""Servers the lab installed itself: `engines_folder()/<engine>-<version>/bin/<program>`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lab.provision.leases import default_state_folder


def engines_folder() -> Path:
    """$LAB_ENGINES, or a folder beside the servers' data; $LAB_STATE does not move it."""
    given = os.environ.get("LAB_ENGINES")
    return Path(given) if given else default_state_folder() / "engines"


def installed(engine: str) -> list[tuple[str, Path]]:
    """(version, folder) of every server of that engine the lab has installed, newest first."""
    found = [
        (match[1], folder)
        for folder in engines_folder().glob(f"{engine}-*")
        if (match := re.fullmatch(rf"{engine}-(\d+(?:\.\d+)*)", folder.name))
    ]
    return sorted(found, key=lambda one: tuple(map(int, one[0].split("."))), reverse=True)
