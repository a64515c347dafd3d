"""tensorstore."""

from __future__ import annotations

from .base import METADATA, SHARDED, Client

_OPENED = """\
def opened(path, **more):
    files = {"driver": "file", "path": f"{path}/"}
    return ts.open({"driver": "@driver@", "kvstore": files, **more}, context=CONTEXT).result()


def create(path):
    return opened(path, metadata=metadata(), create=True, store_data_equal_to_fill_value=True)"""
_TWO = METADATA[2] + "\n\n\n" + _OPENED.replace("@driver@", "zarr")
_THREE = METADATA[3] + "\n\n\n" + _OPENED.replace("@driver@", "zarr3")

# Its own metrics, of which a range of a shard is in one and a whole object in the other
COUNTING = """\
def tally():
    found = ts.experimental_collect_matching_metrics("/tensorstore/kvstore/file/")
    found = {each["name"].rpartition("/")[2]: each["values"][0].get("value") for each in found}
    asked = ("@reads@", "write", "delete_range", "list")
    figures = {name: found.get(name, 0) for name in ("bytes_read", "bytes_written")}
    return {"requests": sum(found.get(name, 0) for name in asked), **figures}"""
_IN_SHARDS = f"{SHARDED}\n\n\n{_THREE}"

CLIENT = Client(
    id="tensorstore",
    package="tensorstore",
    releases=("",),
    imports="import numpy as np\nimport tensorstore as ts",
    create={"2": _TWO, "3": _THREE, "3-shards": _IN_SHARDS, "3-nested": _IN_SHARDS},
    open="def open_array(path):\n    return opened(path, open=True)",
    write="def write(array):\n    array.write(data).result()",
    read={
        "box": "def read(array, box):\n    return array[box].read().result()",
        "oindex": "def read(array, box):\n    return array.oindex[box].read().result()",
        "vindex": "def read(array, box):\n    return array.vindex[box].read().result()",
    },
    setup="# no fsync, as zarr-python asks for none\nCONTEXT = ts.Context({@store@})",
    spelled="3-sized",
    takes=("ml-dtypes", "numpy", "tensorstore"),
    store={
        "plain": '"file_io_sync": False',
        # with several at once it gets the index of a shard again or not, as they come
        "counted": """
    "file_io_sync": False,
    "file_io_concurrency": {"limit": 1},
    "data_copy_concurrency": {"limit": 1},
""",
    },
    counting=COUNTING,
)
