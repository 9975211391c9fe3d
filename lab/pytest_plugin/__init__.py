"""The lab as pytest-benchmark benchmarks: operations x variants x engines, one test each; see docs/pytest.md.

pytest loads this module in every run where the lab is installed, so all that is heavy is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lab.pytest_plugin.beds import Beds
    from lab.pytest_plugin.measuring import Benchmark, LabOperation

_FIXTURE = "lab_operation"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab", "database schema performance lab")
    several: dict[str, Any] = {"action": "append", "default": []}
    group.addoption("--lab-engine", help="In place of the engines a test names; may be repeated.", **several)
    group.addoption("--lab-variant", help="Only this variant; may be repeated.", **several)
    group.addoption("--lab-operation", help="Only this operation; may be repeated.", **several)
    group.addoption("--lab-scale", type=float, metavar="X", help="Rows, as a multiple of what data.toml says.")
    group.addoption("--lab-seed", type=int, default=1, metavar="N", help="The same seed makes the same data.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "lab(design, engines=, variants=, operations=, scale=): runs the test, which takes the fixture "
        f"{_FIXTURE}, for each operation of a design on each variant and engine.",
    )
    if config.getoption("lab_engine") or config.getoption("lab_scale") is not None:
        from lab.errors import LabError
        from lab.pytest_plugin.cases import check_options

        try:
            check_options(config)
        except LabError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if _FIXTURE not in metafunc.fixturenames:
        return
    from lab.errors import LabError
    from lab.pytest_plugin.cases import find_cases

    try:
        cases = find_cases(metafunc.config, metafunc.definition.get_closest_marker("lab"))
    except LabError as error:
        raise pytest.Collector.CollectError(f"{metafunc.definition.name}: {error}") from error
    metafunc.parametrize(_FIXTURE, cases, ids=[case.id for case in cases], indirect=True)


@pytest.fixture(scope="session")
def lab_beds(request: pytest.FixtureRequest) -> Iterator[Beds]:
    """The loaded servers, shared by all tests and by all workers of pytest-xdist."""
    from lab.pytest_plugin.beds import Beds

    with Beds(request.session) as beds:
        yield beds


@pytest.fixture
def lab_operation(request: pytest.FixtureRequest, benchmark: Benchmark, lab_beds: Beds) -> Iterator[LabOperation]:
    """One operation on one variant of a design, on an engine; `lab_operation.measure()` is the benchmark."""
    from lab.pytest_plugin.measuring import open_operation

    with open_operation(request, benchmark, lab_beds) as operation:
        yield operation
