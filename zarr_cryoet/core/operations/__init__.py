"""Everything that is done with an array: one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..registry import Registry
from .around import Delete, List, Open, OpenGroup
from .base import Job, Operation
from .change import Append, Overwrite, Resize
from .read import Read, reads
from .write import Create, CreateWith, Write, WriteSlabs

__all__ = ["BY_ACCESS", "OPERATIONS", "READS", "Job", "Operation", "shown", "unshown"]

OPERATIONS = Registry(
    "operation",
    [
        Create("create", "an array without chunks", ("make",)),
        Write("write", "the whole volume", ("writes", "default", "smoke")),
        WriteSlabs("write-slabs", "slab by slab, as deep as what is stored", ("writes",)),
        WriteSlabs("write-slabs-off", "slab by slab, across borders", ("writes",), share=0.75),
        CreateWith("create-data", "an array with its data", ("writes",), "create with data"),
        Write("write-no-empty", "as write, leaving out empty chunks", ("empty",), empty=False),
        Write("write-zeros", "zeros, stored", ("empty",), zeros=True),
        Write("write-zeros-no-empty", "zeros, left out", ("empty",), empty=False, zeros=True),
        Overwrite("overwrite-box", "a box across chunks", ("change",)),
        Overwrite("overwrite-plane", "one plane across z", ("change",), part="plane"),
        Overwrite("overwrite-shard", "a full shard, or chunk", ("change",), part="shard"),
        Overwrite("overwrite-edge", "edge chunks cut by the shape", ("change",), part="edge"),
        Append("append", "the second half of the volume", ("change",)),
        Resize("grow", "one half deeper", ("change",)),
        Resize("shrink", "one half as deep", ("change",), factor=0.5),
        Open("open", "an array", ("around",), None, True, False),
        OpenGroup("open-group", "a group of 8 arrays", ("around",), "groups", True, False),
        OpenGroup(
            "open-consolidated",
            "the same, from consolidated metadata",
            ("around",),
            "groups",
            True,
            False,
            consolidated=True,
        ),
        List("list", "all keys of an array", ("around",), None, True, False),
        Delete("delete", "an array", ("around",)),
        *reads(),
    ],
)


#: Access pattern of each operation that reads, by their ids.
READS = {row.id: row.access.id for row in OPERATIONS.values() if isinstance(row, Read)}

#: The inverse: the operation that reads an access pattern.
BY_ACCESS = {access: operation for operation, access in READS.items()}


def shown(axis: str, values: Sequence) -> tuple[str, list]:
    """Name and values of an axis as asv's parameters have them.

    An axis of reads alone is called ``access``, and its values are access patterns: stored
    results are found by these.
    """
    if axis == "operation" and all(value in READS for value in values):
        return "access", [READS[value] for value in values]
    return axis, list(values)


def unshown(params: Mapping) -> dict:
    """The inverse, for one value of each axis; what is in no registry stays as it is."""
    named = dict(params)
    access = named.pop("access", None)
    if access is not None:
        named["operation"] = BY_ACCESS.get(access, f"read-{access}")
    return named
