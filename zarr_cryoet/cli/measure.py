"""`zarr-cryoet cases`, `backends`, `bench` and `sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Group, Json, StoreUrl, VolumeOption, app


@app.command("cases")
def cases(
    volume: VolumeOption = "phantom-128",
    group: Group = "all",
    release: Annotated[
        str | None, typer.Option(help="A release of zarr; default: the newest.")
    ] = None,
    json: Json = False,
) -> None:
    """What would run, what is skipped and why, and about how long it takes."""
    from ..bench import listing

    listing.cases(volume, group, release, json)


@app.command("backends")
def backends(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page of the docs.")] = False,
    json: Json = False,
) -> None:
    """What each backend takes part in, and why not in the rest."""
    from ..bench import listing

    listing.backends(markdown, json)


@app.command("bench")
def bench(
    volume: VolumeOption = "phantom-128",
    group: Group = "smoke",
    releases: Annotated[
        str, typer.Option(help="Releases of zarr, with commas between them; or all.")
    ] = "2.18.7,3.0.10,3.4.2",
    rounds: Annotated[int, typer.Option(min=1, help="Processes for each timed cell.")] = 1,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not go on from an interrupted run.")
    ] = False,
    store: StoreUrl = None,
    json: Json = False,
) -> None:
    """Measure a volume across releases, and publish the site."""
    from ..bench import main
    from ..lists import split

    raise typer.Exit(main.bench(volume, group, split(releases), rounds, restart, store, json))


@app.command("sweep")
def sweep(
    volume: VolumeOption = "phantom-128",
    codecs: Annotated[str, typer.Option(help="A group, or ids with commas.")] = "smoke",
    layouts: Annotated[str, typer.Option(help="A group, or ids.")] = "smoke",
    operations: Annotated[str, typer.Option(help="A group, or ids.")] = "smoke",
    backends: Annotated[
        str, typer.Option(help="A group, or ids; zarr-python@2.18.7, iohub@0.3.11: that release.")
    ] = "default",
    stores: Annotated[
        str | None, typer.Option(help="A group, or ids; default: files, or the bucket of --store.")
    ] = None,
    store: StoreUrl = None,
    formats: Annotated[str, typer.Option(help="2, 3, or both.")] = "2,3",
    cold: Annotated[
        bool, typer.Option("--cold", help="Also read with an empty page cache.")
    ] = False,
    limits: Annotated[
        bool, typer.Option(help="Also measure what nothing can be faster than.")
    ] = True,
    budget: Annotated[str | None, typer.Option(help="Time for all of it: 90s, 5m, 1h.")] = None,
    samples: Annotated[int, typer.Option(min=2, help="Of each cell.")] = 5,
    output: Annotated[Path | None, typer.Option(help="A new file, in place of results/.")] = None,
    json: Json = False,
) -> None:
    """Measure many cells side by side, each beside a control."""
    from ..buckets.run import place
    from ..sweep import main
    from ..sweep.plan import Asked

    url, default = place(store)
    stores = stores or default
    asked = Asked(codecs, layouts, operations, stores, backends, formats, cold, limits, url)
    raise typer.Exit(main.sweep(volume, asked, budget, samples, output, json))
