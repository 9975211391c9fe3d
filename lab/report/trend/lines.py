"""Which runs may stand on one line, and what changed from one to the next besides the design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from lab.model.caching import CacheComparison
from lab.model.run import EngineRun, OperationRun, Run
from lab.report import units
from lab.report.labels import ENGINE_TITLES, redact, version_number

MOST_NAMED = 4
"""So many changes of a kind are spelled out; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One engine's part of a run."""

    run: Run
    engine: EngineRun

    def operation(self, variant: str, name: str) -> OperationRun | None:
        found = self.engine.variant(variant)
        return found.operation(name) if found else None


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise from entry `position` on. `words` concern every operation; `operations` are those whose text
    is another."""

    number: int
    position: int
    words: tuple[str, ...]
    operations: tuple[str, ...] = ()

    def concerns(self, operation: str) -> bool:
        return bool(self.words) or operation in self.operations

    @property
    def sentence(self) -> str:
        said = list(_few(self.words))
        if self.operations:
            said.append(f"other text of {', '.join(_few(self.operations))}")
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class Line:
    """Runs of one kind, oldest first."""

    title: str
    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]

    @property
    def latest(self) -> Entry:
        return self.entries[-1]

    def variants(self) -> list[str]:
        """The base first, then in the order of the latest run that has them."""
        names = [variant.name for entry in reversed(self.entries) for variant in entry.engine.variants]
        bases = [entry.engine.variants[0].name for entry in self.entries if entry.engine.variants]
        return list(dict.fromkeys([*bases, *names]))

    def operations(self) -> list[str]:
        """In the order of the latest workload; what it has lost, last."""
        names = [o.name for entry in reversed(self.entries) for o in entry.run.design.workload.operations]
        measured = {o.name for entry in self.entries for variant in entry.engine.variants for o in variant.operations}
        return [name for name in dict.fromkeys([*names, *sorted(measured)]) if name in measured]


def lines_of(runs: Sequence[Run]) -> list[Line]:
    """Runs, oldest first, put together by design, kind, engine as it was asked for, its major version and scale."""
    groups: dict[tuple[str, bool, str, str, float], list[Entry]] = {}
    for run in runs:
        for engine in run.engines:
            key = (run.design.name, run.verdict is not None, engine.server.spec, _title(engine), run.scale)
            groups.setdefault(key, []).append(Entry(run, engine))
    specs = Counter((name, is_check, title, scale) for name, is_check, _, title, scale in groups)
    lines = []
    for (name, is_check, spec, title, scale), entries in sorted(groups.items(), key=lambda group: group[0]):
        told_apart = f" ({redact(spec)})" if specs[name, is_check, title, scale] > 1 else ""
        kind = ", checks" if is_check else ""
        whole = f"{name} on {title}{told_apart}, scale {scale:g}{kind}"
        lines.append(Line(whole, tuple(entries), tuple(_changes(entries))))
    return lines


def _title(engine: EngineRun) -> str:
    """PostgreSQL 18, SQLite 3."""
    return whole_title(engine).split(".")[0]


def whole_title(engine: EngineRun) -> str:
    """PostgreSQL 18.1, SQLite 3.46.1."""
    server = engine.server
    return f"{ENGINE_TITLES.get(server.engine, server.engine)} {version_number(server.version)}".strip()


def _changes(entries: Sequence[Entry]) -> list[Change]:
    found: list[Change] = []
    for position, (before, after) in enumerate(pairwise(entries), start=1):
        facts = _differences(_facts(before), _facts(after))
        words = (*facts, *_setting_words(before, after), *_cache_words(before, after))
        operations = _reworded(before, after)
        if words or operations:
            found.append(Change(len(found) + 1, position, words, operations))
    return found


def _facts(entry: Entry) -> Mapping[str, str]:
    place, server, load = entry.run.environment, entry.engine.server, entry.engine.load
    return {
        "processor": place.cpu,
        "cores": str(place.cores),
        "memory": units.size_bytes(place.memory_bytes),
        "system": place.platform,
        "Python": place.python_version,
        "lab": place.lab_version,
        "engine": server.version,
        "server from": redact(server.origin),
        "seed": str(entry.run.seed),
        "rows": units.count(load.rows) if load else units.UNKNOWN,
    }


def _setting_words(before: Entry, after: Entry) -> tuple[str, ...]:
    """Settings that both runs recorded; a version among them is told by the engine's."""
    old, new = before.engine.server.settings, after.engine.server.settings
    names = [name for name in old if name in new and "version" not in name]
    return _differences({name: old[name] for name in names}, {name: new[name] for name in names})


def _cache_words(before: Entry, after: Entry) -> tuple[str, ...]:
    """Where both compared caches, under what load and in front of what."""
    old, new = before.engine.cache, after.engine.cache
    if old is None or new is None:
        return ()
    return _differences(_cache_facts(old), _cache_facts(new))


def _cache_facts(found: CacheComparison) -> Mapping[str, str]:
    return {
        "cache": found.cache,
        "cache in front of": found.variant,
        "time to live": units.seconds(found.ttl_seconds),
        "requests a second": units.count(round(found.rate)),
    }


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} {old[name]} → {value}" for name, value in new.items() if value != old[name])


def _reworded(before: Entry, after: Entry) -> tuple[str, ...]:
    """Operations that run another text on a variant both runs have."""
    old, new = _texts(before), _texts(after)
    changed = [operation for (variant, operation), text in new.items() if old.get((variant, operation), text) != text]
    return tuple(dict.fromkeys(changed))


def _texts(entry: Entry) -> dict[tuple[str, str], str]:
    return {(v.name, o.name): " ".join(o.sql.split()) for v in entry.engine.variants for o in v.operations}


def _few(names: Sequence[str]) -> Sequence[str]:
    if len(names) <= MOST_NAMED:
        return names
    return [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]


def dates(entries: Sequence[Entry]) -> list[str]:
    """How each run's moment is written: with no more than tells them apart from each other."""
    moments = [entry.run.started_at for entry in entries]
    if len({moment.date() for moment in moments}) == 1:
        return [f"{moment:%H:%M}" for moment in moments]
    form = "%d %b" if len({moment.year for moment in moments}) == 1 else "%d %b %Y"
    return [moment.strftime(form).lstrip("0") for moment in moments]


def stretches(positions: Sequence[int]) -> list[list[int]]:
    """Positions, ascending, parted where one is missing between them."""
    parted = groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0])
    return [[position for _, position in group] for _, group in parted]
