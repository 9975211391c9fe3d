"""A migration as files: one step each, numbered, with its way up and down in dbmate's convention
(github.com/amacneil/dbmate), read back with checksums."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from lab.errors import LabError
from lab.migrate.postgres import review
from lab.migrate.step import PHASES, Phase, Plan, Step, Way

_NAME = re.compile(r"(\d+)_(?:(expand|migrate|contract)_)?(\w+)\.sql")
_MARK = re.compile(r"^-- migrate:(up|down)([^\n]*)$", re.MULTILINE)
_NOTHING = "-- nothing to do in this direction"
_ENGINE = re.compile(r"^-- engine: (\w+)$", re.MULTILINE)
_SERVES = re.compile(r"^-- undone with the step before it, whether it ran or not$", re.MULTILINE)
_LOSES = re.compile(r"^-- loses: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. A way without a statement is empty text; `is_atomic` says of up and down whether a transaction holds
    it."""

    number: int
    name: str
    phase: Phase
    title: str
    up: str
    down: str
    is_atomic: tuple[bool, bool]
    loses: str
    serves_before: bool
    engine: str
    checksum: str


def migrations(plan: Plan) -> list[Migration]:
    """The steps of a plan as their files say them."""
    return [
        read_text(file_name(number, each), file_text(each, plan.engine)) for number, each in enumerate(plan.steps, 1)
    ]


def file_name(number: int, step: Step) -> str:
    slug = re.sub(r"\W+", "_", step.title).strip("_").lower()[:60].rstrip("_")
    return f"{number:04}_{step.phase}_{slug}.sql"


def file_text(step: Step, engine: str) -> str:
    head = [f"-- {step.title}", f"-- engine: {engine}"]
    head.append(f"-- lock: {step.up.lock}; keeps waiting: {step.up.lock.blocks}")
    head.append(f"-- loses: {step.loses}" if step.loses else "-- reversible: yes")
    if step.note:
        head.append(f"-- note: {step.note}")
    if step.serves == "before":
        head.append("-- undone with the step before it, whether it ran or not")
    if engine == "postgres":
        head += review.comments(step)
    step = timed(step, engine)
    return "\n".join([*head, *_way("up", step.up), *_way("down", step.down)]) + "\n"


def timed(step: Step, engine: str) -> Step:
    """The step with how long it may wait, where a file says that."""
    return replace(step, up=_timed(step.up), down=_timed(step.down)) if engine == "postgres" else step


def _timed(way: Way) -> Way:
    return replace(way, sql=(*review.TIMEOUTS, *way.sql)) if way.is_atomic and way.sql else way


def _way(direction: str, way: Way) -> Iterator[str]:
    yield f"-- migrate:{direction}{'' if way.is_atomic else ' transaction:false'}"
    yield from (f"{sql.rstrip().rstrip(';')};" for sql in way.sql)
    if not way.sql:
        yield _NOTHING


def write(plan: Plan, folder: Path) -> list[Path]:
    """One file a step. Raises LabError when there are migrations in the folder already."""
    there = [path for path in folder.glob("*.sql") if _NAME.fullmatch(path.name)] if folder.is_dir() else []
    if there:
        raise LabError(f"{folder} holds migrations already, such as {there[0].name}", "name an empty folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, step in enumerate(plan.steps, 1):
        paths.append(folder / file_name(number, step))
        paths[-1].write_text(file_text(step, plan.engine))
    return paths


def read(folder: Path) -> list[Migration]:
    """Raises LabError when there are none, two have one number, or one has no way up or down."""
    if not folder.is_dir():
        raise LabError(f"there is no folder {folder}", "name the folder `lab migrate FROM TO --out FOLDER` wrote")
    found = sorted(path for path in folder.glob("*.sql") if _NAME.fullmatch(path.name))
    if not found:
        raise LabError(
            f"{folder} holds no migrations",
            "they are called 0001_expand_….sql; `lab migrate FROM TO --out FOLDER` writes them",
        )
    made = [read_text(str(path), path.read_text(encoding="utf-8")) for path in found]
    for one, other in pairwise(made):
        if one.number == other.number:
            raise LabError(f"{one.name} and {other.name} have one number", "rename one of them")
    return made


def read_text(file: str, text: str) -> Migration:
    marks = list(_MARK.finditer(text))
    match = _NAME.fullmatch(Path(file).name)
    if match is None or [mark[1] for mark in marks] != ["up", "down"]:
        raise LabError(f"{file}:1: a migration needs `-- migrate:up`, then `-- migrate:down`", "write both")
    up, down = marks
    texts = (text[up.end() : down.start()], text[down.end() :])
    loses, engine = _LOSES.search(text), _ENGINE.search(text)
    title = text.partition("\n")[0].removeprefix("-- ")
    return Migration(
        int(match[1]),
        Path(file).stem,
        match[2] if match[2] in PHASES else "expand",
        title,
        _body(texts[0]),
        _body(texts[1]),
        ("transaction:false" not in up[2], "transaction:false" not in down[2]),
        loses[1] if loses else "",
        _SERVES.search(text) is not None,
        engine[1] if engine else "",
        checksum(text),
    )


def _body(text: str) -> str:
    found = text.strip()
    return "" if found == _NOTHING else found


def checksum(text: str) -> str:
    """Of what runs: blanks at the ends of lines do not count."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def set_checksum(found: Sequence[Migration]) -> str:
    return checksum("\n".join(each.checksum for each in found))
