"""`zarr-cryoet costs`: what reading from a network takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json, VolumeOption, app

costs_app = typer.Typer(help="Requests, bytes, seconds and money of reading over a network.")
app.add_typer(costs_app, name="costs")


@costs_app.callback(invoke_without_command=True)
def costs(
    context: typer.Context,
    volume: Annotated[
        str | None, typer.Option(metavar="ID|FILE", help="An id of `volumes list`, or your own.")
    ] = None,
    shape: Annotated[
        str | None, typer.Option(metavar="Z,Y,X", help="In place of a volume, its voxels.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="Of those voxels.")] = "float32",
    codec: Annotated[str, typer.Option(help="Other than none, with a volume.")] = "none",
    layouts: Annotated[str, typer.Option(help="Groups, or ids.")] = "c256,c64,c32-s128",
    access: Annotated[str, typer.Option(help="Groups, or ids; or open.")] = "open,default",
    backend: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "zarr-python",
    zarr_format: Annotated[int, typer.Option("--format", min=2, max=3)] = 3,
    latency: Annotated[str, typer.Option(help="Of each request: 20ms, 0.1s.")] = "20ms",
    bandwidth: Annotated[str, typer.Option(help="Of each connection.")] = "50MB/s",
    link: Annotated[str | None, typer.Option(help="Of all connections together.")] = None,
    in_flight: Annotated[
        int | None, typer.Option(min=1, help="Requests at once; default: the library's.")
    ] = None,
    decode: Annotated[
        str | None, typer.Option(metavar="RATE", help="At which the client takes bytes in.")
    ] = None,
    provider: Annotated[str, typer.Option(help="Whose prices: s3, gcs, azure, r2.")] = "s3",
    prices: Annotated[Path | None, typer.Option(help="Another table of prices.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print what is on record as a page.")
    ] = False,
    json: Json = False,
) -> None:
    """Requests, bytes, seconds and money of reading over a network."""
    if context.invoked_subcommand:
        return None
    from ..costs import main

    if markdown:
        return main.markdown()
    asked = main.Asked(
        volume, shape, dtype, codec, layouts, access, backend, zarr_format,
        latency, bandwidth, link, in_flight, decode, provider, prices,
    )  # fmt: skip
    return main.costs(asked, json)


@costs_app.command("check")
def check(
    volume: VolumeOption = "phantom-128",
    output: Annotated[
        Path | None, typer.Option(help="A file for the record, in place of docs/records/.")
    ] = None,
    json: Json = False,
) -> None:
    """Hold the seconds against a server on loopback that waits, and keep the record."""
    from ..costs import main

    raise typer.Exit(main.checked(volume, output, json))
