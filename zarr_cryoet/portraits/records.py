"""Portraits as records: a file of one line beside the results, for each volume."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import UserError
from ..core.volume import Volume
from ..project import write_whole

VERSION = 1
SUFFIX = ".portrait.jsonl"
_PRIVATE = {"path"}  # what says something of this machine
_DIGITS = 5  # significant ones, which is more than a picture shows


@dataclass(frozen=True)
class Portrait:
    """What a volume looks like.

    Attributes
    ----------
    volume : dict
        Its record, as `public` leaves it.
    made : str
        The day.
    drawn : dict
        What `drawn.portrait` returns.
    """

    volume: dict
    made: str
    drawn: dict

    @property
    def id(self) -> str:
        """The volume's."""
        return self.volume["id"]


def public(volume: Volume) -> dict:
    """A volume's record without local paths."""
    record = volume.to_json()
    record["source"] = {k: v for k, v in record["source"].items() if k not in _PRIVATE}
    return record


def stem(name: str) -> str:
    """A volume's id as the name of a file, whatever is in it: two ids never share one."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:60] or "volume"
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def path(folder: Path, name: str) -> Path:
    """Where the portrait of a volume stands, in a machine's folder of results."""
    return folder / f"{stem(name)}{SUFFIX}"


def write(place: Path, portrait: Portrait) -> None:
    """One line.

    Raises
    ------
    UserError
        It cannot be written.
    """
    found = dict(portrait.drawn)
    found["slices"] = {
        name: {**each, "png": base64.b64encode(each["png"]).decode()}
        for name, each in found["slices"].items()
    }
    line = {"portrait": VERSION, "volume": portrait.volume, "made": portrait.made, **_short(found)}
    write_whole(place, json.dumps(line, separators=(",", ":")) + "\n")


def _short(value):
    """Numbers without the digits that nobody sees."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def read(place: Path) -> Portrait | None:
    """A portrait; None of another version, which is made again.

    Raises
    ------
    UserError
        The file is damaged; it is named, and left alone.
    """
    try:
        line = json.loads(place.read_text("utf-8"))
        if line.pop("portrait") != VERSION:
            return None
        volume = public(Volume.from_json(line.pop("volume")))
        made = str(line.pop("made"))
        for each in line["slices"].values():
            each["png"] = base64.b64decode(each["png"], validate=True)
            if not each["png"].startswith(b"\x89PNG\r\n"):
                raise ValueError("a slice is no PNG")
        _ = [line[key] for key in ("statistics", "histogram", "spectrum")]
        return Portrait(volume, made, line)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error) as exc:
        why = " ".join(str(exc).split()) or type(exc).__name__
        raise UserError(f"{place}: damaged ({why}); move it away to go on without it") from exc


def load(results: Path) -> dict[str, Portrait]:
    """The portraits in a folder of results, by volume; of several, the one made last.

    Raises
    ------
    UserError
        A file is damaged; it is named, and left alone.
    """
    found: dict[str, Portrait] = {}
    for portrait in sorted(_all(results), key=lambda each: each.made):
        found[portrait.id] = portrait
    return found


def _all(results: Path) -> Iterator[Portrait]:
    for place in sorted(results.glob(f"*/*{SUFFIX}")):
        portrait = read(place)
        if portrait is not None:
            yield portrait
