"""Normal forms for a terminal of 80 columns, and as plain values for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from lab.model.schema import Table
from lab.normalize.evidence import Evidence
from lab.normalize.examine import Known, TableVerdict
from lab.normalize.judge import NormalForm
from lab.normalize.split import Judged, Split

_STYLES: dict[NormalForm, str] = {"none": "bold red", "1NF": "red", "2NF": "yellow", "3NF": "green", "BCNF": "green"}
_WORDS: dict[NormalForm, str] = {"none": "not in 1NF"}
_SHOWN = 8


def normal_forms_table(judged: Sequence[Judged], origin: str) -> RenderableType:
    """Each table's form, what keeps it from a higher one and on what evidence, and what it would be split into."""
    parts: list[RenderableType] = []
    for each in judged:
        parts += [_headline(each.verdict), *(Padding(line, (0, 0, 0, 2)) for line in _lines(each))]
    known = "declared keys and dependencies" + (f" and {origin}" if origin else "; no rows were looked at")
    return Group(*parts, "", Text(f"By {known}.", "dim"))


def _headline(verdict: TableVerdict) -> Text:
    form = verdict.judgement.form
    rows = f", {'the first ' * verdict.is_cut}{verdict.rows:,} rows" if verdict.rows is not None else ""
    return Text.assemble(
        (verdict.table.name, "bold"),
        ": ",
        (_WORDS.get(form, form), _STYLES[form]),
        (f" ({_keys(verdict)}{rows})", "dim"),
    )


def _keys(verdict: TableVerdict) -> str:
    if verdict.found_keys:
        return f"no key declared; {_listed(sorted(verdict.found_keys[0]))} is unique in its rows"
    if len(verdict.judgement.keys[0]) == len(verdict.table.columns) and not verdict.table.keys:
        return "no key"
    keys = [_listed(sorted(key)) for key in verdict.judgement.keys[:3]]
    return f"key{'s' * (len(keys) > 1)} {'; '.join(keys)}"


def _lines(judged: Judged) -> Iterator[Text]:
    verdict = judged.verdict
    for repeated in verdict.repeated:
        yield Text(f"{'breaks 1NF' if repeated.is_certain else 'perhaps not 1NF'}: {repeated.what}")
    for offence in verdict.judgement.offences:
        yield Text.assemble((f"breaks {offence.breaks}: ", "yellow"), str(offence.dependency))
        for known in verdict.known:
            if known.dependency.left == offence.dependency.left and known.dependency.right & offence.dependency.right:
                yield Text(f"  {_grounds(known)}", "dim")
    for dependency in verdict.refuted:
        yield Text(f"{dependency} holds in the first {verdict.rows:,} rows, and not in all: it does not count", "dim")
    for dependency in verdict.unasked:
        yield Text(f"{dependency} holds in the first {verdict.rows:,} rows; the others were not looked at", "dim")
    for known in verdict.snapshots:
        yield Text(f"deliberate? {known.dependency}: {known.snapshot}")
        yield Text(f"  it does not count; where it does, declare it: fd: {known.dependency}", "dim")
    for known in verdict.nearly:
        yield Text(f"nearly: {known.dependency}, but for {_contradicted(known)}")
        yield from (Text(f"  {line}", "dim") for line in _examples(known))
    yield from _split_lines(judged)


def _grounds(known: Known) -> str:
    rights = ", ".join(sorted(known.dependency.right))
    said = [f"declared at {known.declared_at}"] if known.declared_at else []
    said += [_weighed(each) for each in known.evidence[:1]]
    return f"{rights}: {'; '.join(said)}"


def _weighed(evidence: Evidence) -> str:
    if evidence.violations:
        return f"{evidence.violations:,} rows contradict it ({evidence.violation_share:.2%} of those that could)"
    if not evidence.pairs:
        return "no two rows are equal on its left, so rows say nothing of it"
    chance = f"; by accident 1 in 10^{-evidence.log10_chance:,.0f}" if evidence.log10_chance < -1 else ""
    return f"{evidence.pairs:,} pairs of rows in {evidence.classes:,} groups could contradict it, none does{chance}"


def _contradicted(known: Known) -> str:
    (evidence,) = known.evidence
    return (
        f"{evidence.violations:,} rows ({evidence.violation_share:.2%} of {evidence.grouped_rows:,} that could differ)"
    )


def _examples(known: Known) -> Iterator[str]:
    left = len(known.dependency.left)
    for one, other in known.values[:2]:
        yield f"{', '.join(one[:left])} is with {', '.join(one[left:])} and with {', '.join(other[left:])}"


def _split_lines(judged: Judged) -> Iterator[Text]:
    if isinstance(judged.split, str):
        if judged.verdict.judgement.offences:
            yield Text(f"stays whole: {judged.split}", "dim")
        return
    for table in (judged.split.slim, *judged.split.others):
        yield Text(f"-> {table.name} ({_columns(table)})", "cyan")
    yield from (Text(f"   {note}", "yellow") for note in judged.split.notes)
    if judged.is_checked:
        yield Text("   its rows were taken apart and joined again: they are the same", "dim")


def _columns(table: Table) -> str:
    key = table.primary_key.columns if table.primary_key else ()
    names = [f"{column.name}*" if column.name in key else column.name for column in table.columns]
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def plain(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The same as values JSON can hold, everything in a fixed order."""
    return [_plain(each) for each in judged]


def _plain(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "table": verdict.table.name,
        "form": verdict.judgement.form,
        "rows": verdict.rows,
        "keys": [sorted(key) for key in verdict.judgement.keys],
        "offences": [
            {"left": sorted(e.dependency.left), "right": sorted(e.dependency.right), "breaks": e.breaks}
            for e in verdict.judgement.offences
        ],
        "known": [_plain_known(known) for known in verdict.known],
        "nearly": [_plain_known(known) for known in verdict.nearly],
        "snapshots": [_plain_known(known) for known in verdict.snapshots],
        "repeated": [
            {"columns": list(e.columns), "what": e.what, "is_certain": e.is_certain} for e in verdict.repeated
        ],
        "split": _plain_split(judged.split),
        "is_checked": judged.is_checked,
    }


def _plain_known(known: Known) -> dict[str, Any]:
    evidence = dict(zip(sorted(known.dependency.right), known.evidence, strict=False))
    return {
        "left": sorted(known.dependency.left),
        "right": sorted(known.dependency.right),
        "declared_at": known.declared_at,
        "snapshot": known.snapshot,
        "evidence": evidence,
        "contradictions": known.values,
    }


def _plain_split(split: Split | str) -> dict[str, Any]:
    if isinstance(split, str):
        return {"tables": [], "notes": [split]}
    tables = [
        {
            "name": table.name,
            "columns": [column.name for column in table.columns],
            "key": list(table.primary_key.columns if table.primary_key else ()),
        }
        for table in (split.slim, *split.others)
    ]
    return {"tables": tables, "notes": list(split.notes)}
