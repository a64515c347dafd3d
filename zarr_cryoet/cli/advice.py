"""`zarr-cryoet recommend`: what to store a tomogram with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json, Markdown, RecordFile, app


@app.command("recommend")
def recommend(
    volume: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|ID]", help="Your file, or an id of `volumes list`."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="SHAPE,DTYPE,KIND",
            help="In place of a file: 184,630,630,float32,tomogram (or 8-bit, labels).",
        ),
    ] = None,
    use: Annotated[
        str, typer.Option(help="viewer, analysis, training, cloud, archive.")
    ] = "viewer",
    access: Annotated[
        str | None, typer.Option(help="Weights in place of the use's: plane-xy=5,boxes-64=1,write.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="local, nfs, s3, gcs, azure.")] = None,
    latency: Annotated[str | None, typer.Option(help="Of each request: 20ms, 0.1s.")] = None,
    bandwidth: Annotated[str | None, typer.Option(help="Of each connection: 50MB/s.")] = None,
    in_flight: Annotated[int | None, typer.Option(help="Requests at once.")] = None,
    max_objects: Annotated[int | None, typer.Option(help="Of one tomogram.")] = None,
    max_memory: Annotated[
        str | None, typer.Option(help="Chunks or shards in memory at once: 512MiB, 2GB.")
    ] = None,
    readers: Annotated[
        str | None, typer.Option(help="Who must read it, for example zarr-python-2,vizarr.")
    ] = None,
    backend: Annotated[str, typer.Option(help="Who reads in what is timed.")] = "zarr-python",
    tomograms: Annotated[int, typer.Option(help="How many like this one.")] = 1,
    reads: Annotated[
        float | None, typer.Option(help="Accesses to each in a month, for money.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="T", help="Time for measuring: 60s, 5m.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what was measured, for --like and the site.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the answer as a page, too.")
    ] = None,
    json: Json = False,
) -> None:
    """What to store a tomogram with, measured on its own voxels."""
    from ..recommend import main
    from ..recommend.question import Words

    words = Words(
        use, access, store, latency, bandwidth, in_flight, max_objects, max_memory, readers,
        tomograms, reads, backend,
    )  # fmt: skip
    return main.recommend(words, main.Options(volume, like, budget, keep, page, json))


@app.command("recommend-check")
def recommend_check(
    sweep: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Of an exhaustive sweep; several times. None: sweeps."),
    ] = None,
    large: Annotated[
        str, typer.Option(metavar="ID|FILE", help="What advice is timed for; '' for none.")
    ] = "phantom-512",
    output: RecordFile = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """How far to trust the advice: its regret, and the errors of its model."""
    from ..recommend.check import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.check(sweep or [], large, output, json))
