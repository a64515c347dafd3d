"""One cell: a server and a reader of its own, so that neither knows of another cell."""

from __future__ import annotations

import os
import re
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field

from ...core.measure.worker import Died, Environment, Late, Worker
from ...emulators.faulty import Faulty
from .plan import Ask
from .records import DIED, FAILED, HUNG, RAISED, RIGHT, WRONG, Answer, Cell
from .stores import Stores

_START = 120.0  # seconds in which an interpreter imports all, and reads what is sound
_READER = "zarr_cryoet.core.measure.reader:Reader"
_PLACE = re.compile(r"http://127\.0\.0\.1:\d+|127\.0\.0\.1:\d+|source locations=.*")


@dataclass(frozen=True)
class Shared:
    """What cells that run side by side share.

    Attributes
    ----------
    starting : threading.Lock
        Held until a reader has read what is sound: those that start take the processor from
        those that are measured.
    stop : threading.Event
        Set when nobody waits for the answers any more.
    """

    starting: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)


def run(ask: Ask, python: str, stores: Stores, deadline: float, shared: Shared) -> Answer:
    """Read once without the fault, then with it.

    Parameters
    ----------
    ask
        What is asked.
    python
        The interpreter of the environment.
    stores
        What is read.
    deadline
        Seconds in which the read under the fault has to end; then it is killed.
    shared
        What it shares with others.
    """
    name, storage = stores.names[ask.form.id], ask.form.storage
    key = f"{name}/{ask.fault.key(storage.zarr_format)}"
    versions: dict[str, str] = {}
    with ExitStack() as stack:
        try:
            with shared.starting:
                server = stack.enter_context(Faulty(stores.sound))
                settings = {
                    "client": ask.environment.client, "endpoint": server.endpoint,
                    "bucket": server.bucket, "path": name, "zarr_format": storage.zarr_format,
                    "codec": storage.codec,
                    "box": stores.box(ask.fault),
                }  # fmt: skip
                environment = Environment(ask.environment.id, python, variables=_variables())
                reader = Worker(environment, _READER, settings, shared.stop.is_set)
                versions = stack.enter_context(reader).start(_START)["versions"]
                clean = _clean(reader, server, stores, key, ask)
        except Died as exc:
            return Answer(_cell(ask, status=FAILED, error=_in_short(str(exc))), versions)
        if "status" in clean:
            return Answer(_cell(ask, **clean), versions)
        struck = _struck(reader, server, stores, ask, key, deadline)
        return Answer(_cell(ask, **clean, **struck), versions)


def _clean(reader: Worker, server: Faulty, stores: Stores, key: str, ask: Ask) -> dict:
    """The read without a fault: twice, as the first also imports; the second counts."""
    for anew in (True, ask.fault.metadata):
        server.rules(())
        found = reader.ask("read", deadline=_START, wanted=stores.wanted["sound"], anew=anew)
        if found.get("error") or found["wrong"]:
            told = found.get("error") or f"{found['wrong']} voxels are wrong"
            return {"status": FAILED, "error": _in_short(f"without a fault: {told}")}
    return {"clean": round(found["seconds"], 4), "clean_requests": _count(server, key)}


def _struck(reader, server, stores: Stores, ask: Ask, key: str, deadline: float) -> dict:
    """The read under the fault."""
    wanted = stores.wanted["other" if ask.fault.overwritten else "sound"]
    if ask.fault.overwritten:
        server.put(stores.other)
    rule = ask.fault.rule(stores.names[ask.form.id], ask.form, ask.lasts)
    server.rules([rule] if rule else [])
    try:
        found = reader.ask("read", deadline=deadline, wanted=wanted, anew=ask.fault.metadata)
        status = RAISED if "error" in found else WRONG if found["wrong"] else RIGHT
    except Late:
        found, status = {"seconds": deadline}, HUNG
    except Died as exc:
        found, status = {"error": str(exc)}, DIED
    struck = sum(each.fault is not None for each in server.log())
    if rule and not struck:
        found, status = {"error": "the fault struck no request"}, FAILED
    told = {name: found[name] for name in ("wrong", "zeros") if name in found}
    if "seconds" in found:
        told["seconds"] = round(found["seconds"], 4)
    if "error" in found:
        told["error"] = _in_short(found["error"])
    return {"status": status, "requests": _count(server, key), "struck": struck, **told}


def _cell(ask: Ask, **found) -> Cell:
    return Cell(*ask.key, **found)


def _count(server: Faulty, key: str) -> int:
    return sum(each.key == key and each.kind in ("GET", "HEAD") for each in server.log())


def _variables() -> dict[str, str | None]:
    """As a user's who has set nothing: no proxy, no account, no settings of retries."""
    settings = ("AWS_", "BOTO_", "FSSPEC_", "TENSORSTORE_", "ZARR_")
    unset = {
        name: None
        for name in os.environ
        if name.upper().startswith(settings) or name.upper().endswith("_PROXY")
    }
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**unset, **nowhere, "AWS_EC2_METADATA_DISABLED": "true"}


def _in_short(error: str) -> str:
    """An error without the place, which is another one each time."""
    return " ".join(_PLACE.sub("…", error).split())[:200]
