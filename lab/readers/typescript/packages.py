"""Packages of a monorepo: what `@acme/db/schema` means where a workspace holds the package `@acme/db`.

Source: npm's manual, "workspaces"; pnpm's, "pnpm-workspace.yaml"; Node's, "Packages: exports".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

_CONDITIONS = ("types", "import", "module", "default", "require", "node", "source", "development")
_BUILT = re.compile(r"^(\./)?(dist|build|lib|out)/")
_PNPM_PATTERN = re.compile(r"""^\s*-\s*['"]?([^'"#\s]+)""", re.MULTILINE)
_MOST = 500


class Workspace:
    """A folder whose package.json or pnpm-workspace.yaml lists packages."""

    def __init__(self, folder: Path, patterns: list[str]) -> None:
        self.folder, self.patterns = folder, patterns

    @cached_property
    def packages(self) -> dict[str, tuple[Path, Mapping[str, Any]]]:
        """Name -> the package's folder, and what its package.json says."""
        found: dict[str, tuple[Path, Mapping[str, Any]]] = {}
        for pattern in self.patterns:
            if pattern.startswith("!") or not pattern.strip("./"):
                continue
            for number, path in enumerate(
                sorted(self.folder.glob(f"{pattern.strip('/').removeprefix('./')}/package.json"))
            ):
                if number < _MOST and "node_modules" not in path.parts:
                    said = _said(path)
                    found.setdefault(str(said.get("name", "")), (path.parent, said))
        return found

    def places(self, source: str) -> Iterator[Path]:
        """The paths, without suffixes, an import from a package may mean; sources before what is built of them."""
        scope = 2 if source.startswith("@") else 1
        parts = source.split("/")
        package = self.packages.get("/".join(parts[:scope]))
        if package is None:
            return
        folder, said = package
        below = "/".join(parts[scope:])
        for target in _targets(said, below):
            plain = target.removeprefix("./")
            if _BUILT.match(target):
                yield folder / _bare(_BUILT.sub("src/", target))
            yield folder / plain
        yield from (folder / "src" / below, folder / below) if below else (folder / "src" / "index", folder / "index")


def workspace_of(folder: Path) -> Workspace | None:
    """The workspace a folder is the root of; None when it is none."""
    pnpm = folder / "pnpm-workspace.yaml"
    if pnpm.is_file():
        return Workspace(folder, _PNPM_PATTERN.findall(pnpm.read_text(encoding="utf-8", errors="replace")))
    config = folder / "package.json"
    listed = _said(config).get("workspaces") if config.is_file() else None
    patterns = listed.get("packages", []) if isinstance(listed, dict) else listed
    return Workspace(folder, [str(pattern) for pattern in patterns]) if patterns else None


def _said(config: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(config.read_text(encoding="utf-8-sig", errors="replace"))
    except (json.JSONDecodeError, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def _targets(said: Mapping[str, Any], below: str) -> Iterator[str]:
    exports = said.get("exports", {})
    if isinstance(exports, str):
        exports = {".": exports}
    for pattern, target in exports.items() if isinstance(exports, dict) else ():
        head, star, tail = pattern.removeprefix(".").removeprefix("/").partition("*")
        if star and below.startswith(head) and below.endswith(tail):
            middle = below[len(head) : len(below) - len(tail)]
            yield from (one.replace("*", middle) for one in _conditional(target))
        elif not star and head == below:
            yield from _conditional(target)
    if not below:
        yield from (str(said[key]) for key in ("source", "types", "main") if isinstance(said.get(key), str))


def _conditional(target: Any) -> Iterator[str]:
    if isinstance(target, str):
        yield target
    elif isinstance(target, dict):
        for condition in _CONDITIONS:
            yield from _conditional(target.get(condition))


def _bare(path: str) -> str:
    """Without the suffixes of what is built: `src/index.d.ts` is `src/index`."""
    return re.sub(r"(\.d)?\.[mc]?[jt]sx?$", "", path)
