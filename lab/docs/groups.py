"""Which tables belong together: namespaces where there are several, else communities of the graph of references."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.model.schema import Schema, Table

if TYPE_CHECKING:
    import networkx as nx

_SEED = 1
_FEW = 10
"""As many tables are one group."""
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that refer to each other more than to others, by the name of the one most referred to."""

    name: str
    tables: tuple[Table, ...]


def group_tables(schema: Schema) -> tuple[Group, ...]:
    """Every table in one group; the largest group first. The same schema gives the same groups."""
    spaces = {table.namespace or "public" for table in schema.tables}
    if len(spaces) > 1:
        members = [[t for t in schema.tables if (t.namespace or "public") == space] for space in sorted(spaces)]
        return tuple(Group(space, tuple(tables)) for space, tables in zip(sorted(spaces), members, strict=True))
    referred = Counter(key.table for table, key in schema.foreign_keys() if key.table != table.name)
    found = [_named([schema.tables[number] for number in sorted(some)], referred) for some in _communities(schema)]
    return tuple(sorted(found, key=lambda group: (-len(group.tables), group.name)))


def _named(tables: list[Table], referred: Counter[str]) -> Group:
    center = max(tables, key=lambda table: (referred[table.name], len(table.foreign_keys)))
    return Group(center.name, tuple(tables))


def _communities(schema: Schema) -> list[set[int]]:
    """By Louvain's method (Blondel et al., "Fast unfolding of communities in large networks", 2008). A reference to a
    table that everybody refers to, as to users, binds less; tables without any reference are one group."""
    import networkx as nx  # where it is used: every command would pay for it

    numbers = {table.name: number for number, table in enumerate(schema.tables)}
    edges = [(numbers[table.name], numbers[key.table]) for table, key in schema.foreign_keys()]
    edges = [(child, parent) for child, parent in edges if child != parent]
    popularity = Counter(parent for _, parent in edges)
    graph = nx.Graph()
    graph.add_nodes_from(sorted({number for edge in edges for number in edge}))
    for child, parent in edges:
        weight = graph.get_edge_data(child, parent, {"weight": 0.0})["weight"]
        graph.add_edge(child, parent, weight=weight + 1 / popularity[parent])
    alone = set(numbers.values()) - set(graph)
    if len(schema.tables) <= _FEW:
        return [set(numbers.values())]
    found = list(nx.community.louvain_communities(graph, seed=_SEED)) if edges else []
    return _gathered(graph, found) + ([alone] if alone else [])


def _gathered(graph: nx.Graph, communities: list[set[int]]) -> list[set[int]]:
    """A pair is too small to be a group: it goes to those it is bound to most."""
    large = [set(some) for some in communities if len(some) >= _LEAST]
    small = [some for some in communities if len(some) < _LEAST]
    loose = []
    for some in small:
        bonds = [sum(graph[a][b]["weight"] for a in sorted(some) for b in graph[a] if b in other) for other in large]
        if bonds and max(bonds) > 0:
            large[bonds.index(max(bonds))] |= some
        else:
            loose.append(some)
    return large + ([set().union(*loose)] if loose else [])
