"""Runs `killed.py` on a folder of migrations, and says what must hold of what it tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def killed(address: str, home: Path, direction: str) -> list[dict[str, object]]:
    program = [sys.executable, str(Path(__file__).parent / "killed.py"), address, str(home / "migrations"), direction]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_kills(kills: list[dict[str, object]], numbers: list[int], done: str) -> None:
    """None of them is said to be done that was not: going on, or not begun where a transaction took it back."""
    assert [kill["number"] for kill in kills] == numbers
    assert all(kill["is_killed"] for kill in kills)
    assert done not in {kill["state"] for kill in kills}
