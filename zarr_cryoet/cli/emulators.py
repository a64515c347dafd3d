"""`zarr-cryoet emulator`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import app

emulator_app = typer.Typer(
    help="Servers on loopback in place of what is far away; they run until Ctrl-C.",
    no_args_is_help=True,
)
app.add_typer(emulator_app, name="emulator")
app.add_typer(emulator_app, name="stand-in", hidden=True)  # as it was called before


@emulator_app.command("portal")
def emulator_portal(
    full: Annotated[
        bool, typer.Option("--full", help="One tomogram of 630 x 630 x 184 voxels, 290 MB.")
    ] = False,
    bandwidth: Annotated[
        float | None, typer.Option(min=0.001, help="MB/s of each connection to the bucket.")
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, help="Milliseconds that each request to the bucket waits.")
    ] = 0,
) -> None:
    """The CryoET Data Portal: its API, and its bucket, with a few generated tomograms."""
    from ..emulators import portal

    portal.serve(full, bandwidth and bandwidth * 1e6, latency / 1e3)


@emulator_app.command("s3")
def s3() -> None:
    """Serve S3 until Ctrl-C, by moto."""
    _serve("s3")


@emulator_app.command("gcs")
def gcs() -> None:
    """Serve Google Cloud Storage until Ctrl-C, by gcp-storage-emulator."""
    _serve("gcs")


@emulator_app.command("azure")
def azure() -> None:
    """Serve Azure Blob Storage until Ctrl-C, by azurite."""
    _serve("azure")


def _serve(kind: str) -> None:
    from ..emulators import report

    report.serve(kind)
