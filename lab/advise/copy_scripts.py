"""The triggers that keep a copied column the same, and the way there and back, in each engine's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lab.advise.queries import DIALECTS, identifier
from lab.advise.scripts import create_sql, named
from lab.model.change import Script
from lab.model.schema import Index, Table

_PLAIN = {"smallint": "INTEGER", "integer": "INTEGER", "bigint": "INTEGER", "real": "REAL"}
_NUMERIC = ("boolean", "numeric")


@dataclass(frozen=True, slots=True)
class Copy:
    """Columns of a parent, and what they are called in a child that holds its key in `reference`."""

    name: str
    child: Table
    parent: Table
    key: str
    reference: str
    names: Mapping[str, str]
    """The child's, by the parent's."""

    def trigger(self, event: str) -> str:
        return named(self.name, event)


def copy_script(copy: Copy, indexes: Iterable[Index], engine: str) -> Script:
    up, down = _WRITERS[engine](copy, _quoted(engine), tuple(indexes))
    return Script(copy.name, {engine: up}, {engine: down})


def _quoted(engine: str) -> Callable[[str], str]:
    return lambda name: identifier(name).sql(dialect=DIALECTS[engine])


def _postgres(copy: Copy, q: Callable[[str], str], indexes: Iterable[Index]) -> tuple[str, str]:
    children, parents, key, reference = _places(copy, q)
    pairs = [(q(theirs), q(ours)) for theirs, ours in copy.names.items()]
    additions = ", ".join(f"ADD COLUMN {q(ours)} {copy.parent.column(t).type}" for t, ours in copy.names.items())
    sets = ", ".join(f"{ours} = p.{theirs}" for theirs, ours in pairs)
    told = ", ".join(f"{ours} = NEW.{theirs}" for theirs, ours in pairs)
    theirs, news = ", ".join(t for t, _ in pairs), ", ".join(f"NEW.{ours}" for _, ours in pairs)
    changed = " OR ".join(f"OLD.{theirs} IS DISTINCT FROM NEW.{theirs}" for theirs, _ in pairs)
    drops = ", ".join(f"DROP COLUMN {ours}" for _, ours in pairs)
    up = f"""ALTER TABLE {children} {additions};
UPDATE {children} c SET {sets} FROM {parents} p WHERE p.{key} = c.{reference};
CREATE FUNCTION {copy.trigger("copy")}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Locked, so that no change of the parent is missed that is being made at this moment.
  SELECT {theirs} INTO {news} FROM {parents} WHERE {key} = NEW.{reference} FOR SHARE;
  RETURN NEW;
END $$;
CREATE TRIGGER {copy.trigger("copy")} BEFORE INSERT OR UPDATE OF {reference} ON {children}
  FOR EACH ROW EXECUTE FUNCTION {copy.trigger("copy")}();
CREATE FUNCTION {copy.trigger("tell")}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE {children} SET {told} WHERE {reference} = NEW.{key};
  RETURN NULL;
END $$;
CREATE TRIGGER {copy.trigger("tell")} AFTER UPDATE OF {theirs} ON {parents}
  FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {copy.trigger("tell")}();"""
    up += "".join(f"\n{create_sql(index)}" for index in indexes)
    down = f"""DROP TRIGGER {copy.trigger("tell")} ON {parents};
DROP FUNCTION {copy.trigger("tell")}();
DROP TRIGGER {copy.trigger("copy")} ON {children};
DROP FUNCTION {copy.trigger("copy")}();
ALTER TABLE {children} {drops};"""
    return up, down


def _mysql(copy: Copy, q: Callable[[str], str], indexes: Iterable[Index]) -> tuple[str, str]:
    """A column's type is taken from the parent's as it is, with its collation: else no index serves a comparison."""
    children, parents, key, reference = _places(copy, q)
    pairs = [(q(theirs), q(ours)) for theirs, ours in copy.names.items()]
    of_parent = "(SELECT {} FROM " + f"{parents} WHERE {key} = NEW.{reference} LOCK IN SHARE MODE)"
    news = ", ".join(f"NEW.{ours} = {of_parent.format(theirs)}" for theirs, ours in pairs)
    told = ", ".join(f"{ours} = NEW.{theirs}" for theirs, ours in pairs)
    changed = " OR ".join(f"NOT (OLD.{theirs} <=> NEW.{theirs})" for theirs, _ in pairs)
    sets = ", ".join(f"c.{ours} = p.{theirs}" for theirs, ours in pairs)
    lines = [_as_in_parent(copy, theirs, ours, children) for theirs, ours in copy.names.items()]
    lines += [
        f"CREATE TRIGGER {copy.trigger('new')} BEFORE INSERT ON {children} FOR EACH ROW SET {news};",
        f"""CREATE TRIGGER {copy.trigger("moved")} BEFORE UPDATE ON {children} FOR EACH ROW BEGIN
  IF NOT (OLD.{reference} <=> NEW.{reference}) THEN
    SET {news};
  END IF;
