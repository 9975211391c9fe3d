"""The steps as files of other tools: a table, one function each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.step import Plan, Way

_PARAMETER = re.compile(r"(?<![:\w\\]):([\w$]+)(?![:\w$])")
_ALEMBIC = '''"""{title}

Revision ID: {revision}
Revises: {before}
"""

from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{back}
'''


def write_as(kind: str, plan: Plan, home: Path) -> list[Path]:
    """Writes every step to a new folder. Raises LabError when it holds anything already."""
    if kind == "sql":
        return FORMATS[kind](plan, home)
    if home.is_dir() and any(home.iterdir()):
        raise LabError(f"{home} is not empty", "name an empty folder with --out")
    if plan.engine == "mongodb":
        raise LabError(
            f"MongoDB's migrations are not written for {kind}", "leave --format away: lab migrate runs its own files"
        )
    home.mkdir(parents=True, exist_ok=True)
    return FORMATS[kind](plan, home)


def _flyway(plan: Plan, home: Path) -> list[Path]:
    """`V1__title.sql` and `U1__title.sql`; a script that refuses a transaction has a `.conf` that says so."""
    paths = []
    for each in folder.migrations(plan):
        name = each.name.partition("_")[2]
        for kind, text, is_atomic in (("V", each.up, each.is_atomic[0]), ("U", each.down, each.is_atomic[1])):
            path = home / f"{kind}{each.number}__{name}.sql"
            path.write_text(f"{text or '-- nothing to do'}\n")
            paths.append(path)
            if not is_atomic:
                conf = home / f"{path.name}.conf"
                conf.write_text("executeInTransaction=false\n")
                paths.append(conf)
    return paths


def _prisma(plan: Plan, home: Path) -> list[Path]:
    """`<moment>_<title>/migration.sql`, and the way back beside it, which Prisma does not run by itself."""
    lock = home / "migration_lock.toml"
    provider = {"postgres": "postgresql", "mariadb": "mysql"}.get(plan.engine, plan.engine)
    lock.write_text(f'provider = "{provider}"\n')
    paths, moment = [lock], datetime.now(UTC)
    for each in folder.migrations(plan):
        stamp = (moment + timedelta(seconds=each.number)).strftime("%Y%m%d%H%M%S")
        place = home / f"{stamp}_{each.name.partition('_')[2]}"
        place.mkdir()
        for name, text in (("migration.sql", each.up), ("down.sql", each.down)):
            (place / name).write_text(f"{text or '-- nothing to do'}\n")
            paths.append(place / name)
    return paths


def _alembic(plan: Plan, home: Path) -> list[Path]:
    paths, before = [], ""
    for each, step in zip(folder.migrations(plan), plan.steps, strict=True):
        revision = each.checksum[:12]
        path = home / f"{each.number:04}_{revision}.py"
        timed = folder.timed(step, plan.engine)
        path.write_text(
            _ALEMBIC.format(
                title=each.title,
                revision=revision,
                before=before or "nothing",
                down=before or None,
                up=_operations(timed.up),
                back=_operations(timed.down),
            )
        )
        paths.append(path)
        before = revision
    return paths


def _operations(way: Way) -> str:
    """A call for each statement: most drivers take one at a time."""
    calls = [f"op.execute({_quoted(sql)})" for sql in way.sql]
    if not calls:
        return "    pass"
    if way.is_atomic:
        return "\n".join(f"    {call}" for call in calls)
    return "\n".join(["    with op.get_context().autocommit_block():", *(f"        {call}" for call in calls)])


def _quoted(sql: str) -> str:
    """As Python and SQLAlchemy's `text` read it, which takes `:name` for a parameter."""
    plain = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return '"""\\\n' + _PARAMETER.sub(r"\\\\:\1", plain) + '\n"""'


FORMATS: Mapping[str, Callable[[Plan, Path], list[Path]]] = {
    "sql": folder.write,
    "flyway": _flyway,
    "prisma": _prisma,
    "alembic": _alembic,
}
