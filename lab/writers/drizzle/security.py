"""Row level security: CREATE POLICY -> pgPolicy, ENABLE ROW LEVEL SECURITY -> enableRLS()."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from lab.model.schema import Schema, Statement
from lab.writers.typescript import record, text

_KEYWORDS = {
    pb.ROLESPEC_PUBLIC: "public",
    pb.ROLESPEC_CURRENT_USER: "current_user",
    pb.ROLESPEC_CURRENT_ROLE: "current_role",
    pb.ROLESPEC_SESSION_USER: "session_user",
}


@dataclass(slots=True)
class Security:
    """By table: its policies as Drizzle makes them, with what their conditions say; and which tables are secured.
    `said` are the statements that need no other word."""

    policies: dict[str, list[tuple[str, dict[str, str]]]] = field(default_factory=dict)
    secured: set[str] = field(default_factory=set)
    said: set[int] = field(default_factory=set)


def security_of(schema: Schema) -> Security:
    """What the statements say of row level security."""
    found = Security()
    for statement in schema.statements:
        node = _node(statement)
        if node is None:
            continue
        if node.HasField("create_policy_stmt"):
            made = node.create_policy_stmt
            found.policies.setdefault(made.table.relname, []).append(_policy(made))
            found.said.add(id(statement))
        elif node.HasField("alter_table_stmt"):
            kinds = {item.alter_table_cmd.subtype for item in node.alter_table_stmt.cmds}
            if kinds == {pb.AT_EnableRowSecurity}:
                found.secured.add(node.alter_table_stmt.relation.relname)
                found.said.add(id(statement))
    return found


def _node(statement: Statement) -> Any:
    if not statement.what.startswith(("policy ", "row level security of ")):
        return None
    try:
        return postgast.parse(statement.sql).stmts[0].stmt
    except postgast.PgQueryError:
        return None


def _policy(made: Any) -> tuple[str, dict[str, str]]:
    """The policy's name and options; `using` and `withCheck` are SQL still."""
    roles = [_KEYWORDS.get(item.role_spec.roletype) or item.role_spec.rolename for item in made.roles]
    options = {
        "as": text("permissive" if made.permissive else "restrictive"),
        "for": text(made.cmd_name),
        "to": f"[{', '.join(map(text, roles))}]" if len(roles) > 1 else text(roles[0] if roles else "public"),
    }
    for name, condition in (("using", made.qual), ("withCheck", made.with_check)):
        if condition.WhichOneof("node"):
            options[name] = _deparse(condition)
    return made.policy_name, options


def _deparse(condition: Any) -> str:
    target = pb.Node(res_target=pb.ResTarget(val=condition))
    select = pb.Node(select_stmt=pb.SelectStmt(target_list=[target], op=pb.SETOP_NONE))
    return str(postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=select)]))).removeprefix("SELECT ")


def policy_call(name: str, options: dict[str, str]) -> str:
    """pgPolicy(…), its conditions as they stand in `options`."""
    return f"pgPolicy({text(name)}, {record(options)})"
