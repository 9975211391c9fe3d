"""A thing dropped beside a thing added that looks like it: one question, never a silent guess."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from lab.errors import LabError
from lab.migrate.changes import AddColumn, AddTable, Change, DropColumn, DropTable
from lab.migrate.diff.renames import Declared
from lab.model.schema import Table

_ALIKE = 0.6
"""Of two tables' columns, or two names: how much makes one look like the other renamed."""


def likely_renames(changes: Sequence[Change], declared: Declared) -> list[tuple[str, str]]:
    """(old, new) as --rename takes them, of each drop that may be a rename."""
    moved = {source for source, _ in declared.moves}
    dropped = [c for c in changes if isinstance(c, DropColumn) and (c.table.name, c.column.name) not in moved]
    taken = {target for _, target in declared.moves} | {(table, column) for table, column, _ in declared.fills}
    added = [c for c in changes if isinstance(c, AddColumn) and (c.table.name, c.column.name) not in taken]
    found = []
    for gone in dropped:
        twins = [a for a in added if a.table.name == gone.table.name and _is_like(gone, a, dropped, added)]
        if twins:
            added.remove(twins[0])
            found.append((f"{gone.table.name}.{gone.column.name}", twins[0].column.name))
    return found + _likely_tables(changes, declared)


def refuse_likely_renames(changes: Sequence[Change], declared: Declared) -> None:
    """Raises LabError at a drop that may be a rename."""
    for old, new in likely_renames(changes, declared):
        raise LabError(
            f"{old} is gone and {new} is new: was it renamed?",
            f"say --rename {old}={new}; or --no-renames if the values of {old} are to be dropped",
        )


def _is_like(gone: DropColumn, added: AddColumn, dropped: list[DropColumn], all_added: list[AddColumn]) -> bool:
    """Of one type and alike in name; or the only ones of their table that come and go."""
    if gone.column.type != added.column.type or gone.column.generated != added.column.generated:
        return False
    if SequenceMatcher(None, gone.column.name, added.column.name).ratio() >= _ALIKE:
        return True
    table = gone.table.name
    return sum(d.table.name == table for d in dropped) == 1 and sum(a.table.name == table for a in all_added) == 1


def _likely_tables(changes: Sequence[Change], declared: Declared) -> list[tuple[str, str]]:
    moved = {source for (source, _), _ in declared.moves} | {child for child, *_ in declared.embeds}
    added = [change.table for change in changes if isinstance(change, AddTable)]
    found = []
    for change in changes:
        if isinstance(change, DropTable) and change.table.name not in moved:
            twins = [table for table in added if _share(change.table, table) >= _ALIKE]
            if twins:
                added.remove(twins[0])
                found.append((change.table.name, twins[0].name))
    return found


def _share(one: Table, other: Table) -> float:
    """Of columns equal in name and type, the larger table being the whole."""
    ours, theirs = ({(column.name, column.type) for column in table.columns} for table in (one, other))
    return len(ours & theirs) / max(len(ours), len(theirs), 1)
