"""`zarr-cryoet check`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Group, Json, app


@app.command("check")
def check(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A release, or a commit.")],
    head: Annotated[str, typer.Argument(metavar="HEAD", help="The one that is under test.")],
    checkout: Annotated[
        str | None,
        typer.Option(metavar="PATH|URL", help="zarr-python's repository, for commits of it."),
    ] = None,
    duel: Annotated[bool, typer.Option("--duel", help="Leave asv out: quicker, steadier.")] = False,
    pattern: Annotated[
        str | None,
        typer.Option("--cells", "--bench", metavar="REGEX", help="Only what has that in its name."),
    ] = None,
    group: Group = "smoke",
    factor: Annotated[
        float | None,
        typer.Option(help="From which a time is flagged; default: 1.25, and 1.1 with --duel."),
    ] = None,
    volume: Annotated[str | None, typer.Option(metavar="ID|FILE", help="On what.")] = None,
    json: Json = False,
) -> None:
    """Say what is slower, or stored otherwise, in HEAD than in BASE, and make sure of it."""
    from ..check import main

    code = main.check(
        base, head, checkout=checkout, duel=duel, pattern=pattern, group=group,
        factor=factor, volume=volume, json=json,
    )  # fmt: skip
    raise typer.Exit(code)
