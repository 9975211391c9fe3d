"""MySQL's and MariaDB's slow query log (MySQL manual, 7.4.5 "The Slow Query Log"); with long_query_time = 0 it holds
every statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from lab.workloads.logs.seen import Seen

_MOMENT = re.compile(r"^SET timestamp=(\d+)(?:\.\d+)?;$")
_USE = re.compile(r"^use `?[^;]*;$", re.IGNORECASE)
_BANNER = re.compile(r"^(?:.*, Version: .*started with:.*|Tcp port: .*|Time +Id +Command.*)$")


def is_slow_log(head: str) -> bool:
    return bool(re.search(r"^# (?:Query_time|User@Host): ", head, re.MULTILINE))


def read_slow_log(text: str) -> Iterator[Seen]:
    """A record is comment lines, perhaps `use` and `SET timestamp`, and the statement up to the next record."""
    at: datetime | None = None
    lines: list[str] = []
    for line in [*text.splitlines(), "#"]:
        if line.startswith("#") and not _is_within(lines):
            if lines:
                yield Seen("\n".join(lines).strip().removesuffix(";"), at=at)
            lines = []
        elif moment := _MOMENT.match(line):
            at = datetime.fromtimestamp(int(moment[1]), UTC)
        elif not (lines == [] and _USE.match(line)) and not _BANNER.match(line):
            lines.append(line)


def _is_within(lines: list[str]) -> bool:
    """Whether a `#` is the statement's own: it has not ended yet."""
    return bool(lines) and not lines[-1].rstrip().endswith(";")
