"""References between collections, which MongoDB does not know: taken for such only where the data proves it."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from lab.model.schema import ForeignKey, Table
from lab.readers.live.mongodb_fields import Field

if TYPE_CHECKING:
    from lab.readers.live.mongodb import Session

_FEWEST = 3
"""Different values that prove a reference by ObjectId or UUID, which are the same nowhere else by chance."""
_FEWEST_OF_OTHERS = 10
"""Of numbers and texts, whose name must speak of the other collection, too."""
_MOST = 500


def references_of(table: Table, fields: dict[str, list[Field]], session: Session) -> tuple[ForeignKey, ...]:
    """The table's foreign keys. A list of references is reported: no foreign key can hold it."""
    found = []
    for each in fields[table.name]:
        if each.path == "_id" or not each.values:
            continue
        target = _target(each, fields, session)
        if target is None:
            continue
        what = f"references ({each.column}) of {table.name} to {target}"
        if each.is_list:
            session.lose(what, "not declared: they stand in a list")
            continue
        session.lose(what, f"taken for a foreign key: all {len(each.values[:_MOST])} values looked at are keys of it")
        (key,) = (other.column for other in fields[target] if other.is_key)
        found.append(ForeignKey((each.column,), target, (key,)))
    return tuple(found)


def _target(each: Field, fields: dict[str, list[Field]], session: Session) -> str | None:
    values = each.values[:_MOST]
    is_unlikely = all(isinstance(value, ObjectId | uuid.UUID) for value in values)
    if len(values) < (_FEWEST if is_unlikely else _FEWEST_OF_OTHERS):
        return None
    named = [name for name in fields if _speaks_of(each.column, name)]
    others = [name for name in fields if name not in named] if is_unlikely else []
    for name in (*named, *others):
        keys = [other for other in fields[name] if other.is_key]
        if len(keys) == 1 and _is_like(keys[0], values[0]) and session.count_keys(name, values) == len(values):
            return name
    return None


def _is_like(key: Field, value: Any) -> bool:
    return bool(key.values) and isinstance(value, type(key.values[0]))


def _speaks_of(column: str, collection: str) -> bool:
    """Whether `authorUserId` or `user` may mean a document of `users`."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z\d])([A-Z])", r"\1 \2", column).lower())
    words = [word for word in words if word not in ("id", "ids", "ref", "refs")]
    singular = re.sub(r"(?<=[^s])s$", "", collection.lower().replace("_", ""))
    singular = re.sub(r"ie$", "y", singular)
    joined = "".join(words)
    return joined.endswith((singular, collection.lower().replace("_", ""))) and bool(joined)
