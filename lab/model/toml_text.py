"""TOML with the lines its keys stand on, for files that people write."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from lab.errors import LabError
from lab.model.schema import Position

_PART = r"\"[^\"]*\"|'[^']*'|[\w-]+"
_KEY = rf"(?:{_PART})(?:\s*\.\s*(?:{_PART}))*"
_HEADER = re.compile(rf"\s*\[\s*({_KEY})\s*\]")
_ASSIGNED = re.compile(rf"\s*({_KEY})\s*=")
_INNER = re.compile(rf"[{{,]\s*({_KEY})\s*=")


def parse_toml(text: str, file: str, form: str) -> dict[str, Any]:
    """The text's tables. Raises LabError with file and line; `form` shows what a right line looks like."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        raise LabError(f"{Position(file, line)}: not valid TOML: {error}", f"mend the line; {form}") from error


class KeyFinder:
    """Where in the file a key stands."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._paths = list(_key_paths(text))

    def position(self, keys: tuple[str, ...]) -> Position:
        """The line of a key, or of the longest part of its path that has one."""
        for length in range(len(keys), 0, -1):
            for line, path in self._paths:
                if path == keys[:length]:
                    return Position(self._file, line)
        return Position(self._file, 1)


def _key_paths(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each line that begins a table or a value, with the key's whole path; of inline tables also what is in them."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = _split_key(header[1])
            yield number, section
        elif assigned := _ASSIGNED.match(line):
            path = (*section, *_split_key(assigned[1]))
            yield number, path
            for inner in _INNER.finditer(line, assigned.end()):
                yield number, (*path, *_split_key(inner[1]))


def _split_key(text: str) -> tuple[str, ...]:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, text))
