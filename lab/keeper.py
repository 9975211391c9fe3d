"""A loaded server shared by several processes: one process keeps it for as long as any of its users lives.

The keeper is a process of its own, because a server goes when the process that started it does, and among the workers
of a test run any may end first, or be killed. It looks after its users by process id: when the last has left, or died,
it stops the server and goes. A keeper that is killed itself is swept like any owner of a lease.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil
from filelock import FileLock
from pydantic import TypeAdapter

from lab import pipeline
from lab.bench.bed import Bed
from lab.bench.single import Copy, build_copies
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import Interrupted, LabError
from lab.model.change import BASE
from lab.model.design import Design
from lab.model.run import Load, ServerInfo
from lab.provision import parse_spec, start
from lab.provision.leases import is_running, state_folder

_LOOK_SECONDS = 0.2
_LEAVE_SECONDS = 60.0


class Unavailable(LabError):
    """There is no such server here: what a machine lacks, not a mistake in the design."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be kept: a design's variants on an engine's server."""

    design: Path
    spec: str
    variants: tuple[str, ...]
    scale: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    created: float

    def lives(self) -> bool:
        return is_running(self.pid, self.created)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a keeper tells its users: what it keeps, or why it keeps nothing."""

    server: Server | None = None
    load: Load | None = None
    info: ServerInfo | None = None
    copies: tuple[Copy, ...] = ()
    error: str = ""
    hint: str = ""
    is_unavailable: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The shared bed, as one user sees it."""

    bed: Bed
    copies: dict[str, Copy]
    clone_lock: FileLock
    """Held while a copy of one is made."""


_REQUEST = TypeAdapter(Request)
_PROCESS = TypeAdapter(_Process)
_OUTCOME = TypeAdapter(_Outcome)
_started: list[subprocess.Popen[bytes]] = []
"""Held to the interpreter's end: a Popen that goes while its process runs warns, and that process outlives us."""


# A user's side


@contextmanager
def joined(request: Request, design: Design, session: str) -> Iterator[Kept]:
    """What the session's keeper keeps for a request; the first user starts it, the last waits until it is gone.

    Raises Unavailable when there is no such server here, LabError for what is wrong with the design.
    """
    place = _Place.of(request, session)
    place.enter(request)
    try:
        yield _as_kept(place, request, design)
    finally:
        place.leave()


def _as_kept(place: _Place, request: Request, design: Design) -> Kept:
    outcome = place.wait()
    if outcome.server is None or outcome.load is None or outcome.info is None:
        raise (Unavailable if outcome.is_unavailable else LabError)(outcome.error, outcome.hint)
    generator = Generator(design.schema, design.data, request.scale, request.seed)
    engine = load_engine(outcome.server.engine)
    bed = Bed(engine, outcome.server, design, generator, outcome.load, outcome.info)
    lock = FileLock(place.folder / "clone.lock")
    return Kept(bed, {copy.variant: copy for copy in outcome.copies}, lock)


