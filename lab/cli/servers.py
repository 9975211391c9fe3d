"""lab engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.app import app, err, out
from lab.cli.options import Json
from lab.cli.printing import print_json

if TYPE_CHECKING:
    from lab.provision.inventory import Here, Missing

engines_app = typer.Typer(invoke_without_command=True)


app.add_typer(engines_app, name="engines")


@engines_app.callback(epilog="Example: lab engines")
def engines(context: typer.Context, as_json: Json = False) -> None:
    """List the servers that run here and where from, and what to type for the rest."""
    if context.invoked_subcommand:
        return
    from lab.provision.inventory import take_inventory

    here, missing = take_inventory()
    if as_json:
        print_json({"here": here, "missing": missing})
        return
    _print_inventory(here, missing)


@engines_app.command("install", epilog="Example: lab engines install postgres:13 mysql")
def install_engines(
    engine: Annotated[list[str], typer.Argument(metavar="ENGINE...", help="Such as postgres:13, mysql or mongodb:6.")],
    as_json: Json = False,
) -> None:
    """Install servers for the lab alone, without Docker: fetched, started once, and then kept."""
    from lab.provision.inventory import obtain

    obtained = obtain(engine, lambda line: err.print(line, markup=False, soft_wrap=True))
    if as_json:
        print_json(obtained)
        return
    for server in obtained:
        where = f"in {server.folder}" if server.is_new else f"already: {server.folder or server.origin}"
        out.print(f"{server.engine} {server.version} is here {where}", markup=False, soft_wrap=True)


def _print_inventory(here: Sequence[Here], missing: Sequence[Missing]) -> None:
    versions: dict[tuple[str, str], list[str]] = {}
    for server in here:
        origin = f"{server.origin}; first `{server.needs}`" if server.needs else server.origin
        versions.setdefault((server.engine, origin), []).append(server.version)
    for (engine, origin), found in versions.items():
        out.print(f"{engine:<9} {', '.join(found):<10} {origin}", markup=False, soft_wrap=True)
    if missing:
        out.print("\nnot here:")
    for other in missing:
        name = f"{other.engine}:{other.version}"
        out.print(f"{name:<14} {'; or '.join(other.ways)}", markup=False, soft_wrap=True)
    out.print("\nA server that runs already is named by its address: lab compare DESIGN -e postgresql://…")
