"""The loaded servers of a test run: one for each design, engine and scale, whatever the number of workers."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from lab.bench.single import opened, own_copy
from lab.engines.engine import Database
from lab.errors import LabError
from lab.keeper import Kept, Request, joined
from lab.model.change import BASE
from lab.pytest_plugin.cases import Case, cases_of, design_of

TIMEOUT_SECONDS = 10.0
_Key = tuple[Path, str, float]


class Beds:
    """Each is joined when the first test needs it, and left at the end of the session."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._id = _run_id(session.config)
        self._kept: dict[_Key, Kept] = {}
        self._errors: dict[_Key, LabError] = {}
        self._reading: dict[tuple[_Key, str], Database] = {}
        self._joined = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._joined.close()

    def kept(self, case: Case) -> Kept:
        """Raises LabError, the same again for each test that needs what there is not."""
        key = _key(case)
        if key in self._errors:
            raise self._errors[key]
        if key not in self._kept:
            try:
                self._kept[key] = self._join(case)
            except LabError as error:
                self._errors[key] = error
                raise
        return self._kept[key]

    def _join(self, case: Case) -> Kept:
        config = self._session.config
        used = [other.variant for other in cases_of(self._session) if _key(other) == _key(case)]
        variants = tuple(dict.fromkeys((BASE.name, *used)))
        request = Request(case.design, case.engine, variants, case.scale, config.getoption("lab_seed"))
        return self._joined.enter_context(joined(request, design_of(config, case.design), self._id))

    def reading(self, case: Case, variant: str) -> Database:
        """A connection to the copy of a variant that all readers share; kept for the tests to come."""
        key = (_key(case), variant)
        if key not in self._reading:
            kept = self.kept(case)
            name = kept.copies[variant].reading
            self._reading[key] = self._joined.enter_context(opened(kept.bed, name, TIMEOUT_SECONDS))
        return self._reading[key]

    def writing(self, case: Case, stack: ExitStack) -> Database:
        """A connection to a copy of the test's own, dropped when `stack` closes."""
        kept = self.kept(case)
        name = stack.enter_context(own_copy(kept.bed, kept.copies[case.variant], kept.clone_lock))
        return stack.enter_context(opened(kept.bed, name, TIMEOUT_SECONDS))


def _key(case: Case) -> _Key:
    return case.design, case.engine, case.scale


def _run_id(config: pytest.Config) -> str:
    """The same in all workers of one run of pytest-xdist, and in no other run."""
    worker = getattr(config, "workerinput", None)
    return str(worker["testrunuid"]) if worker else uuid.uuid4().hex
