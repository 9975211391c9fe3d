"""What entities do not say themselves: which database they are for and how names are made. The DataSource says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.readers.typeorm.naming import DefaultNaming, SnakeNaming
from lab.readers.typescript import Program

_PROVIDERS = {
    "postgres": "postgres",
    "cockroachdb": "postgres",
    "aurora-postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "aurora-mysql": "mysql",
    "sqlite": "sqlite",
    "better-sqlite3": "sqlite",
    "sqljs": "sqlite",
    "expo": "sqlite",
    "react-native": "sqlite",
    "cordova": "sqlite",
    "capacitor": "sqlite",
}
_TYPE = re.compile(r"""\btype\s*:\s*['"]({})['"]""".format("|".join(map(re.escape, _PROVIDERS))))
_CONFIGURES = re.compile(r"DataSource|TypeOrmModule|createConnection|entities\s*:|namingStrategy|DB_TYPE", re.I)
_LIKELY = re.compile(r"(?i)(data-?source|orm|database|\bdb\b|app\.module|connection|config)[\w.-]*\.(ts|js|mts|cts)$")
_OF_POSTGRES = re.compile(
    r"""['"](jsonb|timestamptz|timestamp with time zone|uuid|citext|tsvector|int4|bytea|inet)['"]"""
)
_OF_MYSQL = re.compile(r"""['"](tinyint|mediumint|longtext|mediumtext|tinytext|datetime|longblob)['"]""")
_MOST_FILES = 4000
_SKIPPED = ("node_modules", "dist", "build", "coverage", "test", "tests", "__tests__")


@dataclass(frozen=True, slots=True)
class Settings:
    provider: str
    naming: DefaultNaming
    is_assumed: bool = False
    """Whether nothing said which database it is."""


def settings_of(program: Program) -> Settings:
    """What the project's DataSource says, as far as the text tells; else what the column types used tell."""
    texts = [module.text for module in program.roots]
    configured = [text for text in (*texts, *_configurations(program.roots[0].path)) if _CONFIGURES.search(text)]
    naming = SnakeNaming() if any("SnakeNamingStrategy" in text for text in configured) else DefaultNaming()
    for text in configured:
        found = _TYPE.search(text)
        if found:
            return Settings(_PROVIDERS[found[1]], naming)
    counted = {
        "postgres": sum(len(_OF_POSTGRES.findall(text)) for text in texts),
        "mysql": sum(len(_OF_MYSQL.findall(text)) for text in texts),
    }
    if counted["mysql"] > counted["postgres"]:
        return Settings("mysql", naming)
    return Settings("postgres", naming, is_assumed=not counted["postgres"])


def _configurations(source: Path) -> Iterator[str]:
    """The texts of the project's files that may hold its DataSource."""
    for path in _project_files(_project(source)):
        if _LIKELY.search(path.name):
            yield path.read_text(encoding="utf-8", errors="replace")


def _project(source: Path) -> Path | None:
    """The nearest folder with a package.json."""
    return next((folder for folder in source.resolve().parents if (folder / "package.json").is_file()), None)


def _project_files(folder: Path | None) -> Iterator[Path]:
    waiting = [folder] if folder is not None else []
    seen = 0
    while waiting and seen < _MOST_FILES:
        for path in sorted(waiting.pop().iterdir()):
            if path.is_dir() and path.name not in _SKIPPED and not path.name.startswith("."):
                waiting.append(path)
            elif path.is_file():
                seen += 1
                yield path
