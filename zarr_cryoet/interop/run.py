"""Every writer's stores in front of every reader."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import quality
from ..core.case import Case
from ..core.measure.exchange import (
    DIFFERS,
    EXACT,
    FAILED,
    READY,
    UNREADABLE,
    Exchange,
    Party,
    Reading,
)
from . import fov
from .faults import Fault, damage
from .records import Record, finite


@dataclass(frozen=True)
class Volume:
    """What is exchanged: an id, and its voxels."""

    id: str
    data: np.ndarray


class Run:
    """All cells of some writers and readers.

    Parameters
    ----------
    exchange
        Their processes.
    volume
        What is written.
    writers, readers
        Who takes part.
    tick
        Told after each store.
    """

    def __init__(
        self,
        exchange: Exchange,
        volume: Volume,
        writers: Sequence[Party],
        readers: Sequence[Party],
        tick: Callable[[], None] = lambda: None,
    ):
        self.exchange, self.volume, self.tick = exchange, volume, tick
        self.writers, self.readers = writers, readers
        parties = {party.id: party for party in (*writers, *readers)}
        self.versions = {name: exchange.versions(party) for name, party in parties.items()}

    def cells(self, cases: Sequence[Case]) -> list[Record]:
        """Every case, of every writer, by every reader."""
        found: list[tuple[Record, str | None]] = []
        for writer in self.writers:
            for case in cases:
                written = self.exchange.write(writer, case)
                for reader in self.readers:
                    reading = self._read(writer, reader, case, written)
                    record = self._record(writer, reader, case, None, reading)
                    found.append((record, reading.raised))
                _remove(written)
                self.tick()
        return _rejudged(found)

    def damaged(
        self, writer: Party, cases: Sequence[Case], faults: Sequence[Fault]
    ) -> Iterator[Record]:
        """Every fault in every case of one writer, by every reader."""
        for case in cases:
            written = self.exchange.write(writer, case)
            sound = {r.id: self._read(writer, r, case, written) for r in self.readers}
            for fault in faults:
                hurt = _damaged(written, fault)
                for reader in self.readers:
                    reading = self._read(writer, reader, case, hurt)
                    if reading.raised and sound[reader.id].status == EXACT:
                        # it reads such stores, whatever it promises; it is the damage
                        reading = Reading(UNREADABLE, reading.raised)
                    yield self._record(writer, reader, case, fault, reading)
                _remove(hurt)
                self.tick()
            _remove(written)

    def _read(self, writer: Party, reader: Party, case: Case, written: dict) -> Reading:
        if written["status"] != READY:
            return Reading(written["status"], f"not written: {written['reason']}")
        path, between = Path(written["path"]), (writer.backend, reader.backend)
        try:
            path, lead = fov.seen(path, *between, case.zarr_format)
        except (OSError, ValueError, TypeError) as exc:
            return Reading(FAILED, f"no field of view could be made of it: {exc}")
        return self.exchange.read(reader, case, path, lead)

    def _record(self, writer, reader, case: Case, fault, reading: Reading) -> Record:
        return Record(
            volume=self.volume.id,
            writer=writer.id,
            reader=reader.id,
            codec=case.codec,
            layout=case.layout,
            zarr_format=case.zarr_format,
            fault=fault.id if fault else None,
            status=reading.status,
            reason=_explained(reading),
            **_similarity(self.volume.data, reading),
            writer_versions=self.versions[writer.id],
            reader_versions=self.versions[reader.id],
        )


def _rejudged(found: Sequence[tuple[Record, str | None]]) -> list[Record]:
    """No rule excuses a reader that reads the same case as another wrote it."""

    def what(record: Record) -> tuple:
        return record.reader, record.codec, record.layout, record.zarr_format

    known = {what(record) for record, _ in found if record.status == EXACT}
    return [
        replace(record, status=UNREADABLE, reason=raised)
        if raised and what(record) in known
        else record
        for record, raised in found
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
