"""`-- lab:ignore RULE: reason` in SQL, `/// lab:ignore RULE: reason` in Prisma and TypeScript.

On a line of its own it speaks of what is written next, a table with all its columns included; behind something, of
that line; `lab:ignore-file` speaks of the whole file. One without a reason, of a rule that does not exist, or that
suppresses nothing is a finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.errors import did_you_mean
from lab.model.finding import Finding
from lab.model.schema import Position

RULE = "suppressions"
_COMMENT = re.compile(r"(?P<before>.*?)(?P<mark>--|///?|#)\s*lab:ignore(?P<file>-file)?\b(?P<said>.*)")
_SAID = re.compile(r"\s+(?P<rule>[\w-]+)\s*(?::\s*(?P<reason>.*))?")
_ONLY_COMMENT = re.compile(r"\s*(--|//|#|\*|/\*|$)")
_EXAMPLE = "write it as lab:ignore list_states: the words come from a partner's list"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. `line` is the line it speaks of; None for the whole file."""

    rule: str
    reason: str
    position: Position
    line: int | None

    def covers(self, finding: Finding, tables: Mapping[tuple[str, int], set[str]]) -> bool:
        if finding.rule != self.rule or finding.position is None or finding.position.file != self.position.file:
            return False
        if self.line is None or finding.position.line == self.line:
            return True
        owner = re.split(r"[. ]", finding.subject)[0]
        return owner in tables.get((self.position.file, self.line), ())


def suppress(
    findings: Sequence[Finding],
    texts: Mapping[str, str],
    rules: Sequence[str],
    tables: Mapping[tuple[str, int], set[str]],
) -> Iterator[Finding]:
    """The findings nobody suppressed, and what is wrong with the suppressions. `tables` are the names of tables by
    the file and line they begin at."""
    said = [each for file, text in texts.items() for each in suppressions(text, file)]
    valid = [each for each in said if each.rule in rules and each.reason]
    used: set[int] = set()
    for finding in findings:
        covering = [number for number, each in enumerate(valid) if each.covers(finding, tables)]
        used.update(covering)
        if not covering:
            yield finding
    yield from (_wrong(each, rules) for each in said if each not in valid)
    yield from (_idle(each) for number, each in enumerate(valid) if number not in used)


def suppressions(text: str, file: str) -> Iterator[Suppression]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = _COMMENT.fullmatch(line)
        if match is None:
            continue
        said = _SAID.fullmatch(match["said"])
        rule, reason = (said["rule"].replace("-", "_"), said["reason"] or "") if said else ("", "")
        position = Position(file, number, match.start("mark") + 1)
        spoken_of = None if match["file"] else number if match["before"].strip() else _next(lines, number)
        yield Suppression(rule, reason.strip(), position, spoken_of)


def _next(lines: Sequence[str], number: int) -> int:
    """The line of the next thing that is no comment."""
    following = (at for at, line in enumerate(lines[number:], number + 1) if not _ONLY_COMMENT.match(line))
    return next(following, number)


def _wrong(suppression: Suppression, rules: Sequence[str]) -> Finding:
    rule = suppression.rule
    if not rule:
        message, fix = "a suppression names no rule", _EXAMPLE
    elif rule not in rules:
        message, fix = f"a suppression names {rule}, which is no rule", did_you_mean(rule, rules, "rules")
    else:
        message, fix = f"a suppression of {rule} gives no reason", _EXAMPLE
    return Finding(RULE, "warning", rule or "suppression", message, "it suppresses nothing", fix, suppression.position)


def _idle(suppression: Suppression) -> Finding:
    message = f"a suppression of {suppression.rule} suppresses nothing"
    why = "what it spoke of is mended, or it stands in the wrong place, and it would hide the next one"
    return Finding(RULE, "warning", suppression.rule, message, why, "remove it", suppression.position)
