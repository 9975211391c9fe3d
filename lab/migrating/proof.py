"""What `--verify` shows: there and back and there again, and beside the naive way under load."""

from __future__ import annotations

from dataclasses import dataclass

from lab.bench import Observer
from lab.engines import load_engine
from lab.migrate.postgres.naive import naive
from lab.migrating.planning import Planned
from lab.migrating.under_load import QUIET_SECONDS, Measured, UnderLoad, measure
from lab.migrating.verify import Verified, verify_on
from lab.provision import parse_spec, start

_SHORTEST, _LONGEST = 6.0, 60.0


@dataclass(frozen=True, slots=True)
class Proof:
    verified: Verified
    under_load: tuple[UnderLoad, ...] = ()

    @property
    def is_passed(self) -> bool:
        return self.verified.is_passed and not any(load.failed for load in self.under_load[:1])


def prove(planned: Planned, scale: float, seed: int, rate: float, observer: Observer) -> Proof:
    """Raises LabError when a step fails."""
    spec = parse_spec(planned.wanted.engine)
    engine = load_engine(spec.engine)
    observer.stage(f"{engine.title}: starting a server")
    with start(spec) as server:
        verified = verify_on(server, planned, scale, seed, observer)
        if not rate or not verified.is_passed or not engine.has_server or engine.name == "mongodb":
            return Proof(verified)
        phases = [step.phase == "contract" for step in planned.plan.steps]
        last = sum(took for (_, took), is_last in zip(verified.steps, phases, strict=True) if is_last)
        seconds = [_lasting(took) for took in (verified.ways[0].seconds - last, last)]
        plans = [("planned", planned.plan)]
        if engine.name == "postgres":
            plans.append(("naive", naive(planned.diff)))
        loads = measure(server, planned, Measured(plans, scale, seed, rate, *seconds), observer)
    return Proof(verified, tuple(loads))


def _lasting(seconds: float) -> float:
    """How long a load is to go on during what took so long without one."""
    return min(max(QUIET_SECONDS + 3 * seconds, _SHORTEST), _LONGEST)
