"""Who reads what whom wrote: the exchange, its records, its tables."""

import importlib
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import backends, spelling
from zarr_cryoet.core import volume as volumes
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.exchange import (
    DIFFERS,
    EXACT,
    FAILED,
    READY,
    SKIPPED,
    UNREADABLE,
    Exchange,
    Peer,
    Reading,
)  # fmt: skip
from zarr_cryoet.core.measure.worker import Died, here
from zarr_cryoet.environments import rows
from zarr_cryoet.studies import interop, run, studies
from zarr_cryoet.studies.interop import faults, fov, plan, records, table
from zarr_cryoet.studies.interop.run import Run, Volume, rejudged

ROOT = Path(__file__).resolve().parents[1]
CHECKSUM = 'Object includes extra members: "checksum"'


def record(**more):
    plain = dict(
        volume="v", writer="zarr-3.1.6", reader="tensorstore", codec="none", layout="c32",
        zarr_format=2, fault=None, status=EXACT, max_error=0.0, mse=0.0, ssim=1.0, measured=1e9,
    )  # fmt: skip
    return records.Record(**(plain | more))


def readings(run, writers, cases):
    """Every record of some writers and cases."""
    return rejudged([run.sound(writer, case) for writer in writers for case in cases])


def rendered(some):
    return studies()["interop"].page(records.Records(some))


# What is exchanged ----------------------------------------------------------------------------


def test_one_codec_of_each_kind():
    chosen = [CODECS[name] for name in plan.kinds()]
    assert {c.family for c in chosen} == {c.family for c in CODECS.values()}
    kinds = [(c.family, (c.v2 or {}).get("id"), c.cname, c.shuffle) for c in chosen]
    assert sorted(k for k in set(kinds) if kinds.count(k) > 1) == [
        ("blosc", "blosc", "zstd", "bitshuffle")  # whose second is all that iohub 0.2 writes
    ]


def test_cases_are_what_the_formats_hold():
    found = {
        (c.codec, c.zarr_format, c.layout) for c in plan.cases("v", "none, delta-zstd-3,crc32c")
    }
    assert found == {
        ("none", 2, "c32"), ("none", 3, "c32"), ("none", 3, "c16-s32"), ("delta-zstd-3", 2, "c32"),
        ("crc32c", 3, "c32"), ("crc32c", 3, "c16-s32"),
    }  # fmt: skip


@pytest.mark.parametrize("names", ["", " , ", "zstd-99"])
def test_names_that_are_none(names):
    with pytest.raises(UserError):
        plan.codecs(names)


def test_environments_have_backends_and_contents():
    assert rows.DAMAGED in rows.PEERS
    for row in rows.PEERS.values():
        assert row.backend in backends.ids() and not row.client
        assert all("==" in pin for pin in row.contents.pins)
    assert len(rows.PEERS) + len(rows.BUCKET_READERS) == len(rows.ENVIRONMENTS)
    assert {name: rows.PEERS[name].contents.release for name in ("zarrs", "iohub-0.2.3")} == {
        "zarrs": "3.4.2", "iohub-0.2.3": "",
    }  # fmt: skip


# A field of view ------------------------------------------------------------------------------


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_array_in_a_field_of_view_is_the_same_chunks_under_longer_names(tmp_path, zarr_format):
    store = tmp_path / "store"
    sharding = {"name": "sharding_indexed", "configuration": {"chunk_shape": [2, 2, 2]}}
    array = (
        {"shape": [4, 4, 4], "chunks": [2, 2, 2]}
        if zarr_format == 2
        else {"shape": [4, 4, 4], "chunk_grid": {"configuration": {"chunk_shape": [4, 4, 4]}},
              "codecs": [sharding]}
    )  # fmt: skip
    name, prefix = (".zarray", "") if zarr_format == 2 else ("zarr.json", "c/")
    (store / prefix / "0/1").mkdir(parents=True)
    (store / name).write_text(json.dumps(array))
    (store / prefix / "0/1/2").write_bytes(b"chunk")
    path, lead = fov.seen(store, "zarr-python", "iohub", zarr_format)
    assert lead == 0 and path == fov.beside(store)
    assert (path / "0" / prefix / "0/0/0/1/2").read_bytes() == b"chunk"
    made = json.loads((path / "0" / name).read_text())
    assert made["shape"] == [1, 1, 4, 4, 4]
    made.pop("dimension_names", None)
    assert json.loads(spelling.plain(json.dumps(made).encode(), 2)) == array


