"""What is asked: storage configurations, faults, and how long each lasts; one row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...core.registry import Registry
from ...core.storage import Preset, Storage
from ...emulators.s3rules import FAULTS as DOES
from ...emulators.s3rules import Rule
from ...environments.rows import Row

ONCE, ALWAYS = "first 2", "always"
ATTEMPTS = 2  # that a passing fault strikes
# what befalls a HEAD as well as a GET, as it needs no body
_HEADS = frozenset(
    {"slowdown", "error", "denied", "missing", "drop-before", "stall-before", "stale"}
)


_BLOSC = "blosc-lz4-5-shuffle"  # what the portal stores
FORMS = Registry(
    "form",
    [
        Preset("v2-blosc", Storage(_BLOSC, "c32", 2)),
        Preset("v3-shard-blosc", Storage(_BLOSC, "c16-s32", 3)),
        Preset("v2-raw", Storage("none", "c32", 2)),
        Preset("v2-gzip", Storage("gzip-5", "c32", 2)),
        Preset("v3-crc32c", Storage("crc32c", "c32", 3)),
        Preset("v3-shard-raw", Storage("none", "c16-s32", 3)),
        Preset("v3-shard-crc32c", Storage("crc32c", "c16-s32", 3)),
    ],
)
SENT = ("v2-blosc", "v3-shard-blosc")  # for what happens on the way: whole objects, and ranges
_HURT = tuple(name for name in FORMS if name not in SENT[1:])


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and where.

    Attributes
    ----------
    id : str
        Short and stable.
    does : str
        What the server does: one of `emulators.s3rules.FAULTS`, or empty.
    lasts : tuple of str
        `ONCE`, `ALWAYS`, or both.
    forms : tuple of str
        Ids of `FORMS`.
    overwritten : bool
        Whether all chunks are overwritten by another, after the array was opened and read,
        and before it is read again by the same handle.
    what : str
        For people; default: what the server does.
    metadata : bool
        Whether the array's metadata is struck in place of a chunk, as it is opened anew.
    attempts : int
        How many requests of a kind for the object it strikes where it passes. All of them
        count, as a library may go on with the rest of a body that broke off.
    whole : bool
        Whether all planes are read, else all but the first: what reads a part of a chunk may
        not look at the checksum of the whole.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    does: str = ""
    lasts: tuple[str, ...] = (ONCE, ALWAYS)
    forms: tuple[str, ...] = SENT
    overwritten: bool = False
    what: str = ""
    metadata: bool = False
    attempts: int = ATTEMPTS
    whole: bool = False
    groups: tuple[str, ...] = ("default",)

    @property
    def told(self) -> str:
        """What happens, for people."""
        return self.what or DOES[self.does]

    def key(self, zarr_format: int) -> str:
        """The key, below the array, that is struck: its metadata, or its first chunk or shard."""
        if self.metadata:
            return ".zarray" if zarr_format == 2 else "zarr.json"
        return "0/0/0" if zarr_format == 2 else "c/0/0/0"

    def rule(self, path: str, form: Preset, lasts: str) -> Rule | None:
        """How the server is told, of an array at `path`."""
        if not self.does:
            return None
        return Rule(
            self.does,
            f"{path}/{self.key(form.storage.zarr_format)}",
            self.attempts if lasts == ONCE else None,
            ("GET", "HEAD") if self.does in _HEADS else ("GET",),
            "object",
        )


_V2 = ("v2-blosc",)
FAULTS = Registry(
    "fault",
    [
        *(Fault(name, name) for name in (
            "slowdown", "error", "drop-before", "drop", "stall-before", "stall", "cut", "short",
        )),
        Fault("pause", "pause", (ONCE,)),
        Fault("denied", "denied", (ALWAYS,), _V2),
        Fault("missing", "missing", (ALWAYS,), _V2),
        Fault("metadata-slowdown", "slowdown", forms=_V2, metadata=True,
              what="503 SlowDown for the array's metadata, as it is opened"),
        Fault("metadata-drop", "drop-before", forms=_V2, metadata=True,
              what="the connection is reset before a byte of the array's metadata comes"),
        Fault("damaged", "damaged", forms=_HURT, whole=True,
              what="one bit of the object is flipped, its length is right; whole chunks are read"),
        Fault("damaged-summed", "damaged-summed", forms=_HURT, whole=True,
              what="the same, under the checksum header of the sound object for those who ask"),
        Fault("damaged-part", "damaged", (ALWAYS,), _HURT,
              what="as damaged, and all of the chunk but its first plane is read"),
        Fault("overwritten", lasts=(ALWAYS,), overwritten=True,
              what="another overwrites all chunks between two reads by one handle; the bucket "
                   "is sound"),
        Fault("stale", "stale", (ALWAYS,), overwritten=True,
              what="the same, and the bucket goes on to serve the first chunk or shard as it was"),
        Fault("torn", "stale", (ONCE,), overwritten=True, attempts=1,
              what="the same, but as it was for the first request alone"),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One cell: who reads what, under which fault, for how long."""

    environment: Row
    fault: Fault
    form: Preset
    lasts: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is called: that of its cell, too."""
        return self.environment.id, self.fault.id, self.form.id, self.lasts


def cells(environments: Iterable[Row], faults: Iterable[Fault]) -> list[Ask]:
    """All that is asked, those that may hang last."""
    found = [
        Ask(environment, fault, FORMS[form], lasts)
        for fault in faults
        for lasts in fault.lasts
        for form in fault.forms
        for environment in environments
        if FORMS[form].storage.zarr_format in environment.formats
    ]
    return sorted(found, key=lambda ask: ask.lasts == ALWAYS)
