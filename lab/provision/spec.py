"""Engine specs as users type them: `sqlite`, `postgres`, `postgres:16`, `postgres:16@local`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.engines import load_engine
from lab.errors import LabError

PLACES = ("local",)
"""Where a server may run. A container and a DSN are not served yet."""


@dataclass(frozen=True, slots=True)
class Spec:
    engine: str
    version: str = ""
    """As given: `16`, `16.4`; empty for the newest there is."""
    place: str = ""

    def __str__(self) -> str:
        return self.engine + (f":{self.version}" if self.version else "") + (f"@{self.place}" if self.place else "")


def parse_spec(text: str) -> Spec:
    """Raises LabError with a remedy for what is not an engine spec."""
    match = re.fullmatch(r"([A-Za-z][\w+-]*)(?::([\w.-]+))?(?:@([\w-]+))?", text.strip())
    if not match:
        raise LabError(f"cannot read the engine {text!r}", "write it as sqlite, postgres or postgres:16")
    engine, version, place = match[1].lower(), match[2] or "", match[3] or ""
    engine = {"postgresql": "postgres", "pg": "postgres", "sqlite3": "sqlite"}.get(engine, engine)
    load_engine(engine)
    if version and not re.fullmatch(r"\d+(\.\d+)*", version):
        raise LabError(f"cannot read the version {version!r} of {engine}", f"write a number: {engine}:18")
    if place and place not in PLACES:
        raise LabError(f"servers cannot run at {place!r}", f"known places: {', '.join(PLACES)}")
    return Spec(engine, version, place)
