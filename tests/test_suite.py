"""The asv suite: its rules, and every benchmark class run once."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import itertools
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core import backends, environment, reasons, selection, volume
from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.operations import READS
from zarr_cryoet.core.prepare import SKIPPED, WrongResult
from zarr_cryoet.core.support import unsupported

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
benchmarks = importlib.import_module("benchmarks")
MODULES = {
    m.name: importlib.import_module(f"benchmarks.{m.name}")
    for m in pkgutil.iter_modules(benchmarks.__path__)
}
common = MODULES["common"]
CLASSES = {
    selection.name(cls): cls
    for module in MODULES.values()
    for name, cls in vars(module).items()
    if inspect.isclass(cls) and not name.startswith("_") and selection.methods(cls)
}
every_class = pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
STORING = {name: c for name, c in CLASSES.items() if issubclass(c, common.VolumeBenchmark)}
every_storing_class = pytest.mark.parametrize("cls", STORING.values(), ids=STORING)
OTHERS = {name: cls for name, cls in CLASSES.items() if name not in STORING}
TINY = "tiny"


# Rules ----------------------------------------------------------------------------------------


def test_the_suite_asks_about_all_that_it_should():
    assert {name.partition(".")[0] for name in CLASSES} == MODULES.keys() - {
        "base",
        "common",
        "counted",
        "operations",
    }
    assert {cls.__module__ for cls in CLASSES.values()} <= {m.__name__ for m in MODULES.values()}


@every_class
def test_a_class_has_a_version_and_a_question_of_its_own(cls):
    assert isinstance(vars(cls)["version"], str)
    assert vars(cls)["__doc__"].strip()
    assert sys.modules[cls.__module__].__doc__.strip()


@every_class
def test_a_class_has_few_parameters_and_cells(cls):
    assert len(cls.params) == len(cls.param_names) <= 3
    assert 1 <= len(cls.cells()) <= 50 * len(backends.ids())  # about 100 with two
    assert len(set(cls.cells())) == len(cls.cells())
    assert all(isinstance(p, str | int) for values in cls.params for p in values)


@every_storing_class
def test_stores_are_prepared_in_the_module_that_reads_them(cls):
    assert inspect.getmodule(cls.setup_cache).__name__ == cls.__module__


def test_the_quick_group_is_quick():
    timed = [
        (name, cell)
        for name, cls in CLASSES.items()
        for cell, method in itertools.product(cls.cells(), selection.methods(cls))
        if method.startswith("time_") and cls.in_smoke(cell)
    ]
    assert 1 <= len(timed) <= 25
    assert {name.partition(".")[0] for name, _ in timed} >= {"codecs", "chunks", "shards"}


HIDDEN = """
import importlib.metadata, json, pkgutil, sys
HIDE = {"numcodecs", *sys.argv[2:]}
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDE:
            raise ModuleNotFoundError(name)
true = importlib.metadata.version
def version(name):
    if name in HIDE:
        raise importlib.metadata.PackageNotFoundError(name)
    return true(name)
sys.meta_path.insert(0, Hide())
importlib.metadata.version = version
sys.path.insert(0, sys.argv[1])
import benchmarks
from zarr_cryoet.core import backends, selection
found = {}
for module in pkgutil.iter_modules(benchmarks.__path__):
    for cls in vars(importlib.import_module(f"benchmarks.{module.name}")).values():
        if isinstance(cls, type) and selection.methods(cls):
            found[selection.name(cls)] = [cls.param_names, cls.params]
