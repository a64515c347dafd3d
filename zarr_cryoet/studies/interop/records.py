"""One record a cell, in a file of JSON lines that is written whole."""

from __future__ import annotations

import gzip
import json
import math
import time
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ...core.case import Case
from ...core.errors import UserError
from ..record import Format

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
        Ids of environments.
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

    @classmethod
    def of(
        cls, case: Case, writer: str, reader: str, status: str, reason: str | None, **more
    ) -> Record:
        """What came of one case."""
        storage = case.storage
        more = {"fault": None, **more}
        return cls(
            case.volume, writer, reader, storage.codec, storage.layout, storage.zarr_format,
            status=status, reason=reason, **more,
        )  # fmt: skip

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


@dataclass(frozen=True)
class Records:
    """All that is on record.

    Attributes
    ----------
    records : list of Record
        In the order in which they came.
    about : dict
        Nothing: each has its own volume and versions.
    """

    records: list[Record] = field(default_factory=list)
    about: dict = field(default_factory=dict)


class Lines(Format[Records]):
    """A record for each line, so that users can add to the file."""

    def text(self, record: Records) -> str:
        """What stands in the file."""
        lines = (json.dumps(each.to_json(), allow_nan=False) + "\n" for each in record.records)
        return "".join(lines)

    def load(self, path: Path) -> Records:
        """What is on record; nothing where there is no file. One that ends in .gz is compressed.

        Raises
        ------
        UserError
            The file is damaged; it is named, and left alone.
        """
        found, number = [], 0
        opened = gzip.open if path.suffix == ".gz" else open
        try:
            with opened(path, "rt", encoding="utf-8") as file:
                for number, line in enumerate(file, 1):  # noqa: B007  for the message
                    found.append(Record.from_json(json.loads(line)))
        except FileNotFoundError:
            return Records()
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as exc:
            why = " ".join(str(exc).split()) or type(exc).__name__
            raise UserError(
                f"{path}: damaged (line {number}: {why}); move it away to go on without it"
            ) from exc
        return Records(found)


FORMAT = Lines(Records, "interop")


def merged(old: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """Both, later ones in the place of earlier ones."""
    return list({record.key: record for record in (*old, *new)}.values())
