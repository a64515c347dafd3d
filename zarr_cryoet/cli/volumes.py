"""`zarr-cryoet volumes`."""

from __future__ import annotations

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
