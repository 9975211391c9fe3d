"""Every index that could answer an access from the index alone, wholly or for the rows it always asks for.

By each column the rows can be reached by, one index with the columns the query reads beside it (PostgreSQL manual,
11.9), each with and without the access's constant conditions as its own (11.8). Most are no good, and some are the
best there is: which, is found by trying, so this rule speaks only where trying is cheap.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from lab.advise.accesses import Access
from lab.advise.propose import accesses, new_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run

RULE = "cover_accesses"
_MOST_INCLUDED = 8
_Keys = tuple[tuple[str, bool], ...]
"""(column, is descending)."""
_Shape = tuple[_Keys, tuple[str, ...], str | None]


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    found = list(accesses(run, engine))
    shared = _shared_conditions(found)
    for access in found:
        table = run.design.schema.table(access.table)
        for keys, include, where in dict.fromkeys(_shapes(access, shared)):
            if index := new_index(table, keys, include, where, _suffix(include, where)):
                reason = f"`{access.operation}` {_reason(access, keys, include, where)}"
                yield Proposal(RULE, AddIndex(index), reason, (access.operation,))


def _shapes(access: Access, shared: Sequence[tuple[str, str]]) -> Iterator[_Shape]:
    """Keys, payload and condition. What reaches the rows by itself is tried in every way; what only narrows or pairs
    is tried bare, and as the smallest index that answers the access."""
    every = " AND ".join(access.constants) or None
    conditions = [c for c in access.constants if (access.table, c) in shared]
    for keys, where in itertools.product(_leads(access), dict.fromkeys([None, every, *conditions])):
        yield keys, (), where
        yield keys, _payload(access, keys, where == every and where is not None), where
    for keys in _narrower_leads(access):
        yield keys, (), None
        if every:
            yield keys, _payload(access, keys, is_narrowed=True), every


def _payload(access: Access, keys: _Keys, is_narrowed: bool) -> tuple[str, ...]:
    """What is read beside the keys; nothing when that is too much. What only the index's own condition reads need not
    be in it."""
    read = access.needed if is_narrowed else access.used
    rest = tuple(column for column in read if column not in dict(keys))
    return rest if len(rest) <= _MOST_INCLUDED else ()


def _suffix(include: Sequence[str], where: str | None) -> str:
    """Tells apart indexes over the same keys."""
    if not include and not where:
        return "idx"
    kind = "_".join(["covering"] * bool(include) + ["partial"] * bool(where))
    digest = hashlib.blake2b(repr((sorted(include), where)).encode(), digest_size=2).hexdigest()
    return f"{kind}_{digest}_idx"


def _leads(access: Access) -> list[_Keys]:
    """Keys that joins, parameters, groups or the order reach the rows by."""
    equal = _equal(access)
    found: list[Sequence[str]] = [[column] for column in (*access.joins, *access.equal)]
    found += [[*equal, *access.ranges[:1]], access.groups] if access.equal else [access.groups]
    found += [access.used[:1]] if not any(found) else []
    leads = [_plain(columns) for columns in found if columns]
    if access.order:
        leads.append((*_plain(equal), *(key for key in access.order if key[0] not in equal)))
    return list(dict.fromkeys(leads))


def _narrower_leads(access: Access) -> list[_Keys]:
    equal = _equal(access)
    found: list[Sequence[str]] = [*([column] for column in access.ranges), [*equal, *access.ranges[:1]]]
    found += [[*equal, join] for join in access.joins if equal] + [[*equal, *access.joins]]
    found += [list(pair) for pair in itertools.permutations(access.joins, 2)]
    return [_plain(columns) for columns in found if columns]


def _equal(access: Access) -> list[str]:
    return [*access.equal, *(column for column, condition in access.fixed if " = " in condition)]


def _plain(columns: Sequence[str]) -> _Keys:
    return tuple((column, False) for column in dict.fromkeys(columns))


def _shared_conditions(found: Sequence[Access]) -> list[tuple[str, str]]:
    """Conditions more than one operation holds on a table."""
    by_operation = {(a.operation, a.table, condition) for a in found for condition in a.constants}
    counted = Counter((table, condition) for _, table, condition in by_operation)
    return [key for key, count in counted.items() if count > 1]


def _reason(access: Access, keys: _Keys, include: Sequence[str], where: str | None) -> str:
    text = f"reaches {access.table} by {', '.join(dict(keys))}"
    if include:
        text += f" and reads {', '.join(include)} beside"
    return f"{text}, only where {where}" if where else text
