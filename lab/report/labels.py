"""What things are called in print: engines, marks, anchors. Passwords are taken out of what a user typed."""

from __future__ import annotations

import re
from collections import Counter

from lab.model.run import EngineRun, OperationRun, Run

ENGINE_TITLES = {
    "postgres": "PostgreSQL",
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "redis": "Redis",
}
PARTS_OF_VERSION = {"postgres": 1}
"""How many parts of its version number people name an engine by; two for those not listed."""

MARKS = {"met": "✓", "missed": "✗", "cannot tell": "?"}


def engine_labels(run: Run) -> dict[str, str]:
    """Each server's spec -> the engine as people call it; with the whole version, then the spec, where two
    would read the same."""
    short = {engine.server.spec: engine_label(engine) for engine in run.engines}
    return _told_apart(_told_apart(short, _whole_versions(run)), {spec: redact(spec) for spec in short})


def engine_label(engine: EngineRun) -> str:
    """PostgreSQL 18, SQLite 3.46."""
    name = engine.server.engine
    title = ENGINE_TITLES.get(name, name)
    parts = version_number(engine.server.version).split(".")[: PARTS_OF_VERSION.get(name, 2)]
    return f"{title} {'.'.join(parts)}".strip()


def version_number(version: str) -> str:
    """The first dotted number in what a server says of itself."""
    found = re.search(r"\d+(\.\d+)*", version)
    return found.group() if found else version


def base_name(engine: EngineRun) -> str:
    return engine.variants[0].name if engine.variants else "base"


def mark_of(operation: OperationRun | None) -> str:
    """✓ met, ✗ missed, never answered or answered differently, ? cannot tell; empty where it was not run."""
    if operation is None or operation.status == "unsupported":
        return ""
    if operation.status in ("timed out", "failed") or is_wrong(operation):
        return MARKS["missed"]
    return MARKS[operation.target]


def is_wrong(operation: OperationRun) -> bool:
    """Whether it answered otherwise than on the base."""
    return operation.answer is not None and not operation.answer.is_same


def anchor(*parts: str) -> str:
    """A name for a place in the page, of letters, digits, underscores and dashes."""
    return "-".join(re.sub(r"\W+", "-", redact(part).lower()).strip("-") for part in parts)


def redact(text: str) -> str:
    """The text without passwords of connection strings and of `password=` settings."""
    without = re.sub(r"(\w[\w+.-]*://[^:/@\s\"']*):[^@\s\"']+@", r"\1:***@", text)
    return re.sub(r"(?i)(password=)[^&\s\"']+", r"\1***", without)


def _whole_versions(run: Run) -> dict[str, str]:
    return {
        engine.server.spec: f"{ENGINE_TITLES.get(engine.server.engine, engine.server.engine)} "
        f"{version_number(engine.server.version)}"
        for engine in run.engines
    }


def _told_apart(labels: dict[str, str], longer: dict[str, str]) -> dict[str, str]:
    """`labels`, with those that occur more than once replaced by their `longer` form."""
    seen = Counter(labels.values())
    return {spec: longer[spec] if seen[label] > 1 else label for spec, label in labels.items()}
