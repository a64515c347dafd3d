"""Who reads what whom wrote: stores of one environment, read in another.

Writers and readers are processes of their own, so that one that crashes, hangs or is
killed spoils its own cell alone. What was read comes back as a file, and is compared in
the process that asked.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import backends
from ..case import Case
from ..codecs import Codec
from ..errors import WrongResult
from ..prepare import FAILED, READY, SKIPPED, failure, in_words
from ..support import unsupported
from ..verify import Verification, verify
from .worker import Died, Environment, measuring

EXACT, DIFFERS, UNREADABLE = "exact", "differs", "unreadable"
_SECONDS = 60.0  # for one answer
# what tensorstore adds to an error: where in its source, and its whole description again
_TAIL = re.compile(r"\s*\[((source locations|tensorstore_spec)=.*|[a-z_ ]{0,16})$")


@dataclass(frozen=True)
class Peer:
    """A writer and reader: a backend in an environment.

    Attributes
    ----------
    id : str
        Short and stable.
    backend : str
        Its id.
    environment : Environment
        Where it runs.
    """

    id: str
    backend: str
    environment: Environment


@dataclass(frozen=True)
class Reading:
    """What came of a read.

    Attributes
    ----------
    status : str
        ``exact``; ``differs``; ``unreadable`` where the reader raised; ``skipped``; or
        ``failed`` where its process did not answer.
    reason : str or None
        Why not exact.
    found : numpy.ndarray or None
        What was read.
    verification : Verification or None
        How that compares with what was written.
    raised : str or None
        Where skipped, what the reader raised all the same.
    """

    status: str
    reason: str | None = None
    found: np.ndarray | None = None
    raised: str | None = None
    verification: Verification | None = None

    @classmethod
    def of(cls, found: np.ndarray, wanted: np.ndarray, codec: Codec) -> Reading:
        """Voxels that came, compared with those that were written."""
        try:
            verification = verify(found, wanted, codec)
        except WrongResult as exc:
            return cls(DIFFERS, str(exc), found)
        if verification.holds:
            return cls(EXACT, None, found, verification=verification)
        reason = verification.describe("the volume")
        return cls(DIFFERS, reason, found, verification=verification)


class Exchange:
    """Processes of all peers, for one volume.

    Parameters
    ----------
    peers
        Who takes part; the ids differ.
    volume
        The volume's id; it is prepared.
    data
        Its voxels.
    place
        A folder for stores, which its owner removes.
    seconds
        In which an answer has to come.
    """

    def __init__(
        self,
        peers: list[Peer],
        volume: str,
        data: np.ndarray,
        place: Path,
        seconds: float = _SECONDS,
    ):
        self.data, self.place, self.seconds = data, place, seconds
        place.mkdir(parents=True, exist_ok=True)
        self.workers = {p.id: measuring(p.environment, volume, place / p.id) for p in peers}

    def versions(self, peer: Peer) -> dict[str, str]:
        """What its environment holds; nothing where it does not come up."""
        try:
            return self.workers[peer.id].start()["versions"]
        except Died:
            return {}

    def write(self, peer: Peer, case: Case) -> dict:
        """Let a peer write and prove a case: status, reason, and the store's path."""
        case = replace(case, backend=peer.backend)
        found = self._ask(peer, "write", case=case.to_json())
        path = self.place / peer.id / case.id
        return {**found, "reason": _in_short(found.get("reason"), path)}

    def read(self, peer: Peer, case: Case, path: Path, lead: int = 0) -> Reading:
        """Let a peer read a store, and compare what comes with the volume."""
        case = replace(case, backend=peer.backend)
        into = self.place / f"{peer.id}.npy"
        into.unlink(missing_ok=True)
        question = dict(case=case.to_json(), path=str(path), into=str(into), lead=lead)
        answer = self._ask(peer, "read_into", **question)
        reason = _in_short(answer.get("reason"), path)
        if answer["status"] != READY:
            return Reading(answer["status"], reason, raised=_in_short(answer.get("raised"), path))
        return Reading.of(np.load(into), self.data, case.codec_row)

    def _ask(self, peer: Peer, do: str, **question) -> dict:
        try:
            found = self.workers[peer.id].ask(do, deadline=self.seconds, **question)
        except Died as exc:
            return failure(str(exc))
        return failure(found["error"]) if "error" in found else found

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers.values():
            worker.stop()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def read_into(case: Case, shape: tuple[int, ...], path: Path, into: Path, lead: int) -> dict:
    """Read a store whole with the case's backend, and save what comes as NPY.

    A reader may do more than its backend promises as a writer. So it is tried, and what
    the rule says counts only where it came to nothing.

    Parameters
    ----------
    case
        How it is stored, and who reads.
    shape
        Of the volume, z, y, x.
    path
        Where the array is.
    into
        The file to write.
    lead
        How many axes of length 1 the array has before z, y, x, as the reader sees it.

    Returns
    -------
    dict
        ``status`` (``ready``, ``skipped`` or ``unreadable``) and ``reason``; and where it
        was skipped after it raised, ``raised``.
    """
    backend = backends.find(case.backend, backends.installed())
    if isinstance(backend, str):
        return {"status": SKIPPED, "reason": backend}
    box = tuple(slice(0, n) for n in (*[1] * lead, *shape))
    try:
        found = np.asarray(backend.read(backend.open(case, path), box))
    except (Exception, SystemExit) as exc:
        if reason := unsupported(case):
            return {"status": SKIPPED, "reason": reason, "raised": in_words(exc)}
        return {"status": UNREADABLE, "reason": in_words(exc)}
    np.save(into, found[(0,) * lead])
    return {"status": READY, "reason": None}


def _in_short(reason: str | None, path: Path) -> str | None:
    """A reason without the place, and without what tensorstore adds."""
    if reason is None:
        return None
    for spelled in (str(path), str(path).removeprefix(f"{Path.cwd()}{os.sep}")):
        reason = reason.replace(spelled, "store")
    return _TAIL.sub("", reason).strip()


__all__ = [
    "DIFFERS", "EXACT", "FAILED", "READY", "SKIPPED", "UNREADABLE",
    "Exchange", "Peer", "Reading", "read_into",
]  # fmt: skip
