"""Plans as people read them, root first, and the work they did: documents and keys examined.

Milliseconds are left out, so that the same plan prints the same on every machine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from pymongo.database import Database

from lab.engines.engine import Explained
from lab.engines.mongodb.commands import Command, render

_EXPLAINABLE = ("find", "aggregate", "count", "distinct", "update", "delete", "findAndModify", "findandmodify")
_OUTPUTS = ("$merge", "$out")
_DETAILS: Mapping[str, str] = {
    "indexName": "{}",
    "indexBounds": "{}",
    "filter": "where {}",
    "sortPattern": "by {}",
    "limitAmount": "first {}",
    "skipAmount": "skip {}",
    "foreignCollection": "with {}",
    "strategy": "by {}",
    "nReturned": "returned {}",
    "docsExamined": "documents {}",
    "keysExamined": "keys {}",
}
_MOST_CHARACTERS = 160

DOCUMENTS, KEYS = "documents examined", "keys examined"


def without_output(command: Command) -> Command:
    """A pipeline without its last stage if that writes: what writes cannot be explained with what it does."""
    pipeline = command.get("pipeline", [])
    if pipeline and next(iter(pipeline[-1])) in _OUTPUTS:
        return {**command, "pipeline": pipeline[:-1]}
    return command


def explained(database: Database[dict[str, Any]], commands: list[Command], timeout_ms: int | None) -> Explained:
    """Executes reads once; of writes it says what they would do."""
    lines: list[str] = []
    work = {DOCUMENTS: 0.0, KEYS: 0.0}
    for command in itertools.chain.from_iterable(map(_singles, commands)):
        readable = without_output(command)
        if readable is not command:
            lines.append(_shortened(render(command["pipeline"][-1])))
        if next(iter(command)) not in _EXPLAINABLE:
            lines.append(_shortened(render(command)))
            continue
        limit = {} if timeout_ms is None else {"maxTimeMS": timeout_ms}
        answer = database.command({"explain": readable, "verbosity": "executionStats", **limit})
        lines += _pipeline_lines(answer)
        for examined in (answer.get("executionStats"), *_later_stages(answer)):
            work[DOCUMENTS] += (examined or {}).get("totalDocsExamined", 0)
            work[KEYS] += (examined or {}).get("totalKeysExamined", 0)
    return Explained("\n".join(lines), work)


def _singles(command: Command) -> Iterator[Command]:
    """An update or delete of several statements as one command each: only such can be explained."""
    for part in ("updates", "deletes"):
        if part in command:
            yield from ({**command, part: [statement]} for statement in command[part])
            return
    yield command


def _later_stages(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The stages of a pipeline, the cursor that feeds it as its own statistics."""
    for stage in answer.get("stages", ()):
        yield stage["$cursor"]["executionStats"] if "$cursor" in stage else stage


def _pipeline_lines(answer: Mapping[str, Any]) -> list[str]:
    if "stages" not in answer:
        return _plan_lines(answer, 0)
    lines: list[str] = []
    for depth, stage in enumerate(reversed(answer["stages"])):
        if "$cursor" in stage:
            lines += _plan_lines(stage["$cursor"], depth)
        else:
            lines.append("  " * depth + _stage_line(stage))
    return lines


def _stage_line(stage: Mapping[str, Any]) -> str:
    name = next(iter(stage))
    counted = [f"{words} {stage[key]}" for key, words in _COUNTED.items() if key in stage]
    return "  ".join([f"{name} {_shortened(render(stage[name]))}", *counted])


_COUNTED: Mapping[str, str] = {
    "nReturned": "returned",
    "totalDocsExamined": "documents",
    "totalKeysExamined": "keys",
    "collectionScans": "scans of the collection",
}


def _plan_lines(answer: Mapping[str, Any], depth: int) -> list[str]:
    """The tree as it ran where the server counts by its nodes, else as it was planned with the counts of the whole."""
    planner, stats = answer["queryPlanner"], answer.get("executionStats", {})
    winning = planner["winningPlan"]
    collection = planner["namespace"].partition(".")[2]
    if "queryPlan" not in winning:
        return list(_tree(stats.get("executionStages", winning), collection, depth))
    totals = f"returned {stats['nReturned']}  documents {stats['totalDocsExamined']}  keys {stats['totalKeysExamined']}"
    first, *rest = _tree(winning["queryPlan"], collection, depth)
    return [f"{first}  {totals}", *rest]


def _tree(node: Mapping[str, Any], collection: str, depth: int) -> Iterator[str]:
    children = list(_children(node))
    words = [str(node["stage"])]
    if not children:
        words.append(f"on {collection}")
    words += [form.format(_detail(node[key])) for key, form in _DETAILS.items() if node.get(key) not in (None, {}, "")]
    yield "  " * depth + "  ".join(words)
    for child in children:
        yield from _tree(child, collection, depth + 1)


def _children(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in node.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping) and "stage" in item:
                yield item


def _detail(value: Any) -> str:
    return _shortened(render(value)) if isinstance(value, Mapping) else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