def test_others_open_the_array_in_a_field_of_view(tmp_path):
    assert fov.seen(tmp_path, "iohub", "tensorstore", 2) == (tmp_path / "0", 2)
    assert fov.seen(tmp_path, "iohub", "iohub", 2) == (tmp_path, 0)
    assert fov.seen(tmp_path, "tensorstore", "zarr-python", 2) == (tmp_path, 0)


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "left"), [("cut", b"0123"), ("empty", b""), ("missing", None)])
def test_the_first_chunk_alone_is_damaged(tmp_path, name, left):
    (tmp_path / "0/0").mkdir(parents=True)
    for key in (".zarray", "0/0/0", "0/0/1"):
        (tmp_path / key).write_bytes(b"01234567")
    faults.damage(faults.FAULTS[name], tmp_path)
    hurt = tmp_path / "0/0/0"
    assert (hurt.read_bytes() if hurt.exists() else None) == left
    assert (tmp_path / ".zarray").read_bytes() == (tmp_path / "0/0/1").read_bytes() == b"01234567"


# Processes ------------------------------------------------------------------------------------


@pytest.fixture
def prepared(cache, volume):
    described = volumes.Volume("little", volume.shape, "float32", None, "synthetic", None, None)
    folder = cache / "volumes"
    folder.mkdir(exist_ok=True)
    np.save(folder / "little.npy", volume)
    (folder / "little.json").write_text(json.dumps(described.to_json()))
    return "little"


class Falsifying(Exchange):
    """A double: whatever is written, the first voxel of the store is another afterwards."""

    def write(self, peer, case):
        found = super().write(peer, case)
        if found["status"] == READY:
            (chunk,) = self.place.glob(f"{peer.id}/*/0/0/0")
            raw = np.fromfile(chunk, "<f4")
            raw[0] += 0.25
            raw.tofile(chunk)
        return found


@pytest.fixture
def two():
    for name in ("zarr-python", "tensorstore"):
        if isinstance(found := backends.find(name, backends.installed()), str):
            pytest.skip(found)
    return [Peer(name, name, here(name)) for name in ("zarr-python", "tensorstore")]


def test_what_is_stored_wrong_is_seen_by_every_reader_with_its_errors(
    prepared, two, volume, tmp_path
):
    pytest.importorskip("skimage", reason="scikit-image is not installed: the extra `quality`")
    cases = plan.cases(prepared, "none")[:1]
    with Falsifying(two, prepared, volume, tmp_path) as exchange:
        found = readings(Run(exchange, Volume(prepared, volume), two), two, cases)
    assert [(r.writer, r.reader) for r in found] == [(w.id, r.id) for w in two for r in two]
    for each in found:
        said = "1 voxels of the volume read back differently, largest error 0.25 at (0, 0, 0)"
        assert (each.status, each.reason) == (DIFFERS, said)
        assert each.max_error == pytest.approx(0.25)
        assert each.mse == pytest.approx(0.25**2 / volume.size)
        assert each.psnr > 50 and 0.99 < each.ssim < 1
        assert each.writer_versions["numpy"] and each.reader_versions["numcodecs"]
    assert not list(tmp_path.glob("*/*none*"))


def test_what_is_stored_right_is_exact_and_what_raises_is_named(prepared, two, volume, tmp_path):
    cases = [Case.of(prepared, c, "c32", 2, "-") for c in ("zstd-3", "lzma-1")]
    with Exchange(two, prepared, volume, tmp_path) as exchange:
        run = Run(exchange, Volume(prepared, volume), two)
        found = readings(run, two[:1], cases)
        written = exchange.write(two[0], cases[0])
        meta = next(tmp_path.glob("zarr-python/*zstd-3*/.zarray"))
        text = json.loads(meta.read_text())
        text["compressor"]["checksum"] = False  # as numcodecs 0.15 writes it
        meta.write_text(json.dumps(text))
        faulty = exchange.read(two[1], cases[0], meta.parent)
    assert written["status"] == READY
    assert [r.status for r in found] == [EXACT, EXACT, EXACT, SKIPPED]
    assert found[-1].reason == "tensorstore has no lzma in format 2"
    assert (faulty.status, faulty.found) == (UNREADABLE, None)
    assert faulty.reason.endswith(CHECKSUM) and '"store/.zarray"' in faulty.reason


def test_a_library_that_is_not_there_is_skipped(prepared, volume, tmp_path):
    absent = next(b for b in ("iohub", "zarrista") if b not in backends.installed())
    with Exchange([Peer("x", absent, here())], prepared, volume, tmp_path) as exchange:
        found = exchange.read(
            Peer("x", absent, here()), Case.of("v", "none", "c32", 2, "-"), tmp_path
        )
    assert (found.status, found.reason) == (SKIPPED, f"{absent} is not installed")


