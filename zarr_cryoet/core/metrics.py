"""Metrics: what is measured, in which unit, and whether more of it is better. One row each.

Pages, tables, scripts and asv take titles, units and directions from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .measure.setups import REFERENCE
from .registry import Registry

#: Kinds of metrics: of what is stored, and derived from that; of one operation, counted, worked
#: out from what was counted, from its geometry alone, and measured; and of many cases.
STORED, DERIVED, COUNTED, WORKED_OUT = "stored", "derived", "counted", "worked out"
GEOMETRY, TIMED, MEMORY, RATIO, SUMMED = "geometry", "timed", "memory", "ratio", "summed"
#: How asv's prefixes of methods name a metric; what is tracked stands in the method's name.
_PREFIXES = {"time": "seconds", "peakmem": "process_peak"}


@dataclass(frozen=True)
class Metric:
    """One thing that is measured or derived.

    Attributes
    ----------
    id : str
        As in ``track_<id>``, in data files and in addresses of pages.
    title : str
        For people; of an operation, whose name follows it.
    unit : str
        Empty for a plain ratio.
    kind : str
        Of what it is a figure, and how it is found: one of the kinds above.
    how : str
        How it is taken, in a few words.
    more : bool
        Whether more is better. asv knows one direction: what it tracks has less.
    field : str
        Its name in the outcomes of preparing and counting, where that is another.
    shown : str
        Format on a terminal; empty where the unit says enough.
    script : str
        Expression that has its value in a standalone script, if one can measure it.
    function : callable or None
        Of `GEOMETRY`: from an `access.Geometry` and the bits of a voxel to the value. Of
        `DERIVED`: from the bits of a voxel and the number of voxels to a factor of the
        bits stored per voxel.
    inverse : bool
        Of `DERIVED`: whether the factor is divided by them.
    """

    id: str
    title: str
    unit: str
    kind: str
    how: str = ""
    more: bool = False
    field: str = ""
    shown: str = ""
    script: str = ""
    function: Callable[..., float] | None = None
    inverse: bool = False

    @property
    def groups(self) -> tuple[str, ...]:
        """Its kind."""
        return (self.kind,)

    @property
    def of_case(self) -> bool:
        """Whether it is the same whatever is done with a case."""
        return self.kind in (STORED, DERIVED)

    @property
    def measured(self) -> bool:
        """Whether it is found by running something, and not from shapes or other metrics."""
        return self.kind not in (DERIVED, GEOMETRY)

    def taken(self, outcome: Mapping) -> float | None:
        """Its value in an outcome of preparing or counting."""
        return outcome[self.field or self.id]

    def derived(self, bits_per_voxel: float, bits: int, voxels: int) -> float:
        """Its value for a volume of which so many bits are stored per voxel."""
        factor = self.function(bits, voxels)
        return factor / bits_per_voxel if self.inverse else factor * bits_per_voxel

    def to_json(self) -> dict:
        """What pages need of it."""
        return {"title": self.title, "unit": self.unit, "kind": self.kind, "more": self.more}


_CHARGED = "counted where the library hands them over"
_COUNT = 'after["{0}"] - before["{0}"]'

METRICS = Registry(
    "metric",
    [
        Metric("bits_per_voxel", "stored bits per voxel", "bits per voxel", STORED,
               "all that is stored, metadata included, counted on the disk",
               shown="{:.2f} bit/voxel", script="8 * sum(sizes) / data.size"),
        Metric("ratio", "compression ratio", "", DERIVED, more=True, inverse=True,
               function=lambda bits, voxels: bits),
        Metric("size", "stored size", "bytes", DERIVED, function=lambda bits, voxels: voxels / 8),
        Metric("objects", "stored objects", "objects", STORED,
               "files of the store, metadata included",
               shown="{:.0f} objects", script="len(sizes)"),
        Metric("seconds", "time", "seconds", TIMED,
               "wall time: asv's own samples, or the median of a sweep's",
               script="statistics.median(seconds)"),
        Metric("requests", "requests", "requests", COUNTED, _CHARGED,
               script=_COUNT.format("requests")),
        Metric("bytes_read", "bytes read", "bytes", COUNTED, _CHARGED,
               script=_COUNT.format("bytes_read")),
        Metric("bytes_written", "bytes written", "bytes", COUNTED, _CHARGED,
               script=_COUNT.format("bytes_written")),
        Metric("chunks_decoded", "chunks decoded", "chunks", WORKED_OUT,
               "worked out from what was asked for", field="decoded"),
        Metric("read_amplification", "read amplification",
               "bytes decoded for each byte asked for", WORKED_OUT,
               "bytes decoded, by bytes that were wanted", field="amplification"),
        Metric("asks", "requests by geometry", "requests", GEOMETRY,
               function=lambda geometry, bits: geometry.requests),
        Metric("decoded", "bytes decoded, by geometry", "bytes", GEOMETRY,
               function=lambda geometry, bits: geometry.decoded * bits / 8),
        Metric("efficiency", "voxels asked / decoded", "", GEOMETRY, more=True,
               function=lambda geometry, bits: geometry.voxels / geometry.decoded),
        Metric("peak_bytes", "peak memory", "bytes", MEMORY,
               "what one operation took above what was held before it"),
        Metric("process_peak", "peak memory of a process", "bytes", MEMORY,
               "asv's peak of a whole process, imports included"),
        Metric("time_ratio", "time against the reference",
               f"times as long as zarr {REFERENCE}", RATIO,
               f"a paired comparison with zarr {REFERENCE}: both on one core, asked in turn"),
        Metric("unpredicted", "calls not predicted", "calls", SUMMED,
               "calls whose requests or bytes are not those that were predicted"),
        Metric("unreadable", "not read bit for bit", "codecs and formats", SUMMED,
               "codecs and formats that were not read bit for bit"),
    ],
)  # fmt: skip


def of_method(name: str) -> str:
    """Id of the metric of a benchmark's method: ``requests`` for ``track_requests``."""
    prefix, _, rest = name.partition("_")
    return _PREFIXES.get(prefix, rest)


def chosen(*kinds: str) -> list[Metric]:
    """The metrics of some kinds, in order."""
    return [metric for metric in METRICS.values() if metric.kind in kinds]
