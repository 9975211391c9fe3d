"""What the command line says of load, as `Traffic`, and of a cache, as `CacheSettings`."""

from __future__ import annotations

import re
from dataclasses import replace

from lab.bench import MOST_CLIENTS, Traffic
from lab.caching import MOST_STALE, STUDY_SECONDS, CacheSettings
from lab.errors import LabError
from lab.model.change import BASE

_HIGHEST_CACHE_RATE = 2000
"""More than the one client process can send."""
_UNITS = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0}


def read_traffic(
    clients: int | None, rate: float | None, think: str, duration: str, is_sweep: bool, budget_seconds: float
) -> Traffic | None:
    """The load a user asked for; None when nothing says that there should be one. Raises LabError for what cannot be,
    or does not go together."""
    if not (clients is not None or rate is not None or think or duration or is_sweep):
        return None
    if clients is not None and not 1 <= clients <= MOST_CLIENTS:
        raise LabError(f"--clients must be from 1 to {MOST_CLIENTS}, not {clients}", "write --clients 4")
    if rate is not None and not 0 < rate < 1e6:
        raise LabError(f"--rate must be above 0 and below a million, not {rate:g}", "write --rate 200")
    if rate is not None and is_sweep:
        raise LabError("--rate-sweep looks for the rate that --rate gives", "leave one of the two out")
    if think and (rate is not None or is_sweep):
        raise LabError(
            "--think is for clients that wait for their answers; with a rate, requests start when they are meant to",
            "leave out --think",
        )
    return Traffic(
        clients or 1,
        rate,
        read_seconds("--think", think) if think else 0.0,
        read_seconds("--duration", duration) if duration else 10.0,
        budget_seconds if is_sweep else 0.0,
    )


def read_caching(cache: str, ttl: str, in_front_of: str, rate: float | None, duration: str) -> CacheSettings | None:
    """How a cache is to be compared; None where none was asked for. Raises LabError for what cannot be."""
    if not cache:
        if ttl or in_front_of:
            option = "--cache-ttl" if ttl else "--in-front-of"
            raise LabError(f"{option} says nothing without a cache", "add --cache redis")
        return None
    if rate is not None and not 1 <= rate <= _HIGHEST_CACHE_RATE:
        raise LabError(
            f"with --cache, --rate must be from 1 to {_HIGHEST_CACHE_RATE:,}, not {rate:g}", "write --rate 200"
        )
    settings = CacheSettings(rate=rate, in_front_of=in_front_of or BASE.name)
    if ttl:
        settings = replace(settings, ttl_seconds=read_seconds("--cache-ttl", ttl))
    if duration:
        settings = replace(settings, measured_seconds=read_seconds("--duration", duration))
    return settings


def read_most_stale(cache: str, text: str, rate: float | None) -> float:
    """The share of stale answers that may be advised: 2% or 0.02. Raises LabError for what is none, and for options
    that say nothing without a cache."""
    for option, is_given in (("--most-stale", bool(text)), ("--rate", rate is not None)):
        if is_given and not cache:
            raise LabError(f"{option} says nothing without a cache", "add --cache redis")
    if not text:
        return MOST_STALE
    match = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+)\s*(%?)", text.strip())
    share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= share <= 1:
        raise LabError(f"cannot read --most-stale {text}", "write it as --most-stale 2%")
    return share


def read_study_seconds(duration: str) -> float:
    """How long a study that needs a while runs. Raises LabError for what is no time."""
    return read_seconds("--duration", duration) if duration else STUDY_SECONDS


def refuse_load(beside: str, clients: int | None, think: str, is_sweep: bool) -> None:
    """Raises LabError for options of a load that a comparison of caches does not have."""
    for option, is_given in (("--clients", clients is not None), ("--think", think), ("--rate-sweep", is_sweep)):
        if is_given:
            raise LabError(f"{option} does not go with {beside}, which brings a load of its own", f"leave out {option}")


def read_seconds(option: str, text: str) -> float:
    """10ms, 1.5s, 2m, or plain seconds. Raises LabError for anything else, and for nothing or less."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)", text.strip().lower().replace("µ", "u"))
    if not match or match[2] not in _UNITS or not float(match[1]):
        raise LabError(f"cannot read {option} {text}", f"write it as {option} 10ms, {option} 1.5s or {option} 2m")
    return float(match[1]) * _UNITS[match[2]]
