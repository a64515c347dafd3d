"""zarr-python 2.18."""

from __future__ import annotations

from .base import Client

CREATE = """\
def create(path):
    return zarr.create(
        shape=data.shape,
        chunks=CHUNKS,
        dtype=data.dtype,
        store=@store@(str(path)),
        write_empty_chunks=True,
        filters=[numcodecs.get_codec(each) for each in FILTERS] or None,
        compressor=COMPRESSOR and numcodecs.get_codec(COMPRESSOR),
        fill_value=0,
        dimension_separator="/",
    )"""

OPEN = """\
def open_array(path):
    return zarr.open_array(@store@(str(path)), mode="r", write_empty_chunks=True)"""

WRITE = """\
def write(array):
    array[...] = data"""

READ = {
    "box": "def read(array, box):\n    return array[box]",
    "oindex": "def read(array, box):\n    return array.oindex[box]",
    "vindex": "def read(array, box):\n    return array.vindex[box]",
}

COUNTING = '''\
class Counting(zarr.DirectoryStore):
    """Counts requests, and bytes."""


def counted(name):
    method = getattr(zarr.DirectoryStore, name)

    def call(self, *args, **kwargs):
        COUNT["requests"] += 1
        value = method(self, *args, **kwargs)
        COUNT["bytes_read"] += len(value) if name == "__getitem__" else 0
        COUNT["bytes_written"] += memoryview(args[1]).nbytes if name == "__setitem__" else 0
        return value

    return call


COUNT = {"requests": 0, "bytes_read": 0, "bytes_written": 0}
for name in ("getitem", "setitem", "contains", "delitem"):
    setattr(Counting, f"__{name}__", counted(f"__{name}__"))
for name in ("keys", "listdir", "rmdir", "getsize"):
    setattr(Counting, name, counted(name))


def tally():
    return dict(COUNT)'''

CLIENT = Client(
    id="zarr-python",
    package="zarr",
    releases=("2.",),
    imports="import numcodecs\nimport numpy as np\nimport zarr",
    create={"2": CREATE},
    open=OPEN,
    write=WRITE,
    read=READ,
    store={"plain": "zarr.DirectoryStore", "counted": "Counting"},
    counting=COUNTING,
)