class Dying:
    """A double of a process that ends in the midst of each answer but that for `write`."""

    def start(self):
        raise Died("took longer than 60 s")

    def ask(self, do, **_):
        raise Died("killed by SIGSEGV")

    def stop(self):
        pass


def test_a_process_that_dies_fails_its_own_cells_alone(prepared, two, volume, tmp_path):
    case = Case.of(prepared, "none", "c32", 2, "-")
    dying = replace(two[1], id="dying")
    with Exchange([*two, dying], prepared, volume, tmp_path) as exchange:
        exchange.workers["dying"] = Dying()
        run = Run(exchange, Volume(prepared, volume), [two[0], dying, two[1]])
        found = readings(run, two[:1], [case])
    assert [r.status for r in found] == [EXACT, FAILED, EXACT]
    assert found[1].reason == "killed by SIGSEGV" and found[1].reader_versions == {}


# Doubles of all processes ---------------------------------------------------------------------


class Told:
    """A double of an exchange: what comes of a read is said beforehand."""

    def __init__(self, place, tell):
        self.place, self.tell = place, tell

    def versions(self, peer):
        return {"library": peer.id}

    def write(self, peer, case):
        if peer.id == "bad":
            return {"status": FAILED, "reason": "2 voxels read back differently"}
        store = self.place / "store"
        (store / "0/0").mkdir(parents=True, exist_ok=True)
        (store / "0/0/0").write_bytes(b"12345678")
        return {"status": READY, "reason": None, "path": str(store)}

    def read(self, peer, case, path, lead=0):
        return self.tell(peer, path)


def a_peer(name):
    return Peer(name, "zarr-python", here(name))


def test_a_writer_that_fails_its_proof_is_failed_for_every_reader(volume, tmp_path):
    exchange = Told(tmp_path, lambda *_: Reading(EXACT, None, volume))
    readers = [a_peer("a"), a_peer("b")]
    run = Run(exchange, Volume("v", volume), readers)
    case = Case.of("v", "none", "c32", 2, "-")
    found = readings(run, [a_peer("bad"), a_peer("good")], [case])
    reason = "not written: 2 voxels read back differently"
    assert [(r.status, r.reason) for r in found] == [(FAILED, reason)] * 2 + [(EXACT, None)] * 2
    assert [r.max_error for r in found] == [None, None, 0.0, 0.0]
    assert found[2].psnr is None  # infinite
    ((*said, some),) = table.groups(found)
    assert said == [FAILED, "not written: voxels read back differently"]
    assert table.culprits(some) == ["bad"]


def test_a_reader_that_knows_the_sound_store_is_not_excused_on_the_damaged(volume, tmp_path):
    def tell(peer, path):
        if path.name == "store" and peer.id == "able":
            return Reading(EXACT, None, volume)
        return Reading(SKIPPED, "no such codec", raised="ValueError: short")

    run = Run(Told(tmp_path, tell), Volume("v", volume), [a_peer("able"), a_peer("not")])
    case = Case.of("v", "none", "c32", 2, "-")
    found = run.damaged(a_peer("w"), case).records
    assert [r.fault for r in found] == [fault for fault in faults.FAULTS for _ in range(2)]
    assert [(r.reader, r.status, r.reason, r.fault) for r in found[:2]] == [
        ("able", UNREADABLE, "ValueError: short", "cut"), ("not", SKIPPED, "no such codec", "cut"),
    ]  # fmt: skip


def test_a_reader_that_knows_a_case_from_one_writer_is_not_excused_on_another(volume, tmp_path):
    found = iter([Reading(SKIPPED, "no such codec", raised="TypeError: no dict")] * 2
                 + [Reading(EXACT, None, volume)])  # fmt: skip
    writers, readers = [a_peer("odd"), a_peer("plain")], [a_peer("r")]
    run = Run(Told(tmp_path, lambda *_: next(found)), Volume("v", volume), readers)
    told = readings(run, writers, [Case.of("v", "zstd-3", "c32", 2, "-")])
    assert [r.status for r in told] == [SKIPPED, SKIPPED]
    found = iter([Reading(SKIPPED, "no such codec", raised="TypeError: no dict"),
                  Reading(EXACT, None, volume)])  # fmt: skip
    told = readings(run, writers, [Case.of("v", "none", "c32", 2, "-")])
    assert [(r.status, r.reason) for r in told] == [
        (UNREADABLE, "TypeError: no dict"), (EXACT, None),
    ]  # fmt: skip


