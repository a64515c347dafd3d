"""Preparing volumes: once, whole, or not at all."""

import errno
import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from zarr_cryoet.core import volume as prepared
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.volumes import cache
from zarr_cryoet.volumes.resolve import resolve
from zarr_cryoet.volumes.rows import VOLUMES
from zarr_cryoet.volumes.sources import FileVolume, PhantomVolume, Source, TiledVolume


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(prepared.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "volumes"


@pytest.fixture
def npy(tmp_path):
    path = tmp_path / "my tomogram (2).npy"
    np.save(path, np.arange(60, dtype=">i2").reshape(3, 4, 5))
    return path


def test_the_rows_are_those_that_are_promised():
    assert set(VOLUMES) == {
        "phantom-64", "phantom-128", "phantom-128-u8", "labels-128", "phantom-256", "phantom-512",
    }  # fmt: skip
    assert all(len(row.sha256) == 64 for row in VOLUMES.values())


@pytest.mark.parametrize("name", ["phantom-128", "phantom-128-u8", "labels-128"])
def test_a_row_is_generated_with_the_checksum_on_record(name):
    found, path = cache.prepare(resolve(name))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == VOLUMES[name].sha256 == found.sha256
    data = np.load(path)
    assert data.shape == found.shape == (128, 128, 128)
    assert data.dtype == found.dtype
    assert found.provenance == "synthetic"


def test_a_prepared_volume_is_a_read_only_memory_map(npy):
    found, path = cache.prepare(FileVolume(npy))
    data = prepared.open_volume(found.id)[1]
    assert isinstance(data, np.memmap)
    assert not data.flags.writeable
    assert path.stat().st_mode & 0o222 == 0
    np.testing.assert_array_equal(data, np.load(npy))
    assert data.dtype.isnative


def test_an_id_is_the_stem_and_the_start_of_the_checksum(npy, shared):
    start = hashlib.sha256(npy.read_bytes()).hexdigest()[:8]
    assert FileVolume(npy).id == f"my-tomogram-2-{start}"
    assert FileVolume(shared / "13pf_MT.tif").id == "13pf_MT-d6f4a167"


def test_the_microtubule_has_its_spacing(shared):
    found = cache.show(FileVolume(shared / "13pf_MT.tif"))
    assert found.shape == (36, 206, 94)
    assert found.voxel_spacing == (10.52, 10.52, 10.52)
    assert found.provenance == "real"


def test_show_and_prepare_agree_on_the_checksum(npy):
    before = cache.show(FileVolume(npy)).sha256
    assert cache.prepare(FileVolume(npy))[0].sha256 == before == cache.show(FileVolume(npy)).sha256


def test_a_volume_prepared_before_is_found_by_its_id(npy):
    name = cache.prepare(FileVolume(npy))[0].id
    assert resolve(name).id == name


def test_a_whole_volume_is_not_made_again(npy):
    path = cache.prepare(FileVolume(npy))[1]
    before = path.stat().st_mtime_ns, path.stat().st_ino
    cache.prepare(FileVolume(npy))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


@pytest.mark.parametrize("fault", ["flipped", "cut", "gone", "record gone", "record damaged"])
def test_a_damaged_volume_is_made_again(npy, fault):
    found, path = cache.prepare(FileVolume(npy))
    whole = path.read_bytes()
    path.chmod(0o644)
    record = path.with_suffix(".json")
    if fault == "flipped":
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif fault == "cut":
        path.write_bytes(whole[:-7])
    elif fault == "gone":
        path.unlink()
    elif fault == "record gone":
        record.unlink()
    else:
        record.write_text(record.read_text()[:-40])
    assert not prepared.is_whole(found.id)
    cache.prepare(FileVolume(npy))
    assert path.read_bytes() == whole
    assert prepared.is_whole(found.id)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, own_cache, value):
    data = np.zeros((3, 4, 5), "float32")
    data[1, 2, 3] = value
    np.save(tmp_path / "bad.npy", data)
    with pytest.raises(UserError, match=r"bad\.npy: plane z = 1 holds 1 voxel NaN or infinite"):
        cache.prepare(FileVolume(tmp_path / "bad.npy"))
    assert not [p for p in own_cache.iterdir() if p.suffix != ".lock"]


class Wrong(Source):
    id = "wrong"
    sha256 = "0" * 64

    def describe(self):
        return prepared.Volume("wrong", (1, 1, 1), "uint8", None, "synthetic", None, self.sha256)

    def voxels(self, progress):
        return np.zeros((1, 1, 1), "uint8")


def test_another_checksum_than_on_record_fails_loudly(own_cache):
    with pytest.raises(UserError, match="wrong: made with SHA-256 .* on record"):
        cache.prepare(Wrong())
    assert not [p for p in own_cache.iterdir() if p.suffix != ".lock"]


