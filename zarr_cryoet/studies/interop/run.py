"""Every writer's stores in front of every reader."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ... import quality
from ...core.case import Case
from ...core.measure.exchange import (
    DIFFERS,
    EXACT,
    FAILED,
    READY,
    UNREADABLE,
    Exchange,
    Peer,
    Reading,
)
from . import fov
from .faults import FAULTS, Fault, damage
from .records import Record, finite


@dataclass(frozen=True)
class Volume:
    """What is exchanged: an id, and its voxels."""

    id: str
    data: np.ndarray


@dataclass(frozen=True)
class Readings:
    """What came of one store.

    Attributes
    ----------
    records : list of Record
        One for each reader, and for each fault.
    raised : list of str or None
        What a reader raised that was skipped all the same; see `exchange.Reading`.
    """

    records: list[Record] = field(default_factory=list)
    raised: list[str | None] = field(default_factory=list)

    def __add__(self, other: Readings) -> Readings:
        return Readings([*self.records, *other.records], [*self.raised, *other.raised])


class Run:
    """Stores of writers in front of some readers.

    Parameters
    ----------
    exchange
        Their processes.
    volume
        What is written.
    readers
        Who reads.
    """

    def __init__(self, exchange: Exchange, volume: Volume, readers: Sequence[Peer]):
        self.exchange, self.volume, self.readers = exchange, volume, readers
        self.versions = {peer.id: exchange.versions(peer) for peer in readers}

    def sound(self, writer: Peer, case: Case) -> Readings:
        """A store as it was written."""
        written = self.exchange.write(writer, case)
        found = [(r, self._read(writer, r, case, written)) for r in self.readers]
        _remove(written)
        return Readings(
            [self._record(writer, reader, case, None, reading) for reader, reading in found],
            [reading.raised for _, reading in found],
        )

    def damaged(self, writer: Peer, case: Case) -> Readings:
        """The same store with each fault in it."""
        written = self.exchange.write(writer, case)
        sound = {r.id: self._read(writer, r, case, written) for r in self.readers}
        found = []
        for fault in FAULTS.values():
            hurt = _damaged(written, fault)
            for reader in self.readers:
                reading = self._read(writer, reader, case, hurt)
                if reading.raised and sound[reader.id].status == EXACT:
                    # it reads such stores, whatever it promises; it is the damage
                    reading = Reading(UNREADABLE, reading.raised)
                found.append(self._record(writer, reader, case, fault, reading))
            _remove(hurt)
        _remove(written)
        return Readings(found, [None] * len(found))

    def _read(self, writer: Peer, reader: Peer, case: Case, written: dict) -> Reading:
        if written["status"] != READY:
            return Reading(written["status"], f"not written: {written['reason']}")
        path, between = Path(written["path"]), (writer.backend, reader.backend)
        try:
            path, lead = fov.seen(path, *between, case.zarr_format)
        except (OSError, ValueError, TypeError) as exc:
            return Reading(FAILED, f"no field of view could be made of it: {exc}")
        return self.exchange.read(reader, case, path, lead)

    def _record(self, writer, reader, case: Case, fault, reading: Reading) -> Record:
        if writer.id not in self.versions:
            self.versions[writer.id] = self.exchange.versions(writer)
        return Record.of(
            replace(case, volume=self.volume.id),
            writer.id,
            reader.id,
            reading.status,
            _explained(reading),
            fault=fault.id if fault else None,
            **_similarity(self.volume.data, reading),
            writer_versions=self.versions[writer.id],
            reader_versions=self.versions[reader.id],
        )


def rejudged(found: Sequence[Readings]) -> list[Record]:
    """All records; no rule excuses a reader that reads the same case as another wrote it."""

    def what(record: Record) -> tuple:
        return record.reader, record.codec, record.layout, record.zarr_format

    some = [record for readings in found for record in readings.records]
    raised = [each for readings in found for each in readings.raised]
    known = {what(record) for record in some if record.status == EXACT and not record.fault}
    return [
        replace(record, status=UNREADABLE, reason=why) if why and what(record) in known else record
        for record, why in zip(some, raised, strict=True)
    ]


def _similarity(data: np.ndarray, reading: Reading) -> dict[str, float | None]:
    if reading.found is None or reading.found.shape != data.shape:
        return {}
    found = quality.compare(data, reading.found)
    return {name: finite(value) for name, value in vars(found).items()}


def _explained(reading: Reading) -> str | None:
    """The reason; and what stands in the place of the voxels, where that can be named."""
    found = reading.verification
    if reading.status != DIFFERS or found is None:
        return reading.reason
    if found.zeros == found.beyond:
        return f"{reading.reason}, all of them as 0"
    if found.nonfinite:
        return f"{reading.reason}, some as NaN or infinity"
    return reading.reason


def _damaged(written: dict, fault: Fault) -> dict:
    """A copy of a store, damaged; as it is told where nothing was written."""
    if written["status"] != READY:
        return written
    whole = Path(written["path"])
    hurt = whole.with_name(f"{whole.name}-{fault.id}")
    shutil.copytree(whole, hurt)
    damage(fault, hurt)
    return {**written, "path": str(hurt)}


def _remove(written: dict) -> None:
    if written["status"] == READY:
        store = Path(written["path"])
        for path in (store, fov.beside(store)):
            shutil.rmtree(path, ignore_errors=True)
