"""`-- session: setting = expression`: what holds while an operation runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lab.errors import LabError
from lab.model.placeholder import placeholders
from lab.model.schema import Position
from lab.model.workload import Operation

_SETTING = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)\s*=\s*(\S.*)")


def in_session(operation: Operation, headers: Iterable[tuple[str, str, Position]]) -> Operation:
    """The operation with the session its headers say; with the one it had, where they say nothing of it.

    Raises LabError for a header that cannot be read, or that uses what the operation lacks."""
    own = [header for header in headers if header[0] == "session"]
    if not own:
        return operation
    session = {}
    known = {parameter.name for parameter in operation.parameters}
    for _, text, position in own:
        name, value = _setting(text, position)
        for parameter, _ in placeholders(value):
            if parameter not in known:
                raise LabError(
                    f"{position}: {operation.name} has no parameter :{parameter} to set {name} to",
                    f"give it a session of its own: `-- name: {operation.name}`, and `-- session: {name} = …` below it",
                )
        session[name] = value
    return replace(operation, session=session)


def _setting(text: str, position: Position) -> tuple[str, str]:
    match = _SETTING.fullmatch(text)
    if not match:
        raise LabError(f"{position}: cannot read `{text}`", "write `-- session: app.tenant = :organization_id`")
    return match[1], match[2]