def test_a_full_disk_leaves_nothing(npy, own_cache, monkeypatch):
    def full(data):
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_npy", full)
    with pytest.raises(UserError, match="No space left on device.*ZARR_CRYOET_CACHE"):
        cache.prepare(FileVolume(npy))
    assert not [p for p in own_cache.iterdir() if p.suffix != ".lock"]


def test_a_cache_that_is_a_file_is_named(tmp_path, npy, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(prepared.CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(UserError, match="file.*ZARR_CRYOET_CACHE"):
        cache.prepare(FileVolume(npy))


def test_what_a_killed_maker_left_is_swept(npy, own_cache):
    name = FileVolume(npy).id
    (own_cache / f".{name}.making").mkdir(parents=True)
    cache.prepare(FileVolume(npy))
    assert {p.suffix for p in own_cache.iterdir()} == {".npy", ".json", ".lock"}


def test_a_maker_leaves_the_work_of_others_alone(own_cache):
    other = own_cache / ".labels-128-u8.making"
    other.mkdir(parents=True)
    cache.prepare(VOLUMES["labels-128"])
    assert other.is_dir()


def test_two_makers_at_once_make_one(npy, own_cache):
    command = [sys.executable, "-m", "zarr_cryoet", "volumes", "prepare", str(npy), "--json"]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = [json.loads(maker.communicate()[0]) for maker in makers]
    assert all(maker.returncode == 0 for maker in makers)
    assert said[0] == said[1] == said[2]
    assert prepared.is_whole(said[0]["id"])


def test_a_tiled_volume_repeats_the_other(npy):
    source = resolve(f"{cache.prepare(FileVolume(npy))[0].id}-t7")
    assert isinstance(source, TiledVolume)
    found, path = cache.prepare(source)
    data, base = np.load(path), np.load(npy)
    assert found.provenance == "derived"
    assert data.shape == (7, 7, 7)
    for z, y, x in [(0, 0, 0), (6, 6, 6), (3, 4, 5), (5, 1, 2)]:
        assert data[z, y, x] == base[z % 3, y % 4, x % 5]


def test_a_tiled_volume_need_not_be_a_cube(npy):
    source = resolve(f"{cache.prepare(FileVolume(npy))[0].id}-t4x7x2")
    found, path = cache.prepare(source)
    data, base = np.load(path), np.load(npy)
    assert found.shape == data.shape == (4, 7, 2)
    assert all(data[z, y, x] == base[z % 3, y % 4, x % 5] for z, y, x in np.ndindex(4, 7, 2))
    assert resolve(found.id) == source


def test_a_tiled_volume_can_be_made_in_an_empty_cache():
    found, path = cache.prepare(resolve("labels-128-t40"))
    assert found.shape == (40, 40, 40)
    assert prepared.is_whole("labels-128")
    assert path.exists()


def test_a_tiled_volume_follows_the_other(npy):
    base = FileVolume(npy)
    cache.prepare(TiledVolume(base, (4, 4, 4)))
    np.save(npy, np.ones((3, 4, 5), "int16"))
    changed = TiledVolume(FileVolume(npy), (4, 4, 4))
    assert np.load(cache.prepare(changed)[1]).max() == 1


@pytest.mark.parametrize(
    "name", ["labels-128-t0", "labels-128-t4x4", "labels-128-t99999", "labels-128-t٣", "-t5"]
)
def test_a_tile_that_cannot_be_is_no_volume(name):
    with pytest.raises(UserError, match="no such volume"):
        resolve(name)


def test_a_tile_that_fits_no_memory_is_refused_before_the_attempt():
    with pytest.raises(UserError, match="memory"):
        cache.prepare(resolve("phantom-128-t9999"))


def test_a_file_that_moved_is_known_at_its_new_place(npy, tmp_path):
    found, path = cache.prepare(FileVolume(npy))
    (tmp_path / "elsewhere").mkdir()
    cache.prepare(FileVolume(npy.rename(tmp_path / "elsewhere" / npy.name)))
    path.unlink()
    assert cache.prepare(resolve(found.id))[0].sha256 == found.sha256


def test_what_a_mended_reader_says_is_taken_over(npy):
    found, path = cache.prepare(FileVolume(npy))
    record = path.with_suffix(".json")
    record.write_text(json.dumps({**found.to_json(), "voxel_spacing": [1.0, 1.0, 1.0]}))
    assert cache.prepare(FileVolume(npy))[0].voxel_spacing is None


def test_a_tile_has_one_fingerprint_however_it_is_named(npy):
    found = cache.prepare(FileVolume(npy))[0]
    by_file = TiledVolume(FileVolume(npy), (4, 4, 4)).describe()
    by_id = resolve(f"{found.id}-t4").describe()
    assert by_file == by_id


def test_a_tile_outlives_its_base(npy):
    found, path = cache.prepare(FileVolume(npy))
    tile = cache.prepare(resolve(f"{found.id}-t4"))[0]
    path.unlink()
    path.with_suffix(".json").unlink()
    assert cache.prepare(resolve(tile.id))[0] == tile


def test_a_prepared_volume_outlives_its_file(npy):
    found = cache.prepare(FileVolume(npy))[0]
    npy.unlink()
    assert cache.prepare(resolve(found.id))[0] == found
    assert cache.show(resolve(found.id)) == found


def test_an_id_never_gives_another_volume(npy):
    found, path = cache.prepare(FileVolume(npy))
    np.save(npy, np.ones((3, 4, 5), "int16"))
    path.unlink()
    with pytest.raises(UserError, match="has changed since it was prepared as"):
        cache.prepare(resolve(found.id))


def test_show_takes_what_is_not_finite(tmp_path):
    np.save(tmp_path / "nan.npy", np.full((2, 2, 2), np.nan, "float32"))
    assert cache.show(FileVolume(tmp_path / "nan.npy")).shape == (2, 2, 2)


@pytest.mark.parametrize("text", ["[]", "null", "3", "{}", '{"sha256": 1}'])
def test_a_record_of_anything_is_a_damaged_record(npy, text):
    found, path = cache.prepare(FileVolume(npy))
    path.with_suffix(".json").write_text(text)
    assert not prepared.is_whole(found.id)
    assert cache.listed() == []


def test_no_name_is_too_long():
    with pytest.raises(UserError, match="File name too long"):
        resolve("a" * 3000)


def test_unknown_names_come_with_the_nearest():
    with pytest.raises(UserError, match="phantom-127: no such volume.*phantom-128"):
        resolve("phantom-127")
    with pytest.raises(UserError, match=r"nowhere/x\.mrc: no such file"):
        resolve("nowhere/x.mrc")


def test_ensure_prepares_through_the_tools_own_interpreter(monkeypatch):
    monkeypatch.setenv(prepared.TOOL_VARIABLE, sys.executable)
    found, data = prepared.ensure("labels-128")
    assert found.sha256 == VOLUMES["labels-128"].sha256
    assert data.shape == (128, 128, 128)


def test_ensure_says_what_the_tool_said(monkeypatch):
    monkeypatch.setenv(prepared.TOOL_VARIABLE, sys.executable)
    with pytest.raises(RuntimeError, match="no-such could not be prepared: .*no such volume"):
        prepared.ensure("no-such")


def test_a_phantom_row_knows_its_record_beforehand():
    row = PhantomVolume("p", 128, None)
    assert row.describe().voxel_spacing == (10.0, 10.0, 10.0)
    assert row.describe().shape == (128, 128, 128)


def test_opening_takes_no_memory_whatever_the_size(own_cache):
    own_cache.mkdir(parents=True)
    data = np.lib.format.open_memmap(own_cache / "large.npy", "w+", "float32", (512, 512, 512))
    del data  # a sparse file: 512 MiB that take no room
    record = prepared.Volume("large", (512,) * 3, "float32", None, "derived", None, None)
    (own_cache / "large.json").write_text(json.dumps(record.to_json()))
    code = """
import resource, tracemalloc
from zarr_cryoet.core.volume import open_volume
import numpy as np, json
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
data = open_volume("large")[1]
print(peak() - before, data.shape[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    grown, depth = map(int, done.stdout.split())
    assert depth == 512
    assert grown < 10_000  # KiB


# Hashed once in a run ---------------------------------------------------------------------------

CHILD = """
import hashlib, json, sys
from zarr_cryoet.core import volume
calls, digest = [], hashlib.file_digest
hashlib.file_digest = lambda *args: calls.append(1) or digest(*args)
print(json.dumps([volume.is_whole(sys.argv[1]), len(calls)]))
"""


@pytest.fixture
def hashed(monkeypatch):
    """A list that grows by one with each file that is hashed."""
    calls, digest = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: calls.append(1) or digest(*args))
    monkeypatch.delenv(prepared.CHECKED_VARIABLE, raising=False)
    return calls


def in_a_child(name):
    done = subprocess.run([sys.executable, "-c", CHILD, name], capture_output=True, text=True)
    return json.loads(done.stdout)


def test_a_volume_is_hashed_once_by_a_process_and_all_that_it_starts(npy, hashed, monkeypatch):
    found = cache.prepare(FileVolume(npy))[0]
    monkeypatch.delenv(prepared.CHECKED_VARIABLE, raising=False)  # as another run finds it
    hashed.clear()
    assert all(prepared.is_whole(found.id) for _ in range(12))
    assert len(hashed) == 1
    assert in_a_child(found.id) == [True, 0]
    monkeypatch.delenv(prepared.CHECKED_VARIABLE)
    assert in_a_child(found.id) == [True, 1]


def test_what_was_hashed_is_hashed_again_when_it_has_changed(npy, hashed):
    found, path = cache.prepare(FileVolume(npy))
    assert prepared.is_whole(found.id)
    hashed.clear()
    os.utime(path, ns=(1, 1))
    assert prepared.is_whole(found.id) and len(hashed) == 1
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    assert not prepared.is_whole(found.id) and in_a_child(found.id) == [False, 1]
