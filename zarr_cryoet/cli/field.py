"""`zarr-cryoet field`: what others have published, beside our own figures."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Markdown, RecordFile, app


@app.command("field")
def field(
    volumes: Annotated[
        str, typer.Option(metavar="ID|FILE,...", help="On what.")
    ] = "phantom-128,phantom-128-u8,labels-128",
    only: Annotated[
        str | None,
        typer.Option(metavar="ID,...", help="Claims or figures, not all; needs --output."),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, help="After which nothing is measured again.")
    ] = 7.0,
    output: RecordFile = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Which of the field's published claims hold here."""
    from ..studies.field import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.field(volumes, only, minutes, output, json))