def test_zeros_garbage_and_another_shape_are_told_apart(volume, tmp_path):
    pytest.importorskip("skimage", reason="scikit-image is not installed: the extra `quality`")
    zeros = volume.copy()
    zeros[:2] = 0
    garbage = volume.copy()
    garbage[0, 0, :2] = np.nan, 5
    codec = CODECS["none"]
    found = (Reading.of(each, volume, codec) for each in (zeros, volume[1:], garbage))
    readers = [a_peer("a"), a_peer("b"), a_peer("c")]
    run = Run(Told(tmp_path, lambda *_: next(found)), Volume("v", volume), readers)
    case = Case.of("v", "none", "c32", 2, "-")
    first, second, third = readings(run, [a_peer("w")], [case])
    assert first.reason.endswith("), all of them as 0")
    assert first.max_error == np.abs(volume[:2]).max()
    assert second.reason.startswith("read back as") and second.max_error is None
    assert third.reason == (
        "2 voxels of the volume read back differently, largest error inf at (0, 0, 0), "
        "some as NaN or infinity"
    )
    assert third.max_error is third.ssim is None


# Records --------------------------------------------------------------------------------------


def keep(path, some):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(records.FORMAT.text(records.Records(some)))


def test_records_come_back_as_they_were(tmp_path):
    some = [record(), record(reader="zarrs", status=UNREADABLE, reason="ä|b", mse=None)]
    path = tmp_path / "m" / records.NAME
    keep(path, some)
    assert [asdict(r) for r in records.FORMAT.load(path).records] == [asdict(r) for r in some]
    assert records.FORMAT.load(tmp_path / "none").records == []


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"interop": 2}', '{"interop": 1}', ""])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, line):
    path = tmp_path / records.NAME
    keep(path, [record()])
    path.write_text(path.read_text() + line + "\n")
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"interop\.jsonl: damaged \(line 2: "):
        records.FORMAT.load(path)
    assert path.read_bytes() == before


def test_a_later_record_takes_the_place_of_an_earlier_one():
    old = [record(), record(codec="zstd-3")]
    new = [record(status=DIFFERS, measured=2e9)]
    assert [(r.codec, r.status) for r in records.merged(old, new)] == [
        ("none", DIFFERS), ("zstd-3", EXACT),
    ]  # fmt: skip


def test_what_is_not_finite_has_no_place_in_json():
    assert [records.finite(v) for v in (1.5, math.inf, -math.inf, math.nan)] == [1.5] + [None] * 3


# Tables ---------------------------------------------------------------------------------------


def test_the_page_counts_and_names_every_failure():
    refused = f"ValueError: {CHECKSUM}"
    some = [
        record(),
        record(
            codec="zstd-3", status=UNREADABLE, reason=refused, max_error=None, mse=None, ssim=None
        ),
        record(
            codec="gzip-5", status=UNREADABLE, reason=refused, max_error=None, mse=None, ssim=None
        ),
        record(codec="lzma-1", status=SKIPPED, reason="tensorstore has no lzma in format 2"),
        record(codec="bz2-1", status=SKIPPED, reason="tensorstore has no bz2 in format 2"),
        record(codec="zlib-1", status=SKIPPED, reason="odd"),
        record(
            reader="zarrs", status=DIFFERS, reason="7 voxels read back differently", max_error=0.5
        ),
        record(zarr_format=3, status=SKIPPED, reason="not written: no format 3"),
        record(fault="cut", status=UNREADABLE, reason="short"),
        record(fault="cut", codec="zstd-3", status=UNREADABLE, reason="short"),
        record(fault="cut", reader="zarrs", status=DIFFERS, reason="7 voxels, all of them as 0"),
        record(volume="older", measured=1.0, writer="nobody"),
    ]
    page = rendered(some)
    assert "| `zarr-3.1.6` | 0/1 | 1/3 |" in page  # columns in the order of the registry
    assert "| `zarr-3.1.6` | – |" in page.partition("### Format 3")[2]
    (line,) = [each for each in page.splitlines() if CHECKSUM in each]
    assert "| `tensorstore` | unreadable: " in line and "`zstd-3`, `gzip-5` (v2 c32) | 2 |" in line
    assert "| `zarrs` | differs: voxels read back differently | `zarr-3.1.6` |" in page
    assert "| `tensorstore` | read | odd; tensorstore has no lzma, bz2 in format 2 |" in page
    assert "| `zarr-3.1.6` | write | no format 3 |" in page
    assert "| `none` | v2 c32 | zeros | raises |" in page
    assert "| `zstd-3` | v2 c32 | – | raises |" in page
    assert "nobody" not in page and "2001-09-09" in page


