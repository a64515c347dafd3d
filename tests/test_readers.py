"""Readers: what goes in comes out, z y x in ångström; the rest is refused in one line."""

from __future__ import annotations

import json
import random
import shutil
import struct
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.volumes import readers
from zarr_cryoet.volumes.readers import base

mrcfile = pytest.importorskip("mrcfile")
tifffile = pytest.importorskip("tifffile")
zarr = pytest.importorskip("zarr", minversion="3")

REAL = Path(__file__).resolve().parents[2] / "shared" / "volumes"
ALL_DTYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
ANGSTROM = {"unit": "angstrom"}


def volume(shape=(3, 4, 5), dtype="f4"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def refused(path, *words):
    """The one line that `read` refuses `path` with, which names it and says `words`."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserError) as caught:
            readers.read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert Path(path).name in text
    for word in words:
        assert word in text
    return text


# Writers, one a format ------------------------------------------------------------------------


def write_mrc(path, array, spacing, **_):
    array = np.ascontiguousarray(array)
    with warnings.catch_warnings(), mrcfile.new(path, compression=packed(path)) as mrc:
        warnings.simplefilter("ignore")
        mrc.set_data(array)
        mrc.set_volume()
        if spacing:
            mrc.voxel_size = spacing[::-1]


def packed(path):
    return {".gz": "gzip", ".bz2": "bzip2"}.get(path.suffix)


def write_npy(path, array, spacing, **_):
    np.save(path, array)


def write_tiff(path, array, spacing, **options):
    tifffile.imwrite(path, array, photometric="minisblack", **options)


def write_imagej(path, array, spacing, unit="angstrom", **options):
    z, y, x = spacing
    meta = {"spacing": z, "unit": unit, "axes": "ZYX"}
    resolution = (1 / x, 1 / y)
    tifffile.imwrite(path, array, imagej=True, metadata=meta, resolution=resolution, **options)


def write_ome(path, array, spacing, unit="Å", **options):
    meta = {"axes": "ZYX"}
    for axis, size in zip("ZYX", spacing, strict=True):
        meta |= {f"PhysicalSize{axis}": size} | ({f"PhysicalSize{axis}Unit": unit} if unit else {})
    tifffile.imwrite(path, array, ome=True, metadata=meta, photometric="minisblack", **options)


def write_zarr(path, array, spacing, zarr_format=3, axes="zyx", entries=None, scale=None, **kw):
    """An OME-Zarr; `axes` names those of `array`, `spacing` is z, y, x."""
    group = zarr.open_group(str(path), mode="w", zarr_format=zarr_format)
    chunks = tuple(max(1, n // 2) for n in array.shape)
    group.create_array("0", data=np.ascontiguousarray(array), chunks=chunks, **kw)
    lengths = dict(zip("zyx", spacing or (1, 1, 1), strict=True))
    scale = scale or [lengths.get(axis, 1.0) for axis in axes]
    named = [{"name": a, "type": "space", **ANGSTROM} for a in axes]
    dataset = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}]}
    image = {"axes": entries or named, "datasets": [dataset], "name": "x"}
    if zarr_format == 2:
        group.attrs["multiscales"] = [image | {"version": "0.4"}]
    else:
        group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    return group


def write_zarr2(path, array, spacing, **_):
    write_zarr(path, array, spacing, zarr_format=2)


# name: suffix, writer, what it can hold, whether it carries the spacing
FORMATS = {
    "mrc": (".mrc", write_mrc, ("i1", "i2", "f4", "u2", "f2"), True),
    "mrc-gz": (".rec.gz", write_mrc, ("i1", "i2", "f4", "u2", "f2"), True),
    "mrc-bz2": (".map.bz2", write_mrc, ("i2", "f4"), True),
    "npy": (".npy", write_npy, ALL_DTYPES, False),
    "tiff": (".tif", write_tiff, ALL_DTYPES, False),
    "imagej": (".tif", write_imagej, ("u1", "u2", "f4"), True),
    "ome-tiff": (".ome.tif", write_ome, ("i1", "i2", "i4", "u1", "u2", "u4", "f4", "f8"), True),
    "ngff-0.4": (".zarr", write_zarr2, ALL_DTYPES, True),
    "ngff-0.5": (".zarr", write_zarr, ALL_DTYPES, True),
}


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip(name):
    suffix, write, dtypes, carries = FORMATS[name]
    # one page is an image to TIFF, and tifffile writes a last axis of length 1 as samples
    shapes = st.tuples(*[st.integers(2 if "ti" in suffix else 1, 4)] * 3)
    lengths = st.integers(100, 99_999).map(lambda n: n / 1000)

    @settings(max_examples=25, deadline=None)
    @given(shapes, st.sampled_from(dtypes), st.tuples(lengths, lengths, lengths), st.data())
    def check(shape, dtype, spacing, data):
        array = volume(shape, dtype)
        if data.draw(st.booleans()):
            array = np.asfortranarray(array)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"x{suffix}"
            write(path, array, spacing)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                loaded = readers.read(path)
            assert loaded.array.dtype == array.dtype
            np.testing.assert_array_equal(loaded.array, array)
            assert loaded.voxel_spacing == (spacing if carries else None)
            assert not loaded.array.flags.writeable
            json.dumps(loaded.details)

    check()


def test_what_is_read_is_listed():
    assert set(readers.SUFFIXES) == {"MRC", "TIFF", "NPY", "OME-Zarr"}
    assert all(end.startswith(".") for ends in readers.SUFFIXES.values() for end in ends)


def test_nan_and_infinity_pass(tmp_path):
    array = volume()
    array[0, 0, :2] = np.nan, np.inf
    for suffix, write, dtypes, _ in FORMATS.values():
        if "f4" in dtypes:
            path = tmp_path / f"{write.__name__}{suffix}"
            write(path, array, (1.0, 1.0, 1.0))
            np.testing.assert_array_equal(readers.read(path).array, array)


def test_a_wrong_suffix_does_not_matter(tmp_path):
    write_tiff(tmp_path / "a.mrc", volume(), None)
    assert readers.read(tmp_path / "a.mrc").format == "tiff"
    write_mrc(tmp_path / "b", volume(), None)
    assert readers.read(tmp_path / "b").format == "mrc"


@pytest.mark.parametrize(
    ("file", "shape", "dtype", "spacing"),
    [
        ("13pf_MT.tif", (36, 206, 94), "u1", 10.52),
        ("betaGal.mrc", (100, 100, 100), "f4", 3.54),
        ("EMD-3197.map", (20, 20, 20), "f4", 11.4),
    ],
)
def test_real_files(file, shape, dtype, spacing):
    path = REAL / file
    if not path.exists():
        pytest.skip(f"{path} is absent")
    loaded = readers.read(path)
    assert isinstance(loaded.array, np.memmap)
    assert loaded.array.shape == shape
    assert loaded.array.dtype == dtype
    assert loaded.voxel_spacing == (spacing,) * 3
    if file.endswith("tif"):
        reference = tifffile.imread(path)
    else:
        reference = np.fromfile(path, dtype, offset=1024).reshape(shape)
    np.testing.assert_array_equal(loaded.array, reference)


# Anything ------------------------------------------------------------------------------------


def test_no_file(tmp_path):
    refused(tmp_path / "none.mrc", "no such file")


def test_empty_file(tmp_path):
    for suffix in (".mrc", ".tif", ".npy", ".mrc.gz"):
        (tmp_path / f"x{suffix}").touch()
        refused(tmp_path / f"x{suffix}", "is empty")


def test_folder_for_file_and_file_for_folder(tmp_path):
    (tmp_path / "empty.zarr").mkdir()
    refused(tmp_path / "empty.zarr", "nothing that zarr knows")
    (tmp_path / "x.mrc").mkdir()
    refused(tmp_path / "x.mrc", "is a folder; MRC is a file")
    (tmp_path / "y").mkdir()
    refused(tmp_path / "y", "not an OME-Zarr")
    (tmp_path / "x.zarr").write_bytes(b"abc")
    refused(tmp_path / "x.zarr", "is a file; OME-Zarr is a folder")


def test_unknown_format(tmp_path):
    (tmp_path / "x.png").write_bytes(b"abc" * 1000)
    refused(tmp_path / "x.png", ".mrc", ".npy", ".zarr", ".tif")


@pytest.mark.parametrize("suffix", [".mrc", ".tif", ".npy", ".mrc.gz", ".rec.bz2"])
def test_noise_under_a_known_suffix(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(random.Random(1).randbytes(5000))
    refused(path)


def test_line_breaks_in_names_stay_out_of_the_message(tmp_path):
    path = tmp_path / "a\nb.mrc"
    path.write_bytes(b"abc")
    with pytest.raises(UserError) as caught:
        readers.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("module", ["mrcfile", "tifffile", "zarr"])
def test_missing_library_names_the_extra(tmp_path, monkeypatch, module):
    def absent(name):
        raise ImportError(name)

    path = tmp_path / {"mrcfile": "x.mrc", "tifffile": "x.tif", "zarr": "x.zarr"}[module]
    {"mrcfile": write_mrc, "tifffile": write_tiff, "zarr": write_zarr}[module](path, volume(), None)
    monkeypatch.setattr(base.importlib, "import_module", absent)
    refused(path, module, "pip install 'zarr-cryoet[files]'")


def test_permission(tmp_path, monkeypatch):
    path = tmp_path / "x.npy"
    np.save(path, volume())

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(readers.reader_for(path)), "matches", denied)
    refused(path, "permission denied")


@pytest.mark.parametrize("shape", [(4,), (4, 5), (2, 3, 4, 5), (0, 3, 4), ()])
def test_npy_shapes(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.zeros(shape, "f4"))
    refused(tmp_path / "x.npy", "2-D image" if len(shape) == 2 else "")


@pytest.mark.parametrize("dtype", ["c8", "c16", "?", "S3", "U2", "M8[s]", "i4,f4", "O"])
def test_npy_kinds(tmp_path, dtype):
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 4), dtype), allow_pickle=True)
    refused(tmp_path / "x.npy")


# NPY -----------------------------------------------------------------------------------------


def test_npy_is_mapped_and_keeps_its_byte_order(tmp_path):
    np.save(tmp_path / "x.npy", volume(dtype=">i2"))
    loaded = readers.read(tmp_path / "x.npy")
    assert isinstance(loaded.array, np.memmap)
    assert loaded.array.dtype == ">i2"


def test_npy_truncated_or_too_long(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, volume())
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    refused(path, "cut short")
    path.write_bytes(whole + b"12")
    refused(path, "2 bytes more")


def test_npz_is_refused_with_the_way_out(tmp_path):
    np.savez(tmp_path / "x.npz", a=volume())
    refused(tmp_path / "x.npz", "NPZ", "numpy.save")


# MRC -----------------------------------------------------------------------------------------


def patched(path, *fields, keep=None):
    """Write into an MRC file: (offset, struct format, value), then cut or extend it."""
    data = bytearray(path.read_bytes())
    for offset, form, value in fields:
        struct.pack_into(form, data, offset, value)
    path.write_bytes(data if keep is None else bytes(data[:keep]))


@pytest.fixture
def mrc(tmp_path):
    write_mrc(tmp_path / "x.mrc", volume(), (2.0, 3.0, 4.0))
    return tmp_path / "x.mrc"


def test_mrc_permuted_axes(mrc):
    # columns run along z, rows along x, sections along y
    patched(mrc, (64, "<i", 3), (68, "<i", 1), (72, "<i", 2))
    loaded = readers.read(mrc)
    np.testing.assert_array_equal(loaded.array, volume().transpose(2, 0, 1))
    assert "reordered" in loaded.details["notes"][0]
    # the cell is given along x, y, z, whatever the order of storage
    assert loaded.voxel_spacing == (2.0, 3.0, 4.0)


def test_mrc_axes_left_empty_or_damaged(mrc):
    patched(mrc, (64, "<i", 0), (68, "<i", 0), (72, "<i", 0))
    assert "assumed" in readers.read(mrc).details["notes"][0]
    patched(mrc, (64, "<i", 1), (68, "<i", 1), (72, "<i", 2))
    refused(mrc, "MAPC, MAPR, MAPS")


@pytest.mark.parametrize("dtype", [">f4", ">i2", ">u2", ">f2"])
def test_mrc_big_endian(tmp_path, dtype):
    for name in ("x.mrc", "x.mrc.gz"):
        write_mrc(tmp_path / name, volume(dtype=dtype), (10.52, 10.52, 10.52))
        loaded = readers.read(tmp_path / name)
        np.testing.assert_array_equal(loaded.array, volume(dtype=dtype))
        assert loaded.voxel_spacing == (10.52, 10.52, 10.52)
        assert loaded.details["byte_order"] == "big"


def test_mrc_extended_header(tmp_path):
    for name in ("x.mrc", "x.mrc.gz"):
        with mrcfile.new(tmp_path / name, volume(), packed(tmp_path / name)) as mrc:
            mrc.set_extended_header(np.zeros(1237, "V1"))
        np.testing.assert_array_equal(readers.read(tmp_path / name).array, volume())


def test_mrc_without_voxel_size(mrc):
    patched(mrc, (40, "<f", 0.0))
    assert readers.read(mrc).voxel_spacing is None
    patched(mrc, (40, "<f", float("nan")))
    assert readers.read(mrc).voxel_spacing is None


def test_mrc_imod_unsigned_bytes_are_noted(tmp_path):
    write_mrc(tmp_path / "x.mrc", volume(dtype="i1"), None)
    patched(tmp_path / "x.mrc", (152, "<i", 1146047817), (156, "<i", 0))
    assert "unsigned" in readers.read(tmp_path / "x.mrc").details["notes"][0]
    patched(tmp_path / "x.mrc", (156, "<i", 1))
    assert "notes" not in readers.read(tmp_path / "x.mrc").details


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ((12, "<i", 3), ("complex",)),
        ((12, "<i", 4), ("complex",)),
        ((12, "<i", 101), ("4-bit",)),
        ((12, "<i", 7), ("mode 7",)),
        ((212, "<i", 0), ("machine stamp",)),
        ((208, "<i", 0), ("MAP",)),
        ((8, "<i", 4), ("cut short",)),
        ((8, "<i", 2), ("bytes more",)),
        ((8, "<i", 2**31 - 1), ("cut short",)),
        ((8, "<i", 0), ("no voxels",)),
        ((8, "<i", -3), ("damaged",)),
        ((92, "<i", -1), ("damaged",)),
        ((92, "<i", 2**31 - 1), ("cut short",)),
        ((88, "<i", 401), ("stack of volumes",)),
    ],
)
def test_mrc_headers_refused(mrc, field, words):
    patched(mrc, field)
    refused(mrc, *words)


def test_mrc_images_and_truncation(tmp_path):
    with mrcfile.new(tmp_path / "x.mrc", np.zeros((4, 5), "f4")):
        pass
    refused(tmp_path / "x.mrc", "2-D image")
    write_mrc(tmp_path / "y.mrc", volume(), None)
    patched(tmp_path / "y.mrc", keep=-1)
    refused(tmp_path / "y.mrc", "cut short")
    patched(tmp_path / "y.mrc", keep=500)
    refused(tmp_path / "y.mrc", "too short")


@pytest.mark.parametrize("suffix", [".mrc.gz", ".mrc.bz2"])
def test_mrc_compressed_and_damaged(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    write_mrc(path, volume((8, 8, 8)), None)
    whole = path.read_bytes()
    for size in (3, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        refused(path)


def test_mrc_stack_of_images_is_a_volume(tmp_path):
    with mrcfile.new(tmp_path / "x.mrc", volume()) as mrc:
        mrc.set_image_stack()
    assert readers.read(tmp_path / "x.mrc").array.shape == (3, 4, 5)


# TIFF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
@pytest.mark.parametrize("layout", [{}, {"tile": (16, 16)}, {"rowsperstrip": 3}])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_storage(tmp_path, compression, layout, byteorder):
    path, array = tmp_path / "x.tif", volume((3, 20, 20), "u2")
    write_tiff(path, array, None, compression=compression, byteorder=byteorder, **layout)
    loaded = readers.read(path)
    np.testing.assert_array_equal(loaded.array, array)
    assert loaded.array.dtype.itemsize == 2
    assert not loaded.array.flags.writeable
    mapped = compression is None and "tile" not in layout
    assert isinstance(loaded.array, np.memmap) == mapped


def test_tiff_plain_has_no_spacing(tmp_path):
    options = {"resolution": (1e7, 1e7), "resolutionunit": "CENTIMETER", "metadata": None}
    write_tiff(tmp_path / "x.tif", volume(), None, **options)
    assert readers.read(tmp_path / "x.tif").voxel_spacing is None


@pytest.mark.parametrize("bigtiff", [False, True])
def test_tiff_predictor_and_bigtiff(tmp_path, bigtiff):
    options = {"compression": "zlib", "predictor": True, "bigtiff": bigtiff}
    write_tiff(tmp_path / "x.tif", volume(), None, **options)
    np.testing.assert_array_equal(readers.read(tmp_path / "x.tif").array, volume())


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("nm", 10), ("micron", 1e4), ("um", 1e4), ("A", 1), ("\\u00B5m", 1e4), ("mm", 1e7)],
)
def test_imagej_units(tmp_path, unit, factor):
    spacing = tuple(v / factor for v in (30.0, 20.0, 10.52))
    write_imagej(tmp_path / "x.tif", volume(), spacing, unit=unit)
    assert readers.read(tmp_path / "x.tif").voxel_spacing == (30.0, 20.0, 10.52)


def test_imagej_without_a_usable_unit_or_depth(tmp_path):
    write_imagej(tmp_path / "x.tif", volume(), (1, 1, 1), unit="pixel")
    loaded = readers.read(tmp_path / "x.tif")
    assert loaded.voxel_spacing is None
    assert "pixel" in loaded.details["notes"][0]
    meta = {"unit": "nm", "axes": "ZYX"}
    tifffile.imwrite(tmp_path / "y.tif", volume(), imagej=True, metadata=meta)
    assert readers.read(tmp_path / "y.tif").voxel_spacing is None


def test_imagej_frames_are_slices(tmp_path):
    meta = {"axes": "TYX"}
    tifffile.imwrite(tmp_path / "x.tif", volume(), imagej=True, metadata=meta)
    loaded = readers.read(tmp_path / "x.tif")
    np.testing.assert_array_equal(loaded.array, volume())
    assert "frames" in loaded.details["notes"][0]


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_imagej_stack_with_one_page_entry(tmp_path, byteorder):
    """As ImageJ itself writes beyond 4 GB: one entry, all slices behind it."""
    path = tmp_path / "x.tif"
    write_imagej(path, volume(), (1, 1, 1), truncate=True, byteorder=byteorder)
    np.testing.assert_array_equal(readers.read(path).array, volume())
    path.write_bytes(path.read_bytes()[:-1])
    refused(path)


@pytest.mark.parametrize(("unit", "factor"), [("Å", 1), ("nm", 10), ("µm", 1e4), (None, 1e4)])
def test_ome_units(tmp_path, unit, factor):
    spacing = tuple(v / factor for v in (30.0, 20.0, 10.52))
    write_ome(tmp_path / "x.ome.tif", volume(), spacing, unit=unit)
    assert readers.read(tmp_path / "x.ome.tif").voxel_spacing == (30.0, 20.0, 10.52)


def test_ome_without_sizes(tmp_path):
    tifffile.imwrite(tmp_path / "x.ome.tif", volume(), metadata={"axes": "ZYX"})
    assert readers.read(tmp_path / "x.ome.tif").voxel_spacing is None


def test_ome_pages_missing(tmp_path):
    path = tmp_path / "x.ome.tif"
    write_ome(path, volume(), (1, 1, 1), compression="zlib")
    data = path.read_bytes()
    assert b'SizeZ="3"' in data
    path.write_bytes(data.replace(b'SizeZ="3"', b'SizeZ="9"'))
    refused(path)


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        ((5, 6), {}, "2-D image"),
        ((1, 5, 6), {"metadata": None}, "2-D image"),
        ((3, 5, 6, 3), {"photometric": "rgb"}, "RGB"),
        ((3, 2, 5, 6), {"ome": True, "metadata": {"axes": "ZCYX"}}, "2 channels"),
        ((2, 5, 6), {"imagej": True, "metadata": {"axes": "CYX"}}, "2 channels"),
        ((2, 3, 5, 6), {"imagej": True, "metadata": {"axes": "TZYX"}}, "2 time points"),
        ((2, 3, 5, 6), {}, "axes"),
    ],
)
def test_tiff_axes_refused(tmp_path, shape, options, words):
    dtype = "u1" if "photometric" in options else "f4"
    options = {"photometric": "minisblack"} | options
    tifffile.imwrite(tmp_path / "x.tif", volume(shape, dtype), **options)
    refused(tmp_path / "x.tif", words)


def test_tiff_kinds_refused(tmp_path):
    write_tiff(tmp_path / "x.tif", volume(dtype="c8"), None)
    refused(tmp_path / "x.tif", "complex")
    write_tiff(tmp_path / "x.tif", volume(dtype="?"), None)
    refused(tmp_path / "x.tif", "true or false")


def test_tiff_of_unlike_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as tif:
        for size in (5, 5, 6):
            tif.write(np.zeros((size, 7), "u1"), metadata=None, contiguous=False)
    refused(tmp_path / "x.tif", "images of different kinds")


@pytest.mark.parametrize("kind", ["plain", "separate", "zlib", "imagej", "ome"])
def test_tiff_truncated_anywhere(tmp_path, kind):
    path, array = tmp_path / "x.tif", np.random.default_rng(1).integers(1, 255, (6, 9, 8), "u1")
    if kind == "separate":
        with tifffile.TiffWriter(path) as tif:
            for page in array:
                tif.write(page, metadata=None, contiguous=False)
    elif kind in ("imagej", "ome"):
        {"imagej": write_imagej, "ome": write_ome}[kind](path, array, (1, 1, 1))
    else:
        write_tiff(path, array, None, compression="zlib" if kind == "zlib" else None)
    whole = path.read_bytes()
    np.testing.assert_array_equal(readers.read(path).array, array)
    for size in range(4, len(whole) - 8, 61):
        path.write_bytes(whole[:size])
        try:
            got = readers.read(path).array
        except UserError as error:
            assert "2-D" not in str(error)  # true of what is left, and misleading
            continue
        # what is cut off was no voxel: padding, or the text behind them
        np.testing.assert_array_equal(got, array)


# OME-Zarr ------------------------------------------------------------------------------------


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_details_and_order_of_axes(tmp_path, zarr_format):
    path, array = tmp_path / "x.zarr", volume((5, 1, 4, 3, 1))
    write_zarr(path, array, (3.0, 2.0, 1.0), zarr_format=zarr_format, axes="xcyzt")
    loaded = readers.read(path)
    np.testing.assert_array_equal(loaded.array, array[:, 0, :, :, 0].T)
    assert loaded.voxel_spacing == (3.0, 2.0, 1.0)
    assert loaded.format == "ome-zarr"
    assert loaded.details["ngff"] == {2: "0.4", 3: "0.5"}[zarr_format]
    assert loaded.details["zarr_format"] == zarr_format
    assert loaded.details["level"] == "0"


def test_zarr_scales_multiply_and_units_convert(tmp_path):
    entries = [{"name": a, "type": "space", "unit": "nanometer"} for a in "zyx"]
    group = write_zarr(tmp_path / "x.zarr", volume(), None, entries=entries, scale=[2, 2, 2])
    ome = group.attrs["ome"]
    outer = {"type": "scale", "scale": [0.5, 1, 1.5]}
    ome["multiscales"][0]["coordinateTransformations"] = [outer]
    group.attrs["ome"] = ome
    assert readers.read(tmp_path / "x.zarr").voxel_spacing == (10.0, 20.0, 30.0)


def test_zarr_without_unit_means_angstrom(tmp_path):
    entries = [{"name": a, "type": "space"} for a in "zyx"]
    write_zarr(tmp_path / "x.zarr", volume(), (7.84,) * 3, entries=entries)
    loaded = readers.read(tmp_path / "x.zarr")
    assert loaded.voxel_spacing == (7.84,) * 3
    assert "unit assumed" in loaded.details["notes"][0]


def test_zarr_with_unknown_unit_or_scale(tmp_path):
    entries = [{"name": a, "unit": "furlong"} for a in "zyx"]
    write_zarr(tmp_path / "x.zarr", volume(), (1, 1, 1), entries=entries)
    loaded = readers.read(tmp_path / "x.zarr")
    assert loaded.voxel_spacing is None
    assert "furlong" in loaded.details["notes"][0]


def test_zarr_absent_chunks_are_fill_value(tmp_path):
    group = write_zarr(tmp_path / "x.zarr", volume(), None)
    shutil.rmtree(tmp_path / "x.zarr" / "0" / "c")
    assert group["0"].fill_value == 0
    assert not readers.read(tmp_path / "x.zarr").array.any()


def without(key):
    return lambda image: image.pop(key)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (without("axes"), "axes"),
        (without("datasets"), "datasets"),
        (lambda m: m.update(datasets=[]), "datasets"),
        (lambda m: m.update(datasets=[3]), "datasets"),
        (lambda m: m["datasets"][0].update(path="9"), "level 0, '9', is missing"),
        (lambda m: m["datasets"][0].update(path=None), "is missing"),
        (lambda m: m["datasets"][0].update(path="../../etc"), ""),
        (lambda m: m.update(axes=[{"name": "z"}]), "3 axes"),
        (lambda m: m.update(axes=[{}, {}, {}]), "without a name"),
        (lambda m: m.update(axes=["c", "y", "x"]), "2-D image"),
        (lambda m: m.update(axes=["z", "y", "q"]), "no axis x"),
        (lambda m: m.update(coordinateTransformations=3), "coordinateTransformations"),
        (lambda m: m["datasets"][0].update(coordinateTransformations=[{"type": "scale"}]), "scale"),
    ],
)
def test_zarr_metadata_refused(tmp_path, spoil, words):
    group = write_zarr(tmp_path / "x.zarr", volume(), None)
    ome = group.attrs["ome"]
    spoil(ome["multiscales"][0])
    group.attrs["ome"] = ome
    refused(tmp_path / "x.zarr", words)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_that_is_no_image(tmp_path, zarr_format):
    path = tmp_path / "x.zarr"
    zarr.create_array(str(path), data=volume(), zarr_format=zarr_format)
    refused(path, "plain zarr array", "multiscales")
    shutil.rmtree(path)
    zarr.open_group(str(path), mode="w", zarr_format=zarr_format)
    refused(path, "zarr group", "multiscales")


@pytest.mark.parametrize(
    ("shape", "axes", "words"),
    [((2, 3, 4, 5), "czyx", "2 channels"), ((2, 3, 4, 5), "tzyx", "2 time points")],
)
def test_zarr_of_more_than_one_volume(tmp_path, shape, axes, words):
    write_zarr(tmp_path / "x.zarr", volume(shape), None, axes=axes)
    refused(tmp_path / "x.zarr", words)


def test_zarr_kinds_refused(tmp_path):
    for dtype, word in (("c8", "complex"), ("?", "true or false")):
        write_zarr(tmp_path / "x.zarr", volume(dtype=dtype), None)
        refused(tmp_path / "x.zarr", word)


COMPRESSORS = {
    "none": (None, None),
    "zstd": ({"id": "zstd"}, {"name": "zstd", "configuration": {}}),
    "gzip": ({"id": "gzip"}, {"name": "gzip", "configuration": {"level": 5}}),
    **{
        f"blosc-{cname}": (
            {"id": "blosc", "cname": cname},
            {"name": "blosc", "configuration": {"cname": cname}},
        )
        for cname in ("lz4", "zstd", "zlib")
    },
}


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_zarr_chunks_damaged(tmp_path, zarr_format, compressor):
    """Also where Blosc stored the bytes as they are: numcodecs reads past the end of those."""
    path, noise = tmp_path / "x.zarr", np.random.default_rng(1).normal(size=(4, 6, 6))
    array = noise.astype("f4")
    codec = COMPRESSORS[compressor][zarr_format - 2]
    if zarr_format == 2 and codec:
        import numcodecs

        codec = numcodecs.get_codec(dict(codec))
    write_zarr(path, array, None, zarr_format=zarr_format, compressors=codec)
    np.testing.assert_array_equal(readers.read(path).array, array)
    chunk = path / "0" / {2: "0.0.0", 3: "c/0/0/0"}[zarr_format]
    whole = chunk.read_bytes()
    for damaged in (b"", whole[:8], whole[: len(whole) // 2], whole[:-1], b"x" * 40):
        chunk.write_bytes(damaged)
        refused(path)


def test_a_size_beyond_memory_is_refused_before_the_attempt(tmp_path):
    path = tmp_path / "x.zarr"
    write_zarr(path, volume(), None)
    meta = path / "0" / "zarr.json"
    text = json.loads(meta.read_text())
    text["shape"] = [10**6, 10**6, 10**6]
    meta.write_text(json.dumps(text))
    refused(path, "memory")


# Units ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", [(0, 1, 1), (-1, 1, 1), (float("nan"), 1, 1), (1, 1), (1e400, 1, 1)]
)
def test_spacing_that_cannot_be(bad):
    assert base.spacing(bad) is None


# Damage --------------------------------------------------------------------------------------

_FUZZED = [
    "mrc",
    "mrc-gz",
    "npy",
    "tiff",
    "tiff-zlib",
    "imagej",
    "ome-tiff",
    "ngff-0.4",
    "ngff-0.5",
]


@pytest.mark.parametrize("name", _FUZZED)
def test_damaged_files_raise_nothing_but_user_errors(tmp_path, name, capfd, caplog):
    """Bytes flipped and files cut, mostly in the headers, by a fixed seed."""
    suffix, write, *_ = FORMATS[name.removesuffix("-zlib")]
    options = {"compression": "zlib"} if name.endswith("zlib") else {}
    pristine, work = tmp_path / f"p{suffix}", tmp_path / f"x{suffix}"
    write(pristine, volume((4, 6, 8), "f4"), (1.0, 2.0, 3.0), **options)
    files = [p for p in pristine.rglob("*") if p.is_file()] if pristine.is_dir() else [pristine]
    dice = random.Random(name)
    for _ in range(80 if pristine.is_dir() else 150):
        target = dice.choice(files)
        data = bytearray(target.read_bytes())
        limit = len(data) if dice.random() < 0.4 else min(len(data), 300)
        for _ in range(dice.choice([1, 1, 2, 8])):
            data[dice.randrange(limit)] = dice.choice([0, 1, 255, dice.randrange(256)])
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        if pristine.is_dir():
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(pristine, work)
            (work / target.relative_to(pristine)).write_bytes(data)
        else:
            work.write_bytes(data)
        check_survives(work)
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out == ""
    assert not caplog.records


def check_survives(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            loaded = readers.read(path)
        except UserError as error:
            assert "\n" not in str(error)
            assert path.name in str(error)
            return
    assert loaded.array.ndim == 3
    assert loaded.array.size
    np.array(loaded.array)
    json.dumps(loaded.details)
