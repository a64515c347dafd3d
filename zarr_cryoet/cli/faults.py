"""`zarr-cryoet faults`: what becomes of a read from a bucket that fails."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Markdown, RecordFile, VolumeOption, app


@app.command("faults")
def faults(
    volume: VolumeOption = "phantom-64",
    environments: Annotated[
        str, typer.Option("--environments", "--parties", help="Ids with commas, or all.")
    ] = "all",
    faults: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all",
    deadline: Annotated[
        float, typer.Option(min=1, help="Seconds after which a read is killed.")
    ] = 600.0,
    at_once: Annotated[
        int, typer.Option(min=1, help="Cells that are waited for side by side.")
    ] = 48,
    output: RecordFile = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Who retries, raises, hangs, or returns wrong data, when a bucket fails."""
    from ..faults import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.faults(volume, environments, faults, deadline, at_once, output, json))
