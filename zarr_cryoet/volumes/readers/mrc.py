"""MRC2014 and its kin: the field's format for tomograms and maps."""

from __future__ import annotations

import bz2
import gzip
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .base import Loaded, Reader, check_memory, check_shape, frozen, head, need, refuse, spacing

_HEADER = 1024
_MAGIC = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}


def _is_map(start: bytes) -> bool:
    return start[208:211] == b"MAP"


def _opener(path: Path):
    """How to open the file's stream, and whether it is plain (and can be mapped)."""
    start = head(path, 212)
    # an uncompressed file may begin with a compressor's signature: nx is the first field
    opener = None if _is_map(start) else _MAGIC.get(start[:2])
    return opener or open, opener is None


class MrcReader(Reader):
    """MRC, MAP, REC, plain (memory-mapped) or compressed as a whole (read into memory).

    mrcfile's definition of the header and of the modes is used, not its file classes: they
    warn where this has to refuse, and allocate what a damaged header asks for.
    """

    name = "MRC"
    suffixes = tuple(
        kind + packed for packed in ("", ".gz", ".bz2") for kind in (".mrc", ".map", ".rec")
    )

    def matches(self, path: Path) -> bool:
        """Look for the word ``MAP`` in the header, also of a compressed file."""
        opener, _ = _opener(path)
        try:
            with opener(path, "rb") as stream:
                return _is_map(stream.read(212))
        except (OSError, EOFError, zlib.error):  # a damaged or foreign archive; `read` will tell
            return False

    def read(self, path: Path) -> Loaded:
        """Read the volume, its axes brought into the order z, y, x by MAPC, MAPR and MAPS.

        Raises
        ------
        UserError
            For complex, packed and unknown modes, stacks of volumes, a header that
            contradicts itself or the length of the file.
        """
        mrcfile = need("mrcfile", path, self.name)
        opener, plain = _opener(path)
        with opener(path, "rb") as stream:
            header = _header(path, stream.read(_HEADER), mrcfile)
            dtype = _dtype(path, header, mrcfile)
            shape = _shape(path, header)
            offset = _HEADER + int(header["nsymbt"])
            if plain:
                data = _mapped(path, dtype, offset, shape)
            else:
                check_memory(path, shape, dtype)
                data = _unpacked(path, stream, dtype, offset, shape)
        order, notes = _axes(path, header)
        if dtype == np.int8 and _imod_unsigned(header):
            notes.append("IMOD marks these bytes as unsigned; read as signed, as mode 0 says")
        details = {
            "mode": int(header["mode"]),
            "byte_order": _byte_order(header),
            "space_group": int(header["ispg"]),
            "compressed": not plain,
        }
        details |= {"notes": notes} if notes else {}
        return Loaded(data.transpose(order), _spacing(header), "mrc", details)


def _header(path: Path, raw: bytes, mrcfile) -> np.ndarray:
    """Parse the header's fields in the byte order that the machine stamp declares."""
    if len(raw) < _HEADER:
        raise refuse(path, f"is too short for MRC: {len(raw)} bytes, its header takes {_HEADER}")
    if not _is_map(raw):
        raise refuse(path, "is not an MRC file: the word MAP is missing from its header")
    header = np.frombuffer(raw, mrcfile.dtypes.HEADER_DTYPE)[0]
    try:
        order = mrcfile.utils.byte_order_from_machine_stamp(header["machst"])
    except ValueError as exc:
        stamp = mrcfile.utils.pretty_machine_stamp(header["machst"])
        raise refuse(path, f"its byte order is unknown: machine stamp {stamp}") from exc
    return np.frombuffer(raw, mrcfile.dtypes.HEADER_DTYPE.newbyteorder(order))[0]


def _dtype(path: Path, header: np.void, mrcfile) -> np.dtype:
    """Tell the voxels' type by the mode, in the file's byte order."""
    mode = int(header["mode"])
    if mode in (3, 4):
        raise refuse(path, f"its voxels are complex (mode {mode}); save a real-space volume")
    if mode == 101:
        raise refuse(path, "its voxels are packed 4-bit (mode 101); convert it to mode 0 or 1")
    try:
        dtype = mrcfile.utils.dtype_from_mode(mode)
    except ValueError as exc:
        raise refuse(path, f"its mode {mode} is not one of MRC's (0, 1, 2, 6, 12)") from exc
    return dtype.newbyteorder(_byte_order(header))


