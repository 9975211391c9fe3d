"""Files of PostgreSQL's relations made longer by holes: the planner asks a file how large its relation is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_SEGMENT_BYTES = 1 << 30
"""Of one file: what is larger goes on in the next (PostgreSQL manual, 73.1 "Database File Layout")."""


def extend(file: Path, size_bytes: int) -> None:
    """In segments as PostgreSQL cuts its files, and for the same owner; never shorter than they are. Raises OSError."""
    owner = file.stat()
    for number, segment in enumerate(_segments(size_bytes)):
        part = file.with_name(f"{file.name}.{number}") if number else file
        if not part.exists():
            part.touch()
            os.chown(part, owner.st_uid, owner.st_gid)
        if part.stat().st_size < segment:
            os.truncate(part, segment)


def _segments(size_bytes: int) -> Iterator[int]:
    while size_bytes > 0:
        yield min(size_bytes, _SEGMENT_BYTES)
        size_bytes -= _SEGMENT_BYTES
