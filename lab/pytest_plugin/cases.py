"""Which tests there are: a marker's operations x variants x engines, narrowed by the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.design import read_design
from lab.errors import LabError
from lab.model.change import BASE
from lab.model.design import Design
from lab.pipeline import check_names
from lab.provision import parse_spec

_SCALE = 0.1
_REMEDY = 'write @pytest.mark.lab("schemas/shop", engines=["sqlite"], variants=["base"]) above the test'
_designs = pytest.StashKey[dict[Path, Design]]()


@dataclass(frozen=True, slots=True)
class Case:
    """One test: an operation on a variant on an engine."""

    design: Path
    engine: str
    """A spec as `lab compare` takes it."""
    variant: str
    operation: str
    scale: float

    @property
    def shown_engine(self) -> str:
        """Without the password an address may hold."""
        return str(parse_spec(self.engine))

    @property
    def id(self) -> str:
        return f"{self.operation}-{self.shown_engine}-{self.variant}"

    @property
    def title(self) -> str:
        return f"{self.operation}[{self.shown_engine}-{self.variant}]"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A marker's arguments."""

    design: str | Path
    engines: Sequence[str] = ("sqlite", "postgres")
    variants: Sequence[str] = ()
    """Empty for all, the base among them."""
    operations: Sequence[str] = ()
    """Empty for all."""
    scale: float = _SCALE


def check_options(config: pytest.Config) -> None:
    """Raises LabError for an engine there is not, or a scale of no size."""
    for engine in config.getoption("lab_engine"):
        parse_spec(engine)
    scale = config.getoption("lab_scale")
    if scale is not None and not 0 < scale < float("inf"):
        raise LabError(f"--lab-scale must be a number above 0, not {scale:g}", "write --lab-scale 0.1 for a tenth")


def find_cases(config: pytest.Config, marker: pytest.Mark | None) -> list[Case]:
    """Variants of an operation are neighbours, so that little time lies between them.

    Raises LabError for a design, engine, variant or operation there is not.
    """
    if not config.pluginmanager.hasplugin("benchmark"):
        raise LabError(
            "the lab's tests need pytest-benchmark, which is not there",
            "run `pip install 'schema-performance-lab[pytest]'`",
        )
    asked = _asked(marker)
    folder = config.rootpath / asked.design
    design = design_of(config, folder)
    engines: Sequence[str] = config.getoption("lab_engine") or asked.engines
    for engine in engines:
        parse_spec(engine)
    known = [BASE.name, *(variant.name for variant in design.variants)]
    variants = _narrowed("variant", known, asked.variants, config.getoption("lab_variant"))
    known = [operation.name for operation in design.workload.operations]
    operations = _narrowed("operation", known, asked.operations, config.getoption("lab_operation"))
    given = config.getoption("lab_scale")
    scale = asked.scale if given is None else given
    return [
        Case(folder, engine, variant, operation, scale)
        for engine in dict.fromkeys(engines)
        for operation in operations
        for variant in variants
    ]


def _asked(marker: pytest.Mark | None) -> _Asked:
    if marker is None:
        raise LabError("the test names no design", _REMEDY)
    try:
        asked = _Asked(*marker.args, **marker.kwargs)
    except TypeError as error:
        raise LabError(f"@pytest.mark.lab: {str(error).partition(') ')[2] or error}", _REMEDY) from error
    for name in ("engines", "variants", "operations"):
        if isinstance(value := getattr(asked, name), str):
            raise LabError(f'@pytest.mark.lab: {name} is a list, not "{value}"', f'write {name}=["{value}"]')
    return asked


def _narrowed(kind: str, known: Sequence[str], named: Sequence[str], options: Sequence[str]) -> list[str]:
    """The known names that a marker and the command line leave; an empty list of theirs leaves all."""
    check_names(kind, named, known)
    check_names(kind, options, known)
    return [name for name in known if (not named or name in named) and (not options or name in options)]


def design_of(config: pytest.Config, folder: Path) -> Design:
    """Read once a session. Raises LabError with file and line."""
    designs = config.stash.setdefault(_designs, {})
    if folder not in designs:
        designs[folder] = read_design(folder)
    return designs[folder]


def cases_of(session: pytest.Session) -> Iterator[Case]:
    """Those that will run."""
    for item in session.items:
        callspec = getattr(item, "callspec", None)
        for value in callspec.params.values() if callspec else ():
            if isinstance(value, Case):
                yield value
