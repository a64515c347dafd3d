"""The portal as a source of volumes, with its own client and a stand-in on loopback."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import volume as prepared
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.emulators import slow, tomograms
from zarr_cryoet.emulators.portal import portal
from zarr_cryoet.volumes import cache, npy
from zarr_cryoet.volumes.portal import api, check, client, decode, image
from zarr_cryoet.volumes.portal.asked import Asked, crop, parse
from zarr_cryoet.volumes.resolve import resolve
from zarr_cryoet.volumes.sources import FileVolume

ROOT = Path(__file__).resolve().parents[1]
FIRST = "portal:10445/TS_100_3@10.012"


@pytest.fixture(scope="module")
def running():
    with portal() as found:
        yield found


@pytest.fixture(autouse=True)
def settings(running, tmp_path, monkeypatch):
    """What a user exports, an empty cache, and no configuration of AWS."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in running.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(prepared.CACHE_VARIABLE, str(tmp_path / "cache"))
    running.bucket.clear()


def prepare(name):
    return cache.prepare(resolve(name))


def voxels(running, run, spacing=None):
    (found,) = [t for t in running.held if t.run == run and spacing in (None, t.voxel_spacing)]
    return tomograms.voxels(found)


def read_keys(running):
    """Objects of which voxels were read, below the OME-Zarr."""
    return {r.path.partition(".zarr/")[2] for r in running.bucket.requests() if r.range}


def left(tmp_path):
    folder = tmp_path / "cache" / "volumes"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def cryoet(*words, **variables):
    command = [sys.executable, "-m", "zarr_cryoet", *map(str, words)]
    env = {**os.environ, "COLUMNS": "80", **variables}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


# what is fetched


def test_a_tomogram_is_fetched_bit_for_bit_with_its_provenance(running):
    found, path = prepare(FIRST)
    data = voxels(running, "TS_100_3")
    np.testing.assert_array_equal(np.load(path), data)
    whole = b"".join(bytes(piece) for piece in npy.pieces(data))
    assert found.sha256 == hashlib.sha256(whole).hexdigest()
    assert (found.provenance, found.licence) == ("real", "CC0-1.0")
    assert found.voxel_spacing == (10.012,) * 3
    expected = {
        "kind": "portal", "dataset": 10445, "run": "TS_100_3", "tomogram": 17001,
        "deposition": 10301, "processing": "denoised", "reconstruction": "WBP", "level": 0,
        "crop": None, "authors": ["Ada Phantom", "Ben Noise"], "doi": "10.0000/stand-in",
        "released": "2024-10-29",
        "url": "s3://cryoet-data-portal-public/10445/TS_100_3/Reconstructions/"
        "VoxelSpacing10.012/Tomograms/17001/TS_100_3.zarr",
    }  # fmt: skip
    assert {key: found.source[key] for key in expected} == expected
    assert path.stat().st_mode & 0o222 == 0


def test_a_crop_reads_only_the_chunks_that_it_touches(running):
    found, path = prepare(f"{FIRST}?crop=3:20,10:80,5:260")
    assert found.shape == (17, 70, 255)
    assert read_keys(running) == {"0/0/0/0", "0/0/0/1"}
    whole = voxels(running, "TS_100_3")
    np.testing.assert_array_equal(np.load(path), whole[3:20, 10:80, 5:260])


def test_each_part_of_a_tomogram_has_an_id_of_its_own():
    names = [FIRST, f"{FIRST}?level=1", f"{FIRST}?crop=0:4,0:4,0:4", f"{FIRST}?crop=0:4,0:4,0:5"]
    ids = [resolve(name).id for name in names]
    assert len(set(ids)) == len(names)
    assert ids == [resolve(name).id for name in names]
    assert all(name.startswith("10445-TS_100_3-10.012-") for name in ids)


def test_a_level_has_the_spacing_that_belongs_to_it(running):
    found, path = prepare(f"{FIRST}?level=1")
    assert found.shape == (20, 150, 140)
    assert found.voxel_spacing == (20.024,) * 3
    whole = voxels(running, "TS_100_3")
    means = whole.reshape(20, 2, 150, 2, 140, 2).mean((1, 3, 5), dtype=np.float32)
    np.testing.assert_array_equal(np.load(path), means)
    assert read_keys(running) == {"1/0/0/0"}


@pytest.mark.parametrize("run", ["TS_026", "TS_027"])
def test_older_metadata_without_a_unit_are_understood(running, run):
    found, path = prepare(f"portal:10000/{run}@13.48?crop=2:20,10:50,5:26")
    whole = voxels(running, run)
    np.testing.assert_array_equal(np.load(path), whole[2:20, 10:50, 5:26])
    assert found.voxel_spacing == (13.48,) * 3
    assert bool(found.source.get("notes")) == (run == "TS_027")