def test_readers_stand_together_only_where_they_fail_on_the_same_stores():
    wrong = dict(status=UNREADABLE, reason="no")
    some = [record(reader=r, codec=c, **wrong) for r in ("zarrs", "zarr-fused") for c in ("a", "b")]
    some.append(record(reader="tensorstore", codec="a", **wrong))
    told = [(table.culprits(each), len(each)) for _, _, each in table.groups(some)]
    assert told == [(["zarr-fused", "zarrs"], 4), (["tensorstore"], 1)]


def test_no_records_make_a_page_that_says_so():
    assert "No records" in rendered([])


def test_no_failures_are_said_to_be_none():
    assert table.failures([record()]) == "None."


# The command, and the benchmark ---------------------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty clone; where its records are to stand."""
    (tmp_path / "asv.conf.json").write_text('{"repo": "."}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(interop, "machine_name", lambda: "here")
    return tmp_path / "results" / "here" / records.NAME


def asked(volume="phantom-64", **options):
    return run.Command(volumes=volume, json=True, options=interop.Interchange(**options))


def test_the_page_is_made_of_what_is_on_record(project, capsys):
    run.markdown(studies()["interop"])
    assert "No records" in capsys.readouterr().out
    keep(project, [record()])
    run.markdown(studies()["interop"])
    assert capsys.readouterr().out == rendered([record()])


@pytest.fixture
def without_zarrs(monkeypatch, prepared, two):
    """Environments that are this one, but that of zarrs, which cannot be made."""

    def peer(row):
        if row.id == "zarrs":
            raise UserError("uv failed")
        return replace(two[0], id=row.id)

    monkeypatch.setattr(rows.Row, "peer", peer)
    described = volumes.open_volume(prepared)[0]
    monkeypatch.setattr(run, "prepared", lambda *_: (described,))
    monkeypatch.setattr(interop.quality, "require", lambda: None)


def test_nothing_is_run_where_records_are_damaged(project, prepared, without_zarrs):
    project.parent.mkdir(parents=True)
    project.write_text("{")
    with pytest.raises(UserError, match="damaged"):
        run.run(studies()["interop"], asked(prepared, codecs="none"))
    assert project.read_text() == "{"


def test_an_environment_that_cannot_be_made_fails_its_cells_alone(
    project, prepared, without_zarrs, capsys
):
    query = asked(prepared, codecs="none", writers="zarr-3.4.2", readers="zarrs,zarr-3.4.2")
    assert run.run(studies()["interop"], query) == 1
    told = json.loads(capsys.readouterr().out)
    assert [r["status"] for r in told["records"]] == [FAILED, EXACT] * 3
    assert told["records"][0]["reason"] == "no environment for zarrs: uv failed"
    assert len(records.FORMAT.load(project).records) == 6


def test_an_interrupted_exchange_goes_on(project, prepared, without_zarrs, monkeypatch, capsys):
    query = asked(prepared, codecs="none", writers="zarr-3.4.2", readers="zarr-3.4.2")
    sound, stores = Run.sound, []

    def interrupted(self, writer, case):
        stores.append(case.storage.id)
        if len(stores) == 2:
            raise KeyboardInterrupt
        return sound(self, writer, case)

    monkeypatch.setattr(Run, "sound", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.run(studies()["interop"], query)
    assert not project.exists()
    assert run.run(studies()["interop"], query) == 0
    assert stores == ["none_c32_v2", "none_c32_v3", "none_c32_v3", "none_c16-s32_v3"]
    assert len(json.loads(capsys.readouterr().out)["records"]) == 3


def test_the_benchmark_counts_what_is_not_exact_of_what_both_know():
    sys.path.insert(0, str(ROOT))
    summed = importlib.import_module("benchmarks.interoperability").summed
    told = [("zstd-3 v2", UNREADABLE, CHECKSUM), ("none v2", EXACT, None), ("x v3", SKIPPED, "no")]
    assert summed(told) == {
        "status": READY, "reason": f"1 of 2: zstd-3 v2: {CHECKSUM}", "unreadable": 1, "tried": 2,
    }  # fmt: skip
    assert summed(told[1:]) == {"status": READY, "reason": None, "unreadable": 0, "tried": 1}
    assert summed(told[2:])["status"] == SKIPPED