END;""",
        f"""CREATE TRIGGER {copy.trigger("tell")} AFTER UPDATE ON {parents} FOR EACH ROW BEGIN
  IF {changed} THEN
    UPDATE {children} SET {told} WHERE {reference} = NEW.{key};
  END IF;
END;""",
    ]
    # After the triggers: what is written meanwhile has its copy by them.
    lines += [f"UPDATE {children} c JOIN {parents} p ON p.{key} = c.{reference} SET {sets};"]
    lines += [f"CREATE INDEX {q(i.name)} ON {children} ({_keys(i, q)});" for i in indexes]
    drops = [f"DROP TRIGGER {copy.trigger(event)};" for event in ("tell", "moved", "new")]
    drops += [f"DROP INDEX {q(index.name)} ON {children};" for index in indexes]
    drops += [f"ALTER TABLE {children} {', '.join(f'DROP COLUMN {ours}' for _, ours in pairs)};"]
    return "\n".join(lines), "\n".join(drops)


def _as_in_parent(copy: Copy, theirs: str, ours: str, children: str) -> str:
    return f"""SET @add_column = (
  SELECT concat('ALTER TABLE {children} ADD COLUMN `{ours}` ', column_type,
    coalesce(concat(' CHARACTER SET ', character_set_name, ' COLLATE ', collation_name), ''))
  FROM information_schema.columns
  WHERE table_schema = database() AND table_name = '{copy.parent.name}' AND column_name = '{theirs}');
PREPARE add_column FROM @add_column;
EXECUTE add_column;
DEALLOCATE PREPARE add_column;"""


def _sqlite(copy: Copy, q: Callable[[str], str], indexes: Iterable[Index]) -> tuple[str, str]:
    """SQLite's triggers set no column of the row that is written: they write it once more."""
    children, parents, key, reference = _places(copy, q)
    pairs = [(q(theirs), q(ours)) for theirs, ours in copy.names.items()]
    of_parent = f"(SELECT p.{{}} FROM {parents} AS p WHERE p.{key} = {children}.{reference})"
    sets = ", ".join(f"{ours} = {of_parent.format(theirs)}" for theirs, ours in pairs)
    told = ", ".join(f"{ours} = NEW.{theirs}" for theirs, ours in pairs)
    changed = " OR ".join(f"OLD.{theirs} IS NOT NEW.{theirs}" for theirs, _ in pairs)
    lines = [f"ALTER TABLE {children} ADD COLUMN {q(o)} {_affinity(copy, t)};" for t, o in copy.names.items()]
    lines += [f"UPDATE {children} SET {sets};"]
    lines += [f"CREATE INDEX {q(i.name)} ON {children} ({_keys(i, q)});" for i in indexes]
    for event, when in (("new", "INSERT"), ("moved", f"UPDATE OF {reference}")):
        lines.append(f"""CREATE TRIGGER {copy.trigger(event)} AFTER {when} ON {children} BEGIN
  UPDATE {children} SET {sets} WHERE rowid = NEW.rowid;
END;""")
    lines.append(f"""CREATE TRIGGER {copy.trigger("tell")} AFTER UPDATE OF {", ".join(t for t, _ in pairs)} ON {parents}
  WHEN {changed} BEGIN
  UPDATE {children} SET {told} WHERE {reference} = NEW.{key};
END;""")
    drops = [f"DROP TRIGGER {copy.trigger(event)};" for event in ("tell", "moved", "new")]
    drops += [f"DROP INDEX {q(index.name)};" for index in indexes]
    drops += [f"ALTER TABLE {children} DROP COLUMN {ours};" for _, ours in pairs]
    return "\n".join(lines), "\n".join(drops)


def _affinity(copy: Copy, column: str) -> str:
    type_ = copy.parent.column(column).type.name
    return "NUMERIC" if type_ in _NUMERIC else _PLAIN.get(type_, "TEXT")


def _places(copy: Copy, q: Callable[[str], str]) -> tuple[str, str, str, str]:
    return q(copy.child.name), q(copy.parent.name), q(copy.key), q(copy.reference)


def _keys(index: Index, q: Callable[[str], str]) -> str:
    return ", ".join(f"{q(part.value)}{' DESC' if part.is_descending else ''}" for part in index.parts)


_WRITERS = {"postgres": _postgres, "mysql": _mysql, "mariadb": _mysql, "sqlite": _sqlite}