class _Place:
    """The folder through which users and keeper speak: request, users, keeper, outcome."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._users = folder / "users"
        self._keeper = folder / "keeper.json"
        self._outcome = folder / "outcome.json"
        self._lock = FileLock(folder.parent / ".lock")
        self._mine = self._users / f"{os.getpid()}.json"

    @classmethod
    def of(cls, request: Request, session: str) -> _Place:
        parts = f"{session}\n{request.design.resolve()}\n{request.spec}\n{request.scale}\n{request.seed}"
        shared = state_folder() / "shared"
        shared.mkdir(parents=True, exist_ok=True)
        return cls(shared / hashlib.sha256(parts.encode()).hexdigest()[:16])

    def enter(self, request: Request) -> None:
        with self._lock:
            _sweep(self.folder.parent)
            self._users.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)  # the outcome holds the server's password
            self._mine.write_bytes(_PROCESS.dump_json(_own_process()))
            if not self._keeper.exists():
                (self.folder / "request.json").write_bytes(_REQUEST.dump_json(request))
                self._start()

    def _start(self) -> None:
        with (self.folder / "keeper.log").open("wb") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "lab.keeper", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is for its users, whose leaving then ends it
            )
        _started.append(keeper)
        process = _Process(keeper.pid, psutil.Process(keeper.pid).create_time())
        self._keeper.write_bytes(_PROCESS.dump_json(process))

    def request(self) -> Request:
        return _REQUEST.validate_json((self.folder / "request.json").read_bytes())

    def wait(self) -> _Outcome:
        """Raises LabError with the keeper's last words when it dies without an outcome."""
        while not self._outcome.exists():
            if not self.is_kept() and not self._outcome.exists():
                log = (self.folder / "keeper.log").read_text(errors="replace").strip().splitlines()
                raise LabError(f"the process that keeps the server ended: {(log or ['it gave no reason'])[-1]}")
            time.sleep(_LOOK_SECONDS / 4)
        return _OUTCOME.validate_json(self._outcome.read_bytes())

    def tell(self, outcome: _Outcome) -> None:
        draft = self.folder / ".outcome.json"
        draft.touch(mode=0o600)
        draft.write_bytes(_OUTCOME.dump_json(outcome))
        draft.replace(self._outcome)

    def is_kept(self) -> bool:
        try:
            return _PROCESS.validate_json(self._keeper.read_bytes()).lives()
        except FileNotFoundError:
            return False

    def has_users(self) -> bool:
        return any(_PROCESS.validate_json(path.read_bytes()).lives() for path in self._users.glob("*.json"))

    def close_if_unused(self) -> bool:
        """Takes the folder away when no user is left, so that whoever comes now starts a keeper anew."""
        with self._lock:
            if self.has_users():
                return False
            shutil.rmtree(self.folder, ignore_errors=True)
            return True

    def leave(self) -> None:
        with self._lock:
            self._mine.unlink(missing_ok=True)
            if self.has_users():
                return
            try:
                keeper = _PROCESS.validate_json(self._keeper.read_bytes())
            except FileNotFoundError:
                return
        deadline = time.monotonic() + _LEAVE_SECONDS
        while keeper.lives() and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS / 4)
        self.close_if_unused()


def _own_process() -> _Process:
    return _Process(os.getpid(), psutil.Process().create_time())


def _sweep(shared: Path) -> None:
    """Folders whose users and keeper are all gone, killed together."""
    for folder in shared.iterdir():
        if folder.is_dir() and not (place := _Place(folder)).is_kept() and not place.has_users():
            shutil.rmtree(folder, ignore_errors=True)


# The keeper's side


class _Abandoned(Exception):
    """Nobody waits any more."""


class _Watching:
    """Looks, as the load goes on, whether anybody still waits for it."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._next = 0.0

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        self.advance(0)

    def advance(self, amount: float, note: str = "") -> None:
        if time.monotonic() > self._next:
            self._next = time.monotonic() + _LOOK_SECONDS
            if not self._place.has_users():
                raise _Abandoned


def keep(folder: Path) -> None:
    """Starts, loads, and keeps until nobody uses it."""
    place = _Place(folder)
    request = place.request()
    is_started = False
    try:
        design = read_design(request.design)
        with start(parse_spec(request.spec)) as server:
            is_started = True
            place.tell(_loaded(place, request, design, server))
            while not place.close_if_unused():
                time.sleep(_LOOK_SECONDS)
    except LabError as error:
        place.tell(_Outcome(error=error.message, hint=error.hint, is_unavailable=not is_started))
    except _Abandoned:
        place.close_if_unused()


def _loaded(place: _Place, request: Request, design: Design, server: Server) -> _Outcome:
    known = {variant.name: variant for variant in (BASE, *design.variants)}
    variants = [known[name] for name in request.variants]
    generator = Generator(design.schema, design.data, request.scale, request.seed)
    changed = [variant for variant in variants if variant is not BASE]
    bed = pipeline.prepare_bed(server, design, changed, generator, _Watching(place))
    return _Outcome(server, bed.load, bed.info, tuple(build_copies(bed, variants)))


def _stop(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def main(arguments: Sequence[str]) -> None:
    signal.signal(signal.SIGTERM, _stop)
    try:
        keep(Path(arguments[0]))
    except Interrupted:
        sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1:])
