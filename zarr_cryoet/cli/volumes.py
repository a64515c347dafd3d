"""`zarr-cryoet volumes`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, VolumeName, app

volumes_app = typer.Typer(help="What there is to measure on.", no_args_is_help=True)
app.add_typer(volumes_app, name="volumes")


@volumes_app.command("list")
def volumes_list(json: Json = False) -> None:
    """Volumes that come with the project, and those in the cache."""
    from ..volumes import report

    report.listing(json)


@volumes_app.command("show")
def volumes_show(name: VolumeName, json: Json = False) -> None:
    """What is known of a volume."""
    from ..volumes import report

    report.show(name, json)


@volumes_app.command("prepare")
def volumes_prepare(name: VolumeName, json: Json = False) -> None:
    """Bring a volume into the cache, or check the one that is there."""
    from ..volumes import report

    report.prepare(name, json)


@volumes_app.command("portrait")
def volumes_portrait(name: VolumeName, json: Json = False) -> None:
    """Slices, histogram and spectrum of a volume, kept beside the results for the site."""
    from ..portraits import main

    main.portrait(name, json)


@volumes_app.command("fetch")
def volumes_fetch(
    place: Annotated[
        str, typer.Argument(metavar="DATASET/RUN", help="As `portal tomograms` lists them.")
    ],
    voxel_spacing: Annotated[
        float | None, typer.Option(min=0.001, help="Ångström, where the run has several.")
    ] = None,
    level: Annotated[int, typer.Option(min=0, help="Of the pyramid; 0: full resolution.")] = 0,
    crop: Annotated[
        str | None,
        typer.Option(metavar="Z0:Z1,Y0:Y1,X0:X1", help="In voxels of that level; default: all."),
    ] = None,
    processing: Annotated[
        str | None, typer.Option(help="raw, denoised, ...: where there are several.")
    ] = None,
    tomogram: Annotated[
        int | None, typer.Option(metavar="ID", help="Where that does not tell either.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring a tomogram of the CryoET Data Portal, or a crop of it, into the cache."""
    from ..volumes.portal import fetch

    fetch.fetch(place, voxel_spacing, level, crop, processing, tomogram, json)
