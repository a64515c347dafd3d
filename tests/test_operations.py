"""Operations: each does what it says with every backend, and its check sees when it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from zarr_cryoet.core import backends, rng
from zarr_cryoet.core.access import ACCESS, Points
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.operations import OPERATIONS, Job, Operation
from zarr_cryoet.core.prepare import prepare
from zarr_cryoet.core.stores import STORES
from zarr_cryoet.core.support import unsupported

SHAPE = (37, 21, 29)  # a multiple of no chunk, nor of a half
LZ4 = "blosc-lz4-5-shuffle"
KINDS = sorted({(cls.id, number) for cls in backends.classes() for number in cls.families})
SLOW = {row.id: replace(row, latency=row.latency and 0.0005) for row in STORES.values()}


def noise(shape=SHAPE):
    words = rng.bits(5, 0, int(np.prod(shape))) >> np.uint64(40)
    return (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)


@pytest.fixture(name="job")
def jobs(tmp_path, monkeypatch):
    """A maker of jobs, whose stores wait less than they say; closed at the end."""
    monkeypatch.setattr(STORES, "_rows", SLOW)
    made = []

    def make(case, data=None, backend=None):
        data = noise() if data is None else data
        outcome = prepare(case, data, tmp_path / "stores")
        assert outcome["status"] == "ready", f"{case.id}: {outcome['reason']}"
        backend = backend or backends.get(case.backend)
        made.append(Job(case, backend, data, tmp_path / "stores" / case.id, tmp_path / "job"))
        return made[-1]

    yield make
    for each in made:
        each.close()
        each.backend.forget(each.prepared)
    assert not (tmp_path / "job").exists()


def able(backend, zarr_format, store="local"):
    """Cases of a backend in several layouts, each with the first codec that it has."""
    layouts, codecs = ("c16", "c16-s64", "whole"), (LZ4, "none")
    cases = [
        [Case.of("v", codec, layout, zarr_format, backend, store) for codec in codecs]
        for layout in layouts
    ]
    found = [next((c for c in several if not unsupported(c)), None) for several in cases]
    if not any(found):
        pytest.skip(unsupported(cases[0][0]))
    return [case for case in found if case]


def fresh(job):
    """The same surroundings, before anything was brought."""
    job.close()
    return Job(job.case, job.backend, job.data, job.prepared, job.place)


def do(operation, job):
    operation.bring(job)
    operation.check(job, operation.run(job))


# Every operation, where it can be -----------------------------------------------------------------


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("backend", "zarr_format"), KINDS)
def test_every_operation_does_what_it_says_or_is_skipped(job, backend, zarr_format, store):
    """Twice each, and again without `bring` where it says that this may be.

    What a case supports is done; nothing else says that it cannot be.
    """
    for case in able(backend, zarr_format, store):
        one = job(case)
        for operation in OPERATIONS.values():
            if unsupported(case, operation=operation.id) is None:
                try:
                    one = fresh(one)
                    do(operation, one)
                    do(operation, one)
                    if operation.repeats:
                        operation.check(one, operation.run(one))
                    assert operation.nbytes(one) >= 0
                except Exception as exc:
                    raise AssertionError(f"{operation.id} of {case.id}: {exc!r}") from exc


@pytest.mark.parametrize(("backend", "zarr_format"), KINDS)
def test_an_operation_leaves_what_is_prepared_as_it_is(job, backend, zarr_format):
    case = able(backend, zarr_format)[0]
    one = job(case)
    before = {path: path.read_bytes() for path in one.prepared.rglob("*") if path.is_file()}
    for operation in OPERATIONS.values():
        if unsupported(case, operation=operation.id) is None:
            one = fresh(one)
            do(operation, one)
    after = {path: path.read_bytes() for path in one.prepared.rglob("*") if path.is_file()}
    assert before == after


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 1), (1, 40, 1), (33, 16, 17)])
def test_small_and_flat_volumes_can_be_worked_on_too(job, shape):
    case = Case.of("v", LZ4, "c16", 2, HERE)
    one = job(case, noise(shape))
    for operation in OPERATIONS.values():
        # of one section there is no second half
        if unsupported(case, operation=operation.id) is None and not (
            operation.id == "append" and shape[0] == 1
        ):
            one = fresh(one)
            do(operation, one)
            do(operation, one)


def test_what_is_handed_over_is_counted(job):
    one = job(Case.of("v", LZ4, "c16", 2, HERE))
    found = {}
    for operation in OPERATIONS.values():
        one = fresh(one)
        operation.bring(one)
        found[operation.id] = operation.nbytes(one)
    z, y, x = SHAPE
    assert {name for name, nbytes in found.items() if nbytes == 0} == {
        "create", "open", "open-group", "open-consolidated", "list", "delete", "grow", "shrink",
    }  # fmt: skip
    assert found["write"] == found["read-full"] == found["create-data"] == 4 * z * y * x
    assert found["overwrite-plane"] == found["read-plane-xy"] == 4 * y * x
    assert found["overwrite-shard"] == 4 * 16**3
    assert found["append"] == 4 * (z - z // 2) * y * x
    assert found["read-points"] == 4 * 1000


# That `bring` is needed, or is not ----------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_run_comes_again_only_where_it_says_so(job, operation):
    """What changes its own surroundings cannot be run twice: it fails, or does another thing."""
    one = job(Case.of("v", LZ4, "c16", 2, HERE))
    do(operation, one)
    once = operation.check
    if operation.repeats:
        for _ in range(3):
            once(one, operation.run(one))
    elif operation.id == "append":
        with pytest.raises(WrongResult, match="shape"):
            once(one, operation.run(one))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_nothing_of_the_last_run_passes_for_the_next(job, operation):
    """After `bring` the check of what changes something fails until it was done again."""
    one = job(Case.of("v", LZ4, "c16", 2, HERE))
    do(operation, one)
    operation.bring(one)
    if operation.writes and operation.id not in AS_BEFORE:
        with pytest.raises(Exception):  # noqa: B017  an array that is absent is each library's own
            operation.check(one, None)


# Their `bring` leaves what the last run wrote, the same voxels in the same place; and an empty
# array is what zeros that are left out amount to.
AS_BEFORE = {*(n for n in OPERATIONS if n.startswith("overwrite")), "write-zeros-no-empty"}


# Backends that do another thing -------------------------------------------------------------------


class WritesOtherVoxels:
    """A sign turned round in the last voxel."""

    @staticmethod
    def spoilt(data):
        other = np.array(data)
        other[-1, -1, -1] = -other[-1, -1, -1] - 1
        return other

    def write(self, handle, data):
        super().write(handle, self.spoilt(data))

    def assign(self, handle, box, data):
        super().assign(handle, box, self.spoilt(data))

    def append(self, handle, data):
        super().append(handle, self.spoilt(data))

    def create_with(self, case, path, data):
        return super().create_with(case, path, self.spoilt(data))


class ForgetsTheLastChunk:
    """Whatever it writes, the chunk at the far corner stays as it was."""

    def _but_last(self, handle, box, data):
        kept = np.array(self.read(handle, tuple(slice(0, n) for n in handle.shape)))
        before = kept.copy()
        kept[box] = data
        last = tuple(slice((n - 1) // 16 * 16, n) for n in handle.shape)
        kept[last] = before[last]
        super().write(handle, kept)

    def write(self, handle, data):
        self._but_last(handle, ..., data)

    def assign(self, handle, box, data):
        self._but_last(handle, box, data)


class WritesBeside:
    """Right voxels, one section off."""

    def assign(self, handle, box, data):
        depth = handle.shape[0]
        z = box[0]
        step = 1 if z.stop < depth else -1
        super().assign(handle, (slice(z.start + step, z.stop + step), *box[1:]), data)


class WritesNothing:
    def write(self, handle, data):
        pass

    def assign(self, handle, box, data):
        pass


class WritesMore:
    """The box, and a voxel that was not asked for."""

    def assign(self, handle, box, data):
        super().assign(handle, box, data)
        super().assign(handle, (slice(0, 1), slice(0, 1), slice(5, 6)), data[:1, :1, :1] + 1)


class CreatesOtherShape:
    def create(self, case, path, shape, dtype, **more):
        return super().create(case, path, (*shape[:2], shape[2] + 1), dtype, **more)


class StoresNoEmptyChunks:
    def create(self, case, path, shape, dtype, *, write_empty=True):
        return super().create(case, path, shape, dtype, write_empty=False)


class StoresEmptyChunks:
    def create(self, case, path, shape, dtype, *, write_empty=True):
        return super().create(case, path, shape, dtype, write_empty=True)


class IgnoresTheResize:
    def resize(self, handle, shape):
        return handle


class ResizesOtherwise:
    def resize(self, handle, shape):
        return super().resize(handle, (shape[0] + 1, *shape[1:]))


class EmptiesWhenItResizes:
    def resize(self, handle, shape):
        found = super().resize(handle, shape)
        super().assign(handle, (slice(0, 1), slice(0, 1), slice(0, 1)), np.ones((1, 1, 1), "f4"))
        return found


class AppendsNothing:
    def append(self, handle, data):
        pass


class AppendsTwice:
    def append(self, handle, data):
        super().append(handle, data)
        super().append(handle, data)


@dataclass
class Seen:
    """An open array, as far as it tells its shape."""

    shape: tuple
    handle: Any = None


class OpensWithAnotherShape:
    def open(self, case, path, **more):
        z, y, x = super().open(case, path, **more).shape
        return Seen((z, x, y))

    def open_group(self, case, path, **more):
        found = super().open_group(case, path, **more)
        return found | {"volume-3": (1, 2, 3)}


class OpensAnArrayLess:
    def open_group(self, case, path, **more):
        found = super().open_group(case, path, **more)
        found.pop("volume-7")
        return found


class ListsAKeyLess:
    def keys(self, case, path):
        return sorted(super().keys(case, path))[:-1]


class ListsAKeyTwice:
    def keys(self, case, path):
        found = super().keys(case, path)
        return [*found, found[0]]


class ListsOtherKeys:
    def keys(self, case, path):
        return [f"{key}-" for key in super().keys(case, path)]


class DeletesNothing:
    def delete(self, case, path):
        pass


class DeletesTheMetadataAlone:
    def delete(self, case, path):
        for name in (".zarray", "zarr.json"):
            (path / name).unlink(missing_ok=True)


class ReadsOtherVoxels:
    def read(self, handle, selection):
        found = np.array(super().read(handle, selection))
        found.flat[-1] = -found.flat[-1] - 1
        return found


class ReadsAnotherPlace:
    """The neighbour of what was asked for, where there is one."""

    def read(self, handle, selection):
        first = selection[0]
        if isinstance(selection, Points):
            return super().read(handle, Points(((first + 1) % handle.shape[0], *selection[1:])))
        if isinstance(first, slice) and first.stop < handle.shape[0]:
            moved = slice(first.start + 1, first.stop + 1, first.step)
            return super().read(handle, (moved, *selection[1:]))
        return np.array(super().read(handle, selection))[::-1]


class ReadsLess:
    def read(self, handle, selection):
        return np.array(super().read(handle, selection))[:-1]


class ReadsDoubles:
    def read(self, handle, selection):
        return np.array(super().read(handle, selection)).astype("f8")


WRITING = [name for name in OPERATIONS if name.startswith("write") and "zeros" not in name]
OVER = [name for name in OPERATIONS if name.startswith("overwrite")]
READING = [f"read-{name}" for name in ACCESS]
CAUGHT = {
    WritesOtherVoxels: [n for n in OPERATIONS if n.startswith(("write", "over", "app", "create-"))],
    ForgetsTheLastChunk: [*WRITING, "overwrite-edge"],
    WritesBeside: ["overwrite-box", "overwrite-plane", "overwrite-shard", "overwrite-edge"],
    WritesNothing: [*WRITING, "write-zeros", *OVER],
    WritesMore: ["overwrite-plane", "overwrite-box", "overwrite-edge"],
    CreatesOtherShape: ["create", "write-slabs"],
    StoresNoEmptyChunks: ["write-zeros"],
    StoresEmptyChunks: ["write-zeros-no-empty"],
    IgnoresTheResize: ["grow", "shrink"],
    ResizesOtherwise: ["grow", "shrink"],
    EmptiesWhenItResizes: ["grow", "shrink"],
    AppendsNothing: ["append"],
    AppendsTwice: ["append"],
    OpensWithAnotherShape: ["create", "open", "open-group", "open-consolidated", *OVER[:1]],
    OpensAnArrayLess: ["open-group", "open-consolidated"],
    ListsAKeyLess: ["list"],
    ListsAKeyTwice: ["list"],
    ListsOtherKeys: ["list"],
    DeletesNothing: ["delete"],
    DeletesTheMetadataAlone: ["delete"],
    ReadsOtherVoxels: [*READING, "write", "append", "create-data", "grow"],
    ReadsAnotherPlace: READING,
    ReadsLess: [*READING, "write"],
    ReadsDoubles: [*READING, "write"],
}


def test_each_class_of_operations_is_given_something_wrong():
    given = {type(OPERATIONS[name]) for names in CAUGHT.values() for name in names}
    assert given == {type(operation) for operation in OPERATIONS.values()}
    assert {name for names in CAUGHT.values() for name in names} == set(OPERATIONS)


def usable(*names):
    """The first backend here that does all these operations, in format 2."""
    for name in backends.ids():
        case = Case.of("v", LZ4, "c16", 2, name)
        if all(unsupported(case, operation=each) is None for each in names):
            return name
    raise AssertionError("zarr-python is installed wherever tests are run")


HERE = usable(*OPERATIONS)
SPOILT = [(double, name) for double, names in CAUGHT.items() for name in dict.fromkeys(names)]


@pytest.mark.parametrize(
    ("double", "name"), SPOILT, ids=[f"{double.__name__}-{name}" for double, name in SPOILT]
)
def test_a_wrong_backend_is_caught(job, double, name):
    right = type(backends.get(HERE))
    wrong = type(double.__name__, (double, right), {})()
    case, operation = Case.of("v", LZ4, "c16", 2, HERE), OPERATIONS[name]
    # what it is given is brought by the backend as it should be, where that is not its part
    one = job(case, backend=wrong)
    with pytest.raises(WrongResult) as caught:
        hand_over(operation, one, right(), wrong)
    assert "\n" not in str(caught.value)
    do(operation, fresh(replace(one, backend=right(), kept={})))


def hand_over(operation, job, right, wrong):
    """What has to be there comes from a right backend; the rest is the wrong one's."""
    own = operation.id.startswith(("write", "create"))  # an array made in `bring` is a part of it
    job.backend = wrong if own else right
    operation.bring(job)
    job.backend = wrong
    operation.check(job, operation.run(job))


