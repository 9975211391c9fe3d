"""CHECK constraints that let other columns of a row say whether a value is there."""

from __future__ import annotations

from sqlglot import exp

from lab.datagen import conditions
from lab.datagen.bounds import Bounds, Conditions
from lab.datagen.terms import Columns, column_in, flattened


def conditional(tree: exp.Expr, columns: Columns) -> Conditions | None:
    """`status <> 'paid' OR paid_on IS NOT NULL`, `(status = 'paid') = (paid_on IS NOT NULL)`: a value that is there,
    or is not, as other columns of the row say."""
    tree = tree.unnest()
    if isinstance(tree, exp.Or):
        sides = list(flattened(tree, exp.Or))
        presences = [side for side in sides if _presence(side, columns) is not None]
        others = [side for side in sides if side not in presences]
        if len(presences) != 1 or not others:
            return None
        unless = " OR ".join(f"({other.sql(dialect='postgres')})" for other in others)
        return _on_condition(presences[0], f"NOT ({unless})", others, columns, is_both=False)
    if isinstance(tree, exp.EQ | exp.NEQ):
        left, right = tree.left.unnest(), tree.right.unnest()
        condition, presence = (right, left) if _presence(left, columns) is not None else (left, right)
        text = condition.sql(dialect="postgres")
        when = text if isinstance(tree, exp.EQ) else f"NOT ({text})"
        return _on_condition(presence, when, [condition], columns, is_both=True)
    return None


def _presence(tree: exp.Expr, columns: Columns) -> tuple[str, bool] | None:
    """The column of an IS NULL or IS NOT NULL, and whether it is the latter."""
    tree, is_not = tree.unnest(), False
    if isinstance(tree, exp.Not):
        tree, is_not = tree.this.unnest(), True
    if not isinstance(tree, exp.Is) or not isinstance(tree.expression, exp.Null):
        return None
    name = column_in(tree.this, columns)
    return (name, is_not != bool(tree.args.get("negate"))) if name is not None else None


def _on_condition(
    presence: exp.Expr, when: str, others: list[exp.Expr], columns: Columns, is_both: bool
) -> Conditions | None:
    """What `presence` says holds when a condition does, and the contrary otherwise where it says both."""
    found = _presence(presence, columns)
    used = {column.name for other in others for column in other.find_all(exp.Column)}
    if (
        found is None
        or not all(map(conditions.is_known, others))
        or not used
        or not used <= columns.keys() - {found[0]}
    ):
        return None
    name, is_required = found
    contrary = (f"NOT ({when})",) if is_both else ()
    required, absent = ((when,), contrary) if is_required else (contrary, (when,))
    return [(name, Bounds(required=required, absent=absent))]
