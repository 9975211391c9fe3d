"""What a pipeline does: Redis plans nothing, but it counts the commands it runs, those inside scripts too, and the keys
it looks up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import hiredis

from lab.engines.engine import Explained
from lab.engines.redis.commands import is_script, pack
from lab.engines.redis.connection import Connection, check_reply

_OWN = ("info", "eval_ro", "select", "config|resetstat")
_MOST_CHARACTERS = 160


def explained(connection: Connection, commands: Sequence[Sequence[str]], writing: Set[str]) -> Explained:
    """Runs reads once, scripts as scripts that may not write; what writes is shown and not run."""
    lines = [line for command in commands for line in _printed(command)]
    if any(command[0].upper() in writing for command in commands):
        return Explained("\n".join([*lines, "(not run: it writes)"]), {"commands": float(len(commands))})
    asked = [("EVAL_RO" if is_script(command) else command[0], *command[1:]) for command in commands]
    before = _counters(connection)
    replies = connection.exchange(pack(asked), len(asked))
    after = _counters(connection)
    if any("read-only scripts" in str(reply) for reply in replies if isinstance(reply, hiredis.ReplyError)):
        return Explained("\n".join([*lines, "(not run: it writes)"]), {"commands": float(len(commands))})
    for reply in replies:
        check_reply(reply)
    calls = {name: after[name] - before.get(name, 0) for name in after if name.startswith("cmdstat_")}
    named = {name.removeprefix("cmdstat_"): count for name, count in sorted(calls.items()) if count}
    done = {name: count for name, count in named.items() if name not in _OWN}
    lines.append(f"commands: {', '.join(f'{name} {count}' for name, count in done.items()) or 'none'}")
    looked_up = sum(after[name] - before[name] for name in ("keyspace_hits", "keyspace_misses"))
    work = {
        "commands": float(sum(done.values())),
        "keys looked up": float(looked_up),
        "bytes answered": float(sum(map(_size, replies))),
    }
    return Explained("\n".join(lines), work)


def _counters(connection: Connection) -> dict[str, int]:
    """Calls by command, and keys found and not found."""
    stats: Mapping[str, Any] = connection.client.info("commandstats")
    found = {name: int(counts["calls"]) for name, counts in stats.items()}
    keys: Mapping[str, Any] = connection.client.info("stats")
    return found | {name: int(keys[name]) for name in ("keyspace_hits", "keyspace_misses")}


def command_times(connection: Connection, names: Set[str]) -> tuple[int, int]:
    """Calls of these commands, and the microseconds they took: what a script calls is in the script's own time."""
    stats: Mapping[str, Any] = connection.client.info("commandstats")
    found = [counts for name, counts in stats.items() if name.removeprefix("cmdstat_").partition("|")[0] in names]
    return sum(int(counts["calls"]) for counts in found), sum(int(counts["usec"]) for counts in found)


def _printed(command: Sequence[str]) -> list[str]:
    """A command in one line; a script's text below it."""
    if not is_script(command):
        return [_shortened(" ".join(command))]
    name, script, *arguments = command
    return [_shortened(f"{name} {' '.join(arguments)}"), *(f"  {line}" for line in script.strip().splitlines())]


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _size(reply: Any) -> int:
    if isinstance(reply, list):
        return sum(map(_size, reply))
    return len(reply) if isinstance(reply, bytes) else len(str(reply)) if reply is not None else 0