# The one rule -------------------------------------------------------------------------------------


def overridden(cls, method):
    """Whether a backend does a thing that the base leaves open."""
    return getattr(cls, method) is not getattr(backends.base.Backend, method)


NEEDED = {
    "create-data": "create_with",
    "append": "append",
    "grow": "resize",
    "shrink": "resize",
    "open-group": "open_group",
    "open-consolidated": "open_group",
    "list": "keys",
    "delete": "delete",
}


@pytest.mark.parametrize(("operation", "method"), NEEDED.items(), ids=NEEDED)
def test_what_a_backend_leaves_open_it_says_that_it_lacks(operation, method):
    """No backend needs to be installed for this: the promise is in its class."""
    row = OPERATIONS[operation]
    for cls in backends.classes():
        if not overridden(cls, method):
            assert cls().cannot(row), f"{cls.id}: {operation}"


def test_an_operation_has_a_reason_or_none_wherever_its_case_has_none():
    versions = backends.installed()
    for (name, number), store, operation in product(KINDS, STORES, OPERATIONS):
        case = Case.of("v", LZ4, "c16", number, name, store)
        if reason := unsupported(case, versions):
            assert unsupported(case, versions, operation) == reason


def test_operations_are_told_apart_by_what_they_promise():
    for row in OPERATIONS.values():
        assert isinstance(row, Operation)
        assert row.repeats is (not row.writes), row.id
        assert row.writes == (not row.id.startswith(("read-", "open", "list")))
