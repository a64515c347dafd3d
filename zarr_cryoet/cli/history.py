"""`zarr-cryoet history`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Package, PackageOption, app

history_app = typer.Typer(help="The releases that asv walks.", no_args_is_help=True)
app.add_typer(history_app, name="history")


@history_app.command("build")
def history_build(package: Package = "zarr", json: Json = False) -> None:
    """Make the release history from its lock, where it is missing."""
    from ..environments import report

    report.build(package, json)


@history_app.command("update")
def history_update(package: Package = "zarr", json: Json = False) -> None:
    """Add new releases to the lock, from your own package index."""
    from ..environments import report

    report.update(package, json)


@history_app.command("list")
def history_list(package: Package = "zarr", json: Json = False) -> None:
    """The releases in the lock."""
    from ..environments import report

    report.listing(package, json)


@history_app.command("environment")
def history_environment(
    release: Annotated[str, typer.Argument(metavar="RELEASE")], package: PackageOption = "zarr"
) -> None:
    """Make an environment of one release, in the cache, and name its interpreter."""
    from ..environments.make import of_release

    print(of_release(release, package).python())