print(json.dumps([dict(backends.installed()), found]))
"""


def test_parameters_do_not_depend_on_what_is_installed():
    packages = {name for c in backends.classes() for name in (c.package, *c.packages)} - {"numpy"}
    packages |= set(backends.CLIENTS)
    packages |= {codec.package for codec in CODECS.values() if codec.package}
    command = [sys.executable, "-c", HIDDEN, str(ROOT), *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    installed, found = json.loads(done.stdout)
    assert installed.keys() <= {"numpy"}
    for name, cls in CLASSES.items():
        assert found[name] == [cls.param_names, cls.params]


def test_benchmarks_name_no_codec_and_no_library():
    words = re.compile(r"\b(blosc|lz4|gzip|numcodecs|import zarr|import tensorstore)\b")
    for name, module in MODULES.items():
        if name != "common":  # its baseline is the portal's codec
            assert not words.search(Path(module.__file__).read_text()), name


def test_asv_finds_these_benchmarks_and_their_caches():
    discovery = pytest.importorskip("asv_runner.discovery")
    found = {b.name: b for b in discovery.disc_benchmarks(str(ROOT / "benchmarks"))}
    ours = {selection.name(c, m): c for c in CLASSES.values() for m in selection.methods(c)}
    assert found.keys() == ours.keys()
    for name, benchmark in found.items():
        assert benchmark.setup_cache_key or ours[name] in OTHERS.values()
        assert benchmark.version == vars(ours[name])["version"]


# Selection ------------------------------------------------------------------------------------


def asv_selects(expressions):
    """What asv itself takes for these expressions: cells by class."""
    asv = pytest.importorskip("asv.benchmarks")
    listed, origin = [], {}
    for cls in CLASSES.values():
        for method in selection.methods(cls):
            name, params = selection.name(cls, method), [list(map(repr, p)) for p in cls.params]
            listed.append({"name": name, "params": params})
            origin[name] = cls
    taken = asv.Benchmarks(SimpleNamespace(benchmark_dir=""), listed, expressions)
    cells = {cls: set() for cls in CLASSES.values()}
    for name in taken:
        cls, chosen = origin[name], taken.benchmark_selection[name]
        cells[cls] |= {c for i, c in enumerate(cls.cells()) if chosen is None or i in chosen}
    return cells


PIECES = ["", "time_", "Read", "^codecs", "'none'", r"\(", "2, ", "c64", "zarr-python'\\)$"]
PIECES += ["control", "peakmem_read$", "nothing like it", "shards.*tensor", "^exact.*objects"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3))
def test_cells_are_included_exactly_as_asv_takes_them(expressions):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(selection.VARIABLE, json.dumps(expressions))
        for cls, cells in asv_selects(expressions).items():
            assert {cell for cell in cls.cells() if selection.includes(cls, cell)} == cells


@every_class
def test_unset_every_cell_is_included(cls, monkeypatch):
    monkeypatch.delenv(selection.VARIABLE, raising=False)
    assert all(selection.includes(cls, cell) for cell in cls.cells())


def test_a_cell_asked_for_by_its_full_name_is_included_alone(monkeypatch):
    cls = CLASSES["codecs.ReadCodec"]
    wanted = cls.cells()[3]
    only(monkeypatch, cls, [wanted])
    assert [cell for cell in cls.cells() if selection.includes(cls, cell)] == [wanted]
    assert not any(selection.includes(CLASSES["codecs.WriteCodec"], c) for c in cls.cells())


# Runs -----------------------------------------------------------------------------------------


def only(monkeypatch, cls, cells):
    """Ask for these cells of a class and for nothing else, as the plug-in does."""
    names = [selection.cell_name(cls, m, c) for c in cells for m in selection.methods(cls)]
    expressions = [f"^{re.escape(name)}$" for name in names]
    monkeypatch.setenv(selection.VARIABLE, json.dumps(expressions))


@pytest.fixture
def data(monkeypatch, tmp_path):
    """A prepared volume in a cache of its own, which every class is turned to."""
    folder = tmp_path / "cache" / "volumes"
    folder.mkdir(parents=True)
    voxels = np.arange(12 * 20 * 18, dtype=np.float32).reshape(12, 20, 18)
    np.save(folder / f"{TINY}.npy", voxels)
    sha256 = hashlib.sha256((folder / f"{TINY}.npy").read_bytes()).hexdigest()
    row = volume.Volume(TINY, voxels.shape, "float32", None, "synthetic", None, sha256)
    (folder / f"{TINY}.json").write_text(json.dumps(row.to_json()))
    for module in MODULES.values():
        for cls in vars(module).values():
            if inspect.isclass(cls) and "volume" in vars(cls):
                monkeypatch.setattr(cls, "volume", TINY)
    monkeypatch.setenv(volume.CACHE_VARIABLE, str(tmp_path / "cache"))
    for name in (reasons.VARIABLE, selection.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return voxels


def sample(cls):
    """A few cells of a class, from all over it; those that can be, and those that cannot."""
    cells = cls.cells()
    return [cells[i] for i in sorted({0, len(cells) // 2, len(cells) - 1})]


def run(cls, prepared, cell, method):
    """What asv does with one cell."""
    bench = cls()
    first = [prepared] if prepared is not None else []
    try:
        if hasattr(bench, "setup"):
            bench.setup(*first, *cell)
        return getattr(bench, method)(*first, *cell)
    finally:
        if hasattr(bench, "teardown"):
            bench.teardown(*first, *cell)


@every_storing_class
def test_a_class_runs(cls, data, monkeypatch):
    cells = sample(cls)
    only(monkeypatch, cls, cells)
    prepared = cls().setup_cache()
    skips = {c: cls.why_not(c) for c in cells}
    assert prepared.keys() == {cls.case_of(c).id for c in cells}
    for cell, method in itertools.product(cells, selection.methods(cls)):
        if skips[cell]:
            with pytest.raises(NotImplementedError, match=re.escape(skips[cell])):
                run(cls, prepared, cell, method)
            continue
        returned = run(cls, prepared, cell, method)
        assert method.startswith("track_") == isinstance(returned, int | float)
        assert not method.startswith("track_") or returned >= 0


@pytest.mark.parametrize("cls", OTHERS.values(), ids=OTHERS)
def test_a_class_without_a_store_runs(cls, data, monkeypatch):
    only(monkeypatch, cls, cls.cells()[:1])
    prepared = cls().setup_cache() if hasattr(cls, "setup_cache") else None
    for method in selection.methods(cls):
        returned = run(cls, prepared, cls.cells()[0], method)
        assert method.startswith("track_") == isinstance(returned, int | float)


@every_storing_class
def test_a_cell_leaves_nothing_and_can_be_run_again(cls, data, monkeypatch, tmp_path):
    """But for what is worked on, which goes with the process."""
    cell = next(c for c in cls.cells() if not cls.why_not(c))
    only(monkeypatch, cls, [cell])
    prepared = cls().setup_cache()

    def there():
        paths = (p for p in tmp_path.rglob("*") if p.is_file())
        return {p: p.stat().st_mtime_ns for p in paths if tmp_path / "work" not in p.parents}

    before = there()
    for method in selection.methods(cls) * 2:
        run(cls, prepared, cell, method)
    assert there() == before


@every_storing_class
def test_every_cell_finds_what_it_needs_prepared(cls, data, monkeypatch):
    """Also where asv prepares once for the classes that share a `setup_cache`."""
    monkeypatch.setattr(
        common, "prepare", lambda case, keep, **_: {"status": SKIPPED, "reason": "", "keep": keep}
    )
    only(monkeypatch, cls, cls.cells())
    sharing = [c for c in STORING.values() if c.setup_cache is cls.setup_cache]
    for other in sharing:
        prepared = other().setup_cache()
        assert {cls.case_of(cell).id for cell in cls.cells()} <= prepared.keys()
        reads = any(m.startswith("peakmem_") for m in selection.methods(cls))
        reads = reads or "time_read" in selection.methods(cls)
        assert not reads or all(outcome["keep"] for outcome in prepared.values())


@every_storing_class
def test_a_cell_that_cannot_be_is_skipped_with_its_reason(cls, data, monkeypatch):
    cell = cls.cells()[0]
    only(monkeypatch, cls, [cell])
    monkeypatch.setattr(backends, "installed", dict)
    prepared = cls().setup_cache()
    for method in selection.methods(cls):
        with pytest.raises(NotImplementedError, match="is not installed"):
            run(cls, prepared, cell, method)


@every_storing_class
def test_a_cell_that_failed_fails_with_its_reason(cls, data, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "problems", lambda: ["numpy is 2, the lock says 0.0.1"])
    cell = cls.cells()[0]
    only(monkeypatch, cls, [cell])
    prepared = cls().setup_cache()
    for method in selection.methods(cls):
        with pytest.raises(WrongResult, match=r"^numpy is .*, the lock says 0\.0\.1$"):
            run(cls, prepared, cell, method)
    assert not list(tmp_path.glob("stores/*"))


def noted(monkeypatch, tmp_path):
    """The reasons written while a class is prepared, as asv's environment asks for them."""
    monkeypatch.setenv(reasons.VARIABLE, str(tmp_path / "reasons"))
    monkeypatch.setenv("ASV_COMMIT", "0123456789abcdef")
    monkeypatch.setenv("ASV_ENV_NAME", "virtualenv-py3.12")
    return tmp_path / "reasons" / f"01234567-virtualenv-py3.12{reasons.SUFFIX}"


