"""`audit.toml`: which rules are off, how grave the others are, and from where on they speak."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from lab.errors import LabError, did_you_mean
from lab.model.finding import SEVERITIES, Severity
from lab.model.schema import Position

FILE = "audit.toml"
_EXAMPLE = 'write it as list_states = "off", or split_wide_tables = { severity = "warning", most_columns = 80 }'


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project decided. `thresholds` maps a rule to the arguments of its `check`."""

    off: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    fail_on: Severity | None = None
    """From which severity on the command line exits with 1; None leaves it to the command line."""

    def is_off(self, rule: str) -> bool:
        return rule in self.off


DEFAULTS = Settings()


def thresholds_of(rule: ModuleType) -> dict[str, float]:
    """The thresholds a rule has, with their defaults."""
    parameters = inspect.signature(rule.check).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def read_settings(text: str, file: str, rules: Sequence[ModuleType]) -> Settings:
    """Settings as `audit.toml` says them. Raises LabError with file and line for what cannot be meant."""
    reading = _Reading(text, file, {rule.RULE: thresholds_of(rule) for rule in rules})
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{file}: not valid TOML: {error}", _EXAMPLE) from error
    reading.known(raw, ("fail_on", "rules"), "settings")
    fail_on = raw.get("fail_on")
    if fail_on is not None:
        fail_on = reading.severity("fail_on", fail_on)
    rules_raw = raw.get("rules", {})
    if not isinstance(rules_raw, dict):
        raise reading.error("rules", "rules is no table", "write [rules]")
    reading.known(rules_raw, reading.rules, "rules")
    wanted = [(name, *reading.rule(name, value)) for name, value in rules_raw.items()]
    return Settings(
        frozenset(name for name, severity, _ in wanted if severity == "off"),
        {name: severity for name, severity, _ in wanted if severity in SEVERITIES},
        {name: thresholds for name, _, thresholds in wanted if thresholds},
        fail_on,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    file: str
    rules: Mapping[str, Mapping[str, float]]

    def error(self, word: str, message: str, hint: str) -> LabError:
        """An error at the first line that holds the word."""
        lines = (number for number, line in enumerate(self.text.splitlines(), 1) if word in line.partition("#")[0])
        return LabError(f"{Position(self.file, next(lines, 1))}: {message}", hint)

    def known(self, given: Mapping[str, Any], names: Sequence[str] | Mapping[str, object], what: str) -> None:
        for name in given:
            if name not in names:
                raise self.error(name, f"there is no {what.removesuffix('s')} {name}", did_you_mean(name, names, what))

    def severity(self, name: str, value: Any, also: Sequence[str] = ()) -> Any:
        allowed = (*SEVERITIES, *also)
        if value not in allowed:
            raise self.error(name, f"{name} is {value!r}", f"write one of: {', '.join(allowed)}")
        return value

    def rule(self, name: str, value: Any) -> tuple[str | None, Mapping[str, float]]:
        """The severity ("off" included) and the thresholds of one rule."""
        if isinstance(value, str):
            return self.severity(name, value, ("off",)), {}
        if not isinstance(value, dict):
            raise self.error(name, f"{name} is {value!r}", _EXAMPLE)
        self.known(value, ("severity", *self.rules[name]), f"{name} settings")
        severity = self.severity(name, value["severity"], ("off",)) if "severity" in value else None
        thresholds = {key: each for key, each in value.items() if key != "severity"}
        for key, each in thresholds.items():
            if isinstance(each, bool) or not isinstance(each, int | float) or each < 0:
                raise self.error(
                    key, f"{key} of {name} is {each!r}", f"write a number, such as {self.rules[name][key]}"
                )
        return severity, thresholds
