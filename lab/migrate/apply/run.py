"""Migrations run in order, each whole or not at all where the product can; from where it stopped where it cannot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lab.errors import LabError, did_you_mean
from lab.migrate.apply.session import Entry, Session
from lab.migrate.folder import Migration

ATTEMPTS = 60
_LONGEST_PAUSE_SECONDS = 2.0

OnStep = Callable[[Migration, str, float], None]
"""Gets a migration that is done, `up` or `down`, and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration as `status` tells it."""

    number: int
    name: str
    state: str
    finished_at: str = ""


def apply(
    session: Session,
    found: Sequence[Migration],
    to: int | None = None,
    allows_data_loss: bool = False,
    on_step: OnStep = lambda *_: None,
) -> int:
    """Runs what is pending, up to number `to`. Returns how many ran.

    Raises LabError when a file was changed after it ran, when one loses data and that is not allowed, and what the
    database refuses: what ran before it stays, and the next call goes on from there.
    """
    _check_engine(session, found)
    with session.errors(), session.alone():
        history = session.history()
        _check_history(history, found)
        pending = _pending(history, found, to)
        _check_loss(pending, allows_data_loss)
        with session.transaction() if session.is_whole and pending else nullcontext():
            for each in pending:
                entry = history.get(each.number)
                if entry is not None and entry.state == "going down":
                    _run(session, each, "down", entry, lambda *_: None)
                    entry = None
                _run(session, each, "up", entry, on_step)
    return len(pending)


def rollback(session: Session, found: Sequence[Migration], to: int, on_step: OnStep = lambda *_: None) -> int:
    """Undoes all above number `to`, the last first. Raises LabError as `apply` does. Returns how many were undone."""
    _check_engine(session, found)
    with session.errors(), session.alone():
        history = session.history()
        _check_history(history, found)
        if to and to not in {each.number for each in found}:
            raise LabError(f"there is no migration {to}", did_you_mean(str(to), [str(m.number) for m in found]))
        undone = _undone(history, found, to)
        with session.transaction() if session.is_whole and undone else nullcontext():
            for each in reversed(undone):
                if each.number not in history:
                    _run(session, each, "up", None, lambda *_: None)
            for each in undone:
                entry = history.get(each.number)
                if entry is not None and entry.state == "going up":
                    _finish_before_undoing(session, each, entry)
                _run(session, each, "down", entry, on_step)
    return len(undone)


def status(session: Session, found: Sequence[Migration]) -> list[Applied]:
    with session.errors():
        history = session.history()
    rows = []
    for each in found:
        entry = history.get(each.number)
        if entry is None:
            rows.append(Applied(each.number, each.name, "pending"))
        else:
            changed = entry.checksum != each.checksum
            rows.append(Applied(each.number, each.name, "changed since" if changed else entry.state, entry.finished_at))
    return rows


def _check_engine(session: Session, found: Sequence[Migration]) -> None:
    other = next((each.engine for each in found if each.engine and each.engine != session.engine), None)
    if other:
        raise LabError(
            f"these migrations are written for {other}, the database is {session.engine}",
            f"plan them anew with --engine {session.engine}",
        )


def _check_history(history: Mapping[int, Entry], found: Sequence[Migration]) -> None:
    known = {each.number: each for each in found}
    for number, entry in history.items():
        if number not in known:
            raise LabError(
                f"the database has run {entry.name}, which is not in the folder",
                "put the file back, or name the folder it is in",
            )
        if entry.checksum != known[number].checksum:
            raise LabError(
                f"{entry.name} was changed after it had run",
                "put it back as it was, and write a new migration for what is new",
            )


def _check_loss(pending: Sequence[Migration], allows_data_loss: bool) -> None:
    lost = [each for each in pending if each.loses]
    if lost and not allows_data_loss:
        raise LabError(
            f"{lost[0].name} loses {lost[0].loses}",
            "say --allow-data-loss, or stop before it: --to " + str(lost[0].number - 1),
        )


def _pending(history: Mapping[int, Entry], found: Sequence[Migration], to: int | None) -> list[Migration]:
    def is_done(number: int) -> bool:
        return number in history and history[number].state == "applied"

    return [each for each in found if not is_done(each.number) and (to is None or each.number <= to)]


def _undone(history: Mapping[int, Entry], found: Sequence[Migration], to: int) -> list[Migration]:
    """What ran, the last first; and what follows it for the sake of its way back, which is to be run beforehand: up, it
    takes away no more than a rollback that was stopped may have left."""
    last = max(history, default=0)
    for each in found:
        if each.number == last + 1 and each.serves_before:
            last = each.number
    return [each for each in reversed(found) if to < each.number <= last]


def _finish_before_undoing(session: Session, migration: Migration, entry: Entry) -> None:
    """Statements of a migration that stopped half-way are completed first: its way down undoes a whole one."""
    _run(session, migration, "up", entry, lambda *_: None)


def _run(session: Session, migration: Migration, direction: str, entry: Entry | None, on_step: OnStep) -> None:
    is_up = direction == "up"
    text = migration.up if is_up else migration.down
    is_atomic = migration.is_atomic[not is_up] and session.has_atomic_ddl
    begun = time.monotonic()
    made = Entry(migration.number, migration.name, migration.checksum, "going up" if is_up else "going down")
    if is_atomic:
        _run_atomic(session, text, made, is_up)
    else:
        is_resumed = entry is not None and entry.state == made.state
        done = entry.statements if is_resumed and entry else 0
        _run_piecemeal(session, text, replace(made, statements=done), is_resumed)
    on_step(migration, direction, time.monotonic() - begun)


def _run_atomic(session: Session, text: str, made: Entry, is_up: bool) -> None:
    """Tried again when a lock is not to be had quickly: whoever waits for one keeps everybody behind it waiting."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with session.transaction():
                for sql in session.statements(text):
                    session.execute(sql)
                _finish(session, made, is_up)
            return
        except LabError as error:
            if not session.is_waited_for(error) or attempt == ATTEMPTS:
                raise _said(error, made) from error
        time.sleep(min(0.02 * 1.3**attempt, _LONGEST_PAUSE_SECONDS))


def _run_piecemeal(session: Session, text: str, made: Entry, is_resumed: bool) -> None:
    """Statement by statement, the history saying beforehand which one is under way."""
    try:
        with session.errors():
            for place, sql in enumerate(session.statements(text)):
                if place >= made.statements:
                    session.note(replace(made, statements=place))
                    (session.redo if is_resumed and place == made.statements else session.execute)(sql)
            _finish(session, made, is_up=made.state == "going up")
    except LabError as error:
        raise _said(error, made) from error


def _finish(session: Session, made: Entry, is_up: bool) -> None:
    if is_up:
        session.note(replace(made, state="applied", finished_at=datetime.now(UTC).isoformat(timespec="seconds")))
    else:
        session.forget(made.number)


def _said(error: LabError, made: Entry) -> LabError:
    hint = (
        error.hint or "what ran before it stays; mend the cause and run it again, or undo it all with --rollback --to 0"
    )
    return type(error)(f"{made.name} stopped: {error.message}", hint)
