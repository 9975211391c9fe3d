"""PostgreSQL's log: stderr, csvlog or jsonlog (manual, 19.8 "Error Reporting and Logging").

With log_statement or log_min_duration_statement it holds statements. The extended protocol's appear as parse, bind and
execute, of which execute is the call; their parameters stand in DETAIL.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.model.workload import Value
from lab.workloads.logs.seen import Seen

_SEVERITY = re.compile(r"^(?P<prefix>.*?)\b(?P<severity>[A-Z]{3,10}\d?):  ?(?P<message>.*)$")
_KNOWN = frozenset("LOG DETAIL HINT ERROR FATAL PANIC WARNING NOTICE INFO STATEMENT CONTEXT QUERY LOCATION".split())
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?")
_CALL = re.compile(r"(?:duration: [\d.]+ ms  )?(?:statement|execute (?!fetch from)[^:]*): (?P<sql>.*)", re.DOTALL)
_PARAMETERS = re.compile(r"^parameters: ", re.IGNORECASE)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*'(?:\.\.\.)?)", re.DOTALL)
_CSV_MOMENT, _CSV_SEVERITY, _CSV_MESSAGE, _CSV_DETAIL = 0, 11, 13, 14


@dataclass(slots=True)
class _Entry:
    severity: str
    message: str
    moment: str
    detail: str = ""


def read_stderr(text: str) -> Iterator[Seen]:
    """Whatever log_line_prefix is: a record begins where a severity stands, and goes on in lines that begin with a
    tab."""
    return _statements(_stderr_entries(text))


def read_csv(text: str) -> Iterator[Seen]:
    return _statements(_csv_entries(text))


def read_json(text: str) -> Iterator[Seen]:
    return _statements(_json_entries(text))


def is_stderr(head: str) -> bool:
    return bool(re.search(r"\bLOG:  ", head))


def is_csv(head: str) -> bool:
    first = next(csv.reader(io.StringIO(head)), [])
    return len(first) > _CSV_DETAIL and bool(_MOMENT.match(first[0]))


def is_json(head: str) -> bool:
    return head.lstrip().startswith("{") and '"error_severity"' in head.partition("\n")[0]


def _stderr_entries(text: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    last = "message"
    for line in text.splitlines():
        begun = None if line.startswith("\t") else _SEVERITY.match(line)
        if begun and begun["severity"] in _KNOWN:
            if begun["severity"] == "DETAIL" and entry:
                entry.detail, last = begun["message"], "detail"
                continue
            if entry:
                yield entry
            found = _MOMENT.search(begun["prefix"])
            entry, last = _Entry(begun["severity"], begun["message"], found[0] if found else ""), "message"
        elif entry:
            more = "\n" + line.removeprefix("\t")
            setattr(entry, last, getattr(entry, last) + more)
    if entry:
        yield entry


def _csv_entries(text: str) -> Iterator[_Entry]:
    for row in csv.reader(io.StringIO(text)):
        if len(row) > _CSV_DETAIL:
            yield _Entry(row[_CSV_SEVERITY], row[_CSV_MESSAGE], row[_CSV_MOMENT], row[_CSV_DETAIL])


def _json_entries(text: str) -> Iterator[_Entry]:
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # the last line of a log that is being written
            continue
        yield _Entry(
            row.get("error_severity", ""), row.get("message", ""), row.get("timestamp", ""), row.get("detail", "")
        )


def _statements(entries: Iterator[_Entry]) -> Iterator[Seen]:
    for entry in entries:
        call = _CALL.fullmatch(entry.message) if entry.severity == "LOG" else None
        if call:
            yield Seen(call["sql"].strip(), values=_values(entry.detail), at=_moment(entry.moment))


def _values(detail: str) -> dict[int, Value]:
    if not _PARAMETERS.match(detail):
        return {}
    return {int(number): _value(text) for number, text in _PARAMETER.findall(detail)}


def _value(text: str) -> Value:
    return None if text == "NULL" else text.removesuffix("...")[1:-1].replace("''", "'")


def _moment(text: str) -> datetime | None:
    found = _MOMENT.search(text)
    return datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
