"""`zarr-cryoet portal`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, app

portal_app = typer.Typer(help="What the CryoET Data Portal has.", no_args_is_help=True)
app.add_typer(portal_app, name="portal")


@portal_app.command("datasets")
def portal_datasets(json: Json = False) -> None:
    """All datasets."""
    from ..volumes.portal import report

    report.datasets(json)


@portal_app.command("runs")
def portal_runs(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its number.")],
    json: Json = False,
) -> None:
    """The runs of a dataset, and their voxel spacings."""
    from ..volumes.portal import report

    report.runs(dataset, json)


@portal_app.command("tomograms")
def portal_tomograms(
    place: Annotated[str, typer.Argument(metavar="DATASET[/RUN]")], json: Json = False
) -> None:
    """The tomograms of a dataset, or of a run."""
    from ..volumes.portal import report

    report.tomograms(place, json)


@portal_app.command("check")
def portal_check(
    place: Annotated[
        str, typer.Argument(metavar="[DATASET/RUN]", help="The tomogram to try.")
    ] = "10445/TS_100_3",
    json: Json = False,
) -> None:
    """Whether its API, and its bucket over S3 and over HTTPS, answer from here, and how fast."""
    from ..volumes.portal import report

    raise typer.Exit(report.checked(place, json))