def test_processing_and_number_tell_tomograms_apart(running):
    raw, raw_path = prepare("portal:10445/TS_101_1@10.012?processing=raw")
    assert raw.source["tomogram"] == 17002
    by_number, path = prepare("portal:10445/TS_101_1@10.012?tomogram=17002")
    assert path == raw_path
    other, _ = prepare("portal:10445/TS_101_1@10.012?processing=denoised")
    assert other.sha256 != by_number.sha256 == raw.sha256


def test_what_is_prepared_is_asked_for_no_more(monkeypatch):
    found, path = prepare(FIRST)

    def unreachable(_):
        raise UserError("asked")

    monkeypatch.setattr(api, "find", unreachable)
    assert prepare(FIRST) == (found, path) == prepare(found.id)
    assert cache.show(resolve(found.source["name"])) == found
    with pytest.raises(UserError, match="asked"):
        prepare(f"{FIRST}?level=2")


def test_another_portals_volume_is_not_taken_for_this_ones(monkeypatch):
    prepare(FIRST)
    monkeypatch.setenv("ZARR_CRYOET_PORTAL_URL", "http://127.0.0.1:9/graphql")
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9: refuses the connection"):
        prepare(FIRST)


def test_a_damaged_volume_is_fetched_again(running):
    found, path = prepare(f"{FIRST}?level=2")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    running.bucket.clear()
    assert prepare(found.id)[0] == found
    assert prepared.is_whole(found.id)
    assert read_keys(running) == {"2/0/0/0"}


def test_a_volume_is_shown_without_fetching_it(running):
    shown = cache.show(resolve(FIRST))
    assert (shown.shape, shown.sha256) == ((40, 300, 280), None)
    assert not read_keys(running)


# sittings


def test_a_killed_fetch_goes_on_where_it_was(running, tmp_path):
    command = [sys.executable, "-m", "zarr_cryoet", "volumes", "fetch", "10445/TS_100_3"]
    with slow.child(running.bucket.url, 2e6, 0.01) as proxy:
        env = {**os.environ, "AWS_ENDPOINT_URL_S3": proxy.url}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        log, until = [], time.monotonic() + 60
        while time.monotonic() < until and not (log and len(log[0].read_text().split("\n")) > 4):
            time.sleep(0.02)
            log = list((tmp_path / "cache").rglob("pieces.log"))
        process.send_signal(signal.SIGKILL)
        process.wait()
    held = [line.split(" ", 2) for line in log[0].read_text().splitlines()]
    assert len(held) >= 4
    running.bucket.clear()
    path = prepare(FIRST)[1]
    np.testing.assert_array_equal(np.load(path), voxels(running, "TS_100_3"))
    for request in (r for r in running.bucket.requests() if r.range):
        first, last = map(int, request.range.removeprefix("bytes=").split("-"))
        key = request.path.partition(".zarr/")[2]
        assert not [h for h in held if h[2] == key and int(h[0]) <= last and first < int(h[1])]
    assert {Path(name).suffix for name in left(tmp_path)} == {".npy", ".json", ".lock"}


def test_a_chunk_that_is_cut_short_is_named_and_fetched_anew(running, tmp_path):
    name = "portal:10445/TS_101_1@5.006"
    (held,) = [t for t in running.held if t.id == 17004]
    key = f"{held.key}/0/0/0/0"
    whole = running.bucket.client().get_object(Bucket=running.bucket.name, Key=key)["Body"].read()
    running.bucket.put(key, whole[:-7])
    with pytest.raises(UserError, match=r"TS_101_1\.zarr/0/0/0/0: is damaged: it is cut short"):
        prepare(name)
    assert not [n for n in left(tmp_path) if n.endswith((".npy", ".json"))]
    running.bucket.put(key, whole)
    np.testing.assert_array_equal(np.load(prepare(name)[1]), voxels(running, "TS_101_1", 5.006))


