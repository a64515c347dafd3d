"""Options that several commands have, and the application that they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXIT_CODES = (
    "Exit codes: 0 done; 1 a cell failed or has no result, or a check found something; 2 cannot "
    "be done as asked, and one line says why; 130 interrupted, and what was measured is kept."
)

RESUMABLE = {"bench", "volumes fetch"}  # what goes on where it was interrupted
STARTS_OTHERS = {  # processes
    "bench", "sweep", "check", "interop", "costs",
    "emulator", "stand-in", "recommend", "recommend-check",
}  # fmt: skip

app = typer.Typer(
    help="Measure Zarr on cryo-electron-tomography volumes.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
VolumeName = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE", help="An id of `volumes list`, a file, or portal:DATASET/RUN@SPACING."
    ),
]
VolumeOption = Annotated[
    str,
    typer.Option(
        "--volume",
        metavar="ID|FILE",
        help="An id of `volumes list`, your own file, or portal:DATASET/RUN@SPACING.",
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Work in a bucket: s3://, gs:// or az://..."),
]
Package = Annotated[str, typer.Argument(metavar="PACKAGE")]
PackageOption = Annotated[str, typer.Option("--package", help="Whose release.")]
Group = Annotated[str, typer.Option("--group", help="smoke, exact, or all.")]
Markdown = Annotated[
    bool, typer.Option("--markdown", help="Run nothing; print what is on record as a page.")
]
RecordFile = Annotated[
    Path | None,
    typer.Option("--output", help="A file for the record, in place of docs/records/."),
]
