"""What measures: one process with the cores of all benchmarks, asked one question after the other.

It knows nothing of candidates or budgets: whoever asks does.
"""

from __future__ import annotations

import gc
import shutil
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from ..core import backends
from ..core.access import ACCESS, cells
from ..core.case import Case
from ..core.codecs import CODECS
from ..core.errors import WrongResult
from ..core.measure import affinity
from ..core.measure.service import Service, question
from ..core.operations import BY_ACCESS, OPERATIONS, Job
from ..core.stores import files
from ..core.support import unsupported
from ..core.verify import verify, verify_all
from ..model.geometry import WRITE

_CACHES = 16 << 20  # bytes


@dataclass
class Stored:
    """A store that is there, and what is read from it."""

    path: Path
    jobs: dict[str, Job]


class Sampling(Service):
    """Answers questions about one volume.

    Parameters
    ----------
    volume
        Its ``.npy`` file, z, y, x.
    place
        An empty folder for stores.
    """

    pinned = True

    def __init__(self, volume: str, place: str):
        self.data, self.place = np.load(volume, mmap_mode="r"), Path(place)
        self.stores: dict[str, Stored] = {}

    @question
    def look(self, box: list) -> dict:
        """The smallest and the largest voxel in a box, given as starts and stops."""
        part = self.data[tuple(slice(*ends) for ends in box)]
        return {"least": float(part.min()), "most": float(part.max())}

    @question
    def codec(self, codec: str, boxes: list, chunk: list, seconds: float) -> dict:
        """Encode and decode blocks with the codec alone; what comes back is compared.

        Parameters
        ----------
        codec
            Its id.
        boxes
            Starts and stops of blocks; what lies beyond the border of the volume is zeros. None
            for one chunk of zeros.
        chunk
            Voxels of that chunk.
        seconds
            After which no further block is begun.
        """
        coder = _coder(codec, self.data.dtype)
        ratios, encode, decode, deadline = [], [], [], time.perf_counter() + seconds
        zeros = [np.zeros(chunk, self.data.dtype)] if not boxes else []
        for block in zeros or (self._block(box) for box in boxes):
            figures = _coded(codec, coder, block)
            ratios.append(block.nbytes / figures[0])
            encode.append(figures[1] / block.nbytes)
            decode.append(figures[2] / block.nbytes)
            if time.perf_counter() > deadline:
                break
        return {"ratios": ratios, "encode": encode, "decode": decode}

    def _block(self, box: list) -> np.ndarray:
        part = np.ascontiguousarray(self.data[tuple(slice(*ends) for ends in box)])
        shape = tuple(stop - start for start, stop in box)
        if part.shape == shape:
            return part
        padded = np.zeros(shape, part.dtype)
        padded[tuple(map(slice, part.shape))] = part
        return padded

    @question
    def store(self, key: str, case: dict, box: list, accesses: list, part: bool) -> dict:
        """Write a box of the volume as an array of its own, and read it back equal.

        Parameters
        ----------
        key
            What it is called from here on.
        case
            See `Case`.
        box
            Starts and stops along z, y, x.
        accesses
            What will be read of it.
        part
            Whether only what those meet is written.
        """
        case = Case.from_json(case)
        done = {name: BY_ACCESS.get(name, name) for name in accesses}
        for operation in done.values():
            if reason := unsupported(case, operation=operation):
                return {"reason": reason}
        data = self._block(box)
        data.flags.writeable = False
        path, backend = self.place / key, backends.get(case.backend)
        shutil.rmtree(path, ignore_errors=True)
        selections = {name: ACCESS[name].select(data.shape) for name in accesses if name != WRITE}
        handle = backend.create(case, path, data.shape, data.dtype)
        started = _clock()
        if part:
            for unit in _units(case, data.shape, selections.values()):
                backend.assign(handle, unit, data[unit])
        else:
            backend.write(handle, data)
        taken = _clock() - started
        if wrong := backend.problems(case, path, data):
            raise WrongResult("; ".join(wrong))
        again = self.place / f"{key}.again"
        jobs = {name: Job(case, backend, data, path, again) for name in {*done, WRITE}}
        for name in selections:
            read = OPERATIONS[done[name]]
            read.bring(jobs[name])
            read.check(jobs[name], read.results(jobs[name]))
        if not part and not selections:
            handle = backend.open(case, path)
            verify_all(partial(backend.read, handle), data, case.codec_row).require("the volume")
        self.stores[key] = Stored(path, jobs)
        stored = files.stored(backend.objects(case, path))
        return {"seconds": taken, "bytes": stored.nbytes, "objects": stored.objects}

    @question
    def time(self, key: str, access: str) -> dict:
        """Seconds of one access, or of writing the whole box anew."""
        job = self.stores[key].jobs[access]
        what = OPERATIONS[BY_ACCESS.get(access, access)]
        what.bring(job)
        taken = _timed(lambda: what.run(job))
        if what.writes:
            job.close()
        return taken

    @question
    def drop(self, key: str) -> dict:
        """Forget a store, and remove it."""
        found = self.stores.pop(key, None)
        if found:
            shutil.rmtree(found.path, ignore_errors=True)
        return {}


