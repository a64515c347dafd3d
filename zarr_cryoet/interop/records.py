"""One record a cell, in a file of JSON lines that is written whole."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from .. import project
from ..core.errors import UserError

VERSION = 1
NAME = "interop.jsonl"


@dataclass(frozen=True)
class Record:
    """One writer, one reader, one way of storing.

    Attributes
    ----------
    volume : str
        Its id.
    writer, reader : str
        Ids of parties.
    codec, layout, zarr_format
        See `Case`.
    fault : str or None
        How the store was damaged before it was read.
    status : str
        ``exact``; ``differs``; ``unreadable``, where the reader raised; ``skipped``, where
        one of the two knows no such thing and says so; ``failed``, where the writer did
        not pass its own proof, or a process gave no answer.
    reason : str or None
        Why not exact.
    max_error, mse, psnr, ssim : float or None
        See `quality.Similarity`; None where no array came, and for what is not finite,
        as the PSNR of what is exact, and the error where NaN was read.
    writer_versions, reader_versions : dict
        Releases by package.
    measured : float
        When, in seconds since 1970.
    """

    volume: str
    writer: str
    reader: str
    codec: str
    layout: str
    zarr_format: int
    fault: str | None
    status: str
    reason: str | None = None
    max_error: float | None = None
    mse: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    writer_versions: dict[str, str] = field(default_factory=dict, compare=False)
    reader_versions: dict[str, str] = field(default_factory=dict, compare=False)
    measured: float = field(default_factory=time.time, compare=False)

    @property
    def key(self) -> tuple:
        """What is asked; a later record takes the place of one with the same."""
        what = (self.codec, self.layout, self.zarr_format, self.fault)
        return (self.volume, self.writer, self.reader, *what)

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"interop": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, record: dict) -> Record:
        """The inverse of `to_json`.

        Raises
        ------
        ValueError, KeyError, TypeError
            It is none.
        """
        if record["interop"] != VERSION:
            raise ValueError(f"version {record['interop']}, where {VERSION} is known")
        return cls(**{each.name: record[each.name] for each in fields(cls)})


def finite(value: float) -> float | None:
    """The value where JSON can hold it."""
    return value if math.isfinite(value) else None


def load(path: Path) -> list[Record]:
    """What is on record; nothing where there is no file.

    Raises
    ------
    UserError
        The file is damaged; it is named, and left alone.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as exc:
        raise UserError(f"{path}: cannot be read ({exc})") from exc
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found.append(Record.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError) as exc:
            why = " ".join(str(exc).split()) or type(exc).__name__
            raise UserError(
                f"{path}: damaged (line {number}: {why}); move it away to go on without it"
            ) from exc
    return found


def merged(old: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """Both, later ones in the place of earlier ones."""
    return list({record.key: record for record in (*old, *new)}.values())


def save(path: Path, records: Sequence[Record]) -> None:
    """Write the file whole, or leave the one that is there.

    Raises
    ------
    UserError
        It cannot be written.
    """
    lines = (json.dumps(record.to_json(), allow_nan=False) + "\n" for record in records)
    project.write_whole(path, "".join(lines))
