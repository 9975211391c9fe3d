"""Engine specs as users type them: `sqlite`, `postgres:16`, `mysql@container`, or a DSN."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lab.engines import load_engine
from lab.errors import LabError

PLACES = ("local", "container")
"""Where a server may be made to run; a DSN names one that runs already."""
_ALIASES = {
    "postgresql": "postgres",
    "pg": "postgres",
    "sqlite3": "sqlite",
    "mongo": "mongodb",
    "mongodb+srv": "mongodb",
    "rediss": "redis",
}


@dataclass(frozen=True, slots=True)
class Spec:
    engine: str
    version: str = ""
    """As given: `16`, `16.4`; empty for the newest there is."""
    place: str = ""
    dsn: str = field(default="", repr=False)
    """The address of a running server; may hold a password, so it is never printed."""

    def is_answered_by(self, version: str) -> bool:
        """Whether a server of that version is one the spec asks for: 16 by 16.4, but not by 1.6."""
        return not self.version or f"{version}.".startswith(f"{self.version}.")

    def __str__(self) -> str:
        if self.dsn:
            return re.sub(r"(?<=://)[^/@]*@", "", self.dsn).partition("?")[0]
        return self.engine + (f":{self.version}" if self.version else "") + (f"@{self.place}" if self.place else "")


def parse_spec(text: str) -> Spec:
    """Raises LabError with a remedy for what is not an engine spec."""
    text = text.strip()
    if dsn := re.match(r"([A-Za-z][\w+]*)://.", text):
        load_engine(_own_name(dsn[1]))
        return Spec(_own_name(dsn[1]), dsn=text)
    spec = read_words(text)
    load_engine(spec.engine)
    return spec


def read_words(text: str) -> Spec:
    """What was typed, short of a DSN, whether or not there is such an engine. Raises LabError."""
    match = re.fullmatch(r"([A-Za-z][\w+-]*)(?::([\w.-]+))?(?:@([\w-]+))?", text)
    if not match:
        raise LabError(
            f"cannot read the engine {text!r}", "write it as sqlite, postgres:16, mysql@container or postgresql://…"
        )
    engine, version, place = _own_name(match[1]), match[2] or "", match[3] or ""
    if version and not re.fullmatch(r"\d+(\.\d+)*", version):
        raise LabError(f"cannot read the version {version!r} of {engine}", f"write a number: {engine}:18")
    if place and place not in PLACES:
        raise LabError(f"servers cannot run at {place!r}", f"known places: {', '.join(PLACES)}; or give a DSN")
    return Spec(engine, version, place)


def _own_name(name: str) -> str:
    return _ALIASES.get(name.lower(), name.lower())
