"""Variants as files: dbmate's convention, `-- migrate:up` and `-- migrate:down` (github.com/amacneil/dbmate)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError, did_you_mean
from lab.model.change import BASE, Script, Variant
from lab.model.schema import Position
from lab.text_files import read_text

_MARK = re.compile(r"^--\s*migrate:(up|down)\b.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Migration:
    """One file: its texts, where each starts, and the comment that leads it."""

    up: str
    down: str
    positions: tuple[Position, Position]
    description: str


def read_variants(folder: Path, engines: Sequence[str]) -> tuple[Variant, ...]:
    """Every variant of a folder, by name; none when there is no such folder.

    `<variant>.sql` serves all engines, `<variant>.<engine>.sql` takes its place on one. Raises LabError for a file
    without a way up or down, or named for no engine.
    """
    files: dict[str, dict[str, _Migration]] = {}
    for path in sorted(folder.glob("*.sql")):
        name, engine = _parse_name(path, engines)
        files.setdefault(name, {})[engine] = _parse(path)
    return tuple(_variant(name, migrations) for name, migrations in sorted(files.items()))


def _parse_name(path: Path, engines: Sequence[str]) -> tuple[str, str]:
    name, _, engine = path.stem.partition(".")
    if name == BASE.name:
        raise LabError(f"{path}: `{BASE.name}` is what the schema without changes is called", "rename the file")
    if engine and engine not in engines:
        raise LabError(f"{path}: there is no engine called {engine!r}", did_you_mean(engine, engines, "known engines"))
    return name, engine


def _parse(path: Path) -> _Migration:
    text = read_text(path)
    marks = list(_MARK.finditer(text))
    if [mark[1] for mark in marks] != ["up", "down"]:
        found = ", then ".join(f"migrate:{mark[1]}" for mark in marks) or "neither"
        raise LabError(
            f"{path}:1: a variant needs `-- migrate:up`, then `-- migrate:down`; found {found}",
            "write both, the way back included: every variant is undone after it was measured",
        )
    up, down = marks
    _check_head(text[: up.start()], path)
    texts = (text[up.end() : down.start()], text[down.end() :])
    positions = tuple(Position(str(path), text[: mark.end()].count("\n") + 1) for mark in marks)
    for mark, body, position in zip(marks, texts, positions, strict=True):
        if not re.sub(r"--[^\n]*", "", body).strip():
            raise LabError(f"{position}: nothing follows `-- migrate:{mark[1]}`", "write the statements below it")
    return _Migration(*texts, (positions[0], positions[1]), _description(text[: up.start()]))


def _check_head(head: str, path: Path) -> None:
    """Raises LabError for a statement above `migrate:up`, which would never run."""
    for number, line in enumerate(head.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("--"):
            raise LabError(
                f"{Position(str(path), number)}: this stands above `-- migrate:up` and would never run",
                "move it below, or make a comment of it with --",
            )


def _description(head: str) -> str:
    lines = (line.strip().removeprefix("--").strip() for line in head.splitlines())
    return " ".join(line for line in lines if line)


def _variant(name: str, migrations: dict[str, _Migration]) -> Variant:
    script = Script(
        name,
        {engine: migration.up for engine, migration in migrations.items()},
        {engine: migration.down for engine, migration in migrations.items()},
        {engine: migration.positions for engine, migration in migrations.items()},
    )
    description = next((m.description for _, m in sorted(migrations.items()) if m.description), "")
    engines = () if "" in migrations else tuple(sorted(migrations))
    return Variant(name, (script,), description, engines)
