"""What a measurement is given: a loaded base for variants to grow on, and how to go about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.bench.traffic import Traffic
from lab.datagen import Generator
from lab.engines.engine import Engine, Server
from lab.model.design import Design
from lab.model.rule import Rule
from lab.model.run import Load, ServerInfo


@dataclass(frozen=True, slots=True)
class Settings:
    """`budget_seconds` is the time spent in timed rounds on one engine; a statement is cancelled after
    `timeout_seconds`."""

    budget_seconds: float = 30.0
    timeout_seconds: float = 10.0
    seed: int = 1
    stop: Mapping[str, Rule] = field(default_factory=dict)
    """Operations that are measured only until each variant is known to be slower than the base, or not; others for
    their share of the budget."""
    is_base_head: bool = False
    """Whether `stop` asks how much slower the base is than the variants, not they than it."""
    traffic: Traffic | None = None
    """The load to put each variant under after the rounds."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A server with the base loaded: what variants grow on."""

    engine: Engine
    server: Server
    design: Design
    generator: Generator
    load: Load
    info: ServerInfo
    own: Mapping[str, Generator] = field(default_factory=dict)
    """For operations whose parameters are drawn from other rows than the base's."""
