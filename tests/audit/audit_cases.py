"""Schemas that rules find something in, and schemas they are silent about."""

from __future__ import annotations

import cases_of_checklist
import cases_of_keys
import cases_of_projects
import cases_of_types
import cases_of_words
from auditing import Case, Silence

_PARTS = (cases_of_checklist, cases_of_keys, cases_of_projects, cases_of_types, cases_of_words)

FOUND: tuple[Case, ...] = tuple(case for part in _PARTS for case in part.FOUND)
SILENT: tuple[Silence, ...] = tuple(case for part in _PARTS for case in part.SILENT)
