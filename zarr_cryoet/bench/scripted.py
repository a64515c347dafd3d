"""The script of a cell, by the name that people see: asv's, or a sweep's."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .. import console, project
from ..core import volume as prepared
from ..core.case import Case
from ..core.errors import UserError, unknown
from ..core.measure.cell import Cell
from ..core.operations import OPERATIONS
from ..core.volume import DEFAULT_VOLUME, Volume
from ..reproduce.pins import by_release
from ..reproduce.script import Refusal, script
from ..volumes.resolve import resolve
from ..volumes.rows import VOLUMES
from . import suite

# The fields of a sweep's id hold no _, but for the volume's
_SWEPT = re.compile(
    r"(?P<volume>.+)_(?P<codec>[^_]+)_(?P<layout>[^_]+)_v(?P<zarr_format>\d)_(?P<backend>[^_]+)"
    r"_(?P<store>[^_]+)_(?P<operation>[^_]+?)(?P<cold>_cold)?"
)


@dataclass(frozen=True)
class Named:
    """What a name stands for.

    Attributes
    ----------
    name : str
        As it should be shown.
    cell : Cell
        What is done with which case.
    metric : str
        What is measured of it.
    """

    name: str
    cell: Cell
    metric: str


def reproduce(
    name: str,
    volume: str | None,
    release: str | None,
    metric: str | None,
    output: Path | None,
    json: bool,
) -> None:
    """Write the script of a cell, or print it.

    Raises
    ------
    UserError
        There is no such cell, or no script for it.
    """
    pins = by_release()
    release = (list(pins)[-1] if release is None else release).removeprefix("v")
    if release not in pins:
        raise unknown("release of zarr in the history", release, pins)
    record = _record(_volume_of(name) if volume is None else volume)
    found = named(name, record, pins[release])
    file = _file(volume)
    text = script(
        found.cell.case,
        found.cell.operation,
        found.metric if metric is None else metric,
        pins[release],
        volume=record,
        name=found.name,
        cold=found.cell.cold,
        file=file,
    )
    if isinstance(text, Refusal):
        raise UserError(f"{found.name}: no script, as {text.reason}")
    if output is not None:
        project.write_whole(output, text)
    if json:
        return console.as_json({"name": found.name, "release": release, "script": text})
    if output is None:
        sys.stdout.write(text)
    console.tell(_hint(record, file, output))
    return None


def named(name: str, volume: Volume, pins: dict[str, str]) -> Named:
    """What a cell's name stands for.

    Parameters
    ----------
    name
        As asv prints it: ``codecs.ReadCodec.time_read('none', 2, 'zarr-python')``; or the id
        of a sweep's cell.
    volume
        What asv's cells work on.
    pins
        With which releases.

    Raises
    ------
    UserError
        There is no such cell, or it is not one operation on one case.
    """
    swept = _SWEPT.fullmatch(name.strip())
    if swept and swept["operation"] in OPERATIONS:
        fields = swept.groupdict()
        cold, operation = bool(fields.pop("cold")), fields.pop("operation")
        fields["zarr_format"] = int(fields["zarr_format"])
        case = Case.from_json({**fields, "volume": volume.id})
        return Named(Cell(case, operation, cold).id, Cell(case, operation, cold), "seconds")
    known = {}
    for cell in suite.cells(project.find().root, volume.id, volume.nbytes, pins):
        known[_plain(cell.name)] = cell
    if _plain(name) not in known:
        raise UserError(f"{name}: no such cell; {_near(name, [c.name for c in known.values()])}")
    cell = known[_plain(name)]
    if cell.skip:
        raise UserError(f"{cell.name}: no script, as {cell.skip}")
    if len(cell.does) != 1:
        raise UserError(f"{cell.name}: no script, as it is not one operation on one array")
    return Named(cell.name, cell.does[0], cell.metric)


def _near(name: str, known: list[str]) -> str:
    near = [each for each in known if name and each.startswith(name)][:3]
    near = near or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else "zarr-cryoet cases --json lists them all"


def _plain(name: str) -> str:
    """Whatever quotes a shell left, and whatever spaces."""
    return re.sub(r"[\s'\"]", "", name)


def _volume_of(name: str) -> str:
    swept = _SWEPT.fullmatch(name.strip())
    return swept["volume"] if swept and swept["operation"] in OPERATIONS else DEFAULT_VOLUME


def _record(volume: str) -> Volume:
    """What is known of a volume, with its SHA-256 where it is prepared."""
    described = resolve(volume).describe()
    return prepared.known(described.id) or described


def _file(volume: str | None) -> str | None:
    """The user's file, where a script can read it; a shipped volume is named when it is run."""
    if volume is None or volume in VOLUMES or not Path(volume).is_file():
        return None
    return volume if Path(volume).suffix in (".npy", ".mrc", ".map", ".rec") else None


def _hint(record: Volume, file: str | None, output: Path | None) -> str:
    run = f"uv run {output or 'SCRIPT'}"
    if file:
        return f"{run}  # reads {file}"
    path = prepared.folder() / f"{record.id}.npy"
    if path.exists():
        return f"{run} {path}"
    return (
        f"{run} FILE.npy  # zarr-cryoet volumes prepare {record.id} makes it, and says where it "
        "is; without a file, noise stands for it"
    )