@every_storing_class
def test_reasons_are_noted_for_each_cell(cls, data, monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    monkeypatch.setattr(backends, "installed", dict)
    cells = sample(cls)
    only(monkeypatch, cls, cells)
    cls().setup_cache()
    found = reasons.load(path)
    for cell in cells:
        key = selection.name(cls), tuple(map(repr, cell))
        assert found[key] == ("skipped", unsupported(cls.case_of(cell)))


def test_failures_are_noted_beside_skips(data, monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    monkeypatch.setattr(environment, "problems", lambda: ["numpy is 2, the lock says 0.0.1"])
    cls = CLASSES["codecs.ReadCodec"]
    only(monkeypatch, cls, [cls.cells()[0]])
    cls().setup_cache()
    status, reason = reasons.load(path)["codecs.ReadCodec", tuple(map(repr, cls.cells()[0]))]
    assert (status, "the lock says 0.0.1" in reason) == ("failed", True)


def test_what_is_ready_is_noted_too_and_nothing_outside_asv(data, monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    cls = CLASSES["codecs.ReadCodec"]
    only(monkeypatch, cls, [c for c in cls.cells() if not unsupported(cls.case_of(c))][:1])
    cls().setup_cache()
    assert set(reasons.load(path).values()) == {("ready", None)}
    path.unlink()
    monkeypatch.delenv("ASV_COMMIT")
    reasons.note("codecs.ReadCodec", [(("none",), "skipped", "no reason")])
    assert not path.exists()


@pytest.mark.parametrize("at", ["read", "open"])
def test_what_a_cell_raises_is_noted_as_its_reason(data, monkeypatch, tmp_path, at):
    path = noted(monkeypatch, tmp_path)
    cls = CLASSES["codecs.ReadCodec"]
    cell = next(c for c in cls.cells() if not unsupported(cls.case_of(c)))
    only(monkeypatch, cls, [cell])
    prepared = cls().setup_cache()

    def fall_off(*_):
        raise OSError("the disk fell off")

    monkeypatch.setattr(type(backends.get(cls.case_of(cell).backend)), at, fall_off)
    with pytest.raises(OSError, match="fell off"):
        run(cls, prepared, cell, "time_read")
    key = "codecs.ReadCodec", tuple(map(repr, cell))  # the untimed read stands in `setup`
    assert reasons.load(path)[key] == ("failed", "OSError: the disk fell off")


def test_what_a_timed_method_raises_is_its_own_reason(data, monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    cls = CLASSES["exact.StoredByCodec"]
    cell = next(c for c in cls.cells() if not unsupported(cls.case_of(c)))
    only(monkeypatch, cls, [cell])
    prepared = cls().setup_cache()
    del prepared[cls.case_of(cell).id]["objects"]
    with pytest.raises(KeyError):
        run(cls, prepared, cell, "track_objects")
    assert run(cls, prepared, cell, "track_bits_per_voxel") > 0
    cell = tuple(map(repr, cell))
    found = reasons.load(path)
    assert found["exact.StoredByCodec.track_objects", cell] == ("failed", "KeyError: 'objects'")
    assert found["exact.StoredByCodec", cell] == ("ready", None)


def test_what_a_library_does_not_implement_is_no_skip(data, monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    cls = CLASSES["codecs.ReadCodec"]
    cell = next(c for c in cls.cells() if not unsupported(cls.case_of(c)))
    only(monkeypatch, cls, [cell])
    prepared = cls().setup_cache()

    def refuse(*_):
        raise NotImplementedError("not yet")

    monkeypatch.setattr(type(backends.get(cls.case_of(cell).backend)), "open", refuse)
    with pytest.raises(RuntimeError, match="not yet") as caught:
        run(cls, prepared, cell, "time_read")
    assert caught.type is RuntimeError
    key = "codecs.ReadCodec", tuple(map(repr, cell))
    assert reasons.load(path)[key] == ("failed", "NotImplementedError: not yet")


def test_a_volume_that_cannot_be_prepared_fails_its_cells(data, monkeypatch, tmp_path):
    cls = CLASSES["codecs.ReadCodec"]
    only(monkeypatch, cls, cls.cells()[:2])
    monkeypatch.setattr(volume, "ensure", lambda name: volume.open_volume("absent"))
    outcomes = cls().setup_cache().values()
    assert {o["status"] for o in outcomes} == {"failed"}
    assert all("absent.json" in o["reason"] for o in outcomes)


def test_the_last_line_of_a_cell_counts_and_a_cut_line_does_not(monkeypatch, tmp_path):
    path = noted(monkeypatch, tmp_path)
    for reason in ("first", "last"):
        reasons.note("a.B", [(("none", 2), "failed", reason)])
    with path.open("a") as file:
        file.write('7\n[]\n{"benchmark": "a.B", "params": ["\'none\'", "2"], "status"')
    assert reasons.load(path) == {("a.B", ("'none'", "2")): ("failed", "last")}
    assert reasons.load(tmp_path / "absent") == {}


def recording(bench):
    """Note what a benchmark hands to its backend."""
    calls, read = [], bench.job.backend.read

    def recorded(handle, box):
        calls.append((box, read(handle, box)))
        return calls[-1][1]

    bench.job.backend.read = recorded
    return calls


READERS = {name: c for name, c in CLASSES.items() if hasattr(c, "time_read")}
WRITERS = {name: c for name, c in CLASSES.items() if hasattr(c, "time_write")}


@pytest.mark.parametrize("cls", READERS.values(), ids=READERS)
def test_a_reader_reads_what_its_pattern_selects(cls, data, monkeypatch):
    for cell in [c for c in sample(cls) if not unsupported(cls.case_of(c))]:
        only(monkeypatch, cls, [cell])
        bench, prepared = cls(), cls().setup_cache()
        bench.setup(prepared, *cell)
        calls = recording(bench)
        bench.time_read(prepared, *cell)
        (done,) = cls.done_by(cell)
        assert [box for box, _ in calls] == ACCESS[READS[done.operation]].select(data.shape)
        assert all(np.array_equal(found, data[box]) for box, found in calls)


@pytest.mark.parametrize("cls", WRITERS.values(), ids=WRITERS)
def test_a_writer_writes_the_volume_each_time(cls, data, monkeypatch):
    for cell in [c for c in sample(cls) if not unsupported(cls.case_of(c))]:
        only(monkeypatch, cls, [cell])
        bench, prepared = cls(), cls().setup_cache()
        for _ in range(2):  # asv calls setup before each sample
            bench.setup(prepared, *cell)
            whole = tuple(slice(0, n) for n in data.shape)
            backend, path = bench.job.backend, bench.job.path
            handle = backend.open(bench.case, path)
            assert not np.array_equal(backend.read(handle, whole), data)
            bench.time_write(prepared, *cell)
            assert np.array_equal(backend.read(handle, whole), data)
        bench.teardown(prepared, *cell)
        assert not path.exists()
