"""The command line: few verbs, no logic."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from .core.errors import UserError

EXIT_CODES = (
    "Exit codes: 0 done; 1 a cell failed or has no result, or a check found something; 2 cannot "
    "be done as asked, and one line says why; 130 interrupted, and what was measured is kept."
)

RESUMABLE = {"bench", "selfcheck"}  # what goes on where it was interrupted

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
PackageOption = Annotated[str, typer.Option("--package", help="Whose release.")]
Group = Annotated[str, typer.Option("--group", help="smoke, exact, or all.")]


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
        str, typer.Option(help="Releases of zarr, with commas between them; or all.")
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


@app.command("sweep")
def sweep(
    volume: VolumeOption = "phantom-128",
    codecs: Annotated[str, typer.Option(help="A group, or ids with commas.")] = "smoke",
    layouts: Annotated[str, typer.Option(help="A group, or ids.")] = "smoke",
    operations: Annotated[str, typer.Option(help="A group, or ids.")] = "smoke",
    backends: Annotated[
        str, typer.Option(help="A group, or ids; zarr-python@2.18.7, iohub@0.3.11: that release.")
    ] = "default",
    stores: Annotated[str, typer.Option(help="A group, or ids.")] = "local",
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
    from .sweep import main
    from .sweep.plan import Asked

    asked = Asked(codecs, layouts, operations, stores, backends, formats, cold, limits)
    raise typer.Exit(main.sweep(volume, asked, budget, samples, output, json))


@app.command("interop")
def interop(
    volume: VolumeOption = "phantom-64",
    codecs: Annotated[
        str, typer.Option(help="A group, or ids with commas; kinds: one of each kind.")
    ] = "kinds",
    writers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all",
    readers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all",
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Run nothing; print what is on record as a page.")
    ] = False,
    json: Json = False,
) -> None:
    """Who reads bit for bit what whom wrote."""
    from .interop import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.interop(volume, codecs, writers, readers, json))


@app.command("claims")
def claims(
    only: Annotated[
        str | None, typer.Option(metavar="ID,...", help="Claims or releases, not all.")
    ] = None,
    volume: VolumeOption = "phantom-128",
    output: Annotated[
        Path | None, typer.Option(help="A file for the record, in place of docs/records/.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Run nothing; print what is on record as a page.")
    ] = False,
    json: Json = False,
) -> None:
    """Which claims of zarr's release notes hold here."""
    from .claims import main

    if markdown:
        return main.markdown()
    raise typer.Exit(main.claims(only, volume, output, json))


@app.command("check")
def check(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A release, or a commit.")],
    head: Annotated[str, typer.Argument(metavar="HEAD", help="The one that is under test.")],
    checkout: Annotated[
        str | None,
        typer.Option(metavar="PATH|URL", help="zarr-python's repository, for commits of it."),
    ] = None,
    duel: Annotated[bool, typer.Option("--duel", help="Leave asv out: quicker, steadier.")] = False,
    pattern: Annotated[
        str | None,
        typer.Option("--cells", "--bench", metavar="REGEX", help="Only what has that in its name."),
    ] = None,
    group: Group = "smoke",
    factor: Annotated[
        float | None,
        typer.Option(help="From which a time is flagged; default: 1.25, and 1.1 with --duel."),
    ] = None,
    volume: Annotated[str | None, typer.Option(metavar="ID|FILE", help="On what.")] = None,
    json: Json = False,
) -> None:
    """Say what is slower, or stored otherwise, in HEAD than in BASE, and make sure of it."""
    from .check import main

    code = main.check(
        base, head, checkout=checkout, duel=duel, pattern=pattern, group=group,
        factor=factor, volume=volume, json=json,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("selfcheck")
def selfcheck(
    part: Annotated[
        str | None, typer.Argument(metavar="[noise|sensitivity|counts]", help="Default: all.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer cells: a few minutes.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not go on from what is done already.")
    ] = False,
    json: Json = False,
) -> None:
    """Whether the measuring itself can be trusted: A/A, steps of known size, exact counts."""
    from .check import selfcheck

    raise typer.Exit(selfcheck.run(part, quick, restart, json))


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


@history_app.command("environment")
def history_environment(
    release: Annotated[str, typer.Argument(metavar="RELEASE")], package: PackageOption = "zarr"
) -> None:
    """Make an environment of one release, in the cache, and name its interpreter."""
    from .history import environments

    print(environments.ensure(release, package))


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
    starts_others = {"bench", "sweep", "check", "selfcheck", "interop", "claims"}
    if not starts_others & set(sys.argv[1:2]) and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `head` has had enough
    try:
        use_cache()
        app()
    except UserError as exc:
        print(f"zarr-cryoet: {' '.join(str(exc).split())}", file=sys.stderr)
        sys.exit(2)
    except Interrupted:
        goes_on = "; the same command goes on from here" if RESUMABLE & set(sys.argv[1:2]) else ""
        print(f"zarr-cryoet: interrupted{goes_on}", file=sys.stderr)
        sys.exit(130)
    except (OSError, MemoryError, UnicodeError) as exc:  # none that a person could not mend
        print(f"zarr-cryoet: {' '.join(str(exc).split()) or type(exc).__name__}", file=sys.stderr)
        sys.exit(2)
