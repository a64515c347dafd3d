"""`zarr-cryoet reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json, app


@app.command("reproduce")
def reproduce(
    cell: Annotated[
        str, typer.Argument(metavar="CELL", help="As asv prints it, or the id of a sweep's cell.")
    ],
    volume: Annotated[
        str | None,
        typer.Option("--volume", metavar="ID|FILE", help="Default: the cell's, or phantom-128."),
    ] = None,
    release: Annotated[
        str | None, typer.Option(metavar="A", help="Of zarr, whose pins it installs.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(help="seconds, requests, bytes_read, bits_per_voxel, ...; not the cell's."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A file, in place of the screen.")] = None,
    json: Json = False,
) -> None:
    """A standalone script that measures one cell, for `uv run`."""
    from ..bench import scripted

    scripted.reproduce(cell, volume, release, metric, output, json)
