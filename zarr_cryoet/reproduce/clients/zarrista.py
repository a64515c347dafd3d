"""zarrista."""

from __future__ import annotations

from .base import METADATA, SHARDED, Client

_CREATE = """\
def create(path):
    path.mkdir(parents=True)
    array = zarrista.Array.from_metadata(
        metadata() | {@about@}, zarrista.store.FilesystemStore(path)
    )
    array.store_metadata()
    return array"""
_TWO = METADATA[2] + "\n\n\n" + _CREATE.replace("@about@", '"zarr_format": 2')
_THREE = (
    METADATA[3] + "\n\n\n" + _CREATE.replace("@about@", '"zarr_format": 3, "node_type": "array"')
)
_IN_SHARDS = f"{SHARDED}\n\n\n{_THREE}"

CLIENT = Client(
    id="zarrista",
    package="zarrista",
    releases=("",),
    imports="import numpy as np\nimport zarrista\nimport zarrista.store",
    create={"2": _TWO, "3": _THREE, "3-shards": _IN_SHARDS, "3-nested": _IN_SHARDS},
    open="""\
def open_array(path):
    return zarrista.Array.open(zarrista.store.FilesystemStore(path))""",
    write="""\
def write(array):
    whole = tuple(slice(0, n) for n in data.shape)
    array.store_array_subset(whole, np.ascontiguousarray(data), store_empty_chunks=True)""",
    read={"box": "def read(array, box):\n    return array.retrieve_array_subset(box).to_numpy()"},
    spelled="3-sized",
    takes=("numpy", "zarrista"),
    uncounted="zarrista opens files by itself, past any store that a short script could count in",
)
