"""What a script needs to know of a backend."""

from __future__ import annotations

from dataclasses import dataclass, field

# What both libraries take that are given the metadata as they are stored
METADATA = {
    2: """\
def metadata():
    return {
        "shape": list(data.shape),
        "chunks": list(CHUNKS),
        "dtype": data.dtype.str,
        "compressor": COMPRESSOR,
        "filters": FILTERS or None,
        "fill_value": 0,
        "order": "C",
        "dimension_separator": "/",
    }""",
    3: """\
def metadata():
    return {
        "shape": list(data.shape),
        "data_type": data.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(@stored@)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": @chain@,
        "fill_value": 0,
    }""",
}
SHARDED = """\
def sharded(chunks, codecs):
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    settings = {"chunk_shape": list(chunks), "codecs": codecs, "index_codecs": index}
    return {"name": "sharding_indexed", "configuration": settings | {"index_location": INDEX}}"""


@dataclass(frozen=True)
class Client:
    """A backend, as pieces of a program.

    A piece holds placeholders, ``@store@`` for one, and defines what the pieces of
    `texts` call: ``create(path)``, ``open_array(path)``, ``write(array)`` and
    ``read(array, box)``; and ``tally()`` where requests are counted.

    Attributes
    ----------
    id, package : str
        As the backend's.
    releases : tuple of str
        How the releases of its package begin that it serves.
    imports : str
        Lines.
    create : dict
        By format: ``2``, ``3``; and for shards, and shards in shards, ``3-shards`` and
        ``3-nested``, where they are made in another way.
    open, write : str
        Pieces.
    read : dict
        By way of indexing: ``box``, ``oindex``, ``vindex``; those that it has.
    setup : str
        What comes before them.
    spelled : str
        Which spelling of a codec it takes in format 3: ``3``, or ``3-sized`` with the size
        of a voxel.
    takes : tuple of str or None
        The packages that the script is to install; None for all that are not another's.
    more : tuple of str
        Packages that it needs beside its own.
    store : dict
        What ``@store@`` stands for when it is ``plain`` and when it is ``counted``.
    counting : str or None
        Piece that counts requests, and defines ``tally()``.
    uncounted : str
        Why there is none.
    """

    id: str
    package: str
    releases: tuple[str, ...]
    imports: str
    create: dict[str, str]
    open: str
    write: str
    read: dict[str, str]
    setup: str = ""
    spelled: str = "3"
    takes: tuple[str, ...] | None = None
    more: tuple[str, ...] = ()
    store: dict[str, str] = field(default_factory=lambda: {"plain": "", "counted": ""})
    counting: str | None = None
    uncounted: str = ""