def test_bytes_that_were_altered_on_the_way_are_noticed(running, tmp_path):
    found = api.find(parse(FIRST))
    objects = resolve(FIRST)._objects
    level = image.opened(found.s3, objects.get, 2, found.shape)
    box = tuple((0, edge) for edge in level.shape)
    ((key, part),) = level.keys(box).items()
    etag = objects.listed("2")[key].etag
    decode.create(tmp_path / "made.npy", level.dtype, level.shape)
    decoder = decode.Decoder(level, tmp_path, tmp_path / "made.npy", box)
    body = bytearray(objects.get(key))
    (tmp_path / key).parent.mkdir(parents=True)
    (tmp_path / key).write_bytes(body)
    decoder.put(key, etag, part)
    body[len(body) // 2] ^= 1
    (tmp_path / key).write_bytes(body)
    with pytest.raises(UserError, match=r"2/0/0/0: is damaged: .*MD5"):
        decoder.put(key, etag, part)


def test_a_tomogram_with_nan_is_refused_and_leaves_nothing(running, tmp_path):
    from dataclasses import replace

    held = replace(running.held[3], omezarr="yes")
    data = voxels(running, "TS_101_1", 5.006)
    data[5, 6, 7] = np.nan
    folder = tmp_path / "nan"
    tomograms.write(held, data, folder)
    key = f"{held.key}/0/0/0/0"
    before = running.bucket.client().get_object(Bucket=running.bucket.name, Key=key)["Body"].read()
    try:
        running.bucket.put(key, (folder / "0/0/0/0").read_bytes())
        with pytest.raises(UserError, match=r"1 voxels from plane z = 0 on are NaN"):
            prepare("portal:10445/TS_101_1@5.006")
    finally:
        running.bucket.put(key, before)
    assert {Path(name).suffix for name in left(tmp_path)} == {".lock"}


# what cannot be done


BAD = [
    ("portal:9999/TS_1", "9999: no such dataset in the portal; known are 10000, 10001, 10445"),
    ("portal:10445/TS_100", "TS_100: no such run in dataset 10445; did you mean TS_100_3"),
    ("portal:10445/TS_100_3@9", r"no tomogram at 9 Å; there is 10\.012 Å"),
    ("portal:10445/TS_101_1", r"voxel spacings of 5\.006, 10\.012 Å; name one"),
    ("portal:10445/TS_101_1@10.012", r"several tomograms: 17002 \(raw, WBP\), 17003 \(denoised"),
    ("portal:10445/TS_100_3?processing=raw", "no processing raw there; there is denoised"),
    ("portal:10445/TS_100_3?tomogram=5", "no tomogram 5 there; there is 17001"),
    ("portal:10001/TS_001", "tomogram 903 has no OME-Zarr in the portal, its MRC alone"),
    ("portal:10001/TS_002", "tomogram 904 has no OME-Zarr in the portal, its MRC alone"),
    (f"{FIRST}?crop=0:41,0:1,0:1", "crop's z, 0:41, is outside .* 40 x 300 x 280 voxels"),
    (f"{FIRST}?crop=5:5,0:1,0:1", "the crop is empty along z: 5:5"),
    (f"{FIRST}?crop=1,2,3", "a crop is z0:z1,y0:y1,x0:x1"),
    (f"{FIRST}?level=3", r"TS_100_3\.zarr: has no level 3; its last is 2"),
    (f"{FIRST}?level=x", "'x' is not a level of the pyramid"),
    (f"{FIRST}?colour=red", "colour cannot be asked for"),
    ("portal:TS_100_3", "is named DATASET/RUN@SPACING"),
    ("portal:10445/TS_100_3@wide", "'wide' is not a voxel spacing"),
]


@pytest.mark.parametrize(("name", "line"), BAD, ids=[name for name, _ in BAD])
def test_what_cannot_be_fetched_says_why_and_leaves_nothing(tmp_path, name, line):
    with pytest.raises(UserError, match=line) as caught:
        prepare(name)
    assert "\n" not in str(caught.value)
    assert left(tmp_path) == []


def test_names_are_taken_apart_and_put_together():
    asked = Asked(10445, "TS 1@b", 10.012, "raw", 7, 2, ((0, 1), (2, 30), (4, 50)))
    assert parse(asked.name) == asked
    assert parse(FIRST).name == FIRST
    assert crop("0:1, 2:3, 4:5") == ((0, 1), (2, 3), (4, 5))


def test_a_cache_without_room_is_named(monkeypatch, tmp_path):
    from zarr_cryoet.volumes.portal import source

    usage = source.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(source.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(UserError, match=r"1\.0 MiB free, fetching .* takes 26\.\d MiB; ZARR_"):
        prepare(FIRST)
    assert not [n for n in left(tmp_path) if not n.endswith(".lock")]


# the command line


def test_what_the_portal_has_is_listed():
    found = json.loads(cryoet("portal", "tomograms", "10445/TS_101_1", "--json").stdout)
    assert [(t["id"], t["voxel_spacing"], t["processing"]) for t in found] == [
        (17004, 5.006, "raw"), (17002, 10.012, "raw"), (17003, 10.012, "denoised"),
    ]  # fmt: skip
    assert found[0]["shape"] == [72, 128, 140]
    assert api.runs(10445)[1] == {
        "dataset": 10445, "run": "TS_101_1", "voxel_spacings": [5.006, 10.012], "tomograms": 3,
    }  # fmt: skip
    assert [d["id"] for d in api.datasets()] == [10000, 10001, 10445]


@pytest.mark.parametrize("words", [("datasets",), ("runs", "10445"), ("tomograms", "10445")])
def test_listings_fit_80_columns(words, capsys):
    from zarr_cryoet.volumes.portal import report

    {"datasets": report.datasets, "runs": report.runs, "tomograms": report.tomograms}[words[0]](
        *words[1:], json=False
    )
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80


def test_fetch_takes_options_and_bench_takes_the_name(running):
    done = cryoet(
        "volumes", "fetch", "10445/TS_100_3", "--voxel-spacing", "10.012",
        "--crop", "0:8,0:9,0:10", "--json",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    made = json.loads(done.stdout)
    data = np.load(made["path"])
    np.testing.assert_array_equal(data, voxels(running, "TS_100_3")[:8, :9, :10])
    assert resolve(f"{FIRST}?crop=0:8,0:9,0:10").id == made["id"]


def test_a_fault_takes_one_line_and_exit_code_2():
    done = cryoet("volumes", "fetch", "10445/TS_100_3", "--crop", "0:8,0:9,0:10000")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "is outside of the volume" in done.stderr


def test_the_emulator_starts_with_one_command_and_ends_when_interrupted():
    command = [sys.executable, "-m", "zarr_cryoet", "emulator", "portal"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = [process.stdout.readline().decode().split("=", 1) for _ in range(3)]
    assert [name for name, _ in said] == [
        "export ZARR_CRYOET_PORTAL_URL", "export AWS_ENDPOINT_URL_S3", "export BOTO_ENDPOINT_URL",
    ]  # fmt: skip
    process.send_signal(signal.SIGTERM)  # a shell's job in the background ignores SIGINT
    assert process.wait(60) == 130
    with pytest.raises(OSError):
        import socket

        socket.create_connection(("127.0.0.1", int(said[1][1].rpartition(":")[2])), 5)


# is it there?


def test_check_answers_for_all_three_ways():
    found = check.check(parse("10445/TS_100_3"))
    assert [(a.what, a.fault) for a in found] == [
        ("API", None), ("bucket, S3", None), ("bucket, HTTPS", None),
    ]  # fmt: skip
    assert [a.nbytes for a in found] == [None, 8 << 20, 8 << 20]
    assert all(a.first_ms > 0 for a in found)


def test_check_exits_with_1_if_one_does_not(capsys, monkeypatch):
    from zarr_cryoet.volumes.portal import report

    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert report.checked("10445/TS_100_3", json=False) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in said] == ["API", "bucket, S3", "bucket, HTTPS"]
    assert "answers" in said[0] and "answers" in said[2]
    assert "failed" in said[1] and "nobody" in said[1] and "AWS_CONFIG_FILE" in said[1]


def test_the_client_is_the_portals_own():
    with client.asking() as (library, asked):
        assert isinstance(asked, library.Client)


def test_a_file_is_still_a_file(tmp_path):
    np.save(tmp_path / "portal.npy", np.ones((2, 3, 4), "float32"))
    assert isinstance(resolve(str(tmp_path / "portal.npy")), FileVolume)


def test_the_site_says_where_a_volume_comes_from():
    from zarr_cryoet.site import volumes

    found, _ = prepare(f"{FIRST}?crop=0:8,0:9,0:10")
    ((name, shape, spacing, provenance, licence, source), absent) = volumes.rows([found.id, "no"])
    assert (name, shape, spacing) == (found.id, "8 x 9 x 10", "10.012")
    assert (provenance, licence) == ("real", "CC0-1.0")
    for part in (
        "Ada Phantom, Ben Noise: ", "dataset 10445, run TS_100_3, tomogram 17001", "denoised",
        "crop 0:8,0:9,0:10", "10.0000/stand-in", "s3://cryoet-data-portal-",
    ):  # fmt: skip
        assert part in source
    assert absent == ("no", "", "", "not in the cache here", "", "")


def test_the_site_says_nothing_of_this_machines_folders(tmp_path):
    from zarr_cryoet.site import volumes

    np.save(tmp_path / "mine.npy", np.ones((2, 3, 4), "float32"))
    found, _ = cache.prepare(FileVolume(tmp_path / "mine.npy"))
    assert str(tmp_path) not in json.dumps(volumes.described([found.id]))
    assert volumes.rows([found.id])[0][-1] == "file mine.npy"
