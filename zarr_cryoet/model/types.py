"""Plain values that the parts of the model hand to each other, and to the browser.

All of them are what JSON can hold: a limit that is none is `UNLIMITED`, not infinity.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

UNLIMITED = 1_000_000_000


class Selection(TypedDict):
    """What is read at once.

    ``axes`` are ascending indices along z, y, x. Every combination is read; or, of ``points``, the
    first of each axis, then the second, and so on.
    """

    points: bool
    axes: list[list[int]]


class Touch(TypedDict):
    """What a selection meets.

    ``voxels`` asked for; ``rows``, contiguous runs of them within chunks; ``chunks`` met;
    ``real``, voxels of the volume in those chunks, and ``padding``, voxels beyond its border in
    them; ``shards`` met, and ``whole`` ones among them, of which every chunk is.
    """

    voxels: int
    rows: int
    chunks: int
    real: int
    padding: int
    shards: int
    whole: int


class Candidate(TypedDict):
    """A storage configuration.

    ``kind``, the codec's family as readers know it, and ``family``, as people do; ``chunks`` and
    ``shards`` along z, y, x, zeros for the whole volume, and None without shards.
    """

    id: str
    codec: str
    layout: str
    zarr_format: int
    kind: str
    family: str
    chunks: list[int]
    shards: list[int] | None


class Figures(TypedDict):
    """A codec on chunks of one shape; seconds for each byte of voxels, on one thread."""

    chunk: list[int]
    ratio: float
    encode: float
    decode: float
    count: int


class Codec(TypedDict):
    """Figures for voxels, and for padding."""

    blocks: list[Figures]
    padding: list[Figures]


class Limit(TypedDict):
    """What a library has in flight.

    ``setting`` by which it is set, and its ``default`` (None: the number of cores); whether it
    ``limits`` ``objects`` or ``tasks``, ``least`` of them; tasks of one object, ``inside``; and
    ``shards`` at once, whatever it is set to.
    """

    setting: str
    default: int | None
    limits: str
    least: int
    inside: int
    shards: int


class Library(TypedDict):
    """How a library asks for what it reads.

    ``sizes``: of what it asks the size before (``parts`` of objects, ``all``, or nothing);
    ``parts``: of which raw chunks it fetches a part (``objects``, ``all``, or nothing);
    ``joins``: whether ranges of chunks in one shard come together; ``gap`` and ``limit``: bytes
    that are read in vain to spare a request, and at most in one.
    """

    id: str
    sizes: str
    parts: str
    joins: bool
    gap: float
    limit: float
    flight: Limit


class Processor(TypedDict):
    """A library, and its weights: seconds for each feature. A ``spread`` is a factor of errors."""

    library: Library
    read: dict[str, float]
    write: dict[str, float]
    read_spread: float
    write_spread: NotRequired[float]
    read_errors: NotRequired[list[float]]
    write_errors: NotRequired[list[float]]


class Described(TypedDict):
    """The volume that a calibration was made on, or that it stands for."""

    id: str
    shape: list[int]
    dtype: str
    voxel_spacing: list[float] | None
    provenance: str


class Calibration(TypedDict):
    """What was measured on one machine and volume; see `recommend.sample`."""

    terms: int
    volume: Described
    machine: str
    system: str
    cores: int
    clock: str
    versions: dict[str, str]
    measured: str
    seconds: float
    codecs: dict[str, Codec]
    backends: dict[str, Processor]


class Cut(TypedDict):
    """A storage configuration as it stands for one volume.

    ``chunks`` and ``shards`` along z, y, x, resolved; ``inside``, chunks of a shard;
    ``chunk_bytes`` decoded, and ``index_bytes`` of a shard's index (where each chunk begins, how
    long it is, and a checksum); ``filled`` and ``padded``, the codec's figures for voxels and for
    padding; ``raw`` without a codec; ``cores`` of the machine; ``shape`` of the volume.
    """

    chunks: list[int]
    shards: list[int] | None
    inside: int
    chunk_bytes: int
    index_bytes: int
    filled: Figures
    padded: Figures
    raw: bool
    cores: int
    itemsize: int
    shape: list[int]


class Chain(TypedDict):
    """Requests for stored objects that are asked for alike.

    ``count`` objects; of each first one task, a list of bytes of requests that wait for each
    other, and then ``tasks`` more, each like ``each``; ``bytes`` of one object in all.
    """

    count: int
    first: list[float]
    tasks: int
    each: list[float]
    bytes: float


class Network(TypedDict):
    """``latency``: seconds from asking to the first byte; ``bandwidth`` and ``link``: bytes a
    second of each connection, and of all together (None: no limit).
    """

    latency: float
    bandwidth: float | None
    link: float | None


class Flight(TypedDict):
    """What is under way at once: ``objects``, ``tasks``, and tasks of one object, ``inside``."""

    objects: int
    inside: int
    tasks: int


class Part(TypedDict):
    """What does not depend on the network or on prices.

    By access: ``local``, seconds of the processor; ``reads``, the chains of each selection;
    ``held``, decoded bytes in memory for one request, and how many of those. ``bytes`` and
    ``objects`` stored. ``library``: who reads; ``sharded``, what. ``known``: seconds, for the
    network that was last asked for.
    """

    library: Library
    sharded: bool
    local: dict[str, float]
    reads: dict[str, list[list[Chain]]]
    held: dict[str, list[int]]
    bytes: float
    objects: int
    known: dict


class Store(TypedDict):
    """Where tomograms are kept; see `Network`."""

    id: str
    latency: float
    bandwidth: float | None
    in_flight: int


class Prices(TypedDict):
    """US dollars: ``storage`` of a byte for a month, a request that ``reads`` or ``writes``, and
    ``egress`` of a byte.
    """

    storage: float
    reads: float
    writes: float
    egress: float


class Reader(TypedDict):
    """What a reader reads: ``formats``, ``kinds`` of codecs by format (None: all), ``shards``."""

    id: str
    formats: list[int]
    kinds: dict[str, list[str] | None]
    shards: bool


class Question(TypedDict):
    """What is asked: accesses by weight, where, by whom, within which limits."""

    use: str
    shape: list[int]
    itemsize: int
    weights: dict[str, float]
    store: Store
    prices: Prices | None
    tomograms: int
    reads: float
    readers: list[Reader]
    max_objects: int | None
    max_memory: int | None
    preferences: dict[str, float]
    tie: float
    backend: str


class Prediction(TypedDict):
    """What is to be expected of a candidate.

    ``seconds`` by access, ``weighted``, and the ``interval`` of these; ``bytes`` and ``objects`` of
    one tomogram, ``gb`` (10⁹ bytes) of all; ``requests`` by access; ``memory`` in bytes;
    ``dollars`` a month, None where the store has no prices.
    """

    seconds: dict[str, float]
    weighted: float
    interval: list[float]
    bytes: float
    gb: float
    objects: int
    requests: dict[str, int]
    memory: int
    dollars: float | None


class Broken(TypedDict):
    """A limit that is exceeded: its option, the value that it would take, and why."""

    limit: str
    needs: float | str
    why: str


class Entry(TypedDict):
    """A candidate with what is known of it; ``measured``, whether its seconds were, and ``whole``,
    whether that was of the whole volume.
    """

    candidate: Candidate
    part: Part
    spread: list[float]
    measured: bool
    whole: bool


class Row(Entry):
    """An entry, judged for a question."""

    expected: Prediction
    broken: list[Broken]
