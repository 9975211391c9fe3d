"""Numbered SQL files with a way up and down, in dbmate's convention (github.com/amacneil/dbmate)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.model.change import Change

Texts = Callable[[Change], tuple[str, str]]
"""The SQL up and down of a change, on one engine."""


def migration_text(change: Change, texts: Texts) -> str:
    up, down = texts(change)
    return f"-- migrate:up{_mode(up)}\n{up}\n-- migrate:down{_mode(down)}\n{down}"


def _mode(sql: str) -> str:
    """dbmate's word for statements that refuse to run in a transaction."""
    return " transaction:false" if re.search(r"\bINDEX CONCURRENTLY\b", sql) else ""


def write_migrations(changes: Sequence[Change], folder: Path, texts: Texts) -> list[Path]:
    """One file a change, in the order they are to be applied; the folder is made. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, change in enumerate(changes, 1):
        path = folder / f"{number:04}_{_slug(change)}.sql"
        path.write_text(migration_text(change, texts))
        paths.append(path)
    return paths


def _slug(change: Change) -> str:
    verb = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(change).__name__).lower()
    return re.sub(r"\W+", "_", f"{verb}_{change.name}").strip("_").lower()