def _clock() -> float:
    """Seconds that count: of the processor, where one core is all there is.

    What is read here is in memory, and nothing is waited for but a core: on a machine that does
    something else beside, its wall time says what that was. With more cores, work overlaps, and
    wall time is all that tells how far.
    """
    return time.process_time() if affinity.cores() == 1 else time.perf_counter()


def _timed(run) -> dict:
    """Seconds by `_clock`, and on the wall, without the garbage collector in between.

    Whoever reads a tomogram finds it in memory at best, and not in the processor's caches, where
    what was read just before still is: that is overwritten first.
    """
    enabled = gc.isenabled()
    gc.disable()
    np.copyto(*_elsewhere())
    try:
        wall, started = time.perf_counter(), _clock()
        result = run()
        seconds, wall = _clock() - started, time.perf_counter() - wall
    finally:
        if enabled:
            gc.enable()
    del result
    return {"seconds": seconds, "wall": wall}


@cache
def _elsewhere() -> tuple[np.ndarray, np.ndarray]:
    """Two arrays that no cache of a core holds beside others."""
    return np.zeros(_CACHES, np.uint8), np.ones(_CACHES, np.uint8)


def _units(case: Case, shape, patterns) -> list:
    """Boxes of the stored objects that some selections meet."""
    edges = case.layout_row.of(shape).stored
    met = {tuple(c) for some in patterns for each in some for c in cells(each, edges).tolist()}
    return [
        tuple(slice(k * e, min((k + 1) * e, n)) for k, e, n in zip(cell, edges, shape, strict=True))
        for cell in sorted(met)
    ]


def _coder(codec: str, dtype: np.dtype):
    """Of numcodecs, as zarr-python has it in a worker thread: without threads of its own."""
    import numcodecs
    import numcodecs.blosc

    numcodecs.blosc.use_threads = False
    chain = CODECS[codec].chain(2, dtype)
    if chain.filters:
        raise ValueError(f"{codec}: what stands before a codec is not measured alone")
    return numcodecs.get_codec(dict(chain.compressors[0])) if chain.compressors else None


def _coded(codec: str, coder, block: np.ndarray) -> tuple[int, float, float]:
    """Bytes, and seconds of encoding and of decoding; 0 where nothing is coded."""
    if coder is None:
        return block.nbytes, 0.0, 0.0
    started = time.thread_time()
    encoded = coder.encode(block)
    coding = time.thread_time() - started
    coder.decode(encoded)  # which finds the pages that the second finds again, as of many chunks
    started = time.thread_time()
    decoded = coder.decode(encoded)
    seconds = time.thread_time() - started
    decoded = np.frombuffer(decoded, block.dtype).reshape(block.shape)
    verify(decoded, block, CODECS[codec]).require("a block")
    return len(memoryview(encoded).cast("B")), coding, seconds
