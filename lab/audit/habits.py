"""What most tables have in common is said once: it is a habit of the whole schema, and mended as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lab.audit.naming import listed
from lab.model.finding import Finding

_FEWEST = 12
_SHARE = 0.5


def gathered(findings: Iterable[Finding], tables: int) -> Iterator[Finding]:
    """The findings of one rule; a single one in their place where they are of more than half of the tables."""
    found = list(findings)
    subjects = list(dict.fromkeys(finding.subject.partition(".")[0] for finding in found))
    if len(found) < _FEWEST or len(subjects) <= _SHARE * tables:
        yield from found
        return
    first = found[0]
    others = listed([finding.subject for finding in found[1:]])
    message = f"{first.message}; {len(found)} places in {len(subjects)} of {tables} tables are so: {others}"
    yield replace(first, message=message)
