"""zarr-python 3, with its default pipeline."""

from __future__ import annotations

from ..literal import Call, literal
from .base import Client
from .zarr2 import READ, WRITE

_HEAD = """\
def create(path):
    return zarr.create_array(
        @store@(path),
        shape=data.shape,
        dtype=data.dtype,
"""
_TAIL = """\
        fill_value=0,
        zarr_format=@format@,
        chunk_key_encoding={"name": "@encoding@", "separator": "/"},
        config={"write_empty_chunks": True},
    )"""
_TWO = """\
        chunks=CHUNKS,
        filters=[numcodecs.get_codec(each) for each in FILTERS] or None,
        compressors=COMPRESSOR and numcodecs.get_codec(COMPRESSOR),
"""
_SHARDS = """\
        shards={"shape": SHARDS, "index_location": INDEX},
"""
_CODECS = """\
        filters=FILTERS or None,
        serializer=SERIALIZER,
        compressors=COMPRESSORS or None,
"""
_PLAIN = "        chunks=CHUNKS,\n"
_NESTED = """\
        chunks=MIDDLE,
        filters=None,
        serializer=zarr.codecs.ShardingCodec(
            chunk_shape=CHUNKS,
            codecs=[*FILTERS, SERIALIZER if SERIALIZER != "auto" else BYTES, *COMPRESSORS],
            index_location=INDEX,
        ),
        compressors=None,
"""
_BYTES = 'BYTES = {"name": "bytes", "configuration": {"endian": "little"}}\n\n\n'

CREATE = {
    "2": _HEAD + _TWO + _TAIL.replace("@format@", "2").replace("@encoding@", "v2"),
    "3": _HEAD + _PLAIN + _CODECS + _TAIL.replace("@format@", "3").replace("@encoding@", "default"),
}
CREATE["3-shards"] = CREATE["3"].replace(_PLAIN, _PLAIN + _SHARDS)
CREATE["3-nested"] = _BYTES + CREATE["3"].replace(_PLAIN + _CODECS, _NESTED + _SHARDS)

OPEN = """\
def open_array(path):
    return zarr.open_array(@store@(path, read_only=True), mode="r", zarr_format=@zarr_format@)"""

COUNTING = '''\
class Counting(zarr.storage.LocalStore):
    """Counts requests, and bytes; the ranges of an object come down to `get`, one by one."""


def counted(name, kind):
    method = getattr(zarr.storage.LocalStore, name)

    def note(args, value):
        values = value if isinstance(value, list) else [value]
        with LOCK:
            COUNT["requests"] += len(values)
            if kind == "read":
                COUNT["bytes_read"] += sum(len(each) for each in values if each is not None)
            if kind == "write":
                COUNT["bytes_written"] += len(args[1])
        return value

    async def waited(self, *args, **kwargs):
        return note(args, await method(self, *args, **kwargs))

    def call(self, *args, **kwargs):
        return note(args, method(self, *args, **kwargs))

    return waited if inspect.iscoroutinefunction(method) else call


COUNT, LOCK = {"requests": 0, "bytes_read": 0, "bytes_written": 0}, threading.Lock()
for kind, names in {
    "read": "get get_sync get_partial_values",
    "write": "set set_sync set_if_not_exists",
    "ask": "exists getsize list list_prefix list_dir delete delete_sync delete_dir clear",
}.items():
    for name in names.split():
        if hasattr(zarr.storage.LocalStore, name):
            setattr(Counting, name, counted(name, kind))


def tally():
    return dict(COUNT)'''

SETUP = """\
warnings.simplefilter("ignore")  # of codecs that format 3 does not name
zarr.config.set({"array.write_empty_chunks": True})"""

CLIENT = Client(
    id="zarr-python",
    package="zarr",
    releases=("3.",),
    imports="import numcodecs\nimport numpy as np\nimport zarr",
    create=CREATE,
    open=OPEN,
    write=WRITE,
    read=READ,
    setup=SETUP,
    store={"plain": "zarr.storage.LocalStore", "counted": "Counting"},
    counting=COUNTING,
)


def piped(name: str, config: dict[str, object], unless: str, otherwise: str) -> dict[str, str]:
    """Setup and opening for a pipeline that must not hand its work to another in silence.

    Parameters
    ----------
    name
        Of the pipeline's class.
    config
        zarr's settings for it.
    unless
        What must hold of ``pipeline``, as code.
    otherwise
        What to say where it does not.
    """
    settings = {"array.write_empty_chunks": True, **config}
    call = literal(Call("zarr.config.set", (settings,)))
    setup = f"{SETUP.splitlines()[0]}\n{call}"
    body = OPEN.replace("    return zarr", "    array = zarr")
    check = f'''
    pipeline = array._async_array.codec_pipeline
    if type(pipeline).__name__ != "{name}" or not ({unless}):
        sys.exit("{otherwise}")
    return array'''
    return {"setup": setup, "open": body + check}
