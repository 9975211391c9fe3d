"""The SQL a rule proposes, in the source's own words: rules say it as PostgreSQL does, and so it is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import postgast

from lab.audit.fixes import mysql, prisma, sqlite
from lab.audit.shapes import INNODB
from lab.model.finding import Finding
from lab.model.schema import Schema

_VERBS = ("ALTER ", "CREATE ", "DROP ", "UPDATE ", "COMMENT ")
_SPOKEN: Mapping[str, Callable[[Any, Schema], str]] = {
    **dict.fromkeys(INNODB, mysql.spoken),
    "sqlite": sqlite.spoken,
}


def in_own_words(finding: Finding, schema: Schema, texts: Mapping[str, str]) -> Finding:
    """The finding with its fix as the schema's engine takes it, or as Prisma writes it where Prisma's schema is the
    source. What is no SQL stays as it is."""
    remarks = re.match(r"(?:--[^\n]*\n)*", finding.fix)
    before = remarks[0] if remarks else ""
    if not finding.fix.removeprefix(before).startswith(_VERBS):
        return finding
    is_prisma = finding.position is not None and finding.position.file.endswith(".prisma")
    if schema.provider not in _SPOKEN and not is_prisma:
        return finding
    try:
        trees = [statement.stmt for statement in postgast.parse(finding.fix).stmts]
    except postgast.PgQueryError:
        return finding
    if is_prisma and (said := prisma.spoken(trees, schema, texts)):
        return replace(finding, fix=said)
    if schema.provider not in _SPOKEN:
        return replace(finding, fix=f"in a migration: {finding.fix}")
    said = before + "\n".join(_SPOKEN[schema.provider](tree, schema) for tree in trees)
    said = _with_names_of_source(said, schema)
    return replace(finding, fix=f"in a migration: {said}" if is_prisma else said)


def _with_names_of_source(said: str, schema: Schema) -> str:
    """MySQL's indexes by the names they have in their tables, where the model had to give them others."""
    for loss in schema.losses:
        name = re.fullmatch(r"name (.+) of an index of .+", loss.what)
        called = re.match(r"called (.+): ", loss.consequence)
        if name and called:
            said = said.replace(f"`{called[1]}`", f"`{name[1]}`")
    return said
