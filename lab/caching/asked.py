"""What a user asks of a comparison of caches: what may be chosen, and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lab.errors import LabError, did_you_mean
from lab.model.change import BASE, Script, Variant
from lab.provision.spec import Spec, parse_spec

MOST_STALE = 0.05
"""Share of stale answers that is advised at most, unless a user says otherwise."""
STUDY_SECONDS = 12.0
"""How long what must run for a while in a study of Redis runs."""
_MADE = re.compile(r"^\s*CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)", re.I | re.M)
_VIEW = re.compile(r"^\s*CREATE MATERIALIZED VIEW\b", re.I | re.M)
_ROUTINES = re.compile(r"^\s*CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE|TRIGGER)\b.*", re.I | re.M | re.S)


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What a user may choose. `rate` None: so many requests a second that the slower connection would be busy for a
    third of the time. Each strategy is measured `rounds` times, in random order, for its part of `measured_seconds`,
    after running for as long as an answer is kept."""

    ttl_seconds: float = 5.0
    rate: float | None = None
    measured_seconds: float = 12.0
    rounds: int = 3
    connections: int = 8
    expiries: int = 8
    """Of the hottest key, while it is asked for without end."""
    in_front_of: str = BASE.name
    strategies: tuple[str, ...] = ()
    """Beside none; empty for all."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Reads that could be cached and shall not be, with why."""


@dataclass(frozen=True, slots=True)
class CacheBounds:
    """What the advisor may accept of a cache. `most_stale`: share of answers; `write_ratio`: time of the writes that
    touch what is kept, beside without."""

    most_stale: float = MOST_STALE
    write_ratio: float | None = None


def check_cache(text: str, specs: Sequence[Spec]) -> Spec:
    """The cache a user named. Raises LabError where it cannot be one, or nothing to cache was named."""
    cache = parse_spec(text)
    if cache.engine != "redis":
        raise LabError(f"{cache} is no cache the lab knows", "write --cache redis, or redis://host:6379")
    without_sql = [str(spec) for spec in specs if spec.engine in ("redis", "mongodb")]
    if without_sql:
        raise LabError(
            f"--cache goes in front of SQL, not of {without_sql[0]}", "write --engine postgres --cache redis"
        )
    return cache


def variants_beside(variants: Sequence[Variant], settings: CacheSettings, is_named: bool) -> tuple[Variant, ...]:
    """What is measured beside the cache, and built: the variant it is in front of, and its rivals, which are the
    variants a user named; else those that keep answers in a table of their own. Raises LabError for a variant there
    is not."""
    known = {variant.name: variant for variant in variants}
    if settings.in_front_of not in (BASE.name, *known):
        hint = did_you_mean(settings.in_front_of, [BASE.name, *known])
        raise LabError(f"there is no variant called {settings.in_front_of} to put a cache in front of", hint)
    return tuple(
        variant for variant in variants if is_named or variant.name == settings.in_front_of or _keeps_summaries(variant)
    )


def _keeps_summaries(variant: Variant) -> bool:
    texts = [text for change in variant.changes if isinstance(change, Script) for text in change.up.values()]
    return any(_VIEW.search(text) or _writes_by_trigger(text) for text in texts)


def _writes_by_trigger(text: str) -> bool:
    """Whether a table it makes is written by what it makes to be run by others."""
    routines = _ROUTINES.search(text)
    made = "|".join(_MADE.findall(text))
    written = rf"\b(?:INSERT INTO|REPLACE INTO|MERGE INTO|UPDATE)\s+\"?(?:{made})\b"
    return bool(routines and made and re.search(written, routines[0], re.I))
