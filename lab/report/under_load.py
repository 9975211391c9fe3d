"""What happened under load, in sentences, for every way of printing it."""

from __future__ import annotations

from lab.model.traffic import LoadRun, RateSweep
from lab.report import units


def described(load: LoadRun) -> str:
    """What load it was: `open loop, 200 a second over 2 clients with 8 connections each, 10.1 s`."""
    clients = f"{load.clients} client{'s' if load.clients > 1 else ''}"
    seconds = units.seconds(load.duration_seconds)
    if load.rate is not None:
        connections = f"{load.connections} connections{' each' if load.clients > 1 else ''}"
        return f"open loop, {units.count(load.rate)} a second over {clients} with {connections}, {seconds}"
    think = f", thinking for {units.tick(units.seconds(load.think_seconds))}" if load.think_seconds else ""
    return f"closed loop, {clients}{think}, {seconds}"


def rate_words(sweep: RateSweep) -> str:
    """The highest rate that met every target: `1,200`, `at least 1,200` where the clients were the limit or nothing
    missed, `below 0.5`."""
    if sweep.highest_met is None:
        return f"below {units.count(sweep.lowest_missed)}" if sweep.lowest_missed else "cannot tell"
    is_bound = sweep.is_client_limited or sweep.lowest_missed is None
    return f"{'at least ' if is_bound else ''}{units.count(round(sweep.highest_met, 1))}"


def limit_words(sweep: RateSweep) -> str:
    """What gave way at the lowest rate that was too high."""
    if sweep.lowest_missed is None:
        return "no rate that was tried was too high"
    at = f"at {units.count(round(sweep.lowest_missed, 1))} a second"
    if sweep.is_client_limited:
        return f"{at} the clients could not go on, so {sweep.first_broken} missed its target"
    return f"{at} {sweep.first_broken} missed its target"


def doubts_of(load: LoadRun) -> list[str]:
    """What to keep in mind of a load."""
    found = list(load.warnings)
    if not load.is_complete:
        found.append("it was cut short")
    unsent = sum(operation.unsent for operation in load.operations)
    if unsent:
        found.append(f"{units.count(unsent)} requests were never sent: the variant could not keep up")
    found += [
        f"`{operation.name}` failed {units.count(operation.errors)} times: {operation.first_error}"
        for operation in load.operations
        if operation.errors
    ]
    if load.response and load.lag and load.rate is not None and load.lag.p99 > 0.5 * load.response.p99:
        found.append(
            f"the clients' own delay is much of it: p99 {units.seconds(load.lag.p99)} before a request was sent"
        )
    return found
