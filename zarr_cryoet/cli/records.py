"""`zarr-cryoet interop` and `claims`, which keep records that pages of the docs are made of."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Markdown, RecordFile, VolumeOption, app


@app.command("interop")
def interop(
    volume: VolumeOption = "phantom-64",
    codecs: Annotated[
        str, typer.Option(help="A group, or ids with commas; kinds: one of each kind.")
    ] = "kinds",
    writers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all",
    readers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all",
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Who reads bit for bit what whom wrote."""
    from ..interop import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.interop(volume, codecs, writers, readers, json))


@app.command("claims")
def claims(
    only: Annotated[
        str | None, typer.Option(metavar="ID,...", help="Claims or releases, not all.")
    ] = None,
    volume: VolumeOption = "phantom-128",
    output: RecordFile = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Which claims of zarr's release notes hold here."""
    from ..claims import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.claims(only, volume, output, json))
