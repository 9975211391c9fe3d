"""Which variant to adopt on each engine, and why, in sentences with numbers.

The rule (docs/decisions/004-how-a-variant-is-adopted.md):

1. The base is a candidate: doing nothing wins unless something is shown better.
2. A variant is out that answers differently, could not be built, fails or times out where the base answers, or
   whose `down` does not restore the schema.
3. Of two candidates the one is better that meets more targets: the weights of the operations it meets and the
   other misses, less the reverse. `cannot tell` counts for neither.
4. Equal there, the one is better whose weighted geometric mean of latency ratios to the base (all operations,
   weights as in the mix) is lower, if the 95 % interval of the difference leaves out 0.
5. Adopted is, of the variants better than the base, one that no other is better than; of several such, the
   cheapest: storage to the nearest 1 % of the base's, then the ratio of writes (1 where no difference is shown).
6. "Cannot tell" when the base was not measured, or no candidate was compared with it over at least half the mix.

Everything here is pure; latencies and sizes come from the run, and nothing is measured anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.model.interval import Interval, quotient
from lab.model.run import EngineRun, OperationRun, Run
from lab.report import units
from lab.report.labels import engine_labels
from lab.report.standing import Standing, answered_operations, standings

Choice = Literal["adopt", "keep the base", "cannot tell"]

ENOUGH_OF_THE_MIX = 0.5


@dataclass(frozen=True, slots=True)
class EngineDecision:
    """The verdict on one engine. `variant` is the adopted one, the base's name when it is kept, or empty."""

    spec: str
    label: str
    choice: Choice
    variant: str
    headline: str
    reasons: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    """What stays over its target after following the verdict, or cannot be told."""
    runner_up: str = ""
    rejected: tuple[str, ...] = ()
    """One sentence for each variant that was not adopted, other than the runner-up."""
    standings: tuple[Standing, ...] = ()

    @property
    def chosen(self) -> Standing | None:
        return next((standing for standing in self.standings if standing.variant == self.variant), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict over all engines."""

    headline: str
    engines: tuple[EngineDecision, ...]
    notes: tuple[str, ...] = ()
    """What weakens it: an interrupted run, an engine without measurements."""


def decide(run: Run) -> Decision:
    """The verdict on each engine, and in one sentence over all."""
    labels = engine_labels(run)
    engines = tuple(_decide_engine(engine, labels[engine.server.spec], run) for engine in run.engines)
    return Decision(_overall_headline(engines), engines, tuple(_notes(run, labels)))


def is_better(one: Standing, other: Standing, weights: Mapping[str, float]) -> bool:
    """Whether `one` is shown better than `other`: rules 3 and 4. `weights` by operation."""
    gain = target_gain(one, other, weights)
    if abs(gain) > 1e-9:
        return gain > 0
    return _is_shown_faster(one, other)


def target_gain(one: Standing, other: Standing, weights: Mapping[str, float]) -> float:
    """Weight of the operations whose target `one` meets and `other` misses, less the reverse."""
    theirs = dict(other.states)
    lost = ("missed", "unanswered")
    gained = sum(weights[name] for name, state in one.states if state == "met" and theirs.get(name) in lost)
    return gained - sum(weights[name] for name, state in one.states if state in lost and theirs.get(name) == "met")


def _is_shown_faster(one: Standing, other: Standing) -> bool:
    mine, theirs = _overall(one), _overall(other)
    if mine is None or theirs is None:
        return False
    return quotient(mine, theirs).high < 1


def _overall(standing: Standing) -> Interval | None:
    return Interval(1.0, 1.0, 1.0) if standing.is_base else standing.overall


def _decide_engine(engine: EngineRun, label: str, run: Run) -> EngineDecision:
    places = standings(engine)
    weights = {operation.name: operation.weight for operation in answered_operations(engine)}
    doubt = _doubt(places, weights, run)
    if doubt:
        return EngineDecision(
            engine.server.spec,
            label,
            "cannot tell",
            "",
            f"Cannot tell on {label}: {doubt}.",
            reasons=(_targets_of_base(places[0]),) if places and places[0].is_measured else (),
            rejected=_sentences([place for place in places if place.objections], _out),
            standings=places,
        )
    base, *others = places
    candidates = [place for place in others if _is_candidate(place)]
    better = [place for place in candidates if is_better(place, base, weights)]
    if not better:
        return _keep(engine, label, base, others, weights)
    chosen = _best(better, weights)
    return _adopt(engine, label, chosen, base, others, better, weights)


def _doubt(places: Sequence[Standing], weights: Mapping[str, float], run: Run) -> str:
    """Why nothing can be said; empty when something can."""
    if not places or not places[0].is_measured:
        return f"`{places[0].variant}`, the base, was not measured" if places else "nothing was measured"
    others = places[1:]
    if not others:
        return "only the base was measured, so there is nothing to choose between"
    if all(place.objections for place in others) and any(place.is_measured for place in others):
        return ""
    share = max((place.compared_share for place in others if not place.objections), default=0.0)
    share *= _share_of_workload(weights, run)
    if share == 0:
        return "no variant was measured beside the base"
    if share < ENOUGH_OF_THE_MIX:
        return f"variants were compared with the base over only {units.percent(share)} of the mix"
    return ""


def _share_of_workload(weights: Mapping[str, float], run: Run) -> float:
    """How much of the mix an interrupted run got to; 1 for a complete one."""
    total = sum(operation.weight for operation in run.design.workload.operations)
    return min(sum(weights.values()) / total, 1.0) if total and not run.is_complete else 1.0


def _is_candidate(place: Standing) -> bool:
    return not place.objections and place.overall is not None and place.compared_share >= ENOUGH_OF_THE_MIX


def _best(places: Sequence[Standing], weights: Mapping[str, float]) -> Standing:
    unbeaten = [
        place for place in places if not any(is_better(rival, place, weights) for rival in places if rival is not place)
    ]
    return min(unbeaten or places, key=_cost)


def _cost(place: Standing) -> tuple[float, float]:
    storage = round(place.storage_ratio, 2) if place.storage_ratio is not None else math.inf
    return storage, place.writes.estimate if place.writes and _is_shown(place.writes) else 1.0


def _is_shown(ratio: Interval) -> bool:
    return ratio.high < 1 or ratio.low > 1


def _adopt(
    engine: EngineRun,
    label: str,
    chosen: Standing,
    base: Standing,
    others: Sequence[Standing],
    better: Sequence[Standing],
    weights: Mapping[str, float],
) -> EngineDecision:
    rest = [place for place in better if place is not chosen]
    runner_up = _best(rest, weights) if rest else None
    return EngineDecision(
        engine.server.spec,
        label,
        "adopt",
        chosen.variant,
        f"Adopt `{chosen.variant}` on {label}: {_gains(chosen, base)}; {_price(chosen)}.",
        reasons=tuple(_reasons(chosen, base)),
        remaining=tuple(_remaining(engine, chosen)),
        runner_up=_why_not(runner_up, chosen, weights) if runner_up else "",
        rejected=_sentences(
            [place for place in others if place not in (chosen, runner_up)],
            lambda place: _rejection(place, chosen, base, weights),
        ),
        standings=(base, *others),
    )


def _keep(
    engine: EngineRun, label: str, base: Standing, others: Sequence[Standing], weights: Mapping[str, float]
) -> EngineDecision:
    tried = f"none of the {len(others)} variants is" if len(others) > 1 else f"`{others[0].variant}` is not"
    return EngineDecision(
        engine.server.spec,
        label,
        "keep the base",
        base.variant,
        f"Keep `{base.variant}` on {label}: {tried} shown better.",
        reasons=(_targets_of_base(base),),
        remaining=tuple(_remaining(engine, base)),
        rejected=_sentences(others, lambda place: _rejection(place, base, base, weights)),
        standings=(base, *others),
    )


def _gains(chosen: Standing, base: Standing) -> str:
    met, total = len(chosen.names("met")), len(chosen.states)
    targets = f"{met} of {total} operations meet their target (base: {len(base.names('met'))})"
    reads = f", reads take {_ratio_words(chosen.reads, explain=True)}" if chosen.reads else ""
    writes = f", writes {_ratio_words(chosen.writes)}" if chosen.writes else ""
    storage = f", storage {units.ratio(chosen.storage_ratio)}" if chosen.storage_ratio is not None else ""
    return targets + reads + writes + storage


def _ratio_words(value: Interval, explain: bool = False) -> str:
    if not _is_shown(value):
        return f"~ the base's time ({units.ratio_interval(value)})"
    explanation = " the base's time (weighted geometric mean)" if explain else ""
    return f"{units.ratio(value.estimate)}{explanation}"


def _price(chosen: Standing) -> str:
    if chosen.up_seconds is None:
        return "the migration's time is not known"
    down = f" and {units.seconds(chosen.down_seconds)} down" if chosen.down_seconds is not None else ""
    return f"migration takes {units.seconds(chosen.up_seconds)} up{down}"


def _reasons(chosen: Standing, base: Standing) -> list[str]:
    before, after = units.percent(base.met_share), units.percent(chosen.met_share)
    reasons = [
        f"Weighted by how often each runs, {after} of executions are of operations within target (base: {before})."
    ]
    if chosen.unpaired:
        reasons.append(f"No ratio for {_code_list(chosen.unpaired)}: the base gave no time to compare with.")
    if chosen.is_restored:
        reasons.append("Its way back was run, and restored the schema.")
    elif chosen.is_restored is None:
        reasons.append("Its way back was not tried.")
    return reasons


def _targets_of_base(base: Standing) -> str:
    met, total = len(base.names("met")), len(base.states)
    return f"`{base.variant}` meets {met} of {total} targets ({units.percent(base.met_share)} of the mix)."


def _remaining(engine: EngineRun, chosen: Standing) -> list[str]:
    variant = engine.variant(chosen.variant)
    operations = {operation.name: operation for operation in variant.operations} if variant else {}
    sentences = []
    for state, words in (
        ("missed", "Still over target"),
        ("cannot tell", "Not shown within target, nor over it"),
        ("unanswered", "Not answered"),
        ("not run", "Not measured"),
    ):
        names = [name for name, found in chosen.states if found == state]
        if names:
            listed = ", ".join(_with_latency(name, operations.get(name)) for name in names)
            sentences.append(f"{words}, {len(names)} of {len(chosen.states)}: {listed}.")
    return sentences


def _with_latency(name: str, operation: OperationRun | None) -> str:
    if operation is None or operation.summary is None:
        return f"`{name}`" if operation is None else f"`{name}` ({operation.status})"
    return f"`{name}` (p95 {units.seconds(operation.summary.p95.estimate)}, {operation.target_class})"


def _sentences(places: Sequence[Standing], sentence: Callable[[Standing], str]) -> tuple[str, ...]:
    """One for each variant; variants that are not for this engine share one."""
    elsewhere = [place for place in places if not place.is_for_this_engine]
    if len(elsewhere) < 2:
        return tuple(map(sentence, places))
    names = _code_list([place.variant for place in elsewhere])
    rest = [sentence(place) for place in places if place.is_for_this_engine]
    return (*rest, f"Not for this engine, as said below Migrations: {names}.")


def _rejection(place: Standing, chosen: Standing, base: Standing, weights: Mapping[str, float]) -> str:
    if place.objections:
        return _out(place)
    if place.overall is None:
        return f"`{place.variant}` was not measured beside the base."
    if place.compared_share < ENOUGH_OF_THE_MIX:
        return f"`{place.variant}` was compared over only {units.percent(place.compared_share)} of the mix."
    if is_better(place, base, weights):
        return _why_not(place, chosen, weights)
    return _not_better(place, base, weights)


def _not_better(place: Standing, base: Standing, weights: Mapping[str, float]) -> str:
    """Why a variant does not beat the base."""
    assert place.overall is not None
    if target_gain(place, base, weights) < 0:
        lost = [name for name in base.names("met") if name in place.names("missed", "unanswered")]
        return f"`{place.variant}` loses targets the base meets: {_code_list(lost)}."
    beside = (
        f"{units.ratio(place.overall.estimate)} the base's time over the mix ({units.ratio_interval(place.overall)})"
    )
    if place.overall.low > 1:
        return f"`{place.variant}` meets the same targets and is slower: {beside}."
    return f"`{place.variant}` meets the same targets, and no difference in speed is shown: ~ {beside}."


def _why_not(place: Standing, chosen: Standing, weights: Mapping[str, float]) -> str:
    """Why a variant better than the base was not the one."""
    name, winner = f"`{place.variant}`", f"`{chosen.variant}`"
    if target_gain(chosen, place, weights) > 0:
        lost = [found for found in chosen.names("met") if found in place.names("missed", "unanswered")]
        return f"{name} would also help, but misses targets that {winner} meets: {_code_list(lost)}."
    if _is_shown_faster(chosen, place) and place.overall and chosen.overall:
        return (
            f"{name} would also help, but is slower over the mix: {units.ratio(place.overall.estimate)} "
            f"the base's time, {winner} {units.ratio(chosen.overall.estimate)}."
        )
    return f"{name} is as good within noise, and no cheaper: {_costs(place)}; {winner} {_costs(chosen)}."


def _costs(place: Standing) -> str:
    writes = f" and writes {_short(place.writes)}" if place.writes else ""
    return f"storage {units.ratio(place.storage_ratio)}{writes}"


def _short(value: Interval) -> str:
    return units.ratio(value.estimate) if _is_shown(value) else f"~ ({units.ratio_interval(value)})"


def _out(place: Standing) -> str:
    return f"`{place.variant}` is out: {'; '.join(place.objections[:3])}{_more(place.objections[3:])}."


def _more(rest: Sequence[str]) -> str:
    return f"; and {len(rest)} more" if rest else ""


def _code_list(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _overall_headline(engines: Sequence[EngineDecision]) -> str:
    if not engines:
        return "Cannot tell: nothing was measured."
    if len(engines) == 1:
        return engines[0].headline
    by_choice: dict[tuple[Choice, str], list[str]] = {}
    for engine in engines:
        by_choice.setdefault((engine.choice, engine.variant), []).append(engine.label)
    sentences = [_joint(choice, variant, labels) for (choice, variant), labels in by_choice.items()]
    joined = "; ".join(sentences)
    return f"{joined[0].upper()}{joined[1:]}."


def _joint(choice: Choice, variant: str, labels: Sequence[str]) -> str:
    where = " and ".join(labels) if len(labels) < 3 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    what = {"adopt": f"adopt `{variant}`", "keep the base": f"keep `{variant}`", "cannot tell": "cannot tell"}[choice]
    return f"{what} on {where}"


def _notes(run: Run, labels: Mapping[str, str]) -> list[str]:
    notes = []
    if not run.is_complete:
        notes.append("The run was interrupted or is still going: this rests on what had been measured.")
    for engine in run.engines:
        seen, total = len(answered_operations(engine)), len(run.design.workload.operations)
        if engine.variants and seen < total and not run.is_complete:
            notes.append(f"On {labels[engine.server.spec]} {seen} of the workload's {total} operations were measured.")
    return notes