def _byte_order(header: np.void) -> str:
    native = header.dtype["nx"].isnative
    return sys.byteorder if native else {"little": "big", "big": "little"}[sys.byteorder]


def _shape(path: Path, header: np.void) -> tuple[int, int, int]:
    """Sections, rows, columns as they are stored."""
    shape = tuple(int(header[field]) for field in ("nz", "ny", "nx"))
    if min(shape) < 0:
        raise refuse(path, f"its header is damaged: a shape of {shape}")
    if int(header["nsymbt"]) < 0:
        raise refuse(path, "its header is damaged: an extended header of negative length")
    if 401 <= header["ispg"] <= 630:
        raise refuse(path, "is a stack of volumes (4-D); save the one that is meant")
    # mrcfile's rule: one section in space group 0 is an image
    check_shape(path, shape[1:] if shape[0] == 1 and header["ispg"] == 0 else shape)
    return shape


def _mapped(path: Path, dtype: np.dtype, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    held = path.stat().st_size - offset
    _check_length(path, held, dtype.itemsize * int(np.prod(shape, dtype=object)))
    return np.memmap(path, dtype, "r", offset, shape)


def _unpacked(
    path: Path, stream: BinaryIO, dtype: np.dtype, offset: int, shape: tuple[int, ...]
) -> np.ndarray:
    """Read a compressed file to its end, so that its checksum is verified."""
    left = offset - _HEADER
    while left and (skipped := len(stream.read(min(left, 1 << 20)))):
        left -= skipped
    data = np.empty(shape, dtype)
    view, done = memoryview(data.reshape(-1).view(np.uint8)), 0
    while done < len(view) and (count := stream.readinto(view[done:])):
        done += count
    excess = len(stream.read(1 << 20))
    _check_length(path, done - left + excess, data.nbytes)
    return frozen(data)


def _check_length(path: Path, held: int, said: int) -> None:
    """Refuse a file whose length is not what its header says.

    Too long is refused as well: it is what a wrong shape or mode looks like.
    """
    if held < said:
        raise refuse(path, f"is cut short: its header says {said} bytes, it holds {max(held, 0)}")
    if held > said:
        mend = "if they are mere padding, cut them off"
        raise refuse(path, f"holds {held - said} bytes more than its header says; {mend}")


def _axes(path: Path, header: np.void) -> tuple[tuple[int, ...], list[str]]:
    """Which stored axes are z, y and x."""
    stored = [int(header[field]) for field in ("maps", "mapr", "mapc")]
    if stored == [0, 0, 0]:
        return (0, 1, 2), ["order of axes assumed: the header leaves it empty"]
    if sorted(stored) != [1, 2, 3]:
        raise refuse(path, f"its axes are damaged: MAPC, MAPR, MAPS are {stored[::-1]}")
    notes = [] if stored == [3, 2, 1] else [f"axes reordered: MAPC, MAPR, MAPS {stored[::-1]}"]
    return tuple(stored.index(axis) for axis in (3, 2, 1)), notes


def _spacing(header: np.void) -> tuple[float, float, float] | None:
    """Cell size over sampling, in ångström; zero means that nobody filled it in."""
    counts = [int(header[field]) for field in ("mz", "my", "mx")]
    if min(counts) <= 0:
        return None
    cell = (float(header["cella"][axis]) for axis in "zyx")
    return spacing(size / count for size, count in zip(cell, counts, strict=True))


def _imod_unsigned(header: np.void) -> bool:
    """Whether IMOD's flags (stamp at byte 152, flags at 156) call mode 0 unsigned."""
    extra = header["extra2"].tobytes()  # begins at byte 112
    stamp, flags = (int.from_bytes(extra[at : at + 4], _byte_order(header)) for at in (40, 44))
    return stamp == 1146047817 and not flags & 1
