"""What a migration leads from and to: a file, a folder, a variant, a git revision, a running database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from lab import readers
from lab.design import read_design
from lab.engines import ENGINES, load_engine
from lab.engines.engine import Engine, Server, Text
from lab.errors import LabError, did_you_mean
from lab.git import checked_out
from lab.migrate.apply.session import HISTORY
from lab.migrate.postgres.backfill import PROGRESS
from lab.model.change import Variant
from lab.model.schema import Schema
from lab.provision import parse_spec, start
from lab.readers.live import is_live
from lab.readers.variants import read_variants

SCRATCH = "migrate_scratch"


@dataclass(frozen=True, slots=True)
class Source:
    """`text` is what the user typed; `texts` are the files' contents, whose comments may declare renames."""

    text: str
    schema: Schema
    texts: tuple[str, ...] = ()
    variant: Variant | None = None
    is_live: bool = False


def read_source(text: str) -> Source:
    """Raises LabError for what is no source."""
    if is_live(text):
        schema = readers.read(text)
        own = tuple(table for table in schema.tables if table.name not in (HISTORY, PROGRESS))
        return Source(text, replace(schema, tables=own), is_live=True)
    if Path(text).exists() or ":" not in text:
        return _read_path(text, Path(text))
    left, _, right = text.rpartition(":")
    if Path(left).is_dir():
        return _read_variant(text, Path(left), right)
    revision, _, path = text.partition(":")
    return _read_revision(text, revision, Path(path))


def _read_path(text: str, path: Path) -> Source:
    schema = readers.read(path)
    return Source(text, schema, tuple(each.read_text(encoding="utf-8-sig") for each in readers.files_of(path)))


def _read_variant(text: str, folder: Path, name: str) -> Source:
    base = _read_path(text, folder)
    variants = {variant.name: variant for variant in read_variants(folder / "variants", tuple(ENGINES))}
    if name == "base":
        return base
    if name not in variants:
        raise LabError(f"{folder} has no variant {name}", did_you_mean(name, variants, "variants"))
    return replace(base, variant=variants[name])


def _read_revision(text: str, revision: str, path: Path) -> Source:
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        raise LabError(
            f"there is no {path} here to look for in {revision}",
            "write REVISION:path, as `git show` takes it, from the repository's root",
        )
    with checked_out(folder, revision) as there:
        place = there if path.is_dir() else there / path.name
        if not place.exists():
            names = [str(path.parent / each.name) for each in sorted(there.iterdir())]
            raise LabError(f"{path} is not in {revision}", did_you_mean(str(path), names, "files there"))
        return _read_path(text, place)


def alike(sources: Sequence[Source], spec: str) -> tuple[Schema, ...]:
    """The schemas of sources, spelled alike: where one of them is a running database or a variant, both as a database
    says them, the others being built for the purpose on a scratch server."""
    if not any(source.is_live or source.variant for source in sources):
        return tuple(source.schema for source in sources)
    with scratch(spec) as (engine, server):
        return tuple(source.schema if source.is_live else _as_built(source, engine, server) for source in sources)


@contextmanager
def scratch(spec: str) -> Iterator[tuple[Engine, Server]]:
    with ExitStack() as stack:
        server = stack.enter_context(start(parse_spec(spec)))
        yield load_engine(server.engine), server


def _as_built(source: Source, engine: Engine, server: Server) -> Schema:
    engine.drop_database(server, SCRATCH)
    engine.create_database(server, SCRATCH)
    database = engine.connect(server, SCRATCH)
    try:
        ddl = engine.create_sql(source.schema)
        database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
        for change in source.variant.changes if source.variant else ():
            database.run(engine.change_sql(change).up)
    finally:
        database.close()
    return readers.read(address_of(server, SCRATCH))


def address_of(server: Server, database: str) -> str:
    """The address of one of the lab's databases on a server."""
    name = server.prefix + database
    if server.engine == "sqlite":
        return f"sqlite://{server.address}/{name}.db"
    if server.engine == "postgres" and "://" not in server.address:
        parts = conninfo_to_dict(server.address)
        who = f"{quote(str(parts['user']))}:{quote(str(parts.get('password') or ''))}"
        return f"postgresql://{who}@{parts['host']}:{parts['port']}/{name}"
    return urlsplit(server.address)._replace(path=f"/{name}").geturl()


def design_of(text: str) -> Path | None:
    """The design's folder a source lies in, if it is one: it has rows and a workload to be tried with."""
    path = Path(text.rpartition(":")[0] if ":" in text and not Path(text).exists() else text)
    folder = path if path.is_dir() else path.parent
    is_design = folder.is_dir() and any(
        (folder / name).exists() for name in ("schema.prisma", "schema.sql", "schema.ts")
    )
    return folder if is_design else None


__all__ = ["Source", "address_of", "alike", "design_of", "read_design", "read_source", "scratch"]
