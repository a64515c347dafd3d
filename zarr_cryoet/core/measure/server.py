"""A process that measures what it is asked to, cell by cell.

It lives inside the environment under test, and is asked as a service: see `service`.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path

import numpy as np

from .. import backends, volume
from ..case import Case
from ..errors import WrongResult
from ..operations import OPERATIONS, Job
from ..prepare import READY, SKIPPED, failure, in_words, prepare
from ..support import unsupported
from . import exchange, memory, pagecache
from .cell import Cell
from .service import Service, question

_CALL = 0.004  # seconds that a call should take at least, where it may repeat itself
_MOST, _TURNS = 200, 5  # times within one call, and where each needs something brought
_LONG = 0.2  # seconds, from which a first run says enough of how long it takes
_CONTROL = 1 << 20  # bytes that are copied at least, so that the clock can see it


class Server(Service):
    """Answers one question after the other.

    Parameters
    ----------
    name
        Of the volume.
    place
        A folder for prepared stores; its owner removes it.
    work
        The same for what operations write.
    double
        Settings of a test double, see `doubles`; None for none.
    """

    pinned = True

    def __init__(self, name: str, place: str, work: str, double: dict | None = None):
        self.data = volume.open_volume(name)[1]
        self.place, self.work, self.double = Path(place), Path(work), double
        self.jobs: dict[str, tuple] = {}
        self.held: dict[str, dict] = {}  # what is prepared in this process's own memory
        self.buffer = np.empty(max(_CONTROL, self.data.nbytes), np.uint8)
        self.buffer[...] = 1  # its pages are there before the clock runs
        self.source = np.ones_like(self.buffer)

    @question
    def ready(
        self,
        cell: dict,
        prepared: dict | None = None,
        number: int | None = None,
        proved: bool = False,
    ) -> dict:
        """Write a cell's store, prove it, do its operation once, and prove that.

        Parameters
        ----------
        cell
            See `Cell.to_json`.
        prepared
            What an earlier process answered for the same case, whose store is there.
        number
            How many runs a call has; two sides that are compared have the same.
        proved
            Whether an earlier process here has proved the operation.
        """
        cell = Cell.from_json(cell)
        if reason := unsupported(cell.case, operation=cell.operation):
            return {"status": SKIPPED, "reason": reason}
        if cell.case.store == "memory":  # gone with the process that had it
            prepared = self.held.get(cell.case.id)
        if not prepared:
            prepared = prepare(cell.case, self.data, self.place)
        if prepared["status"] != READY:
            return prepared
        if cell.case.store == "memory":
            self.held[cell.case.id] = prepared
        try:
            return {**prepared, **self._first(cell, prepared, number, proved)}
        except (Exception, SystemExit) as exc:
            return failure(in_words(exc))

    def _first(self, cell: Cell, prepared: dict, number: int | None, proved: bool) -> dict:
        operation = OPERATIONS[cell.operation]
        if self.double:
            from .doubles import doubled

            operation = doubled(operation, cell, self.double)
        backend = backends.get(cell.case.backend)
        place = self.work / cell.id
        job = Job(cell.case, backend, self.data, Path(prepared["path"]), place)
        operation.bring(job)
        once, taken, result = self._once(operation, job)
        if not proved:
            operation.check(job, result)
        if number is None:
            number, once, taken = self._tried(cell, operation, job, once, taken)
        self.jobs[cell.id] = operation, job, number, self._cold(cell, job)
        nbytes = operation.nbytes(job)
        return {"number": number, "seconds": once, "nbytes": nbytes, "peak_bytes": taken}

    def _tried(self, cell: Cell, operation, job: Job, once: float, taken: int | None) -> tuple:
        """How many runs make a call, and what one takes once all is imported."""
        if once < _LONG:
            operation.bring(job)
            once, taken, _ = self._once(operation, job)
        most = _MOST if operation.repeats else _TURNS
        number = (
            1 if cell.cold or cell.case.store_row.remote else max(1, min(most, round(_CALL / once)))
        )
        return number, once, taken

    @staticmethod
    def _once(operation, job) -> tuple[float, int | None, object]:
        """Seconds of one run, the memory that it took at most, and what came of it."""
        found = []
        started = time.perf_counter()
        if memory.available():
            taken = memory.peak(lambda: found.append(operation.run(job)))
        else:
            taken = found.append(operation.run(job))
        return max(1e-9, time.perf_counter() - started), taken, found.pop()

    def _cold(self, cell: Cell, job: Job) -> list[Path]:
        """The files to evict, having shown once that it works on this file system."""
        if not cell.cold:
            return []
        place = cell.case.store_row.place(job.prepared)
        files = [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
        pagecache.evict(files)
        if pagecache.resident(files):
            raise WrongResult("the page cache of this file system was not emptied")
        return files

    @question
    def call(self, cell: str, control: bool = True) -> dict:
        """One sample: the operation, and a memcpy of as many bytes just before it.

        Returns
        -------
        dict
            ``seconds`` and ``cpu`` of one run, ``control`` of a copy of as many bytes as
            it hands over, and ``spent``, the seconds inside of all that was timed.
        """
        operation, job, number, cold = self.jobs[cell]
        operation.bring(job)
        if cold:
            pagecache.evict(cold)
        nbytes = operation.nbytes(job)
        copied = max(_CONTROL, nbytes)
        copy = self._copy(copied) if control and nbytes else 0.0
        turns = 1 if operation.repeats else number
        seconds = cpu = 0.0
        for turn in range(turns):
            if turn:
                operation.bring(job)
            taken = self._timed(operation, job, number // turns)
            seconds, cpu = seconds + taken[0], cpu + taken[1]
        beside = copy * nbytes / copied
        found = {"seconds": seconds / number, "cpu": cpu / number, "control": beside}
        return {**found, "spent": seconds + copy}

    @staticmethod
    def _timed(operation, job: Job, number: int) -> tuple[float, float]:
        """Wall and CPU time of some runs, without the garbage collector in between."""
        enabled = gc.isenabled()
        gc.disable()
        try:
            cpu, started = time.process_time(), time.perf_counter()
            for _ in range(number):
                result = operation.run(job)
            seconds = time.perf_counter() - started
            cpu = time.process_time() - cpu
        finally:
            if enabled:
                gc.enable()
        del result
        return seconds, cpu

    def _copy(self, nbytes: int) -> float:
        nbytes = min(nbytes, len(self.buffer))
        started = time.perf_counter()
        np.copyto(self.buffer[:nbytes], self.source[:nbytes])
        return time.perf_counter() - started

    @question
    def count(self, cell: dict) -> dict:
        """Do a cell's operation once, counted: see `exact.count`.

        Returns
        -------
        dict
            As of `prepare`; where that is ready, with ``requests`` and all of the tally.
        """
        from .. import exact  # what is timed imports no counting

        cell = Cell.from_json(cell)
        if reason := unsupported(cell.case, operation=cell.operation):
            return {"status": SKIPPED, "reason": reason}
        prepared = prepare(cell.case, self.data, self.place)
        if prepared["status"] != READY:
            return prepared
        where = Path(prepared["path"]), self.work / cell.id
        try:
            tally = exact.count(cell.case, cell.operation, self.data, *where).tally
        except (Exception, SystemExit) as exc:
            return failure(in_words(exc))
        return {**prepared, **vars(tally), "requests": tally.requests}

    @question
    def write(self, case: dict) -> dict:
        """Write a case's store and prove it, see `prepare`."""
        return prepare(Case.from_json(case), self.data, self.place)

    @question
    def read_into(self, case: dict, path: str, into: str, lead: int = 0) -> dict:
        """Read a store that another may have written, and save its voxels as NPY.

        See `exchange.read_into`, which also says what `lead` is.
        """
        return exchange.read_into(
            Case.from_json(case), self.data.shape, Path(path), Path(into), lead
        )

    @question
    def drop(self, cell: str) -> dict:
        """Forget a cell, and remove what its operation wrote."""
        if cell in self.jobs:
            self.jobs.pop(cell)[1].close()
        return {}
