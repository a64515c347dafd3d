"""`zarr-cryoet interop`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Markdown, VolumeOption, app


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
