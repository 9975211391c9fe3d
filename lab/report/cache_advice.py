"""What is advised of a cache: in sentences, as blocks of the report, and as a chapter of the index strategy."""

from __future__ import annotations

from collections.abc import Iterator

from lab.model.caching import CacheAdvice, CachePlan, CacheTrial
from lab.model.run import EngineRun
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Details, Heading, Paragraph, Table

_HOW = {
    "ttl": "a miss fills the key, which expires after {ttl}",
    "delete": "a miss fills the key; after a write that touches it, delete it; {ttl} to live is a net",
    "write-through": "a miss fills the key; after a write that touches it, put its new answer; {ttl} to live is a net",
}
_SERVERS = ("postgres", "mysql", "mariadb", "sqlite")


def headline(found: CacheAdvice) -> str:
    """What to do, in a sentence."""
    accepted = [trial for trial in found.trials if trial.is_accepted]
    if accepted:
        names = ", ".join(f"`{trial.read}`" for trial in accepted)
        how = _HOW[found.way].format(ttl=f"{found.ttl_seconds:g} s")
        return f"Keep {names} in Redis, by `{found.way}`: {how}."
    if found.untried:
        return f"No cache is advised: {found.untried}."
    behind = "what is advised" if found.variant != "base" else "the base"
    return (
        f"Do not cache: in front of {behind} it pays for none of the {len(found.trials)} reads it was thought of for."
    )


def load_words(found: CacheAdvice) -> str:
    """Under what it was measured; empty where nothing was."""
    measured = found.confirmation or found.screening
    if measured is None:
        return ""
    bound = f"at most {units.percent(found.most_stale)} of a read's answers may be stale (--most-stale)"
    return (
        f"{measured.cache}, {units.count(round(measured.rate))} requests a second of the whole mix, "
        f"{units.tick(units.seconds(round(measured.measured_seconds, 1)))} of each way; {bound}"
    )


def upkeep(plan: CachePlan) -> Iterator[str]:
    """Which writes end an answer, and how the keys are known."""
    for touch in plan.touches:
        sources = "; ".join(f"{name} = {sql}" for name, sql in touch.lookups)
        yield f"`{touch.write}` touches {'every key' if touch.reach == 'every key' else f'the key of {sources}'}"
    if not plan.touches:
        yield "no write of the workload touches it"


def key_words(trial: CacheTrial) -> str:
    names = trial.plan.parameters if trial.plan else ()
    return f"one key for each {', '.join(f'`{name}`' for name in names)}" if names else "one key for all"


def hint(engine: EngineRun) -> str:
    """For who has not asked about a cache, and has reads it may matter to; empty otherwise."""
    if engine.cache_advice is not None or engine.server.engine not in _SERVERS or not engine.variants:
        return ""
    last = engine.variant("advice") or engine.variants[0]
    missed = [o.name for o in last.operations if o.target == "missed" and not o.is_write]
    if not missed:
        return ""
    who = f"`{missed[0]}` still misses its target" if len(missed) == 1 else f"{len(missed)} reads still miss targets"
    return f"{who}: add --cache redis to measure whether a cache helps."


def advice_blocks(found: CacheAdvice) -> list[Block]:
    accepted = [trial for trial in found.trials if trial.is_accepted]
    rejected = [trial for trial in found.trials if not trial.is_accepted]
    parts: list[Block] = [Heading("A cache in Redis", 4), Paragraph(headline(found), "good" if accepted else "plain")]
    for trial in accepted:
        assert trial.plan
        items = (f"why: {trial.reason}", f"measured: {trial.verdict}", key_words(trial), *upkeep(trial.plan))
        parts += [Paragraph(f"`{trial.read}`"), Bullets(items)]
    if words := load_words(found):
        parts.append(Paragraph(f"Measured with {words}.", "quiet"))
    if rejected:
        rows = tuple((Cell(t.read, t.reason), Cell(t.verdict.replace("`", ""))) for t in rejected)
        table = Table((Column("Read"), Column("Why not")), rows)
        parts.append(Details("Reads a cache was thought of for in vain", (table,), note=str(len(rejected))))
    return parts


def strategy_lines(found: CacheAdvice) -> Iterator[str]:
    """Markdown."""
    yield f"\n## A cache in Redis\n\n{headline(found)}"
    if words := load_words(found):
        yield f"\nMeasured with {words}."
    for trial in found.trials:
        if trial.is_accepted and trial.plan:
            yield f"\n### `{trial.read}`\n"
            yield from (f"- {line}" for line in (f"why: {trial.reason}", f"measured: {trial.verdict}"))
            yield from (f"- {line}" for line in (key_words(trial), *upkeep(trial.plan)))
    if rejected := [trial for trial in found.trials if not trial.is_accepted]:
        yield "\nThought of for these reads in vain:\n"
        yield from (f"- `{trial.read}` ({trial.reason}): {trial.verdict}" for trial in rejected)
