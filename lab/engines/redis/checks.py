"""Commands held against the server and the layout, without running them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import hiredis

from lab.engines.engine import StatementError, UnknownName
from lab.engines.redis.commands import Command, is_script, pack
from lab.engines.redis.connection import Connection
from lab.engines.redis.layout import key_pattern
from lab.errors import closest, did_you_mean
from lab.model.schema import Position


def check_command(
    connection: Connection, command: Command, layout: Mapping[str, Sequence[Command]], position: Position | None
) -> None:
    """Raises StatementError for a command there is not, or a script that does not compile; UnknownName for keys no
    table of the layout has. What a script makes up for keys is not known before it runs."""
    where = f"{position}: " if position else ""
    name = str(command[0]).upper()
    if connection.call("COMMAND", "INFO", name) == [None]:
        known = [found.decode().upper() for found in connection.call("COMMAND", "LIST")]
        raise UnknownName(f"{where}Redis has no command {name}", did_you_mean(name, known, ""))
    if is_script(command):
        reply = _asked(connection, "SCRIPT", "LOAD", str(command[1]))
        if isinstance(reply, hiredis.ReplyError):
            raise StatementError(f"{where}Redis says: {reply}")
    keys = _keys(connection, command, where)
    patterns = [str(kept[1]) for commands in layout.values() for kept in commands]
    for key in keys if patterns else ():
        if not any(key_pattern(pattern).fullmatch(key) for pattern in patterns):
            close = closest(_blank(key), map(_blank, patterns))
            meant = next((pattern for pattern in patterns if _blank(pattern) == close), "")
            raise UnknownName(f"{where}no table is kept by the key {key}", f"did you mean {meant}?" if meant else "")


def _blank(key: str) -> str:
    return re.sub(r"\{[\w.]+\}", "{}", key)


def _keys(connection: Connection, command: Command, where: str) -> list[str]:
    arguments = [str(part) if not isinstance(part, dict) else f"{{{part['$param']}}}" for part in command]
    reply = _asked(connection, "COMMAND", "GETKEYS", *arguments)
    if isinstance(reply, hiredis.ReplyError):
        if "no key arguments" in str(reply) or (is_script(command) and str(command[2]) == "0"):
            return []
        raise StatementError(f"{where}Redis says of {arguments[0]}: {reply}")
    return [key.decode() for key in reply]


def _asked(connection: Connection, *command: str) -> Any:
    (reply,) = connection.exchange(pack([command]), 1)
    return reply
