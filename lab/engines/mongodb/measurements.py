"""What a server lets be done with a time-series collection, by its version, and what is not refused but told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lab.engines.engine import StatementError
from lab.engines.mongodb.commands import Command
from lab.model.schema import Loss, Position

Version = tuple[int, ...]
Series = Mapping[str, Mapping[str, Any]]
"""By collection, the options of a time series: `{"movements": {"timeField": "at", "metaField": "kind"}}`."""
_FIRST_WITH_UPDATES = (5, 0, 5)
_FIRST_WITH_ALL_INDEXES = (6,)
_FIRST_WITH_ALL_DELETES = (7,)
_WHAT_NOW = "write the operation anew for this variant, or leave the collection as it is"


def require_possible(command: Command, series: Series, version: Version, position: Position | None) -> None:
    """Raises StatementError for a change that MongoDB makes to no measurement."""
    name = next(iter(command))
    last: Mapping[str, Any] = next(iter(command.get("pipeline", [])[-1:]), {})
    for stage in ("$merge", "$out"):
        target = last.get(stage)
        into = target.get("into", target.get("coll")) if isinstance(target, Mapping) else target
        if into in series:
            _refuse(f"{stage} cannot write to {into}, a time-series collection", position)
    collection = command[name]
    if not isinstance(collection, str) or collection not in series:
        return
    options = series[collection]
    if name in ("findAndModify", "findandmodify"):
        _refuse(f"{name} cannot be used on {collection}, a time-series collection", position)
    for change in command.get("updates", ()):
        if reason := _update_reason(change, options.get("metaField"), version):
            _refuse(f"measurements of {collection} cannot be updated so: {reason}", position)
    for change in command.get("deletes", ()):
        if reason := _delete_reason(change, options.get("metaField"), version):
            _refuse(f"measurements of {collection} cannot be deleted so: {reason}", position)


def _refuse(message: str, position: Position | None) -> None:
    raise StatementError(f"{position}: {message}" if position else message, _WHAT_NOW)


def _update_reason(change: Mapping[str, Any], meta: str | None, version: Version) -> str:
    """Why an update is refused; empty when it is not."""
    if version < _FIRST_WITH_UPDATES:
        return f"MongoDB {_said(version)} updates none"
    made = change.get("u", {})
    fields = {field for each in made.values() for field in each} if isinstance(made, Mapping) else {""}
    if change.get("upsert"):
        return "there is no upsert"
    if not change.get("multi"):
        return "an update must be multi: true"
    if not _are_meta([*change.get("q", {}), *fields], meta):
        return f"only the meta field may be asked for and set{_named(meta)}"
    return ""


def _delete_reason(change: Mapping[str, Any], meta: str | None, version: Version) -> str:
    if version < _FIRST_WITH_UPDATES:
        return f"MongoDB {_said(version)} deletes none"
    if version >= _FIRST_WITH_ALL_DELETES:
        return ""
    if change.get("limit"):
        return f"MongoDB {_said(version)} deletes all that match, limit: 0"
    if not _are_meta(change.get("q", {}), meta):
        return f"MongoDB {_said(version)} finds them by the meta field alone{_named(meta)}"
    return ""


def _are_meta(fields: Any, meta: str | None) -> bool:
    return all(field.partition(".")[0] == meta for field in fields)


def _named(meta: str | None) -> str:
    return f", which is {meta}" if meta else ", and there is none"


def _said(version: Version) -> str:
    return ".".join(map(str, version[:3]))


def indexable(
    command: Command, options: Mapping[str, Any], there: Collection[tuple[Any, ...]], version: Version
) -> tuple[Command | None, list[Loss]]:
    """A createIndexes without what the server does not make, or made by itself, as 6.3 and newer do: `there` are the
    keys of the indexes it has. None where nothing is left."""
    fields = {options["timeField"], options.get("metaField")}
    kept, losses = [], []
    for index in command["indexes"]:
        is_plain = "partialFilterExpression" not in index and {key.partition(".")[0] for key in index["key"]} <= fields
        if tuple(index["key"].items()) in there:
            losses.append(Loss(f"index {index['name']}", "not created: MongoDB made one over the same fields"))
        elif version < _FIRST_WITH_ALL_INDEXES and not is_plain:
            reason = f"not created: MongoDB {_said(version)} indexes a time series by its time and meta field alone"
            losses.append(Loss(f"index {index['name']}", reason))
        else:
            kept.append(index)
    return ({**command, "indexes": kept} if kept else None), losses


def time_series(collections: Iterator[tuple[str, Mapping[str, Any]]]) -> Series:
    """Of a database's collections and their options, those that are time series."""
    return {name: options["timeseries"] for name, options in collections if "timeseries" in options}
