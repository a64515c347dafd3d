"""The command line: few verbs, no logic."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from .core.errors import UserError

EXIT_CODES = (
    "Exit codes: 0 done; 1 a cell failed or has no result; 2 cannot be done as asked, and one "
    "line says why; 130 interrupted, and what was measured is kept."
)

app = typer.Typer(
    help="Measure Zarr on cryo-electron-tomography volumes.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
volumes_app = typer.Typer(help="What there is to measure on.", no_args_is_help=True)
history_app = typer.Typer(help="The releases that asv walks.", no_args_is_help=True)
app.add_typer(volumes_app, name="volumes")
app.add_typer(history_app, name="history")

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
VolumeName = Annotated[
    str, typer.Argument(metavar="ID|FILE", help="An id of `volumes list`, or a file.")
]
VolumeOption = Annotated[
    str,
    typer.Option("--volume", metavar="ID|FILE", help="An id of `volumes list`, or your own file."),
]
Package = Annotated[str, typer.Argument(metavar="PACKAGE")]
Group = Annotated[str, typer.Option("--group", help="smoke, or all.")]


@volumes_app.command("list")
def volumes_list(json: Json = False) -> None:
    """Volumes that come with the project, and those in the cache."""
    from .volumes import report

    report.listing(json)


@volumes_app.command("show")
def volumes_show(name: VolumeName, json: Json = False) -> None:
    """What is known of a volume."""
    from .volumes import report

    report.show(name, json)


@volumes_app.command("prepare")
def volumes_prepare(name: VolumeName, json: Json = False) -> None:
    """Bring a volume into the cache, or check the one that is there."""
    from .volumes import report

    report.prepare(name, json)


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
    from .bench import listing

    listing.cases(volume, group, release, json)


@app.command("bench")
def bench(
    volume: VolumeOption = "phantom-128",
    group: Group = "smoke",
    releases: Annotated[
        str, typer.Option(help="Releases of zarr, with commas between them.")
    ] = "2.18.7,3.0.10,3.4.2",
    rounds: Annotated[int, typer.Option(min=1, help="Processes for each timed cell.")] = 1,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not go on from an interrupted run.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure a volume across releases, and publish the site."""
    from .bench import main

    raise typer.Exit(main.bench(volume, group, releases.split(","), rounds, restart, json))


@history_app.command("build")
def history_build(package: Package = "zarr", json: Json = False) -> None:
    """Make the release history from its lock, where it is missing."""
    from .history import report

    report.build(package, json)


@history_app.command("update")
def history_update(package: Package = "zarr", json: Json = False) -> None:
    """Add new releases to the lock, from your own package index."""
    from .history import report

    report.update(package, json)


@history_app.command("list")
def history_list(package: Package = "zarr", json: Json = False) -> None:
    """The releases in the lock."""
    from .history import report

    report.listing(package, json)


class Interrupted(BaseException):
    """A person, or the system, wants this to end; all that was started ends with it."""


def _interrupt(*_: object) -> None:
    raise Interrupted


def main() -> None:
    """Run the command line; faults that a person can mend take one line and exit 2."""
    from .volumes.cache import use_cache

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)  # Windows has no SIGHUP, and nohup ignores it
        if signum and signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _interrupt)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="replace")  # a terminal without ³ or Å shows something else
    if "bench" not in sys.argv[1:2] and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `head` has had enough
    try:
        use_cache()
        app()
    except UserError as exc:
        print(f"zarr-cryoet: {' '.join(str(exc).split())}", file=sys.stderr)
        sys.exit(2)
    except Interrupted:
        print("zarr-cryoet: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
    except (OSError, MemoryError, UnicodeError) as exc:  # none that a person could not mend
        print(f"zarr-cryoet: {' '.join(str(exc).split()) or type(exc).__name__}", file=sys.stderr)
        sys.exit(2)
